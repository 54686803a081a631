"""Frames and openings as bytes, made and read without any WebSocket library, and without wsspec."""

import base64
import hashlib
import re
import socket
import struct
import time
import zlib
from dataclasses import dataclass, field

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
MASK = bytes.fromhex("37fa213d")

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10

# A longer frame from an echo server is taken for a misread length.
LONGEST = 1 << 24


def accept_of(key):
    return base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()


def frame(opcode, payload=b"", fin=True, rsv=0, mask=MASK, form=None):
    """The bytes of a client's frame. `form` forces 7, 16 or 64 bits of length, `mask=None` sends it unmasked."""
    length = len(payload)
    form = form or (7 if length < 126 else 16 if length < 65536 else 64)
    bit = 0 if mask is None else 0x80
    head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
    if form == 7:
        head += bytes([bit | length])
    elif form == 16:
        head += bytes([bit | 126]) + struct.pack("!H", length)
    else:
        head += bytes([bit | 127]) + struct.pack("!Q", length)
    if mask is None:
        return head + payload
    return head + mask + masked(payload, mask)


def masked(payload, mask):
    pad = (mask * (len(payload) // 4 + 1))[: len(payload)]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(pad, "big")).to_bytes(len(payload), "big")


@dataclass(frozen=True)
class Frame:
    fin: bool
    rsv: int
    opcode: int
    masked: bool
    minimal: bool
    payload: bytes


def read_frame(data):
    """A frame and its size, or nothing where more bytes are needed or no echo can be so long."""
    if len(data) < 2:
        return None
    length, at = data[1] & 0x7F, 2
    if length > 125:
        size = 2 if length == 126 else 8
        if len(data) < 2 + size:
            return None
        length, at = int.from_bytes(data[2 : 2 + size], "big"), 2 + size
    least = 0 if at == 2 else 126 if at == 4 else 65536
    is_masked = bool(data[1] & 0x80)
    start = at + (4 if is_masked else 0)
    if length > LONGEST or len(data) < start + length:
        return None
    payload = bytes(data[start : start + length])
    if is_masked:
        payload = masked(payload, bytes(data[at:start]))
    read = Frame(bool(data[0] & 0x80), data[0] >> 4 & 7, data[0] & 15, is_masked, length >= least, payload)
    return read, start + length


@dataclass
class Reaction:
    """What a server did in one conversation."""

    connected: bool = True
    status: str | None = None
    fields: list[tuple[str, str]] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    rest: bytes = b""
    end: str | None = None
    raw: bytes = b""

    def opened(self):
        return self.status is not None and self.status.split(" ")[1:2] == ["101"]

    def values(self, name):
        return [value for key, value in self.fields if key == name]

    def agreement(self):
        """The parameters of permessage-deflate in the answer, or nothing."""
        for element in ", ".join(self.values("sec-websocket-extensions")).split(","):
            name, *parameters = [part.strip() for part in element.split(";")]
            if name == "permessage-deflate":
                return [parse_parameter(parameter) for parameter in parameters]
        return None

    def with_opcode(self, opcode):
        return [read for read in self.frames if read.opcode == opcode]

    def closed(self):
        return bool(self.with_opcode(CLOSE)) or self.end is not None

    def finished(self):
        """The number of messages that ended."""
        return sum(read.fin and read.opcode < 8 for read in self.frames)


def parse_parameter(text):
    name, _, value = text.partition("=")
    return name.strip().lower(), value.strip().strip('"')


class Connection:
    """A raw connection that keeps what comes back."""

    def __init__(self, port):
        self.reaction = Reaction()
        self.unread = b""
        try:
            self.socket = socket.create_connection(("127.0.0.1", port), 5)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError:
            self.socket = None
            self.reaction.connected = False

    def send(self, data):
        try:
            self.socket.settimeout(5)
            self.socket.sendall(data)
        except OSError:
            """What came before the end is still read."""

    def wait(self, is_enough, seconds):
        """Reads until a predicate of the reaction holds, the connection ends, or the time is over."""
        deadline = time.monotonic() + seconds
        while not is_enough(self.reaction) and self.reaction.end is None:
            left = deadline - time.monotonic()
            if left <= 0:
                return
            self.socket.settimeout(left)
            try:
                data = self.socket.recv(1 << 18)
            except TimeoutError:
                return
            except OSError:
                self.reaction.end = "reset"
                return
            if not data:
                self.reaction.end = "end"
            self.take(data)

    def take(self, data):
        self.reaction.raw += data
        self.unread += data
        if self.reaction.status is None:
            head, blank, rest = self.unread.partition(b"\r\n\r\n")
            if not blank:
                return
            self.unread = rest
            self.reaction.status, *lines = head.decode("latin-1").split("\r\n")
            self.reaction.fields = [split_field(line) for line in lines]
        if self.reaction.opened():
            while (read := read_frame(self.unread)) is not None:
                self.reaction.frames.append(read[0])
                self.unread = self.unread[read[1] :]
        self.reaction.rest = self.unread

    def close(self):
        self.socket.close()


def split_field(line):
    name, _, value = line.partition(":")
    return name.strip().lower(), value.strip()


class Deflater:
    """Compresses a client's messages as agreed."""

    def __init__(self, agreement):
        names = dict(agreement)
        self.takeover = "client_no_context_takeover" not in names
        bits = names.get("client_max_window_bits", "")
        self.bits = min(15, max(9, int(bits))) if re.fullmatch(r"\d{1,2}", bits) else 15
        self.codec = None

    def compress(self, payload):
        if self.codec is None or not self.takeover:
            self.codec = zlib.compressobj(wbits=-self.bits)
        return (self.codec.compress(payload) + self.codec.flush(zlib.Z_SYNC_FLUSH)).removesuffix(b"\0\0\xff\xff")


class Inflater:
    """Reads a server's messages as agreed, in small steps so that a window too small is noticed."""

    STEP = 128

    def __init__(self, agreement):
        names = dict(agreement)
        self.takeover = "server_no_context_takeover" not in names
        bits = names.get("server_max_window_bits", "")
        self.bits = min(15, max(9, int(bits))) if re.fullmatch(r"\d{1,2}", bits) else 15
        self.codec = None

    def inflate(self, payload):
        """The message; raises zlib.error."""
        if self.codec is None or not self.takeover or self.codec.eof:
            self.codec = zlib.decompressobj(-self.bits)
        data, message = payload + b"\0\0\xff\xff", b""
        while True:
            part = self.codec.decompress(data, self.STEP)
            message += part
            data = self.codec.unconsumed_tail
            if len(message) > LONGEST or (not data and len(part) < self.STEP):
                return message
