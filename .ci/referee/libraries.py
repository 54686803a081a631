"""The libraries of others, pinned, and processes that are ended."""

import hashlib
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
WORK = HERE.parent.parent / "target/referee"
PYTHON = ["websockets==17.4", "hypercorn==0.18.0", "urllib3-future==2.25.904"]
NODE = ["ws@8.23.0"]

# Seconds.
START = 20
STOP = 10


def install():
    """Installs them, if they are not there."""
    WORK.mkdir(parents=True, exist_ok=True)
    pins = hashlib.sha1(repr([PYTHON, NODE]).encode()).hexdigest()
    stamp = WORK / "pins"
    if stamp.exists() and stamp.read_text() == pins:
        return
    subprocess.run(["python3", "-m", "venv", WORK / "venv"], check=True)
    subprocess.run([WORK / "venv/bin/pip", "install", "--quiet", "--disable-pip-version-check", *PYTHON], check=True)
    subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", WORK, *NODE], check=True)
    stamp.write_text(pins)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextmanager
def running(command, port=None, **streams):
    """A process, which listens at the port before this goes on, and is ended after it."""
    process = subprocess.Popen([str(word) for word in command], **streams)
    try:
        if port:
            listening(process, port)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def listening(process, port):
    end = time.monotonic() + START
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.05)
    sys.exit(f"{process.args[0]} does not listen at port {port}")


def certificate():
    """The files of a certificate for loopback, and of its key."""
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names]
    files = [WORK / "cert.pem", WORK / "key.pem"]
    subprocess.run([*made, "-out", files[0], "-keyout", files[1]], check=True, stderr=subprocess.DEVNULL)
    return files
