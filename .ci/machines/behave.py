"""What the scripts of the action, the workflow and the manifest do, with servers that are right, wrong and not there."""

import contextlib
import functools
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import tarfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from act import Machine
from lint import ACTION, MANIFEST, PAGE, WORKFLOW, load, shown
from reports import WSSPEC, echo

WORK = Path(os.environ["WORK"])
FAST = "--filter 'frame.mask.*'"
# What is built, downloaded and handed on: small, since it is copied often.
PROGRAM = WORK / "wsspec"


def fresh(name):
    path = WORK / "behave" / name
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


def tool(directory, name, script):
    """A stand-in for a program."""
    path = directory / name
    path.write_text(f"#!/bin/bash\n{script}")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def tools(directory):
    """cargo and curl: the one "builds" the binary at hand, the other serves a folder and notes what was asked for."""
    directory.mkdir()
    (directory / "releases").mkdir()
    tool(directory, "cargo", f"""echo "$PWD $*" >> {directory}/cargo.log
[ -z "${{RUSTFLAGS:-}}" ] || exit 9
while [ "$1" != --target-dir ]; do shift; done
install -D {PROGRAM} "$2/release/wsspec"
""")
    tool(directory, "curl", f"""for last; do :; done
echo "$last" >> {directory}/curl.log
while [ "$1" != --output ]; do shift; done
[ -f {directory}/releases/"${{last##*/}}" ] || exit 22
cp {directory}/releases/"${{last##*/}}" "$2"
""")
    return f"{directory}:{os.environ['PATH']}"


@contextlib.contextmanager
def machine(name):
    root = fresh(name)
    one = Machine(root / "machine", root / "artifacts", tools(root / "bin"))
    one.bin = root / "bin"
    try:
        yield one
    finally:
        one.end()


def differs(**pairs):
    return [f"{what}: {got!r} and not {wanted!r}" for what, (got, wanted) in pairs.items() if got != wanted]


def nowhere():
    """A URL at which no server listens."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return f"ws://127.0.0.1:{s.getsockname()[1]}/"


def action(text):
    """Scenarios of the action: name, what is wrong."""
    document = load(text)
    here = {"github.action_path": str(Path.cwd())}

    with echo("--fault", "mask-ignored") as url:
        with machine("faulty") as m:
            os.environ["RUSTFLAGS"] = "-D warnings"
            out = m.run_action(document, {"url": url, "args": FAST, "sarif": "true"}, **here)
            del os.environ["RUSTFLAGS"]
            report = json.loads((Path(out["directory"] or ".") / "run.json").read_text())
            summary = report["targets"][0]["summary"]
            yield "a faulty server fails the job, and everything is uploaded", differs(
                code=(m.code, 1), failed=(m.failed, True), exit_code=(out["exit-code"], "1"),
                counts=({k: out[k] for k in summary}, {k: str(v) for k, v in summary.items()}),
                some=(summary["fail"] > 0, True),
                summary=(m.summary.read_text().startswith("# WebSocket conformance"), True),
                artifact=(sorted(p.name for p in (m.artifacts / "wsspec").iterdir()),
                          ["run.html", "run.json", "run.md", "run.sarif", "run.xml"]),
                used=([name for name, _ in m.used],
                      ["actions/cache", "actions/upload-artifact", "github/codeql-action/upload-sarif"]),
                cargo=((m.bin / "cargo.log").read_text().startswith(f"{Path.cwd()} build --release --locked"), True),
            )
            known = m.root / "known.json"
            subprocess.run([WSSPEC, "baseline", "update", Path(out["directory"]) / "run.json", "--baseline", known],
                           check=True, capture_output=True)
        with machine("known") as m:
            out = m.run_action(document, {"url": url, "args": FAST, "baseline": str(known), "artifact": "false"}, **here)
            yield "known failures do not, and nothing is uploaded", differs(
                code=(m.code, 0), used=([name for name, _ in m.used], ["actions/cache"]), fail=(out["fail"] != "0", True))
        with machine("fork") as m:
            m.run_action(document, {"url": url, "args": FAST, "sarif": "true"}, **here, **{"test.no-permission": "true"})
            yield "nor does code scanning that may not be written to: the verdict is the server's", differs(code=(m.code, 1))

    with echo() as url:
        with machine("right") as m:
            args = "  --filter 'frame.mask.*'\n-H \"X-Words: two words; $(touch PWNED)\" "
            # A build from before: cargo is not asked again.
            (m.temp / "wsspec-bin").mkdir()
            shutil.copy(PROGRAM, m.temp / "wsspec-bin/wsspec")
            out = m.run_action(document, {"url": url, "args": args}, **here, **{"test.cache-hit": "true"})
            report = (Path(out["directory"] or ".") / "run.json").read_text()
            yield "a right server passes; arguments are quoted as in a shell, and nothing is expanded", differs(
                code=(m.code, 0), fail=(out["fail"], "0"), words=("two words; $(touch PWNED)" in report, True),
                executed=(list(m.root.rglob("PWNED")), []), built=((m.bin / "cargo.log").exists(), False))
        with machine("option") as m:
            m.run_action(document, {"url": "--seed=ws://", "args": FAST}, **here)
            yield "a URL is no option", differs(code=(m.code, 2), log=("a target looks like" in m.log, True))
        with machine("strict") as m:
            m.run_action(document, {"url": url, "args": "--filter 'handshake.*'", "fail-on": "non-strict"}, **here)
            yield "with fail-on non-strict it may not", differs(code=(m.code, 1))
        for name, inputs in {
            "hostile": {"url": f"{url}$(touch PWNED)`touch PWNED`; touch PWNED",
                        "args": f"{FAST} --seed=1;touch${{IFS}}PWNED"},
            "quote": {"url": url, "args": "--filter 'frame"},
            "baseline": {"url": url, "baseline": "no-such-file.json"},
        }.items():
            with machine(name) as m:
                m.run_action(document, inputs, **here)
                yield f"inputs that make no sense end with 2, and nothing is run: {name}", differs(
                    code=(m.code, 2), executed=(list(m.root.rglob("PWNED")), []))

    with machine("nowhere") as m:
        out = m.run_action(document, {"url": nowhere(), "sarif": "true"}, **here)
        yield "no server at all: 3, and the summary says so", differs(
            code=(m.code, 3), exit_code=(out["exit-code"], "3"), counts=(out["fail"], "0"),
            summary=("exit code 3" in m.summary.read_text(), True))


def publish(m, archive, sums="{0}  {1}\n"):
    """Makes a release that can be downloaded, with this list of checksums; returns the archive's."""
    served = m.bin / "releases"
    with tarfile.open(served / archive, "w:gz") as tar:
        tar.add(PROGRAM, "wsspec-1.2.3/wsspec")
    digest = hashlib.sha256((served / archive).read_bytes()).hexdigest()
    if sums:
        (served / "SHA256SUMS").write_text(sums.format(digest, archive))
    return digest


def releases(text):
    """What the action makes of releases, by a curl that is none."""
    document = load(text)
    here = {"github.action_path": str(Path.cwd())}
    with echo() as url:
        given = {"url": url, "args": FAST}
        with machine("no-release") as m:
            m.run_action(document, given | {"version": "1.2.3"}, **here)
            yield "a release that is not there: 2, and what to do", differs(
                code=(m.code, 2), log=("Set 'version' to source" in m.log, True),
                url=((m.bin / "curl.log").read_text().split("\n")[0],
                     "https://github.com/wsspec/wsspec/releases/download/v1.2.3/wsspec-x86_64-unknown-linux-musl.tar.gz"))
        archive = "wsspec-x86_64-unknown-linux-musl.tar.gz"
        version = re.search(r'^version = "(.*)"$', Path("Cargo.toml").read_text(encoding="utf-8"), re.MULTILINE)[1]
        for name, ref, asked, served, built in [
            ("a branch", "main", "", True, True),
            ("a commit", "0" * 40, "", True, True),
            ("a tag with a release", "v9", "", True, False),
            ("a tag without", f"v{version}", "", False, True),
            ("a tag, and source is asked for", f"v{version}", "source", True, True),
        ]:
            with machine(f"ref-{name.replace(' ', '-')}") as m:
                if served:
                    publish(m, archive)
                m.run_action(document, given | {"version": asked}, **here, **{"github.action_ref": ref})
                log = m.bin / "curl.log"
                urls = log.read_text().split() if log.exists() else []
                yield f"by {name}, it is {'built' if built else 'downloaded'}", differs(
                    code=(m.code, 0), cargo=((m.bin / "cargo.log").exists(), built),
                    own=(all(f"/download/v{version}/" in url for url in urls), True))
        for name, inputs, sums, code in [
            ("good", {"version": "v1.2.3"}, "{0}  {1}\n", 0),
            ("latest", {"version": "latest"}, "{0} *{1}\n", 0),
            ("stated", {"version": "1.2.3", "sha256": "{0}"}, None, 0),
            ("changed", {"version": "1.2.3", "sha256": "0" * 64}, "{0}  {1}\n", 2),
            ("spoilt", {"version": "1.2.3"}, "0123  {1}\n", 2),
            ("not listed", {"version": "1.2.3"}, "{0}  another.tar.gz\n", 2),
            ("no sums", {"version": "1.2.3"}, None, 2),
            ("no version", {"version": "../../x"}, "{0}  {1}\n", 2),
        ]:
            with machine(f"release-{name}") as m:
                digest = publish(m, archive, sums)
                m.run_action(document, given | {k: v.format(digest) for k, v in inputs.items()}, **here)
                yield f"a release, {name}: {code}", differs(
                    code=(m.code, code), cargo=((m.bin / "cargo.log").exists(), False),
                    kept=((m.temp / "wsspec-bin/wsspec").exists(), not code))


def page(text):
    """What the page of CI shows, pasted into an empty repository."""
    here = {"github.action_path": str(Path.cwd())}
    python = f"{Path(os.environ['TOOLS']).resolve()}/venv/bin"
    with machine("pasted") as m:
        # Faster, and at a port that is free.
        port = nowhere().split(":")[2].strip("/")
        m.replace = [("9001", port), ("--exclude 'close.code.*'", FAST)]
        m.path = f"{python}:{m.path}"
        m.actions = {"wsspec/wsspec": load(Path(ACTION).read_text(encoding="utf-8"))}
        document = load(shown(text, 0))
        m.run_job(document, "websocket", **here)
        yield "the workflow runs in an empty repository", differs(
            code=(m.code, 0), said=("\n0 failed\n" in m.log, True),
            artifact=(sorted(p.name for p in (m.artifacts / "wsspec").iterdir())[1:2], ["run.json"]))
    with machine("gitlab") as m:
        tool(m.bin, "cargo", f'install -D {PROGRAM} "$CARGO_INSTALL_ROOT/bin/wsspec"')
        job = load(shown(text, 1))["websocket"]
        script = "\n".join(job["script"]).replace("wsspec server", f"wsspec server {FAST}")
        # What an image without wsspec has on its path.
        env = {"PATH": m.path, "CARGO_INSTALL_ROOT": f"{m.workspace}/wsspec"}
        done = subprocess.run(["bash", "-ec", script], env=env, cwd=m.workspace, capture_output=True, timeout=60)
        made = [name for name in [*job["artifacts"]["paths"], job["artifacts"]["reports"]["junit"]]
                if (m.workspace / name).exists()]
        yield "the job of GitLab runs in an empty repository", differs(
            code=(done.returncode, 0), made=(made, ["run.html", "run.xml"]))


def verdicts(path):
    report = json.loads(Path(path).read_text())
    return {case["id"]: case["verdict"] for target in report["targets"] for case in target["cases"]}


@functools.cache
def whole(*cases):
    """The verdicts of a run that was not cut into parts, of a server with the same fault."""
    with echo("--fault", "mask-ignored") as url:
        command = [WSSPEC, "run", "--quiet", "--json", WORK / "whole.json", *cases, "--", url]
        subprocess.run(command, capture_output=True, timeout=60)
    return verdicts(WORK / "whole.json")


def workflow(text):
    """The jobs of the workflow, against a server with a fault."""
    document = load(text)
    root = fresh("workflow")
    store = root / "store"
    (store / "wsspec").mkdir(parents=True)
    shutil.copyfile(PROGRAM, store / "wsspec/wsspec")
    port = nowhere().split(":")[2].strip("/")
    # Not all cases: the manifest runs those.
    fault = [("9001", port), ("echo --listen", "echo --fault mask-ignored --listen"),
             ("wsspec run", "wsspec run --filter 'frame.*'")]
    codes = []
    for n in document["jobs"]["shard"]["strategy"]["matrix"]["shard"]:
        m = Machine(root / f"shard-{n}", store, os.environ["PATH"], fault)
        m.run_job(document, "shard", **{"matrix.shard": str(n)})
        m.end()
        codes.append(m.code)
    yield "every shard has a result", differs(codes=(codes, [0] * 8), parts=(len(list(store.glob("shard-*/*.json"))), 8))

    def merge(name, result="success", **more):
        m = Machine(root / name, more.get("store", store), os.environ["PATH"], fault)
        m.run_job(document, "merge", **{"needs.shard.result": result, "needs.build.result": "success"})
        return m

    m = merge("merge")
    yield "together they say what one run says, and the job fails for it", differs(
        code=(m.code, 1), verdicts=(verdicts(m.workspace / "reports/run.json"), whole("--filter", "frame.*")),
        summary=("security" in m.summary.read_text(), True))
    shutil.rmtree(store / "reports")
    yield "a shard that failed is no success", differs(code=(merge("failed", "failure").code, 3))
    shutil.rmtree(store / "reports")
    less = root / "less"
    shutil.copytree(store, less, ignore=shutil.ignore_patterns("shard-5"))
    yield "a shard that is missing is no success", differs(code=(merge("missing", store=less).code, 2))

    m = Machine(root / "no-server", root / "elsewhere", os.environ["PATH"], [*fault, ("echo --fault", "echo --foult")])
    shutil.copytree(store / "wsspec", root / "elsewhere/wsspec")
    began = time.monotonic()
    steps = document["jobs"]["shard"]["steps"]
    steps[3]["run"] = steps[3]["run"].replace("seq 150", "seq 3")
    m.run_job(document, "shard", **{"matrix.shard": "1"})
    m.end()
    yield "a server that does not start ends the job", differs(code=(m.code, 1), soon=(time.monotonic() - began < 10, True))


def manifest(text):
    """The commands of the manifest, for each index."""
    jobs = {part["metadata"]["name"]: part["spec"] for part in load(text) if part["kind"] == "Job"}
    root = fresh("manifest")
    binary = root / "bin"
    binary.mkdir()
    os.symlink(WSSPEC, binary / "wsspec")

    def container(job, url, results, index=None):
        one = jobs[job]["template"]["spec"]["containers"][0]
        env = {item["name"]: item["value"] for item in one.get("env", [])} | {"PATH": f"{binary}:{os.environ['PATH']}"}
        if index is not None:
            env |= {"URL": url, "JOB_COMPLETION_INDEX": str(index)}
        # An image without a command has its entry point; $(NAME) is for the cluster to expand.
        words = one.get("command", ["wsspec"]) + one.get("args", [])
        words = [re.sub(r"\$\((\w+)\)", lambda name: env[name[1]], word) for word in words]
        words = [word.replace("/results", str(results)) for word in words]
        return subprocess.run(words, env=env, capture_output=True, text=True, timeout=60, cwd=root)

    def shards(url, name):
        results = root / name
        results.mkdir()
        with ThreadPoolExecutor(jobs["wsspec"]["parallelism"]) as pods:
            indexes = range(jobs["wsspec"]["completions"])
            return results, [d.returncode for d in pods.map(lambda i: container("wsspec", url, results, i), indexes)]

    with echo("--fault", "mask-ignored") as url:
        results, codes = shards(url, "faulty")
    merged = container("wsspec-merge", url, results)
    yield "every index has a result, and is not tried again for it; the merge has the verdict", differs(
        codes=(codes, [0] * 8), merge=(merged.returncode, 1), verdicts=(verdicts(results / "run.json"), whole()),
        log=(merged.stdout.startswith("# WebSocket conformance"), True))
    (results / "3.json").unlink()
    yield "a shard that is missing is an error", differs(merge=(container("wsspec-merge", url, results).returncode, 2))
    with echo() as url:
        results, codes = shards(url, "right")
    merged = container("wsspec-merge", url, results)
    yield "of a right server it is 0", differs(codes=(codes, [0] * 8), merge=(merged.returncode, 0))
    _, codes = shards(nowhere(), "nowhere")
    yield "a server that is not there is tried again: 3", differs(codes=(codes, [3] * 8))
    _, codes = shards("ws://", "usage")
    ends = jobs["wsspec"]["podFailurePolicy"]["rules"][1]
    yield "what makes no sense is not: 2", differs(
        codes=(codes, [2] * 8), rule=((ends["action"], ends["onExitCodes"]["values"]), ("FailJob", [2])))


def interrupt():
    """The program in its image is the first process, and ends with what it knows when the container is stopped: 130."""
    root = fresh("interrupt")
    for name in signal.SIGINT, signal.SIGTERM:
        with echo("--fault", "hangs") as url:
            running = subprocess.Popen([WSSPEC, "run", "--quiet", "--json", root / "run.json", "--", url],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(1)
            running.send_signal(name)
            code = running.wait(timeout=10)
            yield f"{name.name} ends it, with a report", differs(
                code=(code, 130), complete=(json.loads((root / "run.json").read_text())["complete"], False))


# A file, what runs it, and mistakes that have to show.
CHECKS = [
    (action, ACTION, [('run: exit "$CODE"', "run: exit 0"), (' -- "$URL"', ' "$URL"'),
                      ('"${command[@]}"', 'eval "${command[*]}"')]),
    (releases, ACTION, [('[ "$got" = "$SHA256" ]', "true"), ("missing() { echo", "missing() { fail"),
                        ('[ "$VERSION" != source ]', "true")]),
    (page, PAGE, [("          # baseline: wsspec", "          baseline: wsspec"), ("nohup python3 server.py", "./my-server"),
                  ("-- wsspec echo", "-- ./my-server")]),
    (workflow, WORKFLOW, [('--shard "$SHARD/8"', '--shard "1/8"'),
                          ("shards/{1,2,3,4,5,6,7,8}.json", "--partial shards/*.json"),
                          ('"$SHARDS" != success', '"$SHARDS" = x')]),
    (manifest, MANIFEST, [("--shard-from-zero", "--shard"), ("            - --fail-on=never\n", ""),
                          ("            - /results/3.json\n", "")]),
]


def run():
    """Yields name, what is wrong."""
    tool(WORK, PROGRAM.name, f'exec {WSSPEC} "$@"')
    for check, path, mistakes in CHECKS:
        text = Path(path).read_text(encoding="utf-8")
        for name, wrong in check(text):
            yield f"{path}: {name}", wrong
        for piece, mistake in mistakes:
            missed = [] if piece in text else [f"there is no {piece!r} to plant a mistake in"]
            found = missed or [wrong for _, wrong in survived(check(text.replace(piece, mistake))) if wrong]
            yield f"  finds {json.dumps(mistake.strip() or 'no ' + piece.strip())}", missed or ([] if found else ["it does not"])
    yield from interrupt()


def survived(scenarios):
    """A mistake may break a scenario altogether: that is found, too. The first that shows is enough."""
    try:
        for name, wrong in scenarios:
            yield name, wrong
            if wrong:
                return
    except Exception as error:  # noqa: BLE001
        yield "broken", [repr(error)]
