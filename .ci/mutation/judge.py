"""Which MUSTs a reaction breaks: a table of what is checked and the clauses that require it."""

import zlib
from dataclasses import dataclass

from conversations import BARRIER, Kind, c6455, c7692
from wire import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Inflater, accept_of

# What each frame and each 101 must be, whatever the conversation.
ALWAYS = {
    "a 101 without the right Sec-WebSocket-Accept": c6455("4.2.2"),
    "a 101 without Upgrade: websocket": c6455("4.2.2"),
    "a 101 without Connection: Upgrade": c6455("4.2.2"),
    "a subprotocol that was not offered": c6455("4.2.2", "11.3.4"),
    "an extension that was not offered": c6455("9.1", "4.2.2", "11.3.2"),
    "an extension agreed on twice": c6455("4.2.2", "9.1", "11.3.2") + c7692("7.1", "5.1"),
    "a bad or unrequested parameter of permessage-deflate": c7692("7.1", "7.1.1.1", "7.1.1.2", "7.1.2.1", "7.1.2.2", "5.1"),
    "a demand of the offer is not in the answer": c7692("7.1.1.1", "7.1.2.1", "7.1"),
    "a masked frame": c6455("5.1"),
    "a reserved bit": c6455("5.2") + c7692("6", "6.1"),
    "a reserved opcode": c6455("5.2"),
    "a length not in its shortest form": c6455("5.2"),
    "a control frame in fragments": c6455("5.5", "5.4"),
    "a control frame over 125 bytes": c6455("5.5"),
    "a continuation of nothing": c6455("5.4"),
    "a message inside a fragmented one": c6455("5.4"),
    "text that is not UTF-8": c6455("8.1", "5.6"),
    "a compressed message that cannot be read": c7692("7.2.1", "7.2.2", "7.2", "7.1.1.1", "7.1.2.1"),
    "a Close of one byte": c6455("5.5.1"),
    "a code that must not be sent": c6455("7.4.1"),
    "a reason that is not UTF-8": c6455("5.5.1", "8.1"),
    "a frame after the Close": c6455("5.5.1", "1.4"),
    "bytes that are no frame": c6455("5.2"),
    "no HTTP answer": c6455("4.2.1", "4.2.2"),
}


@dataclass(frozen=True)
class Violation:
    what: str
    clauses: tuple[str, ...]


def violations(conversation, reaction):
    """The MUSTs that a server breaks with this reaction."""
    found = [Violation(what, ALWAYS[what]) for what in always(conversation, reaction)]
    found += [Violation(what, conversation.clauses) for what in asked(conversation, reaction)]
    return set(found)


def asked(conversation, reaction):
    """What the conversation requires and the reaction does not do."""
    kind = conversation.kind
    if kind is Kind.REFUSED:
        return ["opened what must be refused"] if reaction.opened() else []
    if kind is Kind.DECLINED:
        return ["an offer that must be declined is accepted"] if reaction.agreement() is not None else []
    if not reaction.opened():
        return ["a valid opening is refused"]
    if kind is Kind.FAILS:
        return fails(conversation, reaction)
    if kind is Kind.CLOSES:
        missing = [] if reaction.with_opcode(CLOSE) else ["a Close is not answered by a Close"]
        return missing + ([] if reaction.end else ["the TCP connection is not ended after the closing handshake"])
    return works(conversation, reaction)


def works(conversation, reaction):
    pongs = [read.payload for read in reaction.with_opcode(PONG)]
    sent = [*conversation.pings, BARRIER]
    wrong = []
    came = messages(reaction)
    if came != list(conversation.messages):
        wrong.append("the messages do not come back" if not came else "other messages come back")
    if not is_part_of(pongs, sent) or (reaction.end is None and BARRIER not in pongs):
        wrong.append("a ping is not answered as it must be")
    if reaction.closed():
        wrong.append("a right conversation is failed")
    return wrong


def smallest_refused(reactions):
    """The size from which a server closes with 1009; None where its answers do not show a plain limit (§10.4)."""
    texts = [(conversation, reaction) for conversation, reaction in reactions if conversation.name.startswith("length.text-")]
    sizes = [(len(conversation.messages[0][1]), TOO_BIG in codes(reaction)) for conversation, reaction in texts]
    refused = [size for size, is_refused in sizes if is_refused]
    if not refused or not all(is_refused for size, is_refused in sizes if size >= min(refused)):
        return None
    return min(refused)


def is_limited(conversation, reaction, limit):
    """Whether a right conversation only met a limit on the size of messages, which is allowed."""
    longest = max((len(payload) for _, payload in conversation.messages), default=0)
    return limit is not None and longest >= limit and conversation.kind is Kind.WORKS and TOO_BIG in codes(reaction)


TOO_BIG = 1009


def codes(reaction):
    """The codes in a server's Close frames."""
    return [int.from_bytes(read.payload[:2], "big") for read in reaction.with_opcode(CLOSE)]


def fails(conversation, reaction):
    if reaction.agreement() is None and any(getattr(step, "instead", b"") for step in conversation.steps):
        # Without compression there is nothing wrong in what was sent.
        return []
    wrong = []
    if not reaction.closed():
        wrong.append("the connection is not failed")
    extra = [message for message in messages(reaction) if message not in conversation.messages]
    if extra:
        wrong.append("a message comes back that must not")
    return wrong


def is_part_of(part, whole):
    """Whether the items are in the whole in this order, which may have others between them."""
    rest = iter(whole)
    return all(item in rest for item in part)


def messages(reaction):
    """The messages that came, as (opcode, payload); the payload of an unreadable one is nothing."""
    return [(opcode, payload) for opcode, payload, _ in read_messages(reaction)]


def read_messages(reaction):
    """Messages with whether they could be read."""
    agreement = reaction.agreement()
    inflater = Inflater(agreement) if agreement is not None else None
    started, found = None, []
    for read in reaction.frames:
        if read.opcode >= 8:
            continue
        if read.opcode != CONTINUATION or started is None:
            started = [read.opcode, b"", bool(read.rsv & 4)]
        started[1] += read.payload
        if read.fin:
            opcode, payload, is_compressed = started
            started = None
            if is_compressed and inflater is not None:
                payload = inflated(inflater, payload)
            found.append((opcode, payload, payload is not None))
    return found


def inflated(inflater, payload):
    try:
        return inflater.inflate(payload)
    except (zlib.error, ValueError):
        return None


def always(conversation, reaction):
    if reaction.status is None:
        if reaction.connected and conversation.kind is not Kind.DECLINED:
            yield "no HTTP answer"
        return
    if not reaction.opened():
        return
    yield from of_the_head(conversation, reaction)
    yield from of_frames(reaction)
    for opcode, payload, was_read in read_messages(reaction):
        if not was_read:
            yield "a compressed message that cannot be read"
        elif opcode == TEXT and not is_utf8(payload):
            yield "text that is not UTF-8"
    if reaction.rest and reaction.end is not None:
        yield "bytes that are no frame"


def of_the_head(conversation, reaction):
    is_key = conversation.kind is not Kind.REFUSED
    if is_key and reaction.values("sec-websocket-accept") != [accept_of(conversation.key)]:
        yield "a 101 without the right Sec-WebSocket-Accept"
    if [value.lower() for value in reaction.values("upgrade")] != ["websocket"]:
        yield "a 101 without Upgrade: websocket"
    if "upgrade" not in tokens(reaction.values("connection")):
        yield "a 101 without Connection: Upgrade"
    if not tokens(reaction.values("sec-websocket-protocol")) <= tokens(offered(conversation, "sec-websocket-protocol")):
        yield "a subprotocol that was not offered"
    yield from of_extensions(conversation, reaction)


def of_extensions(conversation, reaction):
    offers = parsed(offered(conversation, "sec-websocket-extensions"))
    answers = parsed(reaction.values("sec-websocket-extensions"))
    names = [name for name, _ in answers]
    if any(name not in [offer for offer, _ in offers] for name in names):
        yield "an extension that was not offered"
    if len(names) > len(set(names)):
        yield "an extension agreed on twice"
    for name, parameters in answers:
        if name == "permessage-deflate":
            candidates = [offer for offer_name, offer in offers if offer_name == name]
            if not any(is_well_formed(parameters, offer) for offer in candidates):
                yield "a bad or unrequested parameter of permessage-deflate"
            elif not any(is_well_formed(parameters, offer) and meets(parameters, offer) for offer in candidates):
                yield "a demand of the offer is not in the answer"


def is_well_formed(answer, offer):
    names = [name for name, _ in answer]
    if len(names) > len(set(names)):
        return False
    return all(is_parameter(name, value, offer) for name, value in answer)


def is_parameter(name, value, offer):
    if name in ("server_no_context_takeover", "client_no_context_takeover"):
        return value == ""
    if name not in ("server_max_window_bits", "client_max_window_bits") or value not in [str(n) for n in range(8, 16)]:
        return False
    asked_for = dict(offer).get(name)
    if name == "client_max_window_bits" and asked_for is None:
        return False
    return not (asked_for or "").isdigit() or int(value) <= int(asked_for)


def meets(answer, offer):
    """What a client demands of the server's compression must be in the answer."""
    answer, offer = dict(answer), dict(offer)
    if "server_no_context_takeover" in offer and "server_no_context_takeover" not in answer:
        return False
    return "server_max_window_bits" not in offer or "server_max_window_bits" in answer


def of_frames(reaction):
    can_compress = reaction.agreement() is not None
    inside, is_closed = False, False
    for read in reaction.frames:
        if is_closed:
            yield "a frame after the Close"
        is_control = read.opcode >= 8
        allowed = 4 if can_compress and read.opcode in (TEXT, BINARY) else 0
        if read.masked:
            yield "a masked frame"
        if read.rsv & ~allowed:
            yield "a reserved bit"
        if read.opcode not in (CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG):
            yield "a reserved opcode"
        if not read.minimal:
            yield "a length not in its shortest form"
        if is_control:
            yield from of_control(read)
        else:
            if read.opcode == CONTINUATION and not inside:
                yield "a continuation of nothing"
            if read.opcode != CONTINUATION and inside:
                yield "a message inside a fragmented one"
            inside = not read.fin
        is_closed = is_closed or read.opcode == CLOSE


def of_control(read):
    if not read.fin:
        yield "a control frame in fragments"
    if len(read.payload) > 125:
        yield "a control frame over 125 bytes"
    if read.opcode != CLOSE or not read.payload:
        return
    if len(read.payload) == 1:
        yield "a Close of one byte"
        return
    if int.from_bytes(read.payload[:2], "big") in NEVER_SENT:
        yield "a code that must not be sent"
    if not is_utf8(read.payload[2:]):
        yield "a reason that is not UTF-8"


# Other codes have no meaning (§7.4.2), but no MUST keeps a server from echoing one.
NEVER_SENT = (1005, 1006, 1015)


def is_utf8(data):
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def offered(conversation, name):
    """The values of a field in the request."""
    values = []
    for line in conversation.head.decode("latin-1").split("\r\n")[1:]:
        key, _, value = line.partition(":")
        if key.strip().lower() == name:
            values.append(value.strip())
    return values


def tokens(values):
    return {token.strip().lower() for token in ",".join(values).split(",") if token.strip()}


def parsed(values):
    """Extension lists as (name, [(parameter, value)])."""
    found = []
    for element in ",".join(values).split(","):
        name, *parameters = [part.strip() for part in element.split(";")]
        if name:
            pairs = [parameter.partition("=") for parameter in parameters]
            found.append((name.lower(), [(key.strip().lower(), value.strip().strip('"')) for key, _, value in pairs]))
    return found
