"""The grid of legal applications, and the draw from it by a stated seed.

An application is described by four words. Where its trigger does not hold, it echoes.

reaction    other     sends a JSON message about the message: its kind and its number of bytes
            upper     sends it back in capitals; a binary one with all bits inverted
            two       sends a JSON message, then the echo
            third     answers every third one only, with a JSON message
            others    sends it to all other connections, and not to the sender
            late      echoes it 50 to 400 ms later, in order
            none      does nothing
            close:C   closes with code C
trigger     all       every message
            text      text messages
            binary    binary messages
            not-json  what is not a JSON text in UTF-8, whatever its kind
            nth:N     the Nth message of a connection
            size:N    messages of more than N bytes
background  none      nothing
            greets    sends a message as soon as the connection is open
            pushes    sends a message every 100 ms
            pings     sends a ping every 150 ms
            login:W   wants a JSON object with the member "login" first, which it answers; if the first message is
                      another one, it closes with 4401 (W is `close`), or ignores all until the login (`ignore`)
limit       none      none
            rate:N    closes with 1008 on more than N messages within a second
            refuse:N  refuses an opening with 503 while N connections are open
            away:N    closes with 1013 after an opening while N other connections are open
            size:N    closes with 1009 on a message of more than N bytes
            life:S    closes with 1001 S seconds after the opening
"""

import hashlib
from dataclasses import dataclass

LIBRARIES = ["python", "node", "rust"]

# Families get the same number of cards in a draw; the words within one take turns.
GRID = {
    "reaction": [
        ["other", "upper"],
        ["two"],
        ["third"],
        ["others"],
        ["late"],
        ["none"],
        ["close:1000", "close:1001", "close:1003", "close:1008", "close:1011", "close:4400"],
    ],
    "trigger": [
        ["all"],
        ["text", "binary"],
        ["not-json"],
        ["nth:1", "nth:2", "nth:3"],
        ["size:10", "size:125", "size:4096"],
    ],
    "background": [["none"], ["greets"], ["pushes"], ["pings"], ["login:close", "login:ignore"]],
    "limit": [
        ["none"],
        ["rate:20", "rate:100"],
        ["refuse:4", "away:4", "refuse:12", "away:12"],
        ["size:1000", "size:65536"],
        ["life:1", "life:3"],
    ],
}

DRAWN = 40


@dataclass(frozen=True)
class Application:
    number: int
    library: str
    words: dict[str, str]

    @property
    def name(self):
        return "-".join([f"{self.number:02}", self.library, *(w.replace(":", "") for w in self.words.values())])

    def arguments(self, seed):
        return [a for key, word in self.words.items() for a in (f"--{key}", word)] + ["--seed", str(seed + self.number)]


def draw(seed):
    """The applications of a seed: the same on every machine and in every version of Python."""
    decks = {key: deal(seed, key, families) for key, families in GRID.items()}
    return [
        Application(i + 1, LIBRARIES[i % len(LIBRARIES)], {key: deck[i] for key, deck in decks.items()})
        for i in range(DRAWN)
    ]


def deal(seed, key, families):
    """A shuffled deck in which no family has more than one card more than another."""

    def order(*what):
        return hashlib.sha256(f"{seed} {key} {what}".encode()).digest()

    families = sorted(families, key=lambda words: order("family", words))
    families = [sorted(words, key=lambda word: order("word", word)) for words in families]
    cards = []
    for i in range(DRAWN):
        words = families[i % len(families)]
        cards.append(words[i // len(families) % len(words)])
    return [card for _, card in sorted(enumerate(cards), key=lambda numbered: order("card", numbered[0]))]
