"""Runs the steps of an action or of a workflow's job, as far as that can be done without GitHub.

Expressions are names, conditions are `&&` of comparisons with a string: what the files use, and an error for the rest.
The actions of others are stand-ins: artifacts are folders, a cache never hits unless told to.
"""

import os
import re
import shutil
import signal
import subprocess
from pathlib import Path


class Machine:
    """A runner: a workspace, a temporary folder, and what was put out so far."""

    started = []

    def __init__(self, root, artifacts, path, replace=()):
        self.root, self.artifacts, self.replace = Path(root), Path(artifacts), replace
        self.workspace, self.temp = self.root / "workspace", self.root / "temp"
        self.workspace.mkdir(parents=True)
        self.temp.mkdir()
        self.artifacts.mkdir(exist_ok=True)
        self.summary = self.root / "summary.md"
        self.summary.touch()
        self.path = path
        self.values, self.used, self.log, self.groups = {}, [], "", []
        # Composite actions by name, for the steps that use them.
        self.actions = {}
        self.failed = False
        self.code = 0
        Machine.started.append(self)

    def value(self, name):
        return self.values.get(name, "")

    def fill(self, text):
        """Evaluates the expressions within a text."""
        text = str(text).lower() if isinstance(text, bool) else str(text)
        for old, new in self.replace:
            text = text.replace(old, new)
        return re.sub(r"\$\{\{ *([\w.-]+) *\}\}", lambda m: self.value(m[1]), text)

    def holds(self, condition):
        """Whether a step is run."""
        condition = re.sub(r"^\$\{\{(.*)\}\}$", r"\1", str(condition).strip())
        always = False
        for term in filter(None, (part.strip() for part in condition.split("&&"))):
            if term in ("always()", "!cancelled()"):
                always = True
                continue
            match = re.fullmatch(r"([\w.-]+) (==|!=) '([^']*)'", term)
            if not match:
                raise ValueError(f"a condition that is not understood here: {term}")
            if (self.value(match[1]) == match[3]) != (match[2] == "=="):
                return False
        return always or not self.failed

    def step(self, step, environment):
        if not self.holds(step.get("if", "")):
            return
        outputs = {}
        if "uses" in step:
            given = {name: self.fill(value) for name, value in step.get("with", {}).items()}
            good = self.stand_in(step["uses"].split("@")[0], given, outputs)
        else:
            good = self.script(step, environment, outputs)
        for name, value in outputs.items():
            self.values[f"steps.{step.get('id')}.outputs.{name}"] = value
        if not good and not step.get("continue-on-error"):
            self.failed = True

    def script(self, step, environment, outputs):
        files = {name: self.root / name for name in ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH")}
        for file in files.values():
            file.write_text("")
        env = {
            "PATH": self.path,
            "HOME": str(self.root),
            "RUNNER_TEMP": str(self.temp),
            "RUNNER_OS": "Linux",
            "RUNNER_ARCH": "X64",
            "GITHUB_STEP_SUMMARY": str(self.summary),
            **{name: str(file) for name, file in files.items()},
            **{name: self.fill(value) for name, value in {**environment, **step.get("env", {})}.items()},
        }
        script = self.root / "step.sh"
        script.write_text(self.fill(step["run"]))
        # What `shell: bash` means there; without it, -e only.
        options = ["--noprofile", "--norc", "-eo", "pipefail"] if step.get("shell") == "bash" else ["-e"]
        with open(self.root / "log", "w+b") as log:
            running = subprocess.Popen(
                ["bash", *options, script], cwd=self.workspace, env=env, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True,
            )
            self.groups.append(running.pid)
            code = running.wait(timeout=60)
            log.seek(0)
            self.log += log.read().decode(errors="replace")
        for line in files["GITHUB_OUTPUT"].read_text().splitlines():
            name, _, value = line.partition("=")
            outputs[name] = value
        if code and not self.code:
            self.code = code
        return code == 0

    def stand_in(self, action, given, outputs):
        self.used.append((action, given))
        if action == "actions/cache":
            outputs["cache-hit"] = self.value("test.cache-hit")
        elif action == "actions/upload-artifact":
            into = self.artifacts / given["name"]
            into.mkdir()
            for name in given["path"].split():
                path = self.workspace / name
                if path.is_dir():
                    shutil.copytree(path, into, dirs_exist_ok=True)
                elif path.exists():
                    shutil.copyfile(path, into / path.name)
                    # Artifacts forget who may run them.
                    (into / path.name).chmod(0o644)
        elif action == "actions/download-artifact":
            into = self.workspace / given["path"]
            into.mkdir(exist_ok=True)
            for artifact in sorted(self.artifacts.glob(given.get("name") or given["pattern"])):
                shutil.copytree(artifact, into, dirs_exist_ok=True)
        elif action == "github/codeql-action/upload-sarif":
            return Path(given["sarif_file"]).stat().st_size > 0 and not self.value("test.no-permission")
        elif action in self.actions:
            outputs |= self.within(self.actions[action], given)
            return not self.failed
        elif action != "actions/checkout":
            raise ValueError(f"no stand-in for {action}")
        return True

    def end(self):
        """Ends what the steps left in the background."""
        for group in self.groups:
            try:
                os.killpg(group, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def run_action(self, action, inputs, **values):
        """Runs a composite action; its outputs."""
        given = {name: value.get("default", "") for name, value in action["inputs"].items()} | inputs
        self.values |= {f"inputs.{name}": value for name, value in given.items()}
        self.values |= {"runner.temp": str(self.temp)} | values
        for step in action["runs"]["steps"]:
            self.step(step, {})
        return {name: self.fill(output["value"]) for name, output in action["outputs"].items()}

    def within(self, action, inputs):
        """Runs a composite action for a step; its outputs. The names within it are its own."""
        outside, self.values = self.values, {name: v for name, v in self.values.items() if name.startswith(("test.", "github."))}
        outputs = self.run_action(action, inputs)
        self.values = outside
        return outputs

    def run_job(self, workflow, job, **values):
        """Runs a job of a workflow."""
        self.values |= {"runner.temp": str(self.temp), "runner.os": "Linux", "runner.arch": "X64"} | values
        job = workflow["jobs"][job]
        for step in job["steps"]:
            self.step(step, {**workflow.get("env", {}), **job.get("env", {})})
