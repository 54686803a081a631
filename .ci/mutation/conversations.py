"""The battery: small conversations, each with what the RFCs require of an echo server in it, and the clauses that say so.

It has no conversation about what an RFC leaves open, so that a different outcome is a broken MUST. judge.py says what may
differ within a conversation: codes, reasons, heads of refusals, order and time of pongs.
"""

from dataclasses import dataclass
from enum import Enum, auto

from wire import BINARY, CLOSE, CONTINUATION, KEY, PING, PONG, TEXT, frame

BARRIER = b"barrier"
UNREAD = b"not read any more"


class Kind(Enum):
    """How a conversation ends, and how it is judged."""

    WORKS = auto()  # the messages come back and the barrier's pong comes
    FAILS = auto()  # the connection is failed
    CLOSES = auto()  # a Close comes back and the TCP connection ends
    REFUSED = auto()  # there is no 101
    DECLINED = auto()  # there may be a 101, but without permessage-deflate


@dataclass(frozen=True)
class Send:
    """Bytes as they are; `pause` is the time in seconds before what follows, so that they arrive first."""

    data: bytes
    pause: float = 0.0


@dataclass(frozen=True)
class Message:
    """A message in `frames` frames, compressed where that was agreed; `instead` replaces the compressed bytes."""

    opcode: int
    payload: bytes
    frames: int = 1
    between: bytes = b""
    instead: bytes = b""
    rsv_last: int = 0


@dataclass(frozen=True)
class Pongs:
    """Waits for `count` pongs."""

    count: int


@dataclass(frozen=True)
class Conversation:
    name: str
    kind: Kind
    clauses: tuple[str, ...]
    head: bytes
    steps: tuple = ()
    messages: tuple[tuple[int, bytes], ...] = ()
    pings: tuple[bytes, ...] = ()
    early: bytes = b""
    cuts: tuple[int, ...] = ()
    key: str = KEY


def c6455(*sections):
    return tuple(f"RFC6455-{section}" for section in sections)


def c7692(*sections):
    return tuple(f"RFC7692-{section}" for section in sections)


FIELDS = {
    "Host": "127.0.0.1",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": KEY,
    "Sec-WebSocket-Version": "13",
}


def opening(line="GET / HTTP/1.1", lines=(), **changes):
    """A request head. A keyword is a field (`_` for `-`), None leaves it out, a list makes several lines of it."""
    fields = dict(FIELDS)
    for name, value in changes.items():
        fields[name.replace("_", "-")] = value
    head = [line]
    for name, value in fields.items():
        values = value if isinstance(value, list) else [value]
        head += [f"{name}: {item}" for item in values if item is not None]
    return ("\r\n".join([*head, *lines]) + "\r\n\r\n").encode("latin-1")


PLAIN = opening()


def offering(offer):
    return opening(Sec_WebSocket_Extensions=offer)


HELLO = Message(TEXT, b"Hello")


def echoes(name, clauses, steps, messages, pings=(), head=PLAIN, **more):
    return Conversation(name, Kind.WORKS, clauses, head, tuple(steps), tuple(messages), tuple(pings), **more)


def fails(name, clauses, *sent, head=PLAIN, messages=()):
    steps = tuple(Send(item) if isinstance(item, bytes) else item for item in sent)
    return Conversation(name, Kind.FAILS, clauses, head, steps, tuple(messages))


def closes(name, clauses, *sent):
    return Conversation(name, Kind.CLOSES, clauses, PLAIN, tuple(Send(item) for item in sent))


def battery():
    """All conversations; their names are unique."""
    made = [
        *openings(),
        *refusals(),
        *lengths(),
        *masking(),
        *segments(),
        *fragments(),
        *controls(),
        *reserved(),
        *closings(),
        *texts(),
        *offers(),
        *compressed(),
    ]
    assert len({conversation.name for conversation in made}) == len(made)
    return made


def openings():
    other_key = "AQIDBAUGBwgJCgsMDQ4PEA=="
    valid = {
        "plain": PLAIN,
        "upgrade-case": opening(Upgrade="WebSocket"),
        "upgrade-upper": opening(Upgrade="WEBSOCKET"),
        "connection-case": opening(Connection="upgrade"),
        "connection-list": opening(Connection="keep-alive, Upgrade"),
        "connection-list-first": opening(Connection="Upgrade, keep-alive"),
        "connection-list-tight": opening(Connection="keep-alive,Upgrade"),
        "names-lower": PLAIN.lower().replace(KEY.lower().encode(), KEY.encode()).replace(b"get / http", b"GET / HTTP"),
        "unknown-field": opening(X_Unknown="1"),
        "origin": opening(Origin="http://example.com"),
        "cookie": opening(Cookie="a=b; c=d"),
        "query": opening("GET /chat?x=1&y=2 HTTP/1.1"),
        "long-path": opening(f"GET /{'a' * 500} HTTP/1.1"),
        "host-port": opening(Host="127.0.0.1:80"),
        "blanks-around": opening(Upgrade="  websocket  ", Connection="\tUpgrade "),
        "subprotocol": opening(Sec_WebSocket_Protocol="wsspec-a, wsspec-b"),
        "subprotocol-lines": opening(Sec_WebSocket_Protocol=["wsspec-a", "wsspec-b"]),
        "unknown-extension": offering("x-unknown; a=1; b"),
        "unknown-extension-quoted": offering('x-unknown; a="1"'),
        "two-unknown-extensions": offering("x-one, x-two; c"),
    }
    for name, head in valid.items():
        yield echoes(f"opening.{name}", c6455("4.2.1", "4.2.2", "4.1", "9.1"), [HELLO], [(TEXT, b"Hello")], head=head)
    yield echoes(
        "opening.other-key", c6455("4.2.2"), [HELLO], [(TEXT, b"Hello")],
        head=opening(Sec_WebSocket_Key=other_key), key=other_key,
    )  # fmt: skip
    yield echoes(
        "opening.frame-after-head", c6455("4.2.2", "5.2"), [], [(TEXT, b"Hello")], early=frame(TEXT, b"Hello")
    )
    for at in (1, 20, len(PLAIN) - 2):
        yield echoes(f"opening.cut-{at}", c6455("4.2.1"), [HELLO], [(TEXT, b"Hello")], cuts=(at,))


def refusals():
    invalid = {
        "post": (opening("POST / HTTP/1.1", ["Content-Length: 0"]), c6455("4.2.1", "4.1")),
        "head-method": (opening("HEAD / HTTP/1.1"), c6455("4.2.1", "4.1")),
        "http10": (opening("GET / HTTP/1.0"), c6455("4.2.1", "4.1")),
        "no-host": (opening(Host=None), c6455("4.2.1")),
        "no-upgrade": (opening(Upgrade=None), c6455("4.2.1")),
        "upgrade-other": (opening(Upgrade="h2c"), c6455("4.2.1")),
        "upgrade-longer": (opening(Upgrade="websockets"), c6455("4.2.1")),
        "upgrade-empty": (opening(Upgrade=""), c6455("4.2.1")),
        "no-connection": (opening(Connection=None), c6455("4.2.1")),
        "connection-close": (opening(Connection="close"), c6455("4.2.1")),
        "connection-keep-alive": (opening(Connection="keep-alive"), c6455("4.2.1")),
        "no-key": (opening(Sec_WebSocket_Key=None), c6455("4.2.1")),
        "key-empty": (opening(Sec_WebSocket_Key=""), c6455("4.2.1")),
        "key-15": (opening(Sec_WebSocket_Key="AQIDBAUGBwgJCgsMDQ4P"), c6455("4.2.1")),
        "key-17": (opening(Sec_WebSocket_Key="AQIDBAUGBwgJCgsMDQ4PEBE="), c6455("4.2.1")),
        "key-no-base64": (opening(Sec_WebSocket_Key="not base64 at all!"), c6455("4.2.1")),
        "no-version": (opening(Sec_WebSocket_Version=None), c6455("4.2.1", "4.2.2", "4.4")),
        "version-empty": (opening(Sec_WebSocket_Version=""), c6455("4.2.1", "4.2.2", "4.4")),
    }
    for version in ("0", "7", "8", "12", "14", "130", "113", "255", "256", "13a"):
        head = opening(Sec_WebSocket_Version=version)
        invalid[f"version-{version}"] = (head, c6455("4.2.1", "4.2.2", "4.4"))
    for name, (head, clauses) in invalid.items():
        yield Conversation(f"refused.{name}", Kind.REFUSED, clauses, head)


def lengths():
    for size in (0, 1, 2, 124, 125, 126, 127, 128, 255, 256, 257, 65534, 65535, 65536, 65537, 70000, 131072):
        payload = (b"0123456789abcdef" * (size // 16 + 1))[:size]
        for opcode, kind in ((TEXT, "text"), (BINARY, "binary")):
            yield echoes(
                f"length.{kind}-{size}", c6455("5.2", "5.6", "6.1", "6.2"), [Send(frame(opcode, payload))],
                [(opcode, payload)],
            )  # fmt: skip
    every = bytes(range(256))
    yield echoes("length.every-octet", c6455("5.6", "5.3", "6.2"), [Send(frame(BINARY, every))], [(BINARY, every)])
    for opcode, kind in ((TEXT, "text"), (BINARY, "binary")):
        head = frame(opcode, b"", form=64)
        yield fails(f"length.top-bit-{kind}", c6455("5.2"), head[:2] + b"\x80" + head[3:])


def masking():
    for mask in ("00000000", "ffffffff", "01020304", "80000000", "000000ff"):
        sent = frame(BINARY, b"masked payload", mask=bytes.fromhex(mask))
        yield echoes(f"mask.key-{mask}", c6455("5.3"), [Send(sent)], [(BINARY, b"masked payload")])
    for size in range(1, 9):
        payload = b"abcdefgh"[:size]
        yield echoes(f"mask.size-{size}", c6455("5.3"), [Send(frame(TEXT, payload))], [(TEXT, payload)])
    two = frame(TEXT, b"one", mask=b"\1\2\3\4") + frame(TEXT, b"two", mask=b"\5\6\7\x08")
    yield echoes("mask.two-keys", c6455("5.3"), [Send(two)], [(TEXT, b"one"), (TEXT, b"two")])
    unmasked = {
        "text": frame(TEXT, b"Hello", mask=None),
        "binary": frame(BINARY, b"Hello", mask=None),
        "empty": frame(TEXT, b"", mask=None),
        "ping": frame(PING, b"x", mask=None),
        "pong": frame(PONG, b"x", mask=None),
        "length-126": frame(TEXT, b"a" * 126, mask=None),
        "length-65536": frame(TEXT, b"a" * 65536, mask=None),
        "continuation": frame(TEXT, b"a", fin=False) + frame(CONTINUATION, b"b", mask=None),
        "second": frame(TEXT, b"a") + frame(TEXT, b"b", mask=None),
    }
    for name, sent in unmasked.items():
        yield fails(f"unmasked.{name}", c6455("5.1", "5.3"), sent, messages=[(TEXT, b"a")] if name == "second" else [])


def segments():
    clauses = c6455("5.2", "5.4", "6.2")
    for size in (5, 126, 300, 65536):
        payload = b"s" * size
        sent = frame(TEXT, payload)
        for at in sorted({1, 2, 3, 4, 6, 8, 10, 14, len(sent) - 1}):
            if at < len(sent) and (size in (5, 126) or at in (2, 6, 10)):
                steps = [Send(sent[:at], 0.03), Send(sent[at:])]
                yield echoes(f"segment.{size}-at-{at}", clauses, steps, [(TEXT, payload)])
    octets = [Send(bytes([octet]), 0.004) for octet in frame(TEXT, b"octets")]
    yield echoes("segment.octets", clauses, octets, [(TEXT, b"octets")])
    many = b"".join(frame(TEXT, b"%d" % number) for number in range(12))
    yield echoes("segment.many-at-once", clauses, [Send(many)], [(TEXT, b"%d" % number) for number in range(12)])
    both = frame(TEXT, b"first") + frame(TEXT, b"second")
    yield echoes("segment.one-and-a-half", clauses, [Send(both[:14], 0.03), Send(both[14:])],
                 [(TEXT, b"first"), (TEXT, b"second")])  # fmt: skip
    large = frame(BINARY, b"L" * 200000)
    yield echoes("segment.large", clauses, [Send(large[:70000], 0.03), Send(large[70000:])], [(BINARY, b"L" * 200000)])


def pieces(opcode, *payloads, between=b""):
    """A message in fragments with bytes between them."""
    last = len(payloads) - 1
    frames = [
        frame(CONTINUATION if i else opcode, payload, fin=i == last) for i, payload in enumerate(payloads)
    ]
    return between.join(frames)


def fragments():
    clauses = c6455("5.4")
    cases = {
        "two": (TEXT, b"Hel", b"lo"),
        "three": (TEXT, b"a", b"b", b"c"),
        "five": (TEXT, b"a", b"b", b"c", b"d", b"e"),
        "binary": (BINARY, b"\0\1", b"\xff"),
        "first-empty": (TEXT, b"", b"lo"),
        "middle-empty": (TEXT, b"a", b"", b"c"),
        "last-empty": (TEXT, b"Hel", b""),
        "all-empty": (TEXT, b"", b"", b""),
        "long": (TEXT, b"a" * 126, b"b" * 125, b"c" * 300),
        "longest": (BINARY, b"a" * 65536, b"b" * 65535),
        "code-point": (TEXT, b"\xe2\x82", b"\xac"),
        "code-point-octets": (TEXT, b"\xf0", b"\x9f", b"\x98", b"\x80"),
    }
    for name, (opcode, *payloads) in cases.items():
        whole = b"".join(payloads)
        yield echoes(f"fragments.{name}", clauses, [Send(pieces(opcode, *payloads))], [(opcode, whole)])
    ping, pong = frame(PING, b"between"), frame(PONG, b"between")
    yield echoes("fragments.ping-between", c6455("5.4", "5.5", "5.5.2"),
                 [Send(frame(TEXT, b"Hel", fin=False) + ping), Pongs(1), Send(frame(CONTINUATION, b"lo"))],
                 [(TEXT, b"Hello")], [b"between"])  # fmt: skip
    yield echoes("fragments.pings-between", c6455("5.4", "5.5.2"), [Send(pieces(TEXT, b"a", b"b", b"c", between=ping))],
                 [(TEXT, b"abc")], [b"between", b"between"])  # fmt: skip
    yield echoes("fragments.pong-between", c6455("5.4", "5.5.3"), [Send(pieces(TEXT, b"Hel", b"lo", between=pong))],
                 [(TEXT, b"Hello")])  # fmt: skip
    twice = pieces(TEXT, b"a", b"b") + pieces(BINARY, b"c", b"d") + frame(TEXT, b"e")
    yield echoes("fragments.twice-and-whole", clauses, [Send(twice)], [(TEXT, b"ab"), (BINARY, b"cd"), (TEXT, b"e")])
    yield echoes("fragments.whole-first", clauses, [Send(frame(BINARY, b"x") + pieces(TEXT, b"a", b"b"))],
                 [(BINARY, b"x"), (TEXT, b"ab")])  # fmt: skip
    yield fails("fragments.stray", clauses, frame(CONTINUATION, b"x"))
    yield fails("fragments.stray-open", clauses, frame(CONTINUATION, b"x", fin=False), frame(CONTINUATION, b"y"))
    yield fails("fragments.stray-empty", clauses, frame(CONTINUATION, b""))
    yield fails("fragments.stray-after-whole", clauses, frame(TEXT, b"a") + frame(CONTINUATION, b"x"),
                messages=[(TEXT, b"a")])  # fmt: skip
    yield fails("fragments.stray-after-fragments", clauses, pieces(TEXT, b"a", b"b") + frame(CONTINUATION, b"x"),
                messages=[(TEXT, b"ab")])  # fmt: skip
    for opcode, kind in ((TEXT, "text"), (BINARY, "binary")):
        started = frame(TEXT, b"a", fin=False)
        yield fails(f"fragments.{kind}-inside", clauses, started + frame(opcode, b"b"))
        yield fails(f"fragments.{kind}-open-inside", clauses, started + frame(opcode, b"b", fin=False),
                    frame(CONTINUATION, b"c"))  # fmt: skip
        emptily = frame(TEXT, b"", fin=False)
        yield fails(f"fragments.{kind}-inside-empty", clauses, emptily + frame(opcode, b"b"))


def controls():
    clauses = c6455("5.5.2", "5.5.3")
    for payload in (b"", b"p", b"ping payload", bytes(range(125)), b"\xff\xfe\xfd", b"a" * 124):
        kind = "-binary" if payload.startswith(b"\xff") else ""
        yield echoes(f"control.ping-{len(payload)}{kind}", clauses, [Send(frame(PING, payload)), Pongs(1)], [], [payload])
    yield echoes("control.three-pings", clauses,
                 [step for name in (b"1", b"2", b"3") for step in (Send(frame(PING, name)), Pongs(int(name)))], [],
                 [b"1", b"2", b"3"])  # fmt: skip
    yield echoes("control.ping-then-text", clauses, [Send(frame(PING, b"p")), Pongs(1), HELLO], [(TEXT, b"Hello")], [b"p"])
    for payload in (b"", b"unasked", b"a" * 125):
        yield echoes(f"control.pong-{len(payload)}", c6455("5.5.3"), [Send(frame(PONG, payload)), HELLO], [(TEXT, b"Hello")])
    for opcode, kind in ((PING, "ping"), (PONG, "pong"), (CLOSE, "close")):
        payload = b"\3\xe8" + b"a" * 124 if opcode == CLOSE else b"a" * 126
        yield fails(f"control.{kind}-126", c6455("5.5"), frame(opcode, payload))
        if opcode != CLOSE:
            yield fails(f"control.{kind}-65536", c6455("5.5"), frame(opcode, b"a" * 65536))
            yield fails(f"control.{kind}-fragmented", c6455("5.5", "5.4"), frame(opcode, b"a", fin=False))
            yield fails(f"control.{kind}-in-two", c6455("5.5", "5.4"),
                        frame(opcode, b"a", fin=False) + frame(CONTINUATION, b"b"))  # fmt: skip


def reserved():
    for rsv in (1, 2, 4, 3, 6, 7):
        for opcode, kind in ((TEXT, "text"), (BINARY, "binary"), (PING, "ping"), (PONG, "pong")):
            if rsv in (1, 2, 4) or opcode == TEXT:
                # The number counts from the bit next to the opcode: 4 is RSV1.
                yield fails(f"reserved.bits-{rsv}-{kind}", c6455("5.2"), frame(opcode, b"x", rsv=rsv))
        if rsv in (1, 2, 4):
            sent = frame(TEXT, b"a", fin=False) + frame(CONTINUATION, b"b", rsv=rsv)
            yield fails(f"reserved.bits-{rsv}-continuation", c6455("5.2"), sent)
    for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15):
        yield fails(f"reserved.opcode-{opcode}", c6455("5.2"), frame(opcode, b"x"))
        yield fails(f"reserved.opcode-{opcode}-empty", c6455("5.2"), frame(opcode))


def coded(code, reason=b""):
    return frame(CLOSE, code.to_bytes(2, "big") + reason)


def closings():
    clauses = c6455("5.5.1", "7.1.1", "7.1.2")
    for code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999):
        yield closes(f"close.{code}", clauses, coded(code))
    yield closes("close.empty", clauses, frame(CLOSE))
    yield closes("close.reason", clauses, coded(1000, "Grüße".encode()))
    yield closes("close.reason-123", clauses, coded(1000, b"r" * 123))
    yield closes("close.after-text", clauses, frame(TEXT, b"Hello"), coded(1000))
    yield closes("close.inside-message", clauses, frame(TEXT, b"Hel", fin=False), coded(1000))
    bad = (0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535)
    for code in bad:
        yield fails(f"close.bad-{code}", c6455("7.4.1", "7.4.2", "5.5.1"), coded(code))
    yield fails("close.one-octet", c6455("5.5.1"), frame(CLOSE, b"\3"))
    yield fails("close.bad-reason", c6455("5.5.1", "8.1"), coded(1000, b"\xff\xfe"))
    yield fails("close.cut-reason", c6455("5.5.1", "8.1"), coded(1000, b"\xe2\x82"))
    after = c6455("5.5.1", "1.4")
    yield fails("close.then-text", after, coded(1000) + frame(TEXT, UNREAD))
    yield fails("close.then-ping", after, coded(1000) + frame(PING, UNREAD))


VALID = {
    "two": "é", "three": "€", "four": "😀", "nul": "\0", "u7f": "\x7f", "u80": "\x80", "u7ff": "\u07ff", "u800": "\u0800",
    "ud7ff": "\ud7ff", "ue000": "\ue000", "ufffd": "\ufffd", "ufffe": "\ufffe", "uffff": "\uffff", "bom": "\ufeffbom",
    "u10000": "\U00010000", "u3ffff": "\U0003ffff", "u40000": "\U00040000", "ufffff": "\U000fffff",
    "u100000": "\U00100000", "u10ffff": "\U0010ffff", "ucfff": "\ucfff", "ud000": "\ud000", "u1000": "\u1000",
    "ufff": "\u0fff", "mixed": "aé€😀z" * 20,
}  # fmt: skip
INVALID = (
    "80 bf c080 c1bf c0af e08080 e09fbf eda080 edadbf edb080 edbfbf f0808080 f08fbfbf f4908080 f5808080 f8888080 fe ff "
    "c2 e282 f09f98 c328 e228a1 e28228 f0288cbc f0902828 ef c27f c2c0 e17fbf e1c080 e1807f e180c0 eca07f f17fbfbf f1c08080 "
    "f1807f80 f180c080 f180807f f18080c0 f48f7fbf 61ff62"
)


def texts():
    clauses = c6455("8.1", "5.6")
    for name, text in VALID.items():
        payload = text.encode("utf-8", "surrogatepass")
        yield echoes(f"utf8.{name}", clauses, [Send(frame(TEXT, payload))], [(TEXT, payload)])
        if 1 < len(payload) < 5:
            yield echoes(f"utf8.{name}-cut", c6455("8.1", "5.6", "5.4"), [Send(pieces(TEXT, payload[:1], payload[1:]))],
                         [(TEXT, payload)])  # fmt: skip
    for digits in dict.fromkeys(INVALID.split()):
        payload = bytes.fromhex(digits if len(digits) % 2 == 0 else digits[:-1])
        yield fails(f"utf8.bad-{digits}", clauses, frame(TEXT, payload))
    yield fails("utf8.bad-after-text", clauses, frame(TEXT, b"good text " * 10 + b"\xed\xa0\x80"))
    yield fails("utf8.bad-cut", clauses, pieces(TEXT, b"\xe2\x82", b"\x28"))
    yield fails("utf8.bad-ends-cut", clauses, pieces(TEXT, b"a", b"\xe2\x82"))
    yield fails("utf8.bad-in-first", clauses, pieces(TEXT, b"\xff", b"a"))
    yield fails("utf8.bad-second-message", clauses, frame(TEXT, b"a") + frame(TEXT, b"\xff"), messages=[(TEXT, b"a")])
    yield echoes("utf8.binary-is-free", c6455("5.6"), [Send(frame(BINARY, b"\xff\xfe"))], [(BINARY, b"\xff\xfe")])


DEFLATE = "permessage-deflate"
REPEATS = bytes((number * number * 31 + number) % 251 for number in range(3000)) * 3


def offers():
    good = {
        "bare": "",
        "client-bits": "; client_max_window_bits",
        "client-bits-9": "; client_max_window_bits=9",
        "client-bits-15": "; client_max_window_bits=15",
        "server-bits-9": "; server_max_window_bits=9",
        "server-bits-10": "; server_max_window_bits=10",
        "server-bits-12": "; server_max_window_bits=12",
        "server-bits-15": "; server_max_window_bits=15",
        "server-bits-8": "; server_max_window_bits=8",
        "server-no-takeover": "; server_no_context_takeover",
        "client-no-takeover": "; client_no_context_takeover",
        "both-no-takeover": "; server_no_context_takeover; client_no_context_takeover",
        "all": "; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=11; client_max_window_bits=11",
        "fallback": "; server_max_window_bits=16, permessage-deflate",
        "two": "; server_max_window_bits=10, permessage-deflate",
        "after-unknown": None,
    }
    sent = [(BINARY, REPEATS), (TEXT, b"a repeated message"), (TEXT, b"a repeated message"), (BINARY, REPEATS)]
    for name, parameters in good.items():
        offer = "x-unknown; y, permessage-deflate" if parameters is None else DEFLATE + parameters
        yield echoes(f"offer.{name}", c7692("7.1", "7.2", "7.1.1.1", "7.1.1.2", "7.1.2.1", "7.1.2.2"),
                     [Message(*message) for message in sent], sent, head=offering(offer))  # fmt: skip
    bad = {
        "server-bits-16": "; server_max_window_bits=16",
        "server-bits-7": "; server_max_window_bits=7",
        "server-bits-0": "; server_max_window_bits=0",
        "server-bits-none": "; server_max_window_bits",
        "server-bits-word": "; server_max_window_bits=x",
        "client-bits-16": "; client_max_window_bits=16",
        "client-bits-7": "; client_max_window_bits=7",
        "server-takeover-value": "; server_no_context_takeover=1",
        "client-takeover-value": "; client_no_context_takeover=1",
        "unknown": "; unknown_parameter",
        "unknown-last": "; client_max_window_bits; unknown_parameter=1",
        "twice": "; server_no_context_takeover; server_no_context_takeover",
        "bits-twice": "; server_max_window_bits=10; server_max_window_bits=11",
    }
    for name, parameters in bad.items():
        yield Conversation(f"offer.bad-{name}", Kind.DECLINED,
                           c7692("7", "7.1", "7.1.1.1", "7.1.1.2", "7.1.2.1", "7.1.2.2", "5.1"),
                           offering(DEFLATE + parameters))  # fmt: skip


def compressed():
    def talk(name, clauses, *sent, pings=(), offer=DEFLATE):
        messages = [(message.opcode, message.payload) for message in sent]
        return echoes(f"deflate.{name}", clauses, sent, messages, pings, head=offering(offer))

    def broken(name, clauses, *sent):
        return fails(f"deflate.{name}", clauses, *sent, head=offering(DEFLATE))

    message = Message(TEXT, b"Hello, Hello, Hello")
    yield talk("text", c7692("7.2", "6.1", "6.2"), message)
    yield talk("empty", c7692("7.2", "7.2.3.6"), Message(TEXT, b""))
    yield talk("empty-then-text", c7692("7.2", "7.2.3.6"), Message(TEXT, b""), message)
    yield talk("repeats", c7692("7.2", "7.2.3.2", "7.1.1"), message, message, message)
    yield talk("two-frames", c7692("6.1", "6.2", "7.2"), Message(TEXT, b"Hello, Hello", frames=2))
    yield talk("four-frames", c7692("6.1", "6.2", "7.2"), Message(BINARY, REPEATS, frames=4), message)
    yield talk("ping-between", c7692("6.1", "6.2"), Message(TEXT, b"Hello, Hello", 2, frame(PING, b"between")), message,
               pings=[b"between"])  # fmt: skip
    yield talk("large", c7692("7.2"), Message(BINARY, b"large " * 30000))
    yield talk("random", c7692("7.2"), Message(BINARY, REPEATS[:3000] * 8))
    for takeover in ("server", "client"):
        yield talk(f"{takeover}-no-takeover", c7692("7.1.1.1", "7.1.1.2", "7.2"), message, message, message,
                   offer=f"{DEFLATE}; {takeover}_no_context_takeover")  # fmt: skip
    plain = Send(frame(TEXT, b"not compressed"))
    yield echoes("deflate.plain", c7692("6", "6.2", "7.2"), [plain], [(TEXT, b"not compressed")], head=offering(DEFLATE))
    came = [(TEXT, message.payload), (TEXT, b"not compressed"), (TEXT, message.payload)]
    yield echoes("deflate.plain-between", c7692("6", "6.2"), [message, plain, message], came, head=offering(DEFLATE))
    yield echoes("deflate.plain-fragments", c7692("6", "6.2"), [Send(pieces(TEXT, b"not", b"compressed")), message],
                 [(TEXT, b"notcompressed"), (TEXT, message.payload)], head=offering(DEFLATE))  # fmt: skip
    yield echoes("deflate.ping", c6455("5.5.2"), [Send(frame(PING, b"p")), Pongs(1), message], [(TEXT, message.payload)],
                 [b"p"], head=offering(DEFLATE))  # fmt: skip
    yield broken("bad-utf8", c6455("8.1", "5.6"), Message(TEXT, b"\xff\xfe"))
    yield broken("bad-utf8-plain", c6455("8.1", "5.6"), frame(TEXT, b"\xff\xfe"))
    yield broken("bad-data", c7692("7.2.2", "7.2", "6.2"), Message(TEXT, b"x", instead=b"\xff\xff\xff\xff"))
    yield broken("bad-distance", c7692("7.2.2", "7.2", "6.2"), Message(TEXT, b"x", instead=b"\x02\x13\x00\x00"))
    rsv1 = c7692("6.1", "6", "6.2") + c6455("5.2")
    yield broken("rsv1-continuation", rsv1, Message(TEXT, b"Hello, Hello", frames=2, rsv_last=4))
    yield broken("rsv1-plain-continuation", rsv1, frame(TEXT, b"a", fin=False) + frame(CONTINUATION, b"b", rsv=4))
    for opcode, kind in ((PING, "ping"), (PONG, "pong")):
        yield broken(f"rsv1-{kind}", rsv1, frame(opcode, b"x", rsv=4))
    yield broken("rsv2", c6455("5.2"), frame(TEXT, b"x", rsv=2))
    yield broken("rsv3", c6455("5.2"), frame(TEXT, b"x", rsv=1))
    yield broken("stray", c6455("5.4"), frame(CONTINUATION, b"x"))
    yield broken("unmasked", c6455("5.1"), frame(TEXT, b"x", mask=None))
