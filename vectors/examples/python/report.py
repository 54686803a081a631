"""Replays every vector and prints each difference that is neither allowed nor free. Knows no library."""
import argparse
import fnmatch
import json
import pathlib
from collections import Counter

from replay import WAYS, replay
from vectors import load

CORPUS = pathlib.Path(__file__).resolve().parents[2] / "parse"


def main(name, make, skip):
    """`make(vector)` gives a fresh parser; `skip(vector)` the reason to leave a vector out, or None."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--vectors", type=pathlib.Path, default=CORPUS)
    parser.add_argument("--allow", type=pathlib.Path, help="lines of: id pattern, kind, reason")
    parser.add_argument("--free", action="store_true", help="print the differences that are free as well")
    options = parser.parse_args()
    requirements = json.loads((options.vectors.parent / "requirements.json").read_text("utf-8"))
    verdict = {requirement["id"]: requirement["verdict"] for requirement in requirements}
    allowed = read_allowed(options.allow)
    count, skipped, seen = Counter(), Counter(), set()
    for vector in load(options.vectors):
        count["vectors"] += 1
        if reason := skip(vector):
            skipped[reason] += 1
            continue
        found = {}
        for how in WAYS:
            count["replays"] += 1
            if difference := replay(vector, make(vector), how):
                found.setdefault(difference[0], f"{difference[1][:300]}; {how}")
        result = "free" if found else "agree"
        for kind, words in found.items():
            if vector.get("freedom") and kind != "crashes":
                if options.free:
                    print(f"free: {vector['id']} {kind}\n    {words}\n    {vector['freedom']}")
                continue
            known = {line for line in allowed if line[1] == kind and fnmatch.fnmatchcase(vector["id"], line[0])}
            seen |= known
            if known and result == "free":
                result = "known"
            elif not known:
                result = "differ"
                clauses = ", ".join(f"{id} ({verdict[id]})" for id in vector["requirements"])
                print(f"{vector['id']} {kind}\n    {words}\n    {clauses}")
        count[result] += 1
    for pattern, kind in allowed:
        if (pattern, kind) not in seen:
            print(f"allowed but not seen: {pattern} {kind}")
    for reason, n in skipped.items():
        print(f"skipped {n}: {reason}")
    print(f"{name}: {count['vectors']} vectors, {count['replays']} replays, {count['agree']} agree, "
          f"{count['free']} differ freely, {count['known']} differ as allowed, {count['differ']} differ, "
          f"{skipped.total()} skipped")
    return 1 if count["differ"] else 0


def read_allowed(path):
    lines = path.read_text("utf-8").splitlines() if path else []
    return [tuple(line.split()[:2]) for line in lines if line and not line.startswith("#")]
