"""The libraries, pinned: which of their files are mutated, and how an echo server is made from a copy."""

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import mutate_python
from mutate_python import Mutation

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
APPLICATIONS = HERE.parent / "applications"
sys.path.insert(0, str(APPLICATIONS))

from servers import end, free_port, run, wait_for  # noqa: E402

PYTHON = ["aiohttp==3.14.5"]
NODE = ["websocket-driver@0.8.0", "websocket-extensions@0.2.0", "permessage-deflate@0.1.7", "acorn@8.19.0"]


@dataclass(frozen=True)
class Library:
    """`files` are mutated, except for the functions and names in `left_out`: they serve clients, timers or logs."""

    name: str
    root: str
    files: tuple[str, ...]
    left_out: tuple[str, ...]
    copied: tuple[str, ...]


AIOHTTP = Library(
    "aiohttp",
    "site-packages",
    ("aiohttp/_websocket/reader_py.py", "aiohttp/_websocket/writer.py", "aiohttp/_websocket/helpers.py", "aiohttp/web_ws.py"),
    (
        "_cancel_heartbeat", "_cancel_pong_response_cb", "_on_data_received", "_flush_heartbeat_reset", "_reset_heartbeat",
        "_send_heartbeat", "_ping_task_done", "_pong_not_received", "_handle_ping_pong_exception", "THRESHOLD_CONNLOST_ACCESS",
        "get_extra_info", "ping", "pong", "send_json", "receive_str", "receive_bytes", "receive_json", "write_eof", "write",
        "exception", "WEBSOCKET_MAX_SYNC_CHUNK_SIZE", "MSG_SIZE_OVERHEAD", "MSG_SIZE", "MASK_LEN", "MAX_PAYLOAD_LEN", "_timeout",
        "_heartbeat", "_receive_timeout", "self._max_fragments",
    ),
    ("aiohttp",),
)  # fmt: skip
DRIVER = Library(
    "websocket-driver",
    "node_modules",
    (
        "websocket-driver/lib/websocket/driver/hybi.js",
        "websocket-driver/lib/websocket/driver/hybi/message.js",
        "websocket-driver/lib/websocket/driver/base.js",
        "websocket-driver/lib/websocket/driver/server.js",
        "websocket-driver/lib/websocket/driver/stream_reader.js",
        "websocket-extensions/lib/parser.js",
        "websocket-extensions/lib/websocket_extensions.js",
        "permessage-deflate/lib/common.js",
        "permessage-deflate/lib/session.js",
        "permessage-deflate/lib/server_session.js",
    ),
    (
        "generateOffer", "activate", "isSecureRequest", "determineUrl", "_bindEventListeners", "getState", "setHeader",
        "MAX_LENGTH", "eachByte", "validateOptions", "deflate.flush", "fetch",
    ),
    ("websocket-driver", "websocket-extensions", "permessage-deflate", "http-parser-js", "safe-buffer"),
)  # fmt: skip
ALL = (AIOHTTP, DRIVER)


@dataclass(frozen=True)
class Mutant:
    """A mutation of one file of a library; its name says where it is."""

    name: str
    library: Library
    file: str
    mutation: Mutation


class Cache:
    """The installed libraries and the mutated copies of them."""

    def __init__(self, folder):
        self.folder = Path(folder).resolve()
        self.python = self.folder / "venv/bin/python"

    def install(self):
        """Installs what is missing."""
        self.folder.mkdir(parents=True, exist_ok=True)
        pins = hashlib.sha1(repr([PYTHON, NODE]).encode()).hexdigest()
        stamp = self.folder / "pins"
        if not stamp.exists() or stamp.read_text() != pins:
            run("python3", "-m", "venv", self.folder / "venv")
            run(self.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PYTHON)
            run("npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", self.folder, *NODE)
            stamp.write_text(pins)

    def packages(self, library):
        """The folder with a library's packages."""
        if library is DRIVER:
            return self.folder / "node_modules"
        return next((self.folder / "venv/lib").glob("python*/site-packages"))

    def source(self, library, file):
        return (self.packages(library) / file).read_text()

    def mutants(self, library):
        """All mutants of a library, in the order of its files."""
        made = []
        for file in library.files:
            used = {}
            for mutation in self.mutations(library, file):
                stem = f"{library.name}:{Path(file).stem}:{mutation.line}:{mutation.operator.replace(' ', '-')}"
                used[stem] = used.get(stem, 0) + 1
                made.append(Mutant(f"{stem}:{used[stem]}", library, file, mutation))
        return made

    def mutations(self, library, file):
        source = self.source(library, file)
        if library is AIOHTTP:
            found = mutate_python.mutations(source, library.left_out)
        else:
            found = javascript(self, library, file)
        return [mutation for mutation in found if squeezed(mutation.apply(source)) != squeezed(source)]

    @contextmanager
    def serving(self, library, mutant, log):
        """Starts an echo server of a library, mutated or not, and gives its port."""
        with self.copied(mutant) if mutant is not None else nullcontext(self.packages(library)) as packages:
            port = free_port()
            with open(log, "wb") as output:
                server = subprocess.Popen(
                    self.command(library, port), stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                    env=os.environ | environment(library, packages),
                )  # fmt: skip
            try:
                wait_for(server, port, log)
                yield port
            finally:
                end(server)

    @contextmanager
    def copied(self, mutant):
        """Gives a folder with a copy of a library in which the mutation is made."""
        copy = self.folder / "copies" / mutant.name.replace(":", "-")
        self.copy(mutant, copy)
        try:
            yield copy
        finally:
            shutil.rmtree(copy, ignore_errors=True)

    def command(self, library, port):
        if library is AIOHTTP:
            return [self.python, APPLICATIONS / "echo_aiohttp.py", str(port)]
        return ["node", HERE / "echo_driver.js", str(port)]

    def copy(self, mutant, copy):
        """Links a library's files into a folder and writes the mutated one."""
        packages = self.packages(mutant.library)
        shutil.rmtree(copy, ignore_errors=True)
        for package in mutant.library.copied:
            shutil.copytree(packages / package, copy / package, copy_function=os.link)
        mutated = copy / mutant.file
        mutated.unlink()
        mutated.write_text(mutant.mutation.apply(self.source(mutant.library, mutant.file)))


def environment(library, packages):
    if library is AIOHTTP:
        return {"PYTHONPATH": str(packages), "AIOHTTP_NO_EXTENSIONS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    return {"NODE_PATH": str(packages)}


def javascript(cache, library, file):
    """The mutations of a JavaScript file, found by a parser that runs in Node."""
    packages = cache.packages(library)
    command = ["node", HERE / "mutate_js.js", packages / file, *library.left_out]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=os.environ | {"NODE_PATH": str(packages)})
    return [Mutation(**found) for found in json.loads(output.stdout)]


def squeezed(source):
    """A source without blanks, to tell whether two are the same text."""
    return "".join(source.split())


def shuffled(mutants, seed):
    """The order in which mutants are drawn. Each file is drawn from as often as it has mutants."""
    drawn = list(mutants)
    random.Random(seed).shuffle(drawn)
    return drawn
