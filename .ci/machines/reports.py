"""Holds reports of real runs against the schemas of others: SARIF 2.1.0 (and what GitHub asks for beyond it), the JUnit
that Jenkins reads, our own of the JSON report. Whoever reads them sees the same numbers."""

import contextlib
import json
import os
import re
import subprocess
from pathlib import Path

from junitparser import JUnitXml
from lxml import etree

TOOLS = Path(os.environ["TOOLS"]).resolve()
WORK = Path(os.environ["WORK"])
WSSPEC = os.environ["WSSPEC"]

# What is known to be wrong with our reports, as a piece of the message, and what to do about it. One that does not
# occur any more has to go.
KNOWN = {}

# Name, how to serve it, what to run.
TARGETS = [
    ("right", [], ["--peer", "silent", "--filter", "frame.*"]),
    ("faulty", ["--fault", "mask-ignored"], []),
    ("careless", ["--fault", "rejects-nothing"], ["--filter", "handshake.*", "--filter", "utf8.*"]),
    ("hostile", ["--fault", "garbage-endless"], ["--filter", "frame.mask.*"]),
    ("dying", ["--fault", "dies"], ["--filter", "close.*"]),
]
FORMS = {"json": "json", "junit": "xml", "sarif": "sarif", "markdown": "md", "html": "html"}


@contextlib.contextmanager
def echo(*arguments):
    """The reference server, right or not; its URL."""
    with subprocess.Popen([WSSPEC, "echo", "--listen", "127.0.0.1:0", *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True) as server:
        try:
            yield re.match(r"(ws://\S+)", server.stdout.readline())[1]
        finally:
            server.kill()


def make(directory):
    """Runs everything; the exit code of each."""
    codes = {}
    for name, fault, cases in TARGETS:
        files = [f"--{form}={directory / name}.{end}" for form, end in FORMS.items()]
        with echo(*fault) as url:
            done = subprocess.run([WSSPEC, "run", "--quiet", *files, *cases, "--", url], capture_output=True, timeout=90)
        codes[name] = done.returncode
    return codes


def sarif(path):
    """What Microsoft's validator calls an error: by the schema of OASIS, by the text of the standard, and by GitHub."""
    # No address is asked whether it is there.
    offline = WORK / "offline.xml"
    offline.write_text('<Properties><Properties Key="SARIF2006.UrisShouldBeReachable.Options">'
                       '<Property Key="RuleEnabled" Value="Disabled" /></Properties></Properties>')
    tool = next((TOOLS / "node_modules/@microsoft").glob("sarif-multitool-*/Sarif.Multitool"))
    done = subprocess.run(
        [tool, "validate", path, "--rule-kind", "Sarif;Gh", "--level", "Error", "--config", offline, "--output",
         WORK / "validation", "--log", "ForceOverwrite"],
        capture_output=True, text=True, timeout=60, env={**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"},
    )
    if "Analysis completed successfully" not in done.stdout:
        return [f"the validator did not get through: {done.stdout}{done.stderr}"]
    found = re.findall(r"(error \w+: )\S+?: (.*)", done.stdout)
    return sorted({kind + re.sub(r"^.*?: ", "", what) if what.startswith("runs[") else kind + what for kind, what in found})


def junit(path):
    """What is wrong by the schema of Jenkins, and by another reader of JUnit."""
    found = set()
    try:
        document = etree.parse(path)
        for schema in sorted((TOOLS / "junit").rglob("junit-10.xsd")):
            checked = etree.XMLSchema(etree.parse(schema))
            checked.validate(document)
            found |= {error.message for error in checked.error_log}
        suites = JUnitXml.fromfile(str(path))
        counted = sum(1 for suite in suites for _ in suite)
        if counted != suites.tests:
            found.add(f"{counted} cases are in it, it says {suites.tests}")
    except Exception as error:  # noqa: BLE001: every reader has its own
        found.add(f"it cannot be read: {error!r}")
    return sorted(found)


def own(path):
    """What is wrong with the JSON report by our schema."""
    command = [TOOLS / "venv/bin/check-jsonschema", "--schemafile", "reports/schema.json", path]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return [] if done.returncode == 0 else (done.stdout + done.stderr).splitlines()


def counts(directory, name):
    """Whether the forms of a report say the same."""
    report = json.loads((directory / f"{name}.json").read_text())
    summary = report["targets"][0]["summary"]
    suites = JUnitXml.fromfile(str(directory / f"{name}.xml"))
    results = json.loads((directory / f"{name}.sarif").read_text())["runs"][0]["results"]
    # A run that did not come to its end is an error of its own.
    lost = int(report["targets"][0]["ended"]["how"] != "complete")
    successful = json.loads((directory / f"{name}.sarif").read_text())["runs"][0]["invocations"][0]["executionSuccessful"]
    told = {
        "failures": (suites.failures, summary["fail"] + summary["flaky"]),
        "errors": (suites.errors, summary["error"] + lost),
        "skipped": (sum(suite.skipped for suite in suites), summary["skipped"]),
        "cases": (suites.tests, sum(summary.values()) + lost),
        "SARIF's success": (successful, not lost),
        "SARIF": (len(results), sum(summary[v] for v in ("fail", "flaky", "non-strict", "informational"))),
    }
    return [f"{what}: {a} and {b}" for what, (a, b) in told.items() if a != b]


def planted(directory):
    """Mistakes in reports, and the check that has to find each."""
    log = json.loads((directory / "faulty.sarif").read_text())
    del log["runs"][0]["tool"]["driver"]["name"]
    log["runs"][0]["results"][0]["level"] = "grave"
    bad = directory / "planted.sarif"
    bad.write_text(json.dumps(log))
    found = " ".join(sarif(bad))
    yield "  finds SARIF of a nameless tool", [] if "'name' is missing" in found else [found or "it does not"]
    yield "  finds SARIF of a level that is none", [] if '"grave" does not match' in found else [found or "it does not"]
    text = (directory / "faulty.xml").read_text()
    for what, new in [
        ("JUnit of a nameless suite", re.sub(r"<testsuite name=\"[^\"]*\"", "<testsuite", text, count=1)),
        ("JUnit that says another number", re.sub(r"(<testsuites [^>]*tests=)\"\d+\"", r'\1"7"', text)),
        ("JUnit that is cut", text[: len(text) // 2]),
    ]:
        bad = directory / "planted.xml"
        bad.write_text(new)
        yield f"  finds {what}", [] if set(junit(bad)) - set(KNOWN) else ["it does not"]
    report = json.loads((directory / "faulty.json").read_text())
    report["targets"][0]["summary"]["fails"] = report["targets"][0]["summary"].pop("fail")
    bad = directory / "planted.json"
    bad.write_text(json.dumps(report))
    yield "  finds a JSON report without a count", [] if own(bad) else ["it does not"]


def run():
    """Yields name, what is wrong."""
    directory = WORK / "reports"
    directory.mkdir()
    codes = make(directory)
    expected = {"right": 0, "faulty": 1, "careless": 1, "hostile": 3, "dying": 3}
    yield f"runs {codes}", [] if codes == expected else [f"expected {expected}"]
    occurred = set()
    for name, _, _ in TARGETS:
        for check, end in (sarif, "sarif"), (junit, "xml"), (own, "json"):
            found = check(directory / f"{name}.{end}")
            known = {piece for piece in KNOWN for what in found if what.startswith(piece)}
            occurred |= known
            yield f"{check.__name__} {name}", [what for what in found if not any(map(what.startswith, KNOWN))]
        yield f"counts {name}", counts(directory, name)
    for piece, reason in KNOWN.items():
        print(f"KNOWN {piece}\n      {reason}")
        yield "  still so", [] if piece in occurred else ["it is not so any more: take it out of KNOWN"]
    yield from planted(directory)
