"""The package against servers made with `websockets`: one that conforms but for what is known, one that does not, none."""

import asyncio
import json
import subprocess
import sys

import pytest
from websockets.asyncio.server import serve

import wsspec

# What `websockets` passes in full.
CLOSE = ("--filter", "close.code.*")
SHOUTS = ("--peer", "echo", "--filter", "message.plain-*")
CLIENT = """
import sys
from websockets.sync.client import connect

with connect(sys.argv[1]) as connection:
    for message in connection:
        connection.send(message)
"""
pytest_plugins = ["pytester"]


async def echo(connection):
    async for message in connection:
        await connection.send(message)


async def shout(connection):
    async for message in connection:
        await connection.send(message + message[:1])


def with_server(handler, test):
    """Serves in this thread's loop, and runs the test beside it."""

    async def run():
        async with serve(handler, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            return await asyncio.to_thread(test, f"ws://127.0.0.1:{port}/")

    return asyncio.run(run())


def test_a_conforming_server_gives_the_report(wsspec_server):
    report = with_server(echo, lambda url: wsspec_server(url, *CLOSE))
    summary = report["targets"][0]["summary"]
    assert summary["fail"] == 0 and summary["pass"] > 30


def test_each_cause_of_a_failure_is_named():
    with pytest.raises(wsspec.Nonconformance) as raised:
        with_server(shout, lambda url: wsspec.server(url, *SHOUTS))
    assert raised.value.causes
    for cause in raised.value.causes:
        assert cause["verdict"] == "fail"
        assert cause["case"] in str(raised.value) and cause["requirement"] in str(raised.value)


def test_what_is_known_fails_no_test(wsspec_server, tmp_path):
    baseline = tmp_path / "known.json"

    def test(url):
        with pytest.raises(wsspec.Nonconformance) as raised:
            wsspec.server(url, *SHOUTS)
        failed = [case["id"] for case in raised.value.report["targets"][0]["cases"] if case["verdict"] == "fail"]
        baseline.write_text(json.dumps({"known": [{"case": case, "reason": "shouts"} for case in failed]}))
        wsspec_server(url, *SHOUTS, baseline=str(baseline))

    with_server(shout, test)


def test_a_client_is_started_for_each_case(wsspec_client):
    report = wsspec_client([sys.executable, "-c", CLIENT, "{url}"], "--filter", "message.plain-*")
    assert report["targets"][0]["role"] == "client" and report["targets"][0]["summary"]["pass"] >= 4


def test_no_server_is_no_result():
    with pytest.raises(wsspec.NotJudged) as raised:
        wsspec.server("ws://127.0.0.1:1/")
    assert raised.value.exit_code == 3
    with pytest.raises(wsspec.NotJudged) as raised:
        wsspec.server("ws://127.0.0.1:1/", "--filter", "no.such.case")
    assert raised.value.exit_code == 2


def test_the_loop_of_the_caller_is_not_stopped():
    async def test():
        wsspec.server("ws://127.0.0.1:1/")

    with pytest.raises(RuntimeError):
        asyncio.run(test())


def test_the_fixture_fails_with_the_causes(pytester):
    pytester.makepyfile(
        """
        def test_server(wsspec_server):
            wsspec_server("ws://127.0.0.1:1/")

        def test_client(wsspec_client):
            wsspec_client(["true"], "--filter", "no.such.case")
        """
    )
    pytester.runpytest_subprocess().assert_outcomes(failed=2)


def test_the_module_is_the_program():
    done = subprocess.run([sys.executable, "-m", "wsspec", "--version"], capture_output=True, text=True, check=True)
    direct = subprocess.run([wsspec.program(), "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == direct.stdout
