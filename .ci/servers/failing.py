"""The ids of the cases that failed, one a line and sorted, out of a stream of JSON lines on standard input."""

import json
import sys

cases = [json.loads(line) for line in sys.stdin]
assert cases, "no results"
unjudged = [c["id"] for c in cases if c["verdict"] in ("error", "flaky")]
assert not unjudged, f"error or flaky: {unjudged}"
print("\n".join(sorted(c["id"] for c in cases if c["verdict"] == "fail")))
