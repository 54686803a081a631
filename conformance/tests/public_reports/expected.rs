//! What each program must get, and which of it does not hold yet.

use Difference::{Appears, Cites};
use Pending::{Attribution, Causes};

/// What a run must come to.
pub(crate) struct Expected {
    /// The file, without its ending. One that begins with `c` is a client.
    pub(crate) program: &'static str,
    /// The cases that are about it. Passive rules are judged as well, on what these cases show.
    pub(crate) filters: &'static [&'static str],
    /// It claims to echo every message (`--peer echo`).
    pub(crate) echoes: bool,
    pub(crate) exit: i32,
    /// What fails; `None` if nothing may.
    pub(crate) fails: Option<Failure>,
    /// Rows that have to pass, because they could only be read out of what is no frame, or follow
    /// from what another row says.
    pub(crate) never: &'static [&'static str],
    /// What does not hold yet, and until when.
    pub(crate) pending: &'static [(Difference, Pending)],
}

/// What failing rows say. There is at least one.
pub(crate) struct Failure {
    /// Keys of reasons of which each has one, as a whole or as a part.
    pub(crate) reasons: &'static [&'static str],
    /// Clauses of which each cites one.
    pub(crate) clauses: &'static [&'static str],
}

/// How a run differs from what is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Difference {
    /// It exits otherwise.
    Exits,
    /// Something fails that must not, or nothing does.
    Fails,
    /// A row fails for another reason.
    Reads,
    /// A row cites another clause.
    Cites,
    /// A row is there that must not be.
    Appears,
}

/// What a difference waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pending {
    /// A failing row names the requirement of the expectation that failed, and not the first of its
    /// case.
    Attribution,
    /// What follows from a fault is no row of its own beside it.
    Causes,
}

const fn wrong(
    program: &'static str,
    filters: &'static [&'static str],
    reasons: &'static [&'static str],
    clauses: &'static [&'static str],
) -> Expected {
    Expected {
        exit: 1,
        fails: Some(Failure { reasons, clauses }),
        ..right(program, filters)
    }
}

/// Nothing fails.
const fn right(program: &'static str, filters: &'static [&'static str]) -> Expected {
    Expected {
        program,
        filters,
        echoes: false,
        exit: 0,
        fails: None,
        never: &[],
        pending: &[],
    }
}

impl Expected {
    const fn never(self, never: &'static [&'static str]) -> Expected {
        Expected { never, ..self }
    }

    const fn echoes(self) -> Expected {
        Expected {
            echoes: true,
            ..self
        }
    }

    const fn exit(self, exit: i32) -> Expected {
        Expected { exit, ..self }
    }

    const fn pending(self, pending: &'static [(Difference, Pending)]) -> Expected {
        Expected { pending, ..self }
    }
}

/// Rows that a wrong length must not leave behind.
const OF_PAYLOAD: &[&str] = &[
    "passive.close-body-one-byte",
    "passive.close-code-forbidden",
    "passive.close-code-unassigned",
    "passive.close-reason-not-utf8",
    "passive.continuation-orphan",
    "passive.control-fragmented",
    "passive.control-too-long",
    "passive.data-after-close",
    "passive.key-repeated",
    "passive.length-not-minimal",
    "passive.length-top-bit",
    "passive.mask-missing",
    "passive.mask-unexpected",
    "passive.message-interleaved",
    "passive.opcode-reserved",
    "passive.rsv-set",
    "passive.text-not-utf8",
];

const HEADS: &[&str] = &["handshake.accept.*", "handshake.response.*"];
const LENGTHS: &[&str] = &["frame.length.*"];
const LENGTH: &[&str] = &["framing.length"];
const FRAMES: &[&str] = &["RFC 6455 §5.2"];

/// Close codes that a target may send to end a connection, as parts of reasons.
const CLOSED: &[&str] = &[
    "closed.protocol-error",
    "closed.unsupported-data",
    "closed.invalid-payload-data",
];

pub(crate) const EXPECTED: &[Expected] = &[
    wrong(
        "p02_extensions_empty_field",
        &["handshake.extensions.*"],
        &[
            "violation.response-extension-malformed",
            "passive.response-extension-malformed",
        ],
        &["RFC 6455 §9.1"],
    ),
    wrong(
        "p05_pong_empty",
        &["control.*"],
        &["pong.other", "ping.unanswered"],
        &["RFC 6455 §5.5.2", "RFC 6455 §5.5.3"],
    ),
    wrong(
        "p07_unasked_pong_1003",
        &["control.*"],
        CLOSED,
        &["RFC 6455 §5.5.3"],
    ),
    right("p08_pong_answers_pong", &["control.*"]),
    wrong(
        "p09_fragments_repeat_opcode",
        &["fragmentation.*"],
        &["passive.message-interleaved", "message.instead-of-echo"],
        &["RFC 6455 §5.4"],
    )
    .never(&["passive.text-not-utf8"]),
    wrong("p10_length_126_in_four_bytes", LENGTHS, LENGTH, FRAMES).never(OF_PAYLOAD),
    wrong("p12_length_65536_in_two_bytes", LENGTHS, LENGTH, FRAMES).never(OF_PAYLOAD),
    wrong("p13_length_127_in_four_bytes", LENGTHS, LENGTH, FRAMES).never(OF_PAYLOAD),
    wrong(
        "p14_header_cut_by_a_read",
        &["frame.parse.*"],
        CLOSED,
        &["RFC 6455 §6.2"],
    ),
    wrong(
        "p15_rest_of_a_read_lost",
        &["frame.parse.*"],
        &["message.missing", "pong.none", "ping.unanswered"],
        &["RFC 6455 §6.2"],
    ),
    wrong(
        "p17_plain_messages_refused",
        &[
            "deflate.data.*plain*",
            "deflate.data.mixed-*",
            "deflate.context.*plain*",
        ],
        &["message.missing/closed.protocol-error"],
        &["RFC 7692 §6", "RFC 7692 §6.2"],
    )
    .pending(&[(Cites, Attribution)]),
    wrong(
        "p18_inflater_forgets",
        &["deflate.context.reference-*"],
        &["message.missing/closed.invalid-payload-data"],
        &["RFC 7692 §7.2.2"],
    ),
    right("p20_origin_wanted", HEADS).exit(3),
    wrong(
        "p22_final_block_refused",
        &["deflate.data.*final*"],
        &["message.missing/ended.finished"],
        &["RFC 7692 §7.2.1", "RFC 7692 §7.2.2", "RFC 7692 §7.2.3.4"],
    ),
    wrong(
        "p23_empty_message_without_a_byte",
        &["deflate.data.example-empty-*"],
        &["passive.deflate-unfinished"],
        &["RFC 7692 §7.2.1"],
    ),
    wrong(
        "p24_protocol_errors_served",
        &[
            "fragmentation.interleaved-*",
            "control.unfinished-*",
            "close.code.*",
        ],
        &[
            "message.delivered",
            "closing.still-open",
            "stated.pong",
            "stated.text",
            "passive.close-code-forbidden",
        ],
        &[
            "RFC 6455 §5.4",
            "RFC 6455 §5.5",
            "RFC 6455 §5.5.1",
            "RFC 6455 §7.4.1",
        ],
    ),
    wrong(
        "p26_no_blank_behind_101",
        HEADS,
        &["passive.status-blank-missing"],
        &["RFC 9112 §4"],
    ),
    right("p27_connection_twice_in_101", HEADS),
    right(
        "p29_close_overtakes_echo",
        &["close.fail.*", "close.handshake.*"],
    ),
    wrong(
        "p30_any_key",
        &["handshake.key.*"],
        &["opening.opened"],
        &["RFC 6455 §4.2.1"],
    ),
    wrong(
        "p31_chunked_101",
        HEADS,
        &[
            "opening.field-present.transfer-encoding",
            "passive.response-body",
        ],
        &["RFC 9112 §6.1"],
    ),
    wrong(
        "p32_content_length_101",
        HEADS,
        &[
            "opening.field-present.content-length",
            "passive.response-body",
            "stated.opened",
        ],
        &["RFC 9110 §8.6"],
    ),
    right(
        "p35_unknown_subprotocol_refused",
        &["handshake.subprotocol.*"],
    ),
    wrong(
        "p36_deflate_not_negotiated",
        &["message.*"],
        &["passive.rsv-set"],
        FRAMES,
    )
    .never(&["passive.text-not-utf8"])
    .pending(&[(Appears, Causes)]),
    wrong(
        "p41_proxy_without_compression",
        &["deflate.data.blocks-*"],
        &[
            "message.missing/ended.finished",
            "message.missing/ended.reset",
        ],
        &["RFC 7692 §5"],
    )
    .pending(&[(Cites, Attribution)]),
    right("p43_proxy_adds_keep_alive", HEADS),
    wrong(
        "p44_no_close_frame_ever",
        &["close.handshake.at-once", "close.payload.*", "close.tcp.*"],
        &["closing.no-frame.finished"],
        &["RFC 6455 §5.5.1"],
    ),
    right("p45_close_codes_of_iana_refused", &["close.code.*"]),
    wrong(
        "p46_upgrade_field_case",
        &["handshake.upgrade-header.*", "handshake.headers.names-*"],
        &["opening.refused"],
        &["RFC 6455 §4.2.1", "RFC 9110 §5.1"],
    ),
    right(
        "p47_sends_2_frames_close_inside_message",
        &["close.handshake.*"],
    ),
    wrong(
        "p48_http_answer_behind_101",
        &["handshake.response.*", "message.*"],
        &["framing.http"],
        &["RFC 6455 §6.1"],
    )
    .never(OF_PAYLOAD),
    right("p49_no_answer_at_all", HEADS).exit(3),
    wrong(
        "p50_wrong_accept",
        HEADS,
        &["violation.accept-wrong", "passive.accept-wrong"],
        &["RFC 6455 §4.2.2"],
    ),
    wrong("p51_announces_8_gib", LENGTHS, LENGTH, FRAMES).never(OF_PAYLOAD),
    wrong(
        "c03_compresses_unagreed",
        &["client.request.*", "message.*"],
        &["passive.rsv-set"],
        FRAMES,
    )
    .never(&["passive.text-not-utf8"])
    .pending(&[(Appears, Causes)]),
    wrong(
        "c06_pieces_are_messages",
        &["message.binary-*", "message.fragmented-*"],
        &["message.instead-of-echo"],
        &["RFC 6455 §5.2", "RFC 6455 §5.6"],
    )
    .echoes(),
    wrong(
        "c07_empty_frames_unmasked",
        &["message.*", "control.ping-*"],
        &["passive.mask-missing"],
        &["RFC 6455 §5.1"],
    ),
    wrong(
        "c08_any_status",
        &["client.response.*"],
        &["closing.still-open"],
        &["RFC 6455 §4.1"],
    ),
    wrong(
        "c09_close_of_four_zero_bytes",
        &["close.handshake.*"],
        &["passive.mask-missing"],
        &["RFC 6455 §5.1"],
    ),
    wrong(
        "c10_first_fragment_alone",
        &["fragmentation.by-*"],
        &["message.instead-of-echo"],
        &["RFC 6455 §5.4"],
    ),
    wrong(
        "c11_key_zero",
        &["frame.mask.*"],
        &["passive.key-repeated"],
        &["RFC 6455 §5.3"],
    ),
    wrong(
        "c14_pings_unanswered",
        &["control.ping-*"],
        &["pong.other", "ping.unanswered"],
        &["RFC 6455 §5.5.2", "RFC 6455 §5.5.3"],
    ),
    right("c16_close_1010_refused", &["close.code.*"]),
    right(
        "c19_subprotocol_undefined",
        &["client.subprotocol*", "client.request.*"],
    ),
    wrong("c24_length_127_in_four_bytes", LENGTHS, LENGTH, FRAMES).never(OF_PAYLOAD),
];
