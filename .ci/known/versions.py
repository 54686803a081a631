"""The pairs of pairs.json, and the installed versions in a cache folder."""

import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROGRAMS = HERE / "programs"


@dataclass(frozen=True)
class Pair:
    """A published bug: a version that has it, one that does not, and how wsspec sees it."""

    name: str
    advisories: list[str]
    library: str
    role: str
    affected: str
    fixed: str
    letter: str
    registry: str
    packages: list[str]
    program: str
    told_by: list[str]
    fixed_packages: list[str] | None = None
    fixed_options: list[str] | None = None
    arguments: list[str] = field(default_factory=list)
    options: list[str] = field(default_factory=list)

    def cases(self):
        """The cases to run for what it names; rules that watch every connection (`passive.`) come with them."""
        return [case for case in self.told_by if not case.startswith("passive.")]

    def versions(self):
        """The affected version and the fixed one."""
        packages, options = self.fixed_packages or self.packages, self.fixed_options or self.options
        return Version(self, self.affected, self.packages, self.options), Version(self, self.fixed, packages, options)


@dataclass(frozen=True)
class Version:
    """One side of a pair."""

    pair: Pair
    number: str
    packages: list[str]
    options: list[str]

    def pins(self):
        return [package.replace("{version}", self.number) for package in self.packages]

    def folder(self, cache):
        """Where its packages are; pairs with the same version of a library share it."""
        library = self.pair.program.split(".")[0] if self.pair.registry == "crates.io" else self.pair.library
        return cache / f"{library}-{self.number}"

    def command(self, cache):
        """The command of its program, without the port or the URL."""
        folder, program = self.folder(cache), PROGRAMS / self.pair.program
        match self.pair.registry:
            case "npm":
                start = ["env", f"NODE_PATH={folder / 'node_modules'}", "node", program]
            case "pypi":
                start = [folder / "bin/python", "-B", program]
            case _:
                start = [folder / "target/release/known"]
        return [*map(str, start), *self.pair.arguments]

    def install(self, cache):
        """Installs its packages, unless this very list is there."""
        folder = self.folder(cache)
        stamp = folder / "pins"
        if stamp.exists() and stamp.read_text() == repr(self.pins()) and self.pair.registry != "crates.io":
            return
        folder.mkdir(parents=True, exist_ok=True)
        INSTALLERS[self.pair.registry](self, folder)
        stamp.write_text(repr(self.pins()))


def pairs():
    return [read(row) for row in json.loads((HERE / "pairs.json").read_text())]


def read(row):
    return Pair(**{"letter" if key == "class" else key: value for key, value in row.items()})


def from_npm(version, folder):
    quiet = ["--silent", "--no-audit", "--no-fund"]
    run("npm", "install", *quiet, "--prefix", folder, *version.pins())


def from_pypi(version, folder):
    run("python3", "-m", "venv", folder)
    run(folder / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *version.pins())


def from_crates_io(version, folder):
    """Builds the program against its crate; cargo itself decides what to build again."""
    program = PROGRAMS / version.pair.program
    (folder / "Cargo.toml").write_text(MANIFEST.format(program=json.dumps(str(program)), crates="\n".join(version.pins())))
    run("cargo", "build", "--release", "--quiet", "--manifest-path", folder / "Cargo.toml", "--target-dir", folder / "target")


MANIFEST = """\
[package]
name = "known"
version = "0.0.0"
edition = "2021"

[[bin]]
name = "known"
path = {program}

[dependencies]
{crates}

[workspace]
"""

INSTALLERS = {"npm": from_npm, "pypi": from_pypi, "crates.io": from_crates_io}


def run(*command):
    subprocess.run(command, check=True)
