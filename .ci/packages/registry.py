"""An npm registry of the packages `@wsspec/PLATFORM` that the main package asks for: the ones in a folder can be downloaded,
of the others there is what a registry says of them, so that a client leaves them out by platform.

Prints its port. Usage: registry.py FOLDER
"""

import http.server
import json
import sys
import tarfile
import urllib.parse
from pathlib import Path

FOLDER = Path(sys.argv[1])


def manifest(path):
    with tarfile.open(path) as package:
        return json.load(package.extractfile("package/package.json"))


BUILT = {one["name"]: (one, path) for path in FOLDER.glob("*.tgz") for one in [manifest(path)]}
WANTED = BUILT["wsspec"][0]["optionalDependencies"]


class Registry(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        path = urllib.parse.unquote(self.path).strip("/")
        tarball = FOLDER / Path(path).name
        if path.endswith(".tgz") and tarball.is_file():
            self.answer(200, tarball.read_bytes())
        elif path in WANTED:
            self.answer(200, json.dumps(self.document(path)).encode())
        else:
            self.answer(404, b"{}")

    def document(self, name):
        """What a registry says of a package."""
        platform, processor = name.split("/")[1].split("-")
        one, path = BUILT.get(name, ({"name": name, "version": WANTED[name], "os": [platform], "cpu": [processor]}, Path("none.tgz")))
        dist = {"tarball": f"http://127.0.0.1:{self.server.server_port}/{path.name}"}
        return {"name": name, "dist-tags": {"latest": one["version"]}, "versions": {one["version"]: one | {"dist": dist}}}

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Registry) as server:
    print(server.server_port, flush=True)
    server.serve_forever()
