"""Runs wsspec against a URL, and reads and compares its reports."""

import json
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

# From mild to bad; others are no verdicts on the target.
GRADES = ["pass", "informational", "non-strict", "fail"]
UNJUDGED = {"skipped", "error"}

# Seconds that wsspec gets to write its report after an interrupt.
WRITING = 20


@dataclass
class Run:
    code: int
    seconds: float
    timed_out: bool
    rows: dict[str, dict]
    causes: int | None

    def with_verdict(self, verdict):
        return [row for row in self.rows.values() if row["verdict"] == verdict]

    def judged(self):
        """The number of cases judged, and of all cases; rules that watch every connection do not count."""
        cases = [row for row in self.rows.values() if not row.get("passive")]
        return sum(row["verdict"] not in UNJUDGED for row in cases), len(cases)

    def beyond(self, echo, verdict):
        """The rows with a verdict for which the echo application got a milder one, or none."""
        return [row for row in self.with_verdict(verdict) if is_new(row, echo.rows.get(row["id"]))]


def is_new(row, before):
    if before is None:
        return True
    if row["verdict"] in GRADES and before["verdict"] in GRADES:
        return GRADES.index(before["verdict"]) < GRADES.index(row["verdict"])
    return before["verdict"] != row["verdict"]


def test(binary, url, report, limit, options=()):
    """Runs the suite for at most `limit` seconds; `report` is a path without an extension."""
    file = Path(f"{report}.json")
    file.unlink(missing_ok=True)
    start = time.monotonic()
    code, timed_out = bounded([binary, url, "--json", file, "--quiet", *options], f"{report}.txt", limit)
    seconds = time.monotonic() - start
    target = json.loads(file.read_text())["targets"][0] if file.exists() else {"cases": []}
    causes = target.get("causes")
    return Run(code, seconds, timed_out, {row["id"]: row for row in target["cases"]}, None if causes is None else len(causes))


def fuzz(binary, url, folder, seconds, seed):
    """The exit code of `wsspec fuzz`, and the findings it wrote."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.iterdir():
        file.unlink()
    command = [binary, "fuzz", url, "--time", str(seconds), "--seed", str(seed), "--findings", folder, "--quiet"]
    code, _ = bounded(command, folder / "output.txt", 2 * seconds + 60)
    return code, sorted(folder.glob("finding-*.json"))


def bounded(command, output, limit):
    """The exit code of a command, and whether it was interrupted at its limit."""
    with open(output, "wb") as file:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT)
    try:
        return process.wait(limit), False
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
    try:
        return process.wait(WRITING), True
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait(), True
