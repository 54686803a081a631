"""Holds the battery's conversations with a server, and compares reactions."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import judge
from conversations import BARRIER, HELLO, Kind, Message, Pongs, Send, battery
from wire import CLOSE, CONTINUATION, PING, PONG, Connection, Deflater, frame

AT_ONCE = 24

# Conversations with a different outcome that are held again before they count.
MOST_CONFIRMED = 12
CONFIRMED_AT_ONCE = 4

# Bytes of a reaction that are kept.
MOST_BYTES = 96


@dataclass(frozen=True)
class Patience:
    """Seconds to wait for what must come, and for what may follow what came."""

    answer: float
    more: float


HASTY = Patience(2.0, 0.3)
PATIENT = Patience(4.0, 1.0)


def hold(conversation, port, patience):
    """The server's reaction to one conversation."""
    connection = Connection(port)
    if not connection.reaction.connected:
        return connection.reaction
    try:
        talk(connection, conversation, patience)
    finally:
        connection.close()
    return connection.reaction


def talk(connection, conversation, patience):
    reaction = connection.reaction
    at = 0
    for cut in conversation.cuts:
        connection.send(conversation.head[at:cut])
        connection.wait(lambda _: False, 0.03)
        at = cut
    connection.send(conversation.head[at:] + conversation.early)
    connection.wait(lambda reaction: reaction.status is not None, patience.answer)
    if not reaction.opened() or conversation.kind in (Kind.REFUSED, Kind.DECLINED):
        return
    agreement = reaction.agreement()
    deflater = None if agreement is None else Deflater(agreement)
    for step in conversation.steps:
        take(connection, step, deflater, patience)
    ENDINGS[conversation.kind](connection, conversation, patience)


def take(connection, step, deflater, patience):
    if isinstance(step, Send):
        connection.send(step.data)
        if step.pause:
            connection.wait(lambda _: False, step.pause)
    elif isinstance(step, Message):
        connection.send(encode(step, deflater))
    elif isinstance(step, Pongs):
        connection.wait(lambda reaction: len(reaction.with_opcode(PONG)) >= step.count, patience.answer)


def encode(message, deflater):
    """A message as frames, compressed where that was agreed."""
    payload = message.payload if deflater is None else deflater.compress(message.payload)
    payload = message.instead if deflater is not None and message.instead else payload
    size = max(1, -(-len(payload) // message.frames))
    parts = [payload[at : at + size] for at in range(0, len(payload), size)] or [b""]
    frames = []
    for i, part in enumerate(parts):
        is_last = i == len(parts) - 1
        rsv = 4 if i == 0 and deflater is not None else message.rsv_last if i > 0 and is_last else 0
        frames.append(frame(CONTINUATION if i else message.opcode, part, fin=is_last, rsv=rsv))
    return message.between.join(frames)


def is_barrier_answered(reaction):
    return any(read.payload == BARRIER for read in reaction.with_opcode(PONG))


def end_of_works(connection, conversation, patience):
    connection.send(frame(PING, BARRIER))
    wanted = len(conversation.messages)
    connection.wait(
        lambda reaction: reaction.closed() or is_barrier_answered(reaction) and reaction.finished() >= wanted, patience.answer
    )


def end_of_fails(connection, _, patience):
    connection.send(frame(PING, BARRIER))
    connection.wait(lambda reaction: reaction.closed() or is_barrier_answered(reaction), patience.answer)
    connection.wait(lambda reaction: reaction.end is not None, patience.more)


def end_of_closes(connection, _, patience):
    connection.wait(lambda reaction: reaction.end is not None, patience.answer)


ENDINGS = {Kind.WORKS: end_of_works, Kind.FAILS: end_of_fails, Kind.CLOSES: end_of_closes}


def lives(port):
    """Whether a plain opening and an echo of "Hello" work."""
    plain = next(conversation for conversation in battery() if conversation.name == "opening.plain")
    return not judge.violations(plain, hold(plain, port, HASTY))


def hold_all(port):
    """The reactions to all conversations by name."""
    conversations = battery()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        reactions = pool.map(lambda conversation: hold(conversation, port, HASTY), conversations)
        return dict(zip([conversation.name for conversation in conversations], reactions))


class Reference:
    """What the original did in several runs: all the ways it reacts, and the MUSTs it breaks itself."""

    def __init__(self, runs):
        self.seen = {name: [normal(run[name]) for run in runs] for name in runs[0]}
        self.broken = {
            conversation.name: set().union(*(judge.violations(conversation, run[conversation.name]) for run in runs))
            for conversation in battery()
        }


def normal(reaction):
    """A reaction without what is different each time."""
    head = (reaction.status, sorted(pair for pair in reaction.fields if pair[0] not in ("date", "content-length")))
    frames = [(read.fin, read.rsv, read.opcode, read.masked, read.minimal, read.payload) for read in reaction.frames]
    return repr((head, sorted(frames), reaction.end is not None))


def differences(port, reference):
    """The conversations in which a server differs from the original: the MUSTs broken, and what is free.

    The first of them are held again with more patience; the others tell how far a fault reaches and need no such care.
    """
    first = hold_all(port)
    limit = judge.smallest_refused([(conversation, first[conversation.name]) for conversation in battery()])
    differing = [c for c in battery() if normal(first[c.name]) not in reference.seen[c.name]]
    with ThreadPoolExecutor(CONFIRMED_AT_ONCE) as pool:
        again = list(pool.map(lambda conversation: hold(conversation, port, PATIENT), differing[:MOST_CONFIRMED]))
    found = []
    for i, conversation in enumerate(differing):
        reaction = first[conversation.name]
        broken = broken_in(conversation, reaction, reference, limit)
        if i < len(again):
            reaction = again[i]
            broken &= broken_in(conversation, reaction, reference, limit)
        if normal(reaction) not in reference.seen[conversation.name]:
            found.append(describe(conversation, reaction, broken))
    return found


def broken_in(conversation, reaction, reference, limit):
    """The MUSTs that this reaction breaks and the original does not."""
    if judge.is_limited(conversation, reaction, limit):
        return set()
    return judge.violations(conversation, reaction) - reference.broken[conversation.name]


def describe(conversation, reaction, broken):
    sent = b"".join(step.data if isinstance(step, Send) else step.payload if isinstance(step, Message) else b""
                    for step in conversation.steps)  # fmt: skip
    return {
        "conversation": conversation.name,
        "broken": [[violation.what, list(violation.clauses)] for violation in sorted(broken, key=lambda v: v.what)],
        "sent": shorten(sent) if conversation.steps and conversation.steps != (HELLO,) else conversation.head.decode("latin-1"),
        "status": reaction.status,
        "frames": [f"{read.opcode:x}{'' if read.fin else '+'} {shorten(read.payload)}" for read in reaction.frames[:6]],
        "close": [read.payload[:2].hex() for read in reaction.with_opcode(CLOSE)],
        "end": reaction.end,
    }


def shorten(data):
    return data[:MOST_BYTES].hex() + (f"… ({len(data)} bytes)" if len(data) > MOST_BYTES else "")

