"""Runs the WebSocket conformance suite in your own tests.

`server("ws://127.0.0.1:9001/")` returns the report if the server conforms. `Nonconformance` names what broke,
`NotJudged` says why there is no result. With pytest, the fixture `wsspec_server` does the same.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sysconfig
from typing import Any, Dict, List, Optional, Sequence

__all__ = ["Nonconformance", "NotJudged", "client", "program", "server"]
# What can fail a run, from the mildest.
_VERDICTS = ("non-strict", "flaky", "fail")


class NotJudged(RuntimeError):
    """No result. `exit_code` 2: bad arguments, or nothing to judge; 3: the target is not there, or died; 130: interrupted."""

    def __init__(self, exit_code: int, why: str) -> None:
        super().__init__(why.strip() or f"wsspec ended with exit code {exit_code}")
        self.exit_code = exit_code


class Nonconformance(AssertionError):
    """The target departs from the standard. `causes` of the JSON report, worst first, less what is known; `report` is all of it."""

    def __init__(self, report: Dict[str, Any], causes: List[Dict[str, Any]]) -> None:
        target = report["targets"][0]
        cases = {case["id"]: case for case in target["cases"]}
        lines = [f"{target['name']} departs from the standard (wsspec {report['version']})"]
        for number, cause in enumerate(causes, 1):
            requirement, case = cause["requirement"], cases[cause["case"]]
            lines += ["", f"{number}. {cause['verdict']}, {cause['impact']}: {cause.get('clause') or ''} [{requirement}]"]
            lines.append(f"   {cause['reason']} (in {cause['rows']} of the results, the smallest {case['id']})")
            lines += [f"   {key:9} {case[key]}" for key in ("sent", "expected", "received") if case.get(key)]
            lines.append(f"   again     {target['again'].replace('{case}', case['id'])}")
            lines.append(f"   the rule  wsspec explain {requirement}")
        lines += ["", *target.get("broken_baseline", [])]
        if causes:  # The server of a test is gone when its message is read.
            lines.append(f'Here, one alone: add the arguments "--filter", "{causes[0]["case"]}"; a page with all: "--html", "FILE".')
        super().__init__("\n".join(lines))
        self.report, self.causes = report, causes


def program() -> str:
    """The path of the program: the variable `WSSPEC`, else the one of this package, else the one on the path."""
    own = os.path.join(sysconfig.get_path("scripts"), "wsspec" + (sysconfig.get_config_var("EXE") or ""))
    found = os.environ.get("WSSPEC") or (own if os.path.isfile(own) else shutil.which("wsspec"))
    if not found:
        raise FileNotFoundError("the wsspec program is missing: install the package again, or set WSSPEC to its path")
    return found


def server(url: str, *args: str, baseline: Optional[str] = None, fail_on: str = "fail") -> Dict[str, Any]:
    """Tests the server at `url` and returns the JSON report. Takes seconds; within asyncio, use `asyncio.to_thread`.

    `args` are options of `wsspec run`, such as `"--filter", "close.*"`; `baseline` is a file of known failures; `fail_on`
    is the mildest verdict that counts: `fail`, `flaky` or `non-strict`.
    """
    return _run(["run", *args], [url], baseline, fail_on)


def client(command: Sequence[str], *args: str, baseline: Optional[str] = None, fail_on: str = "fail") -> Dict[str, Any]:
    """Tests a client that echoes: `command` is started for each case, `{url}` in it is where to connect."""
    return _run(["client", *args], command, baseline, fail_on)


def _run(args: List[str], target: Sequence[str], baseline: Optional[str], fail_on: str) -> Dict[str, Any]:
    counted = _VERDICTS[_VERDICTS.index(fail_on):]
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        pass
    else:
        raise RuntimeError("this would stop the event loop, and a server in it: await asyncio.to_thread(wsspec.server, url)")
    known = ["--baseline", baseline] if baseline else []
    command = [program(), *args, "--json", "-", "--quiet", "--fail-on", fail_on, *known, "--", *target]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode not in (0, 1):
        raise NotJudged(done.returncode, done.stderr.decode(errors="replace"))
    report: Dict[str, Any] = json.loads(done.stdout)
    if done.returncode == 1:
        causes = report["targets"][0].get("causes", [])
        raise Nonconformance(report, [cause for cause in causes if cause["verdict"] in counted and not cause.get("known")])
    return report
