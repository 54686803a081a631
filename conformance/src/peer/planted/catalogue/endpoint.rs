//! What an endpoint does with what it read, and what its application does.

use wsspec_core::policy::Reaction;
use wsspec_core::violation::Violation as V;
use wsspec_reports::Verdict;

use super::super::builders::{
    FLAG_OFFER, PLAIN_OFFER, WINDOW_OFFER, app, dies_beyond, everything, ignores, limits, output,
    reacts,
};
use super::super::fault::PlantedFault;
use crate::peer::application::{AppFault, DeathCause};

/// The rows.
#[rustfmt::skip]
pub(super) const ROWS: &[PlantedFault] = &[
    ignores("mask-ignored", V::MaskMissing, "accepts unmasked frames"),
    ignores("masked-accepted", V::MaskUnexpected, "as a client, accepts masked frames"),
    ignores("rsv-ignored", V::RsvSet, "does not check the reserved bits"),
    ignores("opcode-ignored", V::OpcodeReserved, "skips frames with a reserved opcode"),
    ignores("control-fragmented-ignored", V::ControlFragmented,
        "accepts fragmented control frames"),
    ignores("control-length-ignored", V::ControlTooLong, "accepts control frames over 125 bytes"),
    ignores("orphan-accepted", V::ContinuationOrphan,
        "accepts an orphan continuation as a message"),
    ignores("interleaving-accepted", V::MessageInterleaved,
        "lets a new message begin inside another"),
    ignores("length-top-bit-ignored", V::LengthTopBit,
        "does not check the top bit of a 64-bit length"),
    ignores("length-form-ignored", V::LengthNotMinimal, "accepts lengths that are not minimal")
        .equivalent(),
    ignores("utf8-ignored", V::TextNotUtf8, "does not check text"),
    ignores("close-code-ignored", V::CloseCodeForbidden, "accepts close codes 1005, 1006 and 1015")
        .worst(Verdict::NonStrict),
    ignores("close-code-any", V::CloseCodeUnassigned, "accepts close codes that have no meaning")
        .worst(Verdict::NonStrict).meant("close.code.*"),
    ignores("close-body-ignored", V::CloseBodyOneByte, "accepts a Close body of one byte")
        .worst(Verdict::NonStrict),
    ignores("close-reason-ignored", V::CloseReasonNotUtf8, "does not check the close reason")
        .worst(Verdict::NonStrict),
    ignores("version-ignored", V::VersionUnsupported, "upgrades any version"),
    ignores("method-ignored", V::MethodNotGet, "upgrades any method"),
    ignores("key-missing-ignored", V::KeyMissing, "upgrades without a key"),
    ignores("key-form-ignored", V::KeyMalformed, "does not check the form of the key")
        .worst(Verdict::NonStrict),
    ignores("upgrade-ignored", V::UpgradeMissing,
        "upgrades without an Upgrade field that names websocket"),
    ignores("connection-ignored", V::ConnectionMissing, "does not check the Connection field"),
    ignores("host-ignored", V::HostMissing, "upgrades without a Host field"),
    ignores("accept-ignored", V::AcceptWrong, "as a client, does not compare the accept value"),
    ignores("rsv1-misplaced-ignored", V::Rsv1Misplaced,
        "accepts RSV1 on control frames and later fragments"),
    ignores("deflate-invalid-ignored", V::DeflateInvalid,
        "accepts what inflates of a broken message"),
    ignores("deflate-unfinished-ignored", V::DeflateUnfinished,
        "accepts a compressed message that stops short")
        .worst(Verdict::Informational).meant("deflate.data.*"),
    ignores("deflate-window-unchecked", V::DeflateBeyondWindow,
        "inflates beyond the agreed window, which is allowed")
        .equivalent(),
    ignores("deflate-context-unchecked", V::DeflateBeyondMessage,
        "inflates beyond the message, which is allowed")
        .equivalent(),
    ignores("deflate-unknown-taken", V::DeflateParameterUnknown,
        "as a client, accepts unknown parameters"),
    ignores("deflate-repeated-taken", V::DeflateParameterRepeated,
        "as a client, accepts a parameter twice"),
    ignores("deflate-unoffered-taken", V::DeflateParameterUnoffered,
        "as a client, accepts a parameter it did not offer")
        .offering(PLAIN_OFFER).worst(Verdict::NonStrict),
    ignores("deflate-flag-unanswered-taken", V::DeflateParameterIgnored,
        "as a client, accepts an answer without the flag it asked for")
        .offering(FLAG_OFFER)
        .worst(Verdict::Informational)
        .meant("deflate.negotiation.client-asked-no-takeover"),
    ignores("deflate-window-unanswered-taken", V::DeflateParameterIgnored,
        "as a client, accepts an answer without the window it asked for")
        .offering(WINDOW_OFFER)
        .worst(Verdict::Informational)
        .meant("deflate.negotiation.client-asked-window"),
    ignores("deflate-value-missing-taken", V::DeflateValueMissing,
        "as a client, accepts a window without a size"),
    ignores("deflate-value-unexpected-taken", V::DeflateValueUnexpected,
        "as a client, accepts a flag with a value"),
    ignores("deflate-value-text-taken", V::DeflateValueNotDecimal,
        "as a client, accepts a window that is not a number"),
    ignores("deflate-leading-zero-taken", V::DeflateValueLeadingZero,
        "as a client, accepts a window with a leading zero"),
    ignores("deflate-window-range-taken", V::DeflateWindowOutOfRange,
        "as a client, accepts a window of any size"),
    ignores("extension-unoffered-taken", V::ExtensionUnoffered,
        "as a client, accepts an extension it did not offer"),
    ignores("deflate-unasked-taken", V::ExtensionUnoffered,
        "as a client, accepts permessage-deflate it did not offer")
        .offering(&[]).meant("deflate.negotiation.client-unoffered"),
    ignores("deflate-twice-taken", V::ExtensionRepeated,
        "as a client, accepts permessage-deflate twice")
        .worst(Verdict::NonStrict).meant("deflate.negotiation.client-accepted-twice"),
    reacts("utf8-wrong-code", V::TextNotUtf8, Reaction::WrongCode(1002),
        "answers text that is not UTF-8 with 1002")
        .worst(Verdict::NonStrict),
    everything("rejects-nothing", Reaction::Ignore, "rejects nothing"),
    everything("drops-always", Reaction::Drop,
        "as a client, ends TCP without a Close frame on every violation, which is allowed")
        .client().worst(Verdict::NonStrict),
    everything("drops-openings", Reaction::Drop,
        "as a server, ends TCP on every violation, without an answer to the openings it refuses")
        .server().meant("handshake.response.refusal-answered"),
    reacts("close-reason-wrong-code", V::CloseReasonNotUtf8, Reaction::WrongCode(1003),
        "answers a close reason that is not UTF-8 with 1003")
        .worst(Verdict::NonStrict).meant("close.fail.says-why-reason-*"),
    everything("stalls-always", Reaction::Stall, "goes silent on every violation"),
    output("wrong-accept", |o| o.wrong_accept = true, "sends the accept value of another key")
        .server().meant("handshake.accept.*"),
    output("wrong-mask", |o| o.wrong_mask = true,
        "masks its frames as a server, and not as a client")
        .meant("passive.mask-*"),
    output("drops-after-open", |o| o.drop_after_open = true, "ends TCP right after the opening")
        .meant("*.response.*"),
    output("no-pong", |o| o.no_pong = true, "does not answer pings").meant("control.ping*"),
    output("no-close", |o| o.no_close = true, "does not answer a Close frame").meant("close.*"),
    output("deflate-window-exceeded", |o| o.window_exceeded = true,
        "always compresses with the largest window")
        .meant("passive.deflate-beyond-window"),
    output("deflate-context-kept", |o| o.context_kept = true,
        "always compresses with reference to earlier messages")
        .meant("passive.deflate-beyond-message"),
    output("deflate-no-rsv1", |o| o.no_rsv1 = true, "leaves RSV1 out on compressed messages")
        .meant("deflate.*"),
    output("deflate-tail-kept", |o| o.tail_kept = true,
        "leaves 00 00 FF FF at the end of compressed messages")
        .meant("passive.deflate-unfinished"),
    output("deflate-any-offer", |o| o.any_offer = true,
        "as a server, accepts offers that it has to decline")
        .server().meant("deflate.negotiation.*"),
    output("deflate-plain-answer", |o| o.plain_answer = true,
        "as a server, answers no parameter that was asked for")
        .server().meant("deflate.negotiation.*"),
    output("deflate-offer-echoed", |o| o.offer_echoed = true,
        "as a server, answers with the words of the offer")
        .server().meant("deflate.negotiation.*"),
    output("deflate-window-forgotten", |o| o.window_forgotten = true,
        "inflates each message as if it were the first")
        .meant("deflate.context.*"),
    app("silent", AppFault::Silent, "is not an echo server, which is allowed").equivalent(),
    app("greets", AppFault::Greets, "sends a message when the connection opens, which is allowed")
        .equivalent(),
    app("wrong-bytes", AppFault::WrongBytes, "echoes the right length of wrong bytes")
        .meant("message.*"),
    app("wrong-kind", AppFault::WrongKind, "echoes text as binary and binary as text")
        .meant("message.*"),
    app("truncates-65535", AppFault::Truncates(65_535), "cuts messages to 65,535 bytes")
        .meant("frame.length.*"),
    app("echoes-twice", AppFault::Twice, "echoes every message twice").meant("message.*"),
    app("hangs", AppFault::Hangs, "accepts connections and never reads or answers")
        .worst(Verdict::Error).meant("*"),
    ignores("status-ignored-greets", V::StatusNot101,
        "as a client, starts sending whatever the status")
        .greeting().meant("client.response.status-*"),
    limits("message-limit-60000", 60_000, Reaction::Conforming,
        "refuses messages of more than 60,000 bytes, which is allowed")
        .worst(Verdict::Informational).meant("frame.length.*"),
    limits("message-limit-60000-stalls", 60_000, Reaction::Stall,
        "goes silent on messages of more than 60,000 bytes")
        .meant("frame.length.*"),
    app("pings", AppFault::Pings, "pings unasked, which is allowed").equivalent(),
    app("close-code-lost", AppFault::ClosesBare,
        "closes with 1000, whatever code its application chose")
        .meant("close.start.*"),
    app("close-reason-lost", AppFault::ClosesWithoutReason,
        "closes without the reason its application gave")
        .worst(Verdict::NonStrict).meant("close.start.*"),
    app("close-not-sent", AppFault::HangsUp, "ends TCP where its application asked to close")
        .meant("close.start.*"),
    app("dies-of-a-reset", AppFault::Dies(DeathCause::Reset),
        "serves no one after a connection was reset")
        .meant("close.*rst-*"),
    app("dies-of-an-end", AppFault::Dies(DeathCause::End),
        "serves no one after TCP ended without a Close")
        .meant("close.*fin-*"),
    app("dies-of-a-violation", AppFault::Dies(DeathCause::Violation),
        "serves no one after a rule was broken")
        .meant("close.fail.others-*"),
    dies_beyond("dies-of-a-message", 60_000,
        "serves no one after a message of more than 60,000 bytes")
        .meant("robustness.limits.never-finished"),
    app("dies-of-pings", AppFault::Dies(DeathCause::Pings(10_000)),
        "serves no one after ten thousand pings")
        .meant("robustness.limits.pings-unread"),
    app("asks-anything", AppFault::AsksAnything, "as a client, connects to any URL it is given")
        .client().meant("client.*"),
];
