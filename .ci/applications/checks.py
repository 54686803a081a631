"""One assertion for each word of the grid: the applications do what it says. Run by `selftest`."""

import argparse
import sys
import time
from pathlib import Path

from websockets.exceptions import InvalidStatus
from websockets.frames import Frame, Opcode
from websockets.sync.client import ClientConnection, connect

import grid
from client import SILENCE, SOON, Raw, about, echoes, is_closed, is_silent, reacts_to, receives, sends
from servers import Servers

LOGIN = '{"login":"me"}'


def check_echo(url, library):
    with connect(url, max_size=None) as connection:
        echoes(connection, "é", b"\x00\xff", "", b"", "x" * 100_000)
        is_silent(connection)
        # tokio-tungstenite has no permessage-deflate.
        assert bool(connection.protocol.extensions) == (library != "rust")


def check_other(url, _):
    with connect(url) as connection:
        reacts_to(connection, "é", b"\x00", "")
        is_silent(connection)


def check_upper(url, _):
    with connect(url) as connection:
        connection.send("aé1")
        connection.send(b"\x0f\x00")
        receives(connection, "AÉ1", b"\xf0\xff")


def check_two(url, _):
    with connect(url) as connection:
        connection.send("a")
        receives(connection, about("text", 1), "a")
        is_silent(connection)


def check_third(url, _):
    with connect(url) as connection:
        for message in "abcd":
            connection.send(message)
        receives(connection, {"seen": 3})
        is_silent(connection)


def check_others(url, _):
    with connect(url) as sender, connect(url) as other, connect(url) as third:
        sender.send("a")
        sender.send(b"b")
        receives(other, "a", b"b")
        receives(third, "a", b"b")
        is_silent(sender)


def check_late(url, _):
    with connect(url) as connection:
        start = time.monotonic()
        for message in "abc":
            connection.send(message)
        receives(connection, "a")
        assert time.monotonic() - start >= 0.05
        receives(connection, "b", "c")
        is_silent(connection)


def check_none(url, _):
    with connect(url) as connection:
        connection.send("a")
        connection.send(b"a")
        is_silent(connection)


def closes_with(code):
    def check(url, _):
        with connect(url) as connection:
            is_silent(connection)
            sends(connection, "a", "b")
            is_closed(connection, code, messages=0)

    return check


def check_text(url, _):
    with connect(url) as connection:
        reacts_to(connection, "a")
        echoes(connection, b"a")


def check_binary(url, _):
    with connect(url) as connection:
        echoes(connection, "a")
        reacts_to(connection, b"a")


def check_not_json(url, _):
    with connect(url) as connection:
        echoes(connection, '{"a":1}', "1", b"[null]")
        reacts_to(connection, "a", "", b"\xff", "NaN")


def check_nth(url, _):
    for _ in range(2):
        with connect(url) as connection:
            echoes(connection, "a", "b")
            reacts_to(connection, "c")
            echoes(connection, "d", "e", "f", "g")


def check_size(url, _):
    with connect(url) as connection:
        echoes(connection, "x" * 10, b"x" * 10)
        reacts_to(connection, "é" * 6, b"x" * 11)


def check_greets(url, _):
    with connect(url) as connection:
        receives(connection, {"greeting": "hello"})
        echoes(connection, "a")
        is_silent(connection)


def check_pushes(url, _):
    with connect(url) as connection:
        start = time.monotonic()
        receives(connection, {"push": 1}, {"push": 2}, {"push": 3}, {"push": 4})
        assert time.monotonic() - start >= 0.25


def check_pings(url, _):
    class Counting(ClientConnection):
        pings = 0

        def process_event(self, event):
            self.pings += isinstance(event, Frame) and event.opcode is Opcode.PING
            super().process_event(event)

    with connect(url, create_connection=Counting) as connection:
        deadline = time.monotonic() + SOON
        while connection.pings < 4 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert connection.pings >= 4
        echoes(connection, "a")


def check_login_or_close(url, _):
    with connect(url) as connection:
        connection.send(LOGIN)
        receives(connection, {"welcome": True})
        echoes(connection, "a", LOGIN)
    for other in ["a", '{"a":1}', '["login"]', b"\xff"]:
        with connect(url) as connection:
            connection.send(other)
            is_closed(connection, 4401, messages=0)


def check_login_or_ignore(url, _):
    with connect(url) as connection:
        connection.send("a")
        connection.send('"login"')
        is_silent(connection)
        connection.send(LOGIN)
        receives(connection, {"welcome": True})
        echoes(connection, "a")


def check_rate(url, _):
    with connect(url) as connection:
        for _ in range(2):
            echoes(connection, *"abcdefghij")
            time.sleep(1.1)
        sends(connection, *"abcdefghijklmnopqrstu")
        is_closed(connection, 1008, messages=20)


def check_refuse(url, _):
    with connect(url), connect(url), connect(url):
        with connect(url) as last:
            echoes(last, "a")
            try:
                with connect(url):
                    raise AssertionError("not refused")
            except InvalidStatus as refusal:
                assert refusal.response.status_code == 503
        time.sleep(SILENCE)
        with connect(url) as connection:
            echoes(connection, "a")


def check_away(url, _):
    with connect(url), connect(url), connect(url):
        with connect(url) as last:
            echoes(last, "a")
            with connect(url) as connection:
                is_closed(connection, 1013, messages=0)
        time.sleep(SILENCE)
        with connect(url) as connection:
            echoes(connection, "a")


def check_size_limit(url, _):
    with connect(url, compression=None) as connection:
        echoes(connection, "x" * 1000, b"x" * 1000)
        sends(connection, "x" * 1001)
        is_closed(connection, 1009, messages=0)
    with connect(url, compression=None) as connection:
        sends(connection, ["x" * 600, "x" * 600])
        is_closed(connection, 1009, messages=0)


def check_life(url, _):
    with connect(url) as connection:
        start = time.monotonic()
        echoes(connection, "a")
        is_closed(connection, 1001, messages=0)
        assert time.monotonic() - start >= 0.9


def check_nothing_after_close(url, _):
    with Raw(url) as closing, Raw(url) as other:
        closing.send(Raw.TEXT, b"a")
        closing.send(Raw.TEXT, b"b")
        other.send(Raw.TEXT, b"c")
        closing.closes(1008)


def check_nothing_after_life(url, _):
    with Raw(url) as connection, Raw(url) as other:
        connection.send(Raw.TEXT, b"a")
        other.send(Raw.TEXT, b"b")
        connection.closes(1001)


OTHER = {"reaction": "other"}
CHECKS = [
    ({}, check_echo),
    (OTHER, check_other),
    ({"reaction": "upper"}, check_upper),
    ({"reaction": "two"}, check_two),
    ({"reaction": "third"}, check_third),
    ({"reaction": "others"}, check_others),
    ({"reaction": "late"}, check_late),
    ({"reaction": "none"}, check_none),
    *(({"reaction": f"close:{code}"}, closes_with(code)) for code in (1000, 1001, 1003, 1008, 1011, 4400)),
    (OTHER | {"trigger": "all"}, check_other),
    (OTHER | {"trigger": "text"}, check_text),
    (OTHER | {"trigger": "binary"}, check_binary),
    (OTHER | {"trigger": "not-json"}, check_not_json),
    (OTHER | {"trigger": "nth:3"}, check_nth),
    (OTHER | {"trigger": "size:10"}, check_size),
    ({"background": "none"}, check_echo),
    ({"background": "greets"}, check_greets),
    ({"background": "pushes"}, check_pushes),
    ({"background": "pings"}, check_pings),
    ({"background": "login:close"}, check_login_or_close),
    ({"background": "login:ignore"}, check_login_or_ignore),
    ({"limit": "none"}, check_echo),
    ({"limit": "rate:20"}, check_rate),
    ({"limit": "refuse:4"}, check_refuse),
    ({"limit": "away:4"}, check_away),
    ({"limit": "size:1000"}, check_size_limit),
    ({"limit": "life:1"}, check_life),
    *(({"reaction": "close:1008", "background": b}, check_nothing_after_close) for b in ("greets", "pushes", "pings")),
    *(({"reaction": r, "background": "pushes", "limit": "life:1"}, check_nothing_after_life) for r in ("late", "others")),
]


def unchecked():
    """The words of the grid without a check; words that differ only in a number are one, close codes are not."""

    def kind(key, word):
        name, _, number = word.partition(":")
        return (key, name if number.isdigit() and name != "close" else word)

    checked = {kind(key, word) for words, _ in CHECKS for key, word in words.items()}
    return {kind(key, word) for key, families in grid.GRID.items() for words in families for word in words} - checked


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("libraries", nargs="*", default=grid.LIBRARIES)
    parser.add_argument("--cache", type=Path)
    options = parser.parse_args()
    servers = Servers(options.cache)
    assert not unchecked(), unchecked()
    failed = 0
    for library in options.libraries:
        for words, check in CHECKS:
            arguments = [a for key, word in words.items() for a in (f"--{key}", word)] or ["--echo"]
            failed += not holds(servers, library, arguments, check)
    print(f"{failed} of {len(CHECKS) * len(options.libraries)} failed")
    return int(failed > 0)


def holds(servers, library, arguments, check):
    name = " ".join([library, *arguments])
    try:
        with servers.serving(servers.application(library), arguments, servers.cache / "selftest.log") as url:
            check(url, library)
    except Exception as error:
        print(f"FAIL {name}: {type(error).__name__} {error}", flush=True)
        return False
    print(f"ok   {name}", flush=True)
    return True


sys.exit(main())
