//! Frames that an endpoint sends, and frames as it reads them.

use wsspec_reports::Verdict;

use super::super::builders::{mutates, reads, sends};
use super::super::fault::PlantedFault;
use crate::peer::mutators::{Mutation, read, sent};

/// The rows.
#[rustfmt::skip]
pub(super) const ROWS: &[PlantedFault] = &[
    // Frames that it sends.
    sends("length-in-16-bits", sent::length_16, "writes short lengths in 16 bits")
        .meant("passive.length-not-minimal"),
    sends("length-in-64-bits", sent::length_64, "writes every length in 64 bits")
        .meant("passive.length-not-minimal"),
    sends("length-125-in-16-bits", sent::length_125_in_16, "writes the length 125 in 16 bits")
        .meant("passive.length-not-minimal"),
    sends("length-top-bit-set", sent::length_top_bit, "sets the top bit of 64-bit lengths")
        .meant("passive.length-top-bit"),
    sends("length-126-in-4-bytes", sent::length_126_in_4_bytes,
        "writes longer lengths in four bytes after 126")
        .meant("frame.length.*"),
    sends("length-127-in-4-bytes", sent::length_127_in_4_bytes,
        "writes the longest lengths in four bytes after 127")
        .meant("frame.length.*"),
    sends("length-kept-in-16-bits", sent::length_kept_in_16, "writes 16 bits of longer lengths")
        .meant("frame.length.*"),
    sends("length-one-less", sent::length_one_less, "announces a byte less than it sends")
        .meant("frame.length.*"),
    sends("length-one-more", sent::length_one_more, "announces a byte more than it sends")
        .meant("frame.length.*"),
    sends("length-8-gib", sent::length_8_gib, "announces 8 GiB and sends its message")
        .meant("frame.length.*"),
    sends("rsv1-flipped", sent::rsv1, "sets RSV1 where it should not, and not where it should")
        .meant("passive.rsv-set"),
    sends("rsv2-set", sent::rsv2, "sets RSV2").meant("passive.rsv-set"),
    sends("rsv3-set-on-pong", sent::rsv3_on_pong, "sets RSV3 on pongs").meant("passive.rsv-set"),
    sends("rsv1-set-on-pong", sent::rsv1_on_pong, "sets RSV1 on pongs").meant("passive.rsv*"),
    sends("opcode-reserved-sent", sent::reserved_opcode, "sends binary messages under opcode 3")
        .meant("passive.opcode-reserved"),
    sends("text-as-binary", sent::text_as_binary, "echoes text as binary").meant("message.*"),
    sends("never-final", sent::never_final, "never sets FIN on data")
        .meant("passive.message-interleaved"),
    sends("pong-fragmented", sent::pong_fragmented, "sends pongs without FIN")
        .meant("passive.control-fragmented"),
    sends("fragments-reversed", sent::fragments_reversed,
        "sends the halves of a message in the wrong order")
        .meant("message.*"),
    sends("fragments-with-opcode", sent::fragments_with_opcode,
        "sends the second half of a message as one of its own")
        .meant("passive.message-interleaved"),
    sends("fragments-with-rsv1", sent::fragments_with_rsv1, "sets RSV1 on every fragment")
        .meant("passive.rsv1-misplaced"),
    sends("first-fragment-lost", sent::first_fragment_lost,
        "sends the second half of a message only")
        .meant("passive.continuation-orphan"),
    sends("pong-empty", sent::pong_empty, "answers pings without their payload").meant("control.*"),
    sends("pong-other", sent::pong_other, "answers pings with another payload").meant("control.*"),
    sends("pong-cut-at-124", sent::pong_cut, "cuts the payload of pongs to 124 bytes")
        .meant("control.*"),
    sends("pong-as-ping", sent::pong_as_ping, "answers pings with pings").meant("control.*"),
    sends("pong-late", sent::pong_held, "answers a ping only after the next frame it sends")
        .meant("control.*"),
    sends("closes-of-itself", sent::closes_of_itself, "closes the connection after a few pings")
        .meant("control.*"),
    sends("echo-cut-at-125", sent::cut_to::<125>, "cuts messages to 125 bytes")
        .meant("frame.length.*"),
    sends("echo-cut-at-126", sent::cut_to::<126>, "cuts messages to 126 bytes")
        .meant("frame.length.*"),
    sends("echo-cut-at-4096", sent::cut_to::<4096>, "cuts messages to 4,096 bytes")
        .meant("message.*"),
    sends("echo-cut-at-65535", sent::cut_to::<65_535>, "cuts messages to 65,535 bytes")
        .meant("frame.length.*"),
    sends("off-by-one-at-1", sent::off_by_one_at::<1>, "loses messages of one byte")
        .meant("frame.length.*"),
    sends("off-by-one-at-125", sent::off_by_one_at::<125>, "loses a byte at 125")
        .meant("frame.length.*"),
    sends("off-by-one-at-126", sent::off_by_one_at::<126>, "loses a byte at 126")
        .meant("frame.length.*"),
    sends("off-by-one-at-127", sent::off_by_one_at::<127>, "loses a byte at 127")
        .meant("frame.length.*"),
    sends("off-by-one-at-65535", sent::off_by_one_at::<65_535>, "loses a byte at 65,535")
        .meant("frame.length.*"),
    sends("off-by-one-at-65536", sent::off_by_one_at::<65_536>, "loses a byte at 65,536")
        .meant("frame.length.*"),
    sends("length-mod-65536", sent::length_mod_65536, "keeps 16 bits of a length")
        .meant("frame.length.*"),
    sends("last-bit-flipped", sent::last_bit_flipped, "changes the last bit of messages")
        .meant("message.*"),
    sends("byte-65535-flipped", sent::byte_65535_flipped, "changes a bit of byte 65,535")
        .meant("frame.length.*"),
    sends("every-fourth-doubled", sent::every_fourth_doubled, "sends some frames twice")
        .meant("message.*"),
    sends("every-third-lost", sent::every_third_lost, "loses some frames").meant("message.*"),
    sends("messages-swapped", sent::swapped, "sends messages out of order").meant("message.*"),
    sends("empty-messages-lost", sent::empty_lost, "loses empty messages").meant("message.*"),
    sends("close-1005", sent::close_1005, "sends close code 1005")
        .meant("passive.close-code-forbidden"),
    sends("close-1006", sent::close_1006, "sends close code 1006")
        .meant("passive.close-code-forbidden"),
    sends("close-1015", sent::close_1015, "sends close code 1015")
        .meant("passive.close-code-forbidden"),
    sends("close-999", sent::close_999, "sends close code 999, whatever was chosen")
        .meant("close.start.*"),
    sends("close-one-byte", sent::close_one_byte, "sends a Close body of one byte")
        .meant("passive.close-body-one-byte"),
    sends("close-reason-latin-1", sent::close_reason_latin1,
        "sends a close reason that is not UTF-8")
        .meant("passive.close-reason-not-utf8"),
    sends("close-too-long", sent::close_too_long, "sends a Close body of 126 bytes")
        .meant("passive.control-too-long"),
    sends("close-accuses", sent::close_accuses, "answers every Close with 1002").meant("close.*"),
    sends("data-after-close", sent::data_after_close, "sends a message after its Close")
        .meant("passive.data-after-close"),
    sends("key-constant", sent::constant_key, "masks with one key")
        .client().meant("passive.key-repeated"),
    sends("key-zero", sent::zero_key, "masks with zeros").client().meant("passive.key-repeated"),
    sends("key-counts", sent::counting_key, "masks with a counter")
        .client().meant("passive.key-counts"),
    sends("key-restarts", sent::key_restarts, "masks with the same keys on every connection")
        .client().worst(Verdict::NonStrict).meant("passive.keys-begin-alike"),
    mutates("tcp-left-open", Mutation::StaysOpen, "does not end TCP after its Close")
        .server().meant("close.tcp.after-exchange-1000"),
    mutates("close-body-echoed", Mutation::EchoesClose,
        "answers a Close with the same body, whatever it is")
        .meant("passive.close-*"),
    // Frames, as it reads them.
    mutates("length-in-32-bits", Mutation::HeaderIn(read::length_32),
        "reads 32 bits of a 64-bit length")
        .meant("frame.length.*"),
    mutates("length-above-32-bits-cut", Mutation::HeaderIn(read::length_32_checked),
        "reads 32 bits of a 64-bit length whose top bit is 0")
        .meant("frame.length.announced-2-*"),
    mutates("length-in-16-bits-read", Mutation::HeaderIn(read::length_16_read),
        "reads 16 bits of any length")
        .meant("frame.length.*"),
    reads("utf8-at-end", read::utf8_at_end,
        "checks text only when its last fragment has arrived, which is allowed")
        .worst(Verdict::Informational).meant("utf8.*"),
    mutates("mask-phase-lost", Mutation::PhaseLost, "restarts the masking key in each read")
        .server().meant("frame.*"),
    reads("crash-on-fragment-9", read::crash_on_fragment_9, "ends TCP on the ninth fragment")
        .meant("fragmentation.*"),
    reads("crash-on-empty-message", read::crash_on_empty_message, "ends TCP on an empty message")
        .meant("message.*"),
    reads("crash-on-empty-fragment", read::crash_on_empty_fragment,
        "ends TCP on an empty fragment")
        .meant("fragmentation.*"),
    reads("crash-on-ping-inside", read::crash_on_ping_inside,
        "ends TCP on a ping between fragments")
        .meant("fragmentation.ping*"),
    reads("crash-on-pong", read::crash_on_pong, "ends TCP on a pong it did not ask for")
        .meant("control.*"),
    reads("crash-at-125", read::crash_at::<125>, "ends TCP on 125 bytes").meant("frame.length.*"),
    reads("crash-at-126", read::crash_at::<126>, "ends TCP on 126 bytes").meant("frame.length.*"),
    reads("crash-at-65536", read::crash_at::<65_536>, "ends TCP on 65,536 bytes")
        .meant("frame.length.*"),
    reads("tires", read::tires, "reads nothing after a thousand frames")
        .meant("fragmentation.tiny-*"),
    reads("zeros-end-messages", read::zeros_stop, "takes a zero for the end of a message")
        .meant("message.*"),
    reads("utf8-by-fragment", read::utf8_by_fragment, "refuses characters across fragments")
        .meant("utf8.*"),
    reads("utf8-surrogates-taken", read::surrogates_taken, "accepts surrogates as characters")
        .meant("utf8.*"),
    reads("utf8-overlong-taken", read::overlong_taken, "accepts an overlong slash as a character")
        .meant("utf8.*"),
    reads("utf8-beyond-taken", read::beyond_unicode_taken, "accepts code points beyond U+10FFFF")
        .meant("utf8.*"),
    reads("utf8-cut-taken", read::cut_character_taken, "accepts text that ends inside a character")
        .meant("utf8.*"),
    reads("bom-lost", read::text_without_bom, "loses a byte order mark")
        .worst(Verdict::NonStrict).meant("utf8.*"),
    reads("crash-on-final-block", read::crash_on_final_block,
        "ends TCP on a compressed message whose first block is final")
        .meant("deflate.data.example-final"),
    reads("deflate-tail-not-appended", read::tail_not_appended,
        "inflates without the 00 00 FF FF that completes a message")
        .meant("deflate.data.invalid-tail-*"),
    reads("pong-answered", read::pong_is_ping,
        "answers a pong with a pong, which may be sent at any time")
        .equivalent(),
    reads("pong-garbled-inside", read::ping_inside_garbled,
        "garbles the pongs between the fragments of a compressed message")
        .meant("deflate.data.pong-inside-*"),
    reads("close-1010-from-server-refused", read::code_refused::<1010>,
        "as a client, refuses 1010, which no server sends")
        .client().worst(Verdict::Informational).meant("close.code.one-sided-1010"),
    reads("close-1010-refused", read::code_refused::<1010>,
        "as a server, refuses 1010, which is made for clients")
        .server().meant("close.code.from-client-1010"),
    reads("close-1011-from-client-refused", read::code_refused::<1011>,
        "as a server, refuses 1011")
        .server().worst(Verdict::NonStrict).meant("close.code.one-sided-1011"),
    reads("close-1011-refused", read::code_refused::<1011>,
        "as a client, refuses 1011, which is made for servers")
        .client().meant("close.code.from-server-1011"),
    reads("line-ends-changed", read::line_ends_changed, "changes CR LF to LF").meant("message.*"),
];
