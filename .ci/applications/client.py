"""What the checks of the applications do as a client: one of the Python package `websockets`, and a raw one."""

import json
import os
import socket
from contextlib import suppress

from websockets.exceptions import ConnectionClosed

# Seconds: the longest wait for something, and how long a silence has to last.
SOON = 5
SILENCE = 0.3

def about(kind, size):
    return {"kind": kind, "bytes": size}


def receives(connection, *messages):
    """These messages come next; a dictionary stands for a JSON text."""
    for expected in messages:
        got = connection.recv(timeout=SOON)
        assert (json.loads(got) if isinstance(expected, dict) else got) == expected, (got, expected)


def sends(connection, *messages):
    """Sends messages until the application closes."""
    with suppress(ConnectionClosed):
        for message in messages:
            connection.send(message)


def is_silent(connection):
    try:
        got = connection.recv(timeout=SILENCE)
    except TimeoutError:
        return
    raise AssertionError(f"not silent: {got!r}")


def is_closed(connection, code, messages=100):
    """After at most `messages` messages, the application begins a closing handshake, and TCP ends."""
    try:
        for _ in range(messages + 1):
            connection.recv(timeout=SOON)
    except ConnectionClosed as closed:
        assert closed.rcvd is not None and closed.rcvd.code == code, closed
        assert closed.sent is not None and closed.rcvd_then_sent, closed
        return
    raise AssertionError("not closed")


def reacts_to(connection, *messages):
    """The application answers each message with one about it, as its reaction `other` says."""
    for message in messages:
        connection.send(message)
        data = message.encode() if isinstance(message, str) else message
        receives(connection, about("text" if isinstance(message, str) else "binary", len(data)))


def echoes(connection, *messages):
    for message in messages:
        connection.send(message)
        receives(connection, message)


class Raw:
    """A client that answers nothing unless told to, to see what comes after a Close."""

    TEXT, CLOSE = 1, 8

    def __init__(self, url):
        host = url.removeprefix("ws://").rstrip("/")
        name, port = host.split(":")
        self.socket = socket.create_connection((name, int(port)), timeout=SOON)
        self.bytes = self.socket.makefile("rb")
        fields = ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"]
        key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
        self.socket.sendall("\r\n".join(["GET / HTTP/1.1", f"Host: {host}", *fields, key, "", ""]).encode())
        assert b" 101 " in self.bytes.readline()
        while self.bytes.readline() != b"\r\n":
            pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.bytes.close()
        self.socket.close()

    def send(self, opcode, payload):
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
        self.socket.sendall(bytes([0x80 | opcode, 0x80 | len(payload)]) + mask + masked)

    def frame(self):
        """The opcode and payload of the next frame, which is short; None at the end of TCP."""
        head = self.bytes.read(2)
        return (head[0] & 0xF, self.bytes.read(head[1])) if head else None

    def closes(self, code):
        """Nothing follows the application's Close, and TCP ends after ours."""
        while (frame := self.frame())[0] != self.CLOSE:
            pass
        assert int.from_bytes(frame[1][:2]) == code, frame
        self.socket.settimeout(SILENCE)
        try:
            raise AssertionError(f"after the Close: {self.socket.recv(1)!r}")
        except TimeoutError:
            pass
        self.socket.settimeout(SOON)
        self.send(self.CLOSE, frame[1])
        assert self.socket.recv(1) == b""
