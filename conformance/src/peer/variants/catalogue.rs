//! The catalogue of variants, row by row: what the peer does, and the clause that allows it.

use wsspec_core::Role;
use wsspec_core::deflate::message::Context;
use wsspec_core::deflate::negotiation::{Parameters, Support};
use wsspec_core::policy::{Policy, Reaction};
use wsspec_core::violation::{Answer, Violation};

use super::control::{self, CloseEdit};
use super::heads;
use super::settings::{Blocks, Cut, Delay, EmptyFragments, Pongs, Share, VariantSettings};
use super::variant::Variant;

const BOTH: &[Role] = &[Role::Server, Role::Client];
const SERVER: &[Role] = &[Role::Server];
const CLIENT: &[Role] = &[Role::Client];

const ALL: Context = Context {
    takeover: true,
    window_bits: 15,
};
const NO_CONTEXT: Context = Context {
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

const ALL_EMPTY: EmptyFragments = EmptyFragments {
    first: true,
    between: true,
    last: true,
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

/// Edits the body of every Close.
fn closes(settings: &mut VariantSettings, edit: CloseEdit) {
    (settings.failing_close, settings.answering_close) = (Some(edit), Some(edit));
}

fn fragment_compressed(settings: &mut VariantSettings) {
    settings.cut = Cut::Tiny;
    settings.empty_fragments = ALL_EMPTY;
    settings.compression.blocks = Blocks::Flushed;
}

fn offer_in_lines(settings: &mut VariantSettings) {
    settings.offers = vec![WINDOWS, HINTS, PLAIN];
    settings.head_edits.push(heads::extensions_by_line);
}

fn offer_quoted(settings: &mut VariantSettings) {
    settings.offers = vec![WINDOWS];
    settings.head_edits.push(heads::extensions_quoted);
}

fn answer_quoted(settings: &mut VariantSettings) {
    settings.support = Some(Support {
        server: LEAST,
        client: LEAST,
    });
    settings.head_edits.push(heads::extensions_quoted);
}

/// Every variant.
#[rustfmt::skip]
pub const VARIANTS: &[Variant] = &[
    // Messages.
    Variant::new("fragments", BOTH, |s| s.cut = Cut::Random,
        "sends messages in fragments of any size", "RFC 6455 §5.4"),
    Variant::new("fragments-tiny", BOTH, |s| s.cut = Cut::Tiny,
        "sends messages in fragments of a few bytes, also within characters", "RFC 6455 §5.4"),
    Variant::new("empty-first-fragment", BOTH, |s| s.empty_fragments.first = true,
        "starts messages with an empty fragment", "RFC 6455 §5.4"),
    Variant::new("empty-fragments", BOTH,
        |s| (s.cut, s.empty_fragments.between) = (Cut::Random, true),
        "sends empty fragments between others", "RFC 6455 §5.4"),
    Variant::new("empty-last-fragment", BOTH, |s| s.empty_fragments.last = true,
        "ends messages with an empty fragment", "RFC 6455 §5.4"),
    Variant::new("late-echoes", BOTH, |s| s.delay = Delay::Messages,
        "delays echoes, so that pongs overtake them", "RFC 6455 §5.5.2"),
    Variant::new("late-fragments", BOTH, |s| (s.cut, s.delay) = (Cut::Random, Delay::Fragments),
        "delays fragments, so that pongs come between them", "RFC 6455 §5.4"),
    // Pings and pongs.
    Variant::new("pings-at-once", BOTH,
        |s| (s.unsolicited.pings, s.unsolicited.at_open) = (true, true),
        "pings as soon as the connection is open", "RFC 6455 §5.5.2"),
    Variant::new("pings-unasked", BOTH,
        |s| (s.unsolicited.pings, s.unsolicited.around) = (true, true),
        "pings before and after each message", "RFC 6455 §5.5.2"),
    Variant::new("pings-between-fragments", BOTH,
        |s| (s.cut, s.unsolicited.pings, s.unsolicited.between) = (Cut::Random, true, true),
        "pings between the fragments of a message", "RFC 6455 §5.4"),
    Variant::new("pings-always", BOTH,
        |s| (s.unsolicited.pings, s.unsolicited.always) = (true, true),
        "pings after everything it receives", "RFC 6455 §5.5.2"),
    Variant::new("pings-by-the-clock", BOTH,
        |s| (s.unsolicited.pings, s.unsolicited.ticks) = (true, 4), "pings as time passes",
        "RFC 6455 §5.5.2"),
    Variant::new("pongs-at-once", BOTH,
        |s| (s.unsolicited.pongs, s.unsolicited.at_open) = (true, true),
        "sends a pong as soon as the connection is open", "RFC 6455 §5.5.3"),
    Variant::new("pongs-unasked", BOTH,
        |s| (s.unsolicited.pongs, s.unsolicited.around) = (true, true),
        "sends pongs before and after each message", "RFC 6455 §5.5.3"),
    Variant::new("pongs-between-fragments", BOTH,
        |s| (s.cut, s.unsolicited.pongs, s.unsolicited.between) = (Cut::Random, true, true),
        "sends pongs between the fragments of a message", "RFC 6455 §5.5.3"),
    Variant::new("pongs-always", BOTH,
        |s| (s.unsolicited.pongs, s.unsolicited.always) = (true, true),
        "sends a pong after everything it receives", "RFC 6455 §5.5.3"),
    Variant::new("pongs-by-the-clock", BOTH,
        |s| (s.unsolicited.pongs, s.unsolicited.ticks) = (true, 4), "sends pongs as time passes",
        "RFC 6455 §5.5.3"),
    Variant::new("pongs-latest-only", BOTH, |s| s.pongs = Pongs::Latest,
        "answers only the last of several pings", "RFC 6455 §5.5.3"),
    Variant::new("pongs-twice", BOTH, |s| s.pongs = Pongs::Twice,
        "answers each ping, and sends the pong again unasked", "RFC 6455 §5.5.3"),
    // permessage-deflate.
    Variant::new("no-compression", BOTH, |s| (s.support, s.offers) = (None, Vec::new()),
        "neither offers nor accepts permessage-deflate", "RFC 7692 §5"),
    Variant::new("declines-windows", SERVER, |s| s.request_filter = Some(heads::without_windows),
        "declines offers with server_max_window_bits", "RFC 7692 §7.1.2.1"),
    Variant::new("declines-parameters", SERVER,
        |s| s.request_filter = Some(heads::without_parameters),
        "declines offers with any parameter", "RFC 7692 §7"),
    Variant::new("compresses-some", BOTH, |s| s.compression.share = Share::Some,
        "compresses some messages", "RFC 7692 §6"),
    Variant::new("compresses-none", BOTH, |s| s.compression.share = Share::None,
        "agrees on permessage-deflate and compresses nothing", "RFC 7692 §6"),
    Variant::new("no-takeover", BOTH, |s| s.compression.drops_context = true,
        "drops its compression context after each message, agreed or not", "RFC 7692 §7.1.1"),
    Variant::new("narrow-window", BOTH, |s| s.compression.narrow = true,
        "uses a window of 256 bytes, whatever was agreed", "RFC 7692 §7.1.2"),
    Variant::new("stored-blocks", BOTH, |s| s.compression.blocks = Blocks::Stored,
        "compresses into stored blocks", "RFC 7692 §7.2.3"),
    Variant::new("fixed-blocks", BOTH, |s| s.compression.blocks = Blocks::Fixed,
        "compresses into fixed blocks of any size", "RFC 7692 §7.2.3"),
    Variant::new("dynamic-blocks", BOTH, |s| s.compression.blocks = Blocks::Dynamic,
        "compresses into dynamic blocks of any size", "RFC 7692 §7.2.3"),
    Variant::new("flushed-blocks", BOTH, |s| s.compression.blocks = Blocks::Flushed,
        "flushes within compressed messages", "RFC 7692 §7.2.1"),
    Variant::new("final-blocks", BOTH, |s| s.compression.blocks = Blocks::Final,
        "ends compressed messages with BFINAL", "RFC 7692 §7.2.3.4"),
    Variant::new("compressed-fragments", BOTH,
        fragment_compressed,
        "fragments compressed messages anywhere", "RFC 7692 §6.1"),
    Variant::new("answers-no-takeover", SERVER,
        |s| s.support = Some(Support { server: NO_CONTEXT, client: ALL }),
        "answers server_no_context_takeover, asked or not", "RFC 7692 §7.1.1.1"),
    Variant::new("answers-client-no-takeover", SERVER,
        |s| s.support = Some(Support { server: ALL, client: NO_CONTEXT }),
        "answers client_no_context_takeover, asked or not", "RFC 7692 §7.1.1.2"),
    Variant::new("answers-window", SERVER,
        |s| s.support = Some(Support { server: NARROW, client: ALL }),
        "answers a server_max_window_bits smaller than required", "RFC 7692 §7.1.2.1"),
    Variant::new("answers-client-window", SERVER,
        |s| s.support = Some(Support { server: ALL, client: NARROW }),
        "answers a client_max_window_bits where that was offered", "RFC 7692 §7.1.2.2"),
    Variant::new("answers-all", SERVER,
        |s| s.support = Some(Support { server: LEAST, client: LEAST }),
        "answers every parameter it is allowed to", "RFC 7692 §7.1"),
    Variant::new("offers-plain", CLIENT, |s| s.offers = vec![PLAIN],
        "offers permessage-deflate without parameters", "RFC 7692 §7.1.2.2"),
    Variant::new("offers-windows", CLIENT, |s| s.offers = vec![WINDOWS],
        "offers windows of 10 and 12 bits", "RFC 7692 §7.1.2"),
    Variant::new("offers-no-takeover", CLIENT, |s| s.offers = vec![NO_TAKEOVER],
        "offers both no_context_takeover", "RFC 7692 §7.1.1"),
    Variant::new("offers-several", CLIENT, |s| s.offers = vec![NO_TAKEOVER, WINDOWS, HINTS, PLAIN],
        "offers permessage-deflate in four ways", "RFC 7692 §5"),
    Variant::new("offers-several-lines", CLIENT,
        offer_in_lines,
        "offers permessage-deflate in three lines", "RFC 6455 §9.1"),
    Variant::head("offers-unknown", CLIENT, heads::extension_unknown,
        "also offers an unknown extension", "RFC 6455 §9.1"),
    // Closing.
    Variant::new("close-bare", BOTH, |s| s.policy = closing_bare(),
        "fails connections by ending TCP, without a Close frame", "RFC 6455 §7.1.7"),
    Variant::new("close-code-only", BOTH, |s| s.failing_close = Some(control::code_alone),
        "gives no reason in its Close frames", "RFC 6455 §5.5.1"),
    Variant::new("close-with-reason", BOTH, |s| closes(s, control::with_reason),
        "gives a reason in UTF-8 in every Close frame", "RFC 6455 §5.5.1"),
    Variant::new("close-with-long-reason", BOTH, |s| closes(s, control::with_long_reason),
        "gives a reason of 123 bytes in every Close frame", "RFC 6455 §5.5"),
    Variant::new("close-fails-empty", BOTH, |s| s.failing_close = Some(control::empty),
        "fails connections with an empty Close frame", "RFC 6455 §7.1.7"),
    Variant::new("close-fails-1002", BOTH, |s| s.failing_close = Some(control::code::<1002>),
        "fails connections with 1002, whatever was wrong", "RFC 6455 §7.4.1"),
    Variant::new("close-fails-1008", BOTH, |s| s.failing_close = Some(control::code::<1008>),
        "fails connections with 1008, the code for any other policy", "RFC 6455 §7.4.1"),
    Variant::new("close-fails-private", BOTH, |s| s.failing_close = Some(control::private_code),
        "fails connections with a code for private use", "RFC 6455 §7.4.2"),
    Variant::new("close-empty-answer", BOTH, |s| s.answering_close = Some(control::empty),
        "answers each Close with an empty one", "RFC 6455 §5.5.1"),
    Variant::new("close-answers-1000", BOTH, |s| s.answering_close = Some(control::code::<1000>),
        "answers each Close with 1000", "RFC 6455 §5.5.1"),
    Variant::new("close-answers-1001", BOTH, |s| s.answering_close = Some(control::code::<1001>),
        "answers each Close with 1001", "RFC 6455 §5.5.1"),
    Variant::new("close-answers-private", BOTH,
        |s| s.answering_close = Some(control::private_code),
        "answers each Close with a code for private use", "RFC 6455 §7.4.2"),
    Variant::new("client-ends-tcp", CLIENT, |s| s.ends_tcp = true,
        "ends TCP after the closing handshake without waiting for the server", "RFC 6455 §7.1.1"),
    // Heads.
    Variant::head("header-order-reversed", BOTH, heads::reversed,
        "writes its fields in the reverse order", "RFC 9110 §5.3"),
    Variant::head("header-order-random", BOTH, heads::shuffled,
        "writes its fields in random order", "RFC 9110 §5.3"),
    Variant::head("header-case-lower", BOTH, heads::lower, "writes field names in lower case",
        "RFC 9110 §5.1"),
    Variant::head("header-case-upper", BOTH, heads::upper, "writes field names in upper case",
        "RFC 9110 §5.1"),
    Variant::head("header-case-mixed", BOTH, heads::mixed, "writes field names in mixed case",
        "RFC 9110 §5.1"),
    Variant::head("header-no-blanks", BOTH, heads::no_blanks, "writes no space after the colon",
        "RFC 9112 §5"),
    Variant::head("header-whitespace", BOTH, heads::many_blanks,
        "writes spaces and tabs around values", "RFC 9112 §5"),
    Variant::head("header-many", BOTH, heads::many_fields, "sends 60 more fields", "RFC 9110 §5.4"),
    Variant::head("upgrade-mixed-case", BOTH, heads::upgrade_mixed, "writes Upgrade: WebSocket",
        "RFC 6455 §4"),
    Variant::head("upgrade-upper-case", BOTH, heads::upgrade_upper, "writes Upgrade: WEBSOCKET",
        "RFC 6455 §4"),
    Variant::head("connection-lower-case", BOTH, heads::connection_lower,
        "writes Connection: upgrade", "RFC 6455 §4"),
    Variant::head("connection-list", BOTH, heads::connection_list,
        "writes Connection: keep-alive, Upgrade", "RFC 9110 §7.6.1"),
    Variant::head("connection-list-tight", BOTH, heads::connection_list_tight,
        "writes Connection: Upgrade,Keep-Alive", "RFC 9110 §5.6.1"),
    Variant::head("connection-two-lines", BOTH, heads::connection_twice,
        "writes two Connection fields", "RFC 9110 §5.3"),
    Variant::head("extensions-tight", BOTH, heads::extensions_tight,
        "writes extensions without spaces", "RFC 6455 §9.1"),
    Variant::head("extensions-wide", BOTH, heads::extensions_wide,
        "writes extensions with extra white space", "RFC 6455 §9.1"),
    Variant::new("extensions-quoted", SERVER,
        answer_quoted,
        "writes the values of parameters in quotes", "RFC 6455 §9.1"),
    Variant::new("offers-quoted", CLIENT,
        offer_quoted,
        "writes the values of parameters in quotes", "RFC 6455 §9.1"),
    Variant::head("extra-headers", SERVER, heads::server_fields,
        "sends Server, Date, Set-Cookie and more", "RFC 9110 §5.1"),
    Variant::head("browser-headers", CLIENT, heads::browser_fields,
        "sends Origin, Cookie and the other fields of a browser", "RFC 6455 §4.1"),
    Variant::head("authorization", CLIENT, heads::authorization, "sends credentials",
        "RFC 6455 §10.5"),
    Variant::head("target-absolute", CLIENT, heads::absolute, "requests an absolute URI",
        "RFC 6455 §4.1"),
    Variant::head("reason-phrase-other", SERVER, heads::reason_other,
        "writes another reason phrase for 101", "RFC 9112 §4"),
    Variant::head("reason-phrase-empty", SERVER, heads::reason_empty, "writes no reason phrase",
        "RFC 9112 §4"),
    Variant::head("interim-continue", SERVER, heads::interim_continue, "sends 100 before the 101",
        "RFC 9110 §15.2"),
    Variant::head("interim-hints", SERVER, heads::interim_hints,
        "sends 102 and 103 before the 101", "RFC 9110 §15.2"),
    Variant::new("limits-heads", SERVER, |s| s.max_head = Some(8 << 10),
        "refuses heads of more than 8 KiB", "RFC 6455 §10.4"),
    Variant::new("subprotocols", SERVER,
        |s| { s.subprotocols = ["x-wsspec-b", "x-wsspec-a", "chat"].map(str::to_owned).into() },
        "speaks some subprotocols", "RFC 6455 §4.2.2"),
    // Refusals.
    Variant::head("refuses-with-400", SERVER, heads::refuses_400,
        "refuses with 400, whatever was wrong", "RFC 6455 §4.2.1"),
    Variant::head("refuses-with-403", SERVER, heads::refuses_403,
        "refuses with 403, whatever was wrong", "RFC 6455 §4.2.1"),
    Variant::head("refuses-with-404", SERVER, heads::refuses_404,
        "refuses with 404, whatever was wrong", "RFC 6455 §4.2.1"),
    Variant::head("refuses-with-426", SERVER, heads::refuses_426,
        "refuses with 426, whatever was wrong", "RFC 6455 §4.2.1"),
    Variant::head("refuses-without-body", SERVER, heads::refusal_empty, "refuses without a body",
        "RFC 9110 §6.4"),
    Variant::head("refuses-with-page", SERVER, heads::refusal_until_end,
        "refuses with a page that ends with the connection", "RFC 9112 §6.3"),
];
