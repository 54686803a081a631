"""Installs the libraries, pinned, and starts the servers made of them."""

import hashlib
import os
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent

PYTHON = ["websockets==17.4", "aiohttp==3.14.5"]
NODE = ["ws@8.23.0", "faye-websocket@0.11.4", "permessage-deflate@0.1.7"]

# Seconds.
START = 20
STOP = 5


class Servers:
    """The installed libraries in a cache folder, and the commands that start servers."""

    def __init__(self, cache):
        self.cache = Path(cache).resolve()
        self.python = self.cache / "venv/bin/python"

    def install(self):
        """Installs what is missing; cargo itself decides what to build again."""
        self.cache.mkdir(parents=True, exist_ok=True)
        pins = hashlib.sha1(repr([PYTHON, NODE]).encode()).hexdigest()
        stamp = self.cache / "pins"
        if not stamp.exists() or stamp.read_text() != pins:
            run("python3", "-m", "venv", self.cache / "venv")
            run(self.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PYTHON)
            run("npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", self.cache, *NODE)
            stamp.write_text(pins)
        paths = ["--manifest-path", HERE / "rust/Cargo.toml", "--target-dir", self.cache / "rust"]
        run("cargo", "build", "--release", "--quiet", "--locked", *paths)

    def application(self, library):
        """The command of a library's application, without its port."""
        return {
            "python": [self.python, HERE / "application.py"],
            "node": ["node", HERE / "application.js"],
            "rust": [self.cache / "rust/release/application"],
        }[library]

    def echo(self, name):
        """The command of an echo server, whose further arguments follow the port."""
        return {
            "aiohttp": ([self.python, HERE / "echo_aiohttp.py"], []),
            "faye-websocket": (["node", HERE / "echo_faye.js"], []),
        }.get(name) or (self.application(name), ["--echo"])

    @contextmanager
    def serving(self, command, arguments, log):
        """Starts a server on a free port, gives its URL and ends it; `log` gets all that it prints."""
        port = free_port()
        environment = os.environ | {"NODE_PATH": str(self.cache / "node_modules"), "PYTHONDONTWRITEBYTECODE": "1"}
        with open(log, "wb") as output:
            server = subprocess.Popen(
                [*command, str(port), *arguments], stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment
            )
        try:
            wait_for(server, port, log)
            yield f"ws://127.0.0.1:{port}/"
        finally:
            end(server)


def run(*command):
    subprocess.run(command, check=True)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(server, port, log):
    """Waits until a server listens."""
    deadline = time.monotonic() + START
    while time.monotonic() < deadline and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"the server did not start:\n{Path(log).read_text(errors='replace')}")


def end(process):
    """Ends a process of ours, by force if necessary."""
    process.terminate()
    try:
        process.wait(STOP)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
