"""Cuts the bytes of a vector in several ways, feeds them to a parser and says where it differs. Knows no library.

A parser is an object with `feed(piece) -> (events, failure)`: events as pairs of word and bytes, and None or what it
says when it fails the connection. A feed that raises has crashed.
"""
import random

WAYS = ("whole", "each byte", "random 1", "random 2", "random 3")


def pieces(data, how, seed):
    """The bytes whole, byte by byte, or cut at random."""
    dice, size = random.Random(seed), {"whole": lambda: len(data), "each byte": lambda: 1}
    while data:
        n = size.get(how, lambda: dice.randint(1, 7))()
        yield data[:n]
        data = data[n:]


def replay(vector, parser, how):
    """The difference, as kind and words, or None."""
    events, failure, start, end = [], None, 0, 0
    for piece in pieces(vector["head"] + vector["frames"], how, vector["id"] + how):
        start, end = end, end + len(piece)
        try:
            came, failure = parser.feed(piece)
        except Exception as error:
            return "crashes", f"{error!r} within the first {end} bytes"
        events += came
        if failure:
            break
    wanted, said = vector.get("violation"), f"{failure} in bytes {start} to {end - 1}"
    if failure and not wanted:
        return "refuses", said
    if wanted and not failure:
        return "accepts", f"no failure but {events}, instead of {wanted['is']} at {wanted['at']}"
    if wanted:
        head = len(vector["head"])
        last = wanted.get("by", head - 1 if wanted["at"] < head else head + len(vector["frames"]) - 1)
        if not (wanted["at"] < end and start <= last):
            return "early" if end <= wanted["at"] else "late", f"{said}, instead of {wanted['at']} to {last}"
    if len(events) != len(vector["events"]) or not all(map(same, events, vector["events"])):
        return "events", f"{events} instead of {vector['events']}"
    return None


def same(came, wanted):
    if wanted[0] == "opened" == came[0]:  # only what the vector names is compared
        return all(came[1].get(key) == value for key, value in wanted[1].items())
    return came == wanted
