//! The catalogue of forms, row by row: what the peer does, and where that is allowed.

use wsspec_core::Role;
use wsspec_core::deflate::message::Context;
use wsspec_core::deflate::negotiation::{Parameters, Support};
use wsspec_core::policy::{Policy, Reaction};
use wsspec_core::violation::{Answer, Violation};

use super::frames::{self, Closing, Pongs};
use super::heads::{self, Edit};
use super::messages::{Blocks, Cut, Late, Share};
use super::{Form, Habits, Set};

const BOTH: &[Role] = &[Role::Server, Role::Client];
const SERVER: &[Role] = &[Role::Server];
const CLIENT: &[Role] = &[Role::Client];

const ALL: Context = Context {
    takeover: true,
    window_bits: 15,
};
const FORGETS: Context = Context {
    takeover: false,
    window_bits: 15,
};
const NARROW: Context = Context {
    takeover: true,
    window_bits: 9,
};
const LEAST: Context = Context {
    takeover: false,
    window_bits: 9,
};

const PLAIN: Parameters = Parameters {
    server_no_context_takeover: false,
    client_no_context_takeover: false,
    server_max_window_bits: None,
    client_max_window_bits: None,
};
const HINTS: Parameters = Parameters {
    client_max_window_bits: Some(None),
    ..PLAIN
};
const WINDOWS: Parameters = Parameters {
    server_max_window_bits: Some(10),
    client_max_window_bits: Some(Some(12)),
    ..PLAIN
};
const NO_TAKEOVER: Parameters = Parameters {
    server_no_context_takeover: true,
    client_no_context_takeover: true,
    ..PLAIN
};

/// Fails open connections by ending TCP.
fn closing_bare() -> Policy {
    let closes = Violation::ALL
        .iter()
        .filter(|v| matches!(v.answer(), Answer::Close(_)));
    closes.fold(Policy::rfc(), |policy, violation| {
        policy.with(*violation, Reaction::Drop)
    })
}

/// What is made of heads so far, and this.
fn with(habits: &Habits, edit: Edit) -> Vec<Edit> {
    habits.heads.iter().copied().chain([edit]).collect()
}

/// Every Close frame has such a body.
fn closes(habits: &mut Habits, closing: Closing) {
    (habits.failing, habits.answering) = (Some(closing), Some(closing));
}

const fn form(
    name: &'static str,
    roles: &'static [Role],
    set: fn(&mut Habits),
    about: &'static str,
    clause: &'static str,
) -> Form {
    Form {
        name,
        about,
        clause,
        roles,
        set: Set::Habits(set),
    }
}

/// Writes heads in another way.
const fn head(
    name: &'static str,
    roles: &'static [Role],
    edit: Edit,
    about: &'static str,
    clause: &'static str,
) -> Form {
    Form {
        name,
        about,
        clause,
        roles,
        set: Set::Head(edit),
    }
}

/// Every form.
pub const FORMS: &[Form] = &[
    // Messages.
    form(
        "fragments",
        BOTH,
        |h| h.cut = Cut::Random,
        "sends messages in fragments of any size",
        "RFC 6455 §5.4",
    ),
    form(
        "fragments-tiny",
        BOTH,
        |h| h.cut = Cut::Tiny,
        "sends messages in fragments of a few bytes, also within characters",
        "RFC 6455 §5.4",
    ),
    form(
        "empty-first-fragment",
        BOTH,
        |h| h.empty[0] = true,
        "begins messages with an empty fragment",
        "RFC 6455 §5.4",
    ),
    form(
        "empty-fragments",
        BOTH,
        |h| (h.cut, h.empty[1]) = (Cut::Random, true),
        "sends empty fragments in between",
        "RFC 6455 §5.4",
    ),
    form(
        "empty-last-fragment",
        BOTH,
        |h| h.empty[2] = true,
        "ends messages with an empty fragment",
        "RFC 6455 §5.4",
    ),
    form(
        "late-echoes",
        BOTH,
        |h| h.late = Late::Messages,
        "takes its time for an echo: pongs overtake it",
        "RFC 6455 §5.5.2",
    ),
    form(
        "late-fragments",
        BOTH,
        |h| (h.cut, h.late) = (Cut::Random, Late::Fragments),
        "takes its time between fragments: pongs come in between",
        "RFC 6455 §5.4",
    ),
    // Pings and pongs.
    form(
        "pings-at-once",
        BOTH,
        |h| (h.unasked.pings, h.unasked.at_once) = (true, true),
        "pings as soon as the connection is open",
        "RFC 6455 §5.5.2",
    ),
    form(
        "pings-unasked",
        BOTH,
        |h| (h.unasked.pings, h.unasked.around) = (true, true),
        "pings before and behind each message",
        "RFC 6455 §5.5.2",
    ),
    form(
        "pings-between-fragments",
        BOTH,
        |h| (h.cut, h.unasked.pings, h.unasked.between) = (Cut::Random, true, true),
        "pings between the fragments of a message",
        "RFC 6455 §5.4",
    ),
    form(
        "pings-always",
        BOTH,
        |h| (h.unasked.pings, h.unasked.always) = (true, true),
        "pings whenever anything came",
        "RFC 6455 §5.5.2",
    ),
    form(
        "pings-by-the-clock",
        BOTH,
        |h| (h.unasked.pings, h.unasked.ticks) = (true, 4),
        "pings as time passes",
        "RFC 6455 §5.5.2",
    ),
    form(
        "pongs-at-once",
        BOTH,
        |h| (h.unasked.pongs, h.unasked.at_once) = (true, true),
        "sends a pong as soon as the connection is open",
        "RFC 6455 §5.5.3",
    ),
    form(
        "pongs-unasked",
        BOTH,
        |h| (h.unasked.pongs, h.unasked.around) = (true, true),
        "sends pongs before and behind each message",
        "RFC 6455 §5.5.3",
    ),
    form(
        "pongs-between-fragments",
        BOTH,
        |h| (h.cut, h.unasked.pongs, h.unasked.between) = (Cut::Random, true, true),
        "sends pongs between the fragments of a message",
        "RFC 6455 §5.5.3",
    ),
    form(
        "pongs-always",
        BOTH,
        |h| (h.unasked.pongs, h.unasked.always) = (true, true),
        "sends a pong whenever anything came",
        "RFC 6455 §5.5.3",
    ),
    form(
        "pongs-by-the-clock",
        BOTH,
        |h| (h.unasked.pongs, h.unasked.ticks) = (true, 4),
        "sends pongs as time passes",
        "RFC 6455 §5.5.3",
    ),
    form(
        "pongs-latest-only",
        BOTH,
        |h| h.pongs = Pongs::Latest,
        "of several pings that are there answers only the last",
        "RFC 6455 §5.5.3",
    ),
    form(
        "pongs-twice",
        BOTH,
        |h| h.pongs = Pongs::Twice,
        "answers each ping, and sends the pong again unasked",
        "RFC 6455 §5.5.3",
    ),
    // permessage-deflate.
    form(
        "no-compression",
        BOTH,
        |h| (h.support, h.offers) = (None, Vec::new()),
        "neither offers nor takes permessage-deflate",
        "RFC 7692 §5",
    ),
    form(
        "declines-windows",
        SERVER,
        |h| h.reads = Some(heads::without_windows),
        "declines offers with server_max_window_bits",
        "RFC 7692 §7.1.2.1",
    ),
    form(
        "declines-parameters",
        SERVER,
        |h| h.reads = Some(heads::without_parameters),
        "declines offers with any parameter",
        "RFC 7692 §7",
    ),
    form(
        "compresses-some",
        BOTH,
        |h| h.deflating.share = Share::Some,
        "compresses some messages",
        "RFC 7692 §6",
    ),
    form(
        "compresses-none",
        BOTH,
        |h| h.deflating.share = Share::None,
        "agrees on permessage-deflate and compresses nothing",
        "RFC 7692 §6",
    ),
    form(
        "no-takeover",
        BOTH,
        |h| h.deflating.forgets = true,
        "forgets its window after each message, agreed or not",
        "RFC 7692 §7.1.1",
    ),
    form(
        "narrow-window",
        BOTH,
        |h| h.deflating.narrow = true,
        "uses a window of 256 bytes, whatever was agreed",
        "RFC 7692 §7.1.2",
    ),
    form(
        "stored-blocks",
        BOTH,
        |h| h.deflating.blocks = Blocks::Stored,
        "compresses into stored blocks",
        "RFC 7692 §7.2.3",
    ),
    form(
        "fixed-blocks",
        BOTH,
        |h| h.deflating.blocks = Blocks::Fixed,
        "compresses into fixed blocks of any size",
        "RFC 7692 §7.2.3",
    ),
    form(
        "dynamic-blocks",
        BOTH,
        |h| h.deflating.blocks = Blocks::Dynamic,
        "compresses into dynamic blocks of any size",
        "RFC 7692 §7.2.3",
    ),
    form(
        "flushed-blocks",
        BOTH,
        |h| h.deflating.blocks = Blocks::Flushed,
        "flushes within compressed messages",
        "RFC 7692 §7.2.1",
    ),
    form(
        "final-blocks",
        BOTH,
        |h| h.deflating.blocks = Blocks::Final,
        "ends compressed messages with BFINAL",
        "RFC 7692 §7.2.3.4",
    ),
    form(
        "compressed-fragments",
        BOTH,
        |h| (h.cut, h.empty, h.deflating.blocks) = (Cut::Tiny, [true; 3], Blocks::Flushed),
        "cuts compressed messages anywhere",
        "RFC 7692 §6.1",
    ),
    form(
        "answers-no-takeover",
        SERVER,
        |h| {
            h.support = Some(Support {
                server: FORGETS,
                client: ALL,
            })
        },
        "answers server_no_context_takeover, asked or not",
        "RFC 7692 §7.1.1.1",
    ),
    form(
        "answers-client-no-takeover",
        SERVER,
        |h| {
            h.support = Some(Support {
                server: ALL,
                client: FORGETS,
            })
        },
        "answers client_no_context_takeover, asked or not",
        "RFC 7692 §7.1.1.2",
    ),
    form(
        "answers-window",
        SERVER,
        |h| {
            h.support = Some(Support {
                server: NARROW,
                client: ALL,
            })
        },
        "answers a server_max_window_bits that is smaller than it must be",
        "RFC 7692 §7.1.2.1",
    ),
    form(
        "answers-client-window",
        SERVER,
        |h| {
            h.support = Some(Support {
                server: ALL,
                client: NARROW,
            })
        },
        "answers a client_max_window_bits where that was offered",
        "RFC 7692 §7.1.2.2",
    ),
    form(
        "answers-all",
        SERVER,
        |h| {
            h.support = Some(Support {
                server: LEAST,
                client: LEAST,
            })
        },
        "answers every parameter it may",
        "RFC 7692 §7.1",
    ),
    form(
        "offers-plain",
        CLIENT,
        |h| h.offers = vec![PLAIN],
        "offers permessage-deflate without parameters",
        "RFC 7692 §7.1.2.2",
    ),
    form(
        "offers-windows",
        CLIENT,
        |h| h.offers = vec![WINDOWS],
        "offers windows of 10 and 12 bits",
        "RFC 7692 §7.1.2",
    ),
    form(
        "offers-no-takeover",
        CLIENT,
        |h| h.offers = vec![NO_TAKEOVER],
        "offers both no_context_takeover",
        "RFC 7692 §7.1.1",
    ),
    form(
        "offers-several",
        CLIENT,
        |h| h.offers = vec![NO_TAKEOVER, WINDOWS, HINTS, PLAIN],
        "offers permessage-deflate in four ways",
        "RFC 7692 §5",
    ),
    form(
        "offers-several-lines",
        CLIENT,
        |h| {
            (h.offers, h.heads) = (
                vec![WINDOWS, HINTS, PLAIN],
                with(h, heads::extensions_by_line),
            )
        },
        "offers permessage-deflate in three lines",
        "RFC 6455 §9.1",
    ),
    head(
        "offers-unknown",
        CLIENT,
        heads::extension_unknown,
        "offers an extension that nobody knows as well",
        "RFC 6455 §9.1",
    ),
    // Closing.
    form(
        "close-bare",
        BOTH,
        |h| h.policy = closing_bare(),
        "fails connections by ending TCP, without a Close frame",
        "RFC 6455 §7.1.7",
    ),
    form(
        "close-code-only",
        BOTH,
        |h| h.failing = Some(frames::code_alone),
        "gives no reason in its Close frames",
        "RFC 6455 §5.5.1",
    ),
    form(
        "close-with-reason",
        BOTH,
        |h| closes(h, frames::with_reason),
        "gives a reason in UTF-8 in every Close frame",
        "RFC 6455 §5.5.1",
    ),
    form(
        "close-with-long-reason",
        BOTH,
        |h| closes(h, frames::with_long_reason),
        "gives a reason of 123 bytes in every Close frame",
        "RFC 6455 §5.5",
    ),
    form(
        "close-fails-empty",
        BOTH,
        |h| h.failing = Some(frames::empty),
        "fails connections with an empty Close frame",
        "RFC 6455 §7.1.7",
    ),
    form(
        "close-fails-1002",
        BOTH,
        |h| h.failing = Some(frames::code::<1002>),
        "fails connections with 1002, whatever was wrong",
        "RFC 6455 §7.4.1",
    ),
    form(
        "close-fails-1008",
        BOTH,
        |h| h.failing = Some(frames::code::<1008>),
        "fails connections with 1008, which fits where no other does",
        "RFC 6455 §7.4.1",
    ),
    form(
        "close-fails-private",
        BOTH,
        |h| h.failing = Some(frames::private_code),
        "fails connections with a code of private use",
        "RFC 6455 §7.4.2",
    ),
    form(
        "close-empty-answer",
        BOTH,
        |h| h.answering = Some(frames::empty),
        "answers each Close with an empty one",
        "RFC 6455 §5.5.1",
    ),
    form(
        "close-answers-1000",
        BOTH,
        |h| h.answering = Some(frames::code::<1000>),
        "answers each Close with 1000",
        "RFC 6455 §5.5.1",
    ),
    form(
        "close-answers-1001",
        BOTH,
        |h| h.answering = Some(frames::code::<1001>),
        "answers each Close with 1001",
        "RFC 6455 §5.5.1",
    ),
    form(
        "close-answers-private",
        BOTH,
        |h| h.answering = Some(frames::private_code),
        "answers each Close with a code of private use",
        "RFC 6455 §7.4.2",
    ),
    form(
        "client-ends-tcp",
        CLIENT,
        |h| h.ends = true,
        "ends TCP after the closing handshake without waiting for the server",
        "RFC 6455 §7.1.1",
    ),
    // Heads.
    head(
        "header-order-reversed",
        BOTH,
        heads::reversed,
        "writes its fields in the reverse order",
        "RFC 9110 §5.3",
    ),
    head(
        "header-order-random",
        BOTH,
        heads::shuffled,
        "writes its fields in any order",
        "RFC 9110 §5.3",
    ),
    head(
        "header-case-lower",
        BOTH,
        heads::lower,
        "writes field names in lower case",
        "RFC 9110 §5.1",
    ),
    head(
        "header-case-upper",
        BOTH,
        heads::upper,
        "writes field names in upper case",
        "RFC 9110 §5.1",
    ),
    head(
        "header-case-mixed",
        BOTH,
        heads::mixed,
        "writes field names in any case",
        "RFC 9110 §5.1",
    ),
    head(
        "header-no-blanks",
        BOTH,
        heads::no_blanks,
        "writes no blank behind the colon",
        "RFC 9112 §5",
    ),
    head(
        "header-whitespace",
        BOTH,
        heads::many_blanks,
        "writes blanks and tabs around values",
        "RFC 9112 §5",
    ),
    head(
        "header-many",
        BOTH,
        heads::many_fields,
        "sends 60 fields more",
        "RFC 9110 §5.4",
    ),
    head(
        "upgrade-mixed-case",
        BOTH,
        heads::upgrade_mixed,
        "writes Upgrade: WebSocket",
        "RFC 6455 §4",
    ),
    head(
        "upgrade-upper-case",
        BOTH,
        heads::upgrade_upper,
        "writes Upgrade: WEBSOCKET",
        "RFC 6455 §4",
    ),
    head(
        "connection-lower-case",
        BOTH,
        heads::connection_lower,
        "writes Connection: upgrade",
        "RFC 6455 §4",
    ),
    head(
        "connection-list",
        BOTH,
        heads::connection_list,
        "writes Connection: keep-alive, Upgrade",
        "RFC 9110 §7.6.1",
    ),
    head(
        "connection-list-tight",
        BOTH,
        heads::connection_list_tight,
        "writes Connection: Upgrade,Keep-Alive",
        "RFC 9110 §5.6.1",
    ),
    head(
        "connection-two-lines",
        BOTH,
        heads::connection_twice,
        "writes two Connection fields",
        "RFC 9110 §5.3",
    ),
    head(
        "extensions-tight",
        BOTH,
        heads::extensions_tight,
        "writes extensions without blanks",
        "RFC 6455 §9.1",
    ),
    head(
        "extensions-wide",
        BOTH,
        heads::extensions_wide,
        "writes extensions with many blanks",
        "RFC 6455 §9.1",
    ),
    form(
        "extensions-quoted",
        SERVER,
        |h| {
            (h.support, h.heads) = (
                Some(Support {
                    server: LEAST,
                    client: LEAST,
                }),
                with(h, heads::extensions_quoted),
            )
        },
        "writes the values of parameters in quotes",
        "RFC 6455 §9.1",
    ),
    form(
        "offers-quoted",
        CLIENT,
        |h| (h.offers, h.heads) = (vec![WINDOWS], with(h, heads::extensions_quoted)),
        "writes the values of parameters in quotes",
        "RFC 6455 §9.1",
    ),
    head(
        "extra-headers",
        SERVER,
        heads::server_fields,
        "sends Server, Date, Set-Cookie and more",
        "RFC 9110 §5.1",
    ),
    head(
        "browser-headers",
        CLIENT,
        heads::browser_fields,
        "sends Origin, Cookie and all that browsers send",
        "RFC 6455 §4.1",
    ),
    head(
        "authorization",
        CLIENT,
        heads::authorization,
        "sends credentials",
        "RFC 6455 §10.5",
    ),
    head(
        "target-absolute",
        CLIENT,
        heads::absolute,
        "asks for an absolute URI",
        "RFC 6455 §4.1",
    ),
    head(
        "reason-phrase-other",
        SERVER,
        heads::reason_other,
        "calls the 101 otherwise",
        "RFC 9112 §4",
    ),
    head(
        "reason-phrase-empty",
        SERVER,
        heads::reason_empty,
        "writes no reason phrase",
        "RFC 9112 §4",
    ),
    head(
        "interim-continue",
        SERVER,
        heads::interim_continue,
        "sends 100 before the 101",
        "RFC 9110 §15.2",
    ),
    head(
        "interim-hints",
        SERVER,
        heads::interim_hints,
        "sends 102 and 103 before the 101",
        "RFC 9110 §15.2",
    ),
    form(
        "limits-heads",
        SERVER,
        |h| h.max_head = Some(8 << 10),
        "takes no head of more than 8 KiB",
        "RFC 6455 §10.4",
    ),
    form(
        "subprotocols",
        SERVER,
        |h| {
            h.subprotocols = ["x-wsspec-b", "x-wsspec-a", "chat"]
                .map(str::to_owned)
                .into()
        },
        "speaks some subprotocols",
        "RFC 6455 §4.2.2",
    ),
    // Refusals.
    head(
        "refuses-with-400",
        SERVER,
        heads::refuses_400,
        "refuses with 400, whatever was wrong",
        "RFC 6455 §4.2.1",
    ),
    head(
        "refuses-with-403",
        SERVER,
        heads::refuses_403,
        "refuses with 403, whatever was wrong",
        "RFC 6455 §4.2.1",
    ),
    head(
        "refuses-with-404",
        SERVER,
        heads::refuses_404,
        "refuses with 404, whatever was wrong",
        "RFC 6455 §4.2.1",
    ),
    head(
        "refuses-with-426",
        SERVER,
        heads::refuses_426,
        "refuses with 426, whatever was wrong",
        "RFC 6455 §4.2.1",
    ),
    head(
        "refuses-without-body",
        SERVER,
        heads::refusal_empty,
        "refuses without a body",
        "RFC 9110 §6.4",
    ),
    head(
        "refuses-with-page",
        SERVER,
        heads::refusal_until_end,
        "refuses with a page that ends with the connection",
        "RFC 9112 §6.3",
    ),
];
