"""Reads the parse vectors: every case of every file, its matrix expanded, its bytes and events made.

Knows no library; copy it into any test suite.
"""
import base64
import itertools
import json
import pathlib
import re

NAME = re.compile(r"\{([a-z][a-z0-9-]*)(?:\.([a-z0-9_-]+))?\}")
SAMPLE_KEY = "dGhlIHNhbXBsZSBub25jZQ=="


def load(folder):
    for path in sorted(pathlib.Path(folder).glob("*.json")):
        file = json.loads(path.read_text("utf-8"))
        for case in file["cases"]:
            for vector in expand(case):
                yield finish(file["family"], vector)


def expand(case):
    """One case for each combination of the axes, with the names filled in."""
    axes = {
        name: list(axis.items()) if isinstance(axis, dict) else [(label(value), value) for value in axis]
        for name, axis in case.get("matrix", {}).items()
    }
    for row in itertools.product(*axes.values()):
        labels = {name: row[n][0] for n, name in enumerate(axes)}
        values = {name: row[n][1] for n, name in enumerate(axes)}
        if any(all(labels[axis] == label(out[axis]) for axis in out) for out in case.get("except", [])):
            continue
        one = {key: fill(value, values) for key, value in case.items() if key not in ("id", "matrix", "except")}
        yield one | {"id": fill(case["id"], labels)}


def label(value):
    if isinstance(value, list):
        return "-".join(map(label, value)) or "none"
    return str(value).lower() if isinstance(value, bool) else str(value)


def fill(node, values):
    if isinstance(node, dict):
        return {fill(key, values): fill(value, values) for key, value in node.items()}
    if isinstance(node, list):
        filled = [(item, fill(item, values)) for item in node]
        # A name that stands alone in a list and means a list is spliced.
        return [x for item, now in filled for x in (now if isinstance(item, str) and isinstance(now, list) else [now])]
    if not isinstance(node, str):
        return node
    alone = NAME.fullmatch(node)
    if alone and alone[1] in values:
        return look_up(alone, values)
    return NAME.sub(lambda m: label(look_up(m, values)) if m[1] in values else m[0], node)


def look_up(match, values):
    return values[match[1]][match[2]] if match[2] else values[match[1]]


def finish(family, vector):
    """`head` and `frames` as bytes, `events` as pairs of word and bytes (`opened` keeps its object)."""
    lines = vector.get("bytes", [])
    lines = [lines] if isinstance(lines, str) else lines
    return vector | {
        "id": f"{family}.{vector['id']}",
        "head": "".join(vector.get("head", [])).encode(),
        "frames": bytes.fromhex("".join(line.split("|")[0] for line in lines)),
        "key": vector.get("key", SAMPLE_KEY),
        "events": [(word, content(word, value)) for event in vector["events"] for word, value in event.items()],
    }


def content(word, value):
    if word == "opened":
        return value
    if word != "close":
        return payload(value)
    if value is None or isinstance(value, int):
        return b"" if value is None else value.to_bytes(2, "big")
    return payload(value["body"]) if "body" in value else value["code"].to_bytes(2, "big") + payload(value["reason"])


def payload(value):
    if isinstance(value, str):
        return value.encode()
    if "hex" in value:
        return bytes.fromhex(value["hex"])
    if "base64" in value:
        return base64.b64decode(value["base64"])
    if "concat" in value:
        return b"".join(map(payload, value["concat"]))
    unit, size = payload(value["repeat"]), value["size"]
    return (unit * (size // max(len(unit), 1) + 1))[:size]
