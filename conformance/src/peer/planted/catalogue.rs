//! The catalogue of planted faults: what is wrong, and which cases are meant to kill it.

use wsspec_core::policy::Reaction;
use wsspec_core::violation::Violation as V;
use wsspec_reports::Verdict;

use super::builders::{
    FLAG_OFFER, PLAIN_OFFER, WINDOW_OFFER, answer_in, app, asks, asks_key, dies_beyond, everything,
    head_in, head_out, ignores, limits, mutates, output, reacts, reads, sends,
};
use super::fault::PlantedFault;
use crate::peer::application::{AppFault, DeathCause};
use crate::peer::mutators::{Mutation, heads, read, sent};

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
    // Requests that it sends.
    asks("asks-window-99", "client_max_window_bits", "client_max_window_bits=99",
        "as a client, offers a window that does not exist")
        .meant("deflate.negotiation.client-offer"),
    asks("asks-flag-value", "client_max_window_bits", "server_no_context_takeover=1",
        "as a client, gives a flag a value")
        .meant("deflate.negotiation.client-offer"),
    asks("asks-lower-case", "GET ", "get ", "as a client, asks with the method get"),
    asks("asks-post", "GET ", "POST ", "as a client, asks with POST"),
    asks("asks-http-1-0", "HTTP/1.1", "HTTP/1.0", "as a client, asks with HTTP/1.0"),
    asks("asks-bare-lf", "\r\n", "\n", "as a client, ends lines with LF alone"),
    asks("asks-cr-only", "\r\n", "\r", "as a client, ends lines with CR alone"),
    asks("asks-unfinished", "\r\n\r\n", "\r\n",
        "as a client, leaves out the empty line after its request"),
    asks("asks-folded", "Upgrade: ", "Upgrade:\r\n ", "as a client, folds a header line"),
    asks("asks-two-blanks", "GET ", "GET  ", "as a client, writes two spaces after the method"),
    asks("asks-blank-before-colon", "Upgrade: ", "Upgrade : ",
        "as a client, writes a space before a colon"),
    asks("asks-no-host", "Host: ", "X-Host: ", "as a client, sends no Host"),
    asks("asks-two-hosts", "Upgrade: ", "Host: wsspec.invalid\r\nUpgrade: ",
        "as a client, sends two Host fields"),
    asks("asks-wrong-host", "Host: ", "Host: not-", "as a client, names another host"),
    asks("asks-userinfo", "Host: ", "Host: user:pw@", "as a client, sends a user name in Host"),
    asks("asks-no-upgrade", "Upgrade: websocket", "X-Upgrade: websocket",
        "as a client, sends no Upgrade"),
    asks("asks-no-connection", "Connection: Upgrade", "Connection: keep-alive",
        "as a client, does not list Upgrade"),
    asks("asks-no-key", "Sec-WebSocket-Key: ", "X-Key: ", "as a client, sends no key"),
    asks_key("asks-key-4", heads::key_of_4_bytes, "as a client, sends a key of 4 bytes"),
    asks_key("asks-key-20", heads::key_of_20_bytes, "as a client, sends a key of 20 bytes"),
    asks_key("asks-key-unpadded", heads::key_unpadded,
        "as a client, leaves out the padding of the key"),
    asks_key("asks-key-pad-bits", heads::key_pad_bits,
        "as a client, sends pad bits that are not zero")
        .worst(Verdict::NonStrict),
    asks_key("asks-key-sample", heads::key_sample, "as a client, sends the sample key of the RFC"),
    asks_key("asks-key-zero", heads::key_zeros, "as a client, sends a key of zeros"),
    asks_key("asks-key-constant", heads::key_constant,
        "as a client, sends one key on all connections")
        .meant("passive.nonce-repeated"),
    head_out("asks-two-keys", heads::key_twice, "as a client, sends two keys")
        .client().meant("client.key.*"),
    asks("asks-no-version", "Sec-WebSocket-Version: ", "X-Version: ",
        "as a client, sends no version"),
    asks("asks-version-8", "Version: 13", "Version: 8", "as a client, asks for version 8"),
    asks("asks-version-013", "Version: 13", "Version: 013", "as a client, writes the version 013"),
    asks("asks-version-list", "Version: 13", "Version: 13, 8",
        "as a client, sends a list of versions"),
    asks("asks-two-versions", "Upgrade: ", "Sec-WebSocket-Version: 13\r\nUpgrade: ",
        "as a client, sends two versions"),
    asks("asks-origin-page", "Upgrade: ", "Origin: wsspec\r\nUpgrade: ",
        "as a client, sends an Origin that is not an origin")
        .worst(Verdict::NonStrict),
    asks("asks-body", "Upgrade: ", "Content-Length: 4\r\nUpgrade: ",
        "as a client, announces a body"),
    asks("asks-elsewhere", "GET /", "GET /x", "as a client, asks for another resource"),
    asks("asks-root", "GET /a%20b?c=%26", "GET /", "as a client, drops path and query"),
    asks("asks-query-lost", "?x=1 ", " ", "as a client, drops the query"),
    asks("asks-query-bare", "GET /?x=1", "GET ?x=1", "as a client, sends a query without a path"),
    asks("asks-decoded", "%26", "&", "as a client, decodes escapes"),
    asks("asks-number-sign", "%23", "#", "as a client, decodes the escape of a number sign"),
    asks("asks-fragment", " HTTP/1.1", "#wsspec HTTP/1.1",
        "as a client, sends the fragment of the URL"),
    asks("asks-raw-utf8", "%C3%A9", "\u{e9}", "as a client, sends raw UTF-8"),
    asks("asks-raw-host", "xn--bcher-kva", "b\u{fc}cher", "as a client, names a host in raw UTF-8"),
    asks("asks-ws-uri", "GET /", "GET ws://wsspec.invalid/",
        "as a client, sends an absolute ws URI"),
    asks("asks-space", "%20", " ", "as a client, sends a space in the target"),
    asks("asks-injected", "%20HTTP/1.1X-Wsspec:%20injectedX:%20b",
        " HTTP/1.1\r\nX-Wsspec: injected\r\nX: b", "as a client, lets line ends of a URL through"),
    asks("asks-protocols-blanks", "x-wsspec-b, x-wsspec-a", "x-wsspec-b x-wsspec-a",
        "as a client, separates subprotocols by spaces"),
    asks("asks-protocols-semicolon", "x-wsspec-b, x-wsspec-a", "x-wsspec-b;x-wsspec-a",
        "as a client, separates subprotocols by semicolons"),
    asks("asks-protocols-twice", "x-wsspec-b, x-wsspec-a", "x-wsspec-b, x-wsspec-b",
        "as a client, offers a subprotocol twice"),
    asks("asks-protocols-sorted", "x-wsspec-b, x-wsspec-a", "x-wsspec-a, x-wsspec-b",
        "as a client, sorts its subprotocols, which is allowed")
        .equivalent(),
    // Heads that it sends.
    head_out("head-without-end", heads::no_final_line, "leaves out the empty line after its 101")
        .meant("handshake.*"),
    head_out("answers-200", heads::status_200, "answers 200 where 101 is due: no WebSocket here")
        .worst(Verdict::Error).meant("*"),
    head_out("http-behind-101", heads::http_behind, "sends an HTTP error right after the 101")
        .meant("handshake.*"),
    head_out("answers-http-1.0", heads::http_1_0, "answers 101 under HTTP/1.0")
        .worst(Verdict::NonStrict).meant("passive.*"),
    head_out("upgrade-left-out", heads::no_upgrade, "leaves Upgrade out of its 101")
        .meant("passive.response-upgrade-wrong"),
    head_out("upgrade-other", heads::other_upgrade, "upgrades to something else")
        .meant("passive.response-upgrade-wrong"),
    head_out("connection-left-out", heads::no_connection, "leaves Connection out of its 101")
        .meant("passive.response-connection-wrong"),
    head_out("connection-other", heads::connection_close, "says Connection: close in its 101")
        .meant("passive.response-connection-wrong"),
    head_out("accept-left-out", heads::no_accept, "leaves Sec-WebSocket-Accept out")
        .meant("passive.accept-missing"),
    head_out("accept-lower-case", heads::accept_lower, "writes the accept value in lower case")
        .meant("handshake.accept.*"),
    head_out("accept-without-padding", heads::accept_cut, "cuts the padding of the accept value")
        .meant("handshake.accept.*"),
    head_out("accept-twice", heads::accept_twice, "sends two accept values")
        .meant("passive.accept-repeated"),
    head_out("extension-unasked", heads::extension_unasked,
        "agrees to an extension that was not offered")
        .meant("passive.extension-unoffered"),
    head_out("deflate-unasked", heads::deflate_unasked,
        "agrees to permessage-deflate where it was not offered")
        .meant("passive.extension-unoffered"),
    head_out("extension-garbled", heads::extension_garbled,
        "sends extensions that break the grammar")
        .meant("passive.response-extension-malformed"),
    head_out("deflate-unknown-parameter", heads::deflate_unknown_parameter,
        "answers a parameter that does not exist")
        .meant("passive.deflate-parameter-unknown"),
    head_out("deflate-parameters-lost", heads::deflate_parameters_lost,
        "answers without the parameters that were asked for")
        .meant("deflate.negotiation.*"),
    head_out("deflate-window-raised", heads::deflate_window_larger,
        "answers a larger window than was asked for")
        .meant("passive.deflate-window-larger"),
    head_out("client-window-unasked", heads::client_window_unasked,
        "limits the window of a client that did not offer it")
        .meant("passive.deflate-parameter-unoffered"),
    head_out("subprotocol-unasked", heads::subprotocol_unasked,
        "chooses a subprotocol that was not offered")
        .meant("passive.subprotocol-unoffered"),
    head_out("announces-body", heads::announces_body, "announces a body of its 101")
        .meant("passive.response-body"),
    head_out("subprotocol-twice", heads::subprotocol_twice, "names its subprotocol twice")
        .speaking(&["x-wsspec-a", "chat"]).meant("passive.subprotocol-repeated"),
    head_out("field-without-colon", heads::field_without_colon, "sends a line without a colon")
        .meant("handshake.*"),
    head_out("bare-line-feeds", heads::bare_line_feeds, "ends the lines of its 101 with LF alone")
        .meant("passive.line-end-bare"),
    head_out("empty-body-announced", heads::announces_empty_body,
        "announces a body of zero bytes in its 101")
        .meant("handshake.response.no-content-length"),
    head_out("status-blank-lost", heads::status_blank_lost,
        "ends the status line of its 101 right after the status")
        .meant("passive.status-blank-missing"),
    head_out("end-unannounced", heads::end_unannounced,
        "ends TCP after a refusal without Connection: close")
        .worst(Verdict::NonStrict).meant("handshake.response.refusal-ends-announced"),
    head_out("no-version-in-refusal", heads::no_version_in_refusal,
        "refuses versions without saying which it speaks")
        .meant("handshake.version.*"),
    head_out("refuses-with-200", heads::refuses_with_200, "refuses with 200 and a page")
        .worst(Verdict::NonStrict).meant("handshake.*"),
    // Requests, as it reads them.
    head_in("upgrade-name-exact", heads::upgrade_name_exact,
        "recognizes Upgrade in one spelling only")
        .meant("handshake.*"),
    head_in("connection-name-exact", heads::connection_name_exact,
        "recognizes Connection in one spelling only")
        .meant("handshake.*"),
    head_in("key-name-exact", heads::key_name_exact,
        "recognizes Sec-WebSocket-Key in one spelling only")
        .meant("handshake.*"),
    head_in("version-name-exact", heads::version_name_exact,
        "recognizes Sec-WebSocket-Version in one spelling only")
        .meant("handshake.*"),
    head_in("host-name-exact", heads::host_name_exact, "recognizes Host in one spelling only")
        .meant("handshake.*"),
    head_in("upgrade-value-exact", heads::upgrade_value_exact,
        "recognizes websocket in one spelling and alone only")
        .meant("handshake.upgrade-header.*"),
    head_in("connection-whole", heads::connection_whole, "compares the Connection field whole")
        .meant("handshake.connection-header.*"),
    head_in("connection-value-exact", heads::connection_value_exact,
        "recognizes Connection: Upgrade in one spelling only")
        .meant("handshake.connection-header.*"),
    head_in("extensions-cut", heads::extensions_cut, "reads extensions up to the first comma")
        .meant("deflate.negotiation.*"),
    head_in("deflate-refused", heads::deflate_refused,
        "refuses every opening that offers permessage-deflate")
        .meant("handshake.extensions.known-browser"),
    head_in("client-window-refused", heads::client_window_refused,
        "refuses every opening that offers client_max_window_bits, as browsers do")
        .meant("handshake.extensions.known-browser"),
    head_in("escape-ends-extensions", heads::escape_ends_extensions,
        "reads extensions up to the first backslash")
        .worst(Verdict::NonStrict).meant("deflate.negotiation.*-odd-escape*"),
    head_in("blank-ends-extensions", heads::blank_ends_extensions,
        "reads extensions up to a blank in front of a semicolon")
        .meant("deflate.negotiation.*-odd-blank-behind-*"),
    head_in("two-blanks-end-extensions", heads::two_blanks_end_extensions,
        "reads extensions up to two blanks")
        .meant("handshake.extensions.unknown-two-blanks"),
    head_in("comma-is-semicolon", heads::comma_is_semicolon,
        "takes a comma between extensions for a semicolon")
        .meant("deflate.negotiation.*"),
    head_in("empty-values-skipped", heads::empty_values_skipped,
        "skips parameters of extensions that have an empty value")
        .meant("deflate.negotiation.malformed-no-value-*"),
    head_in("subprotocols-refused", heads::subprotocols_refused,
        "refuses openings that offer subprotocols, which is its own policy")
        .worst(Verdict::NonStrict).meant("handshake.subprotocol.*"),
    head_in("no-field-inside-skipped", heads::no_field_behind_unknown_skipped,
        "skips a line that is no field behind an unknown field")
        .meant("handshake.headers.blank-before-colon-inside-*"),
    head_in("first-subprotocol-only", heads::first_subprotocol_only,
        "reads subprotocols up to the first comma")
        .equivalent(),
    head_in("values-not-trimmed", heads::values_not_trimmed,
        "loses fields with white space after the value")
        .meant("handshake.headers.*"),
    head_in("long-fields-refused", heads::long_fields_lost, "refuses lines of more than 512 bytes")
        .worst(Verdict::Informational).meant("handshake.headers.*"),
    // No clause binds a server to what comes before its 101 (RFC 6455 §4.1 binds the client).
    mutates("loses-glued-frames", Mutation::LosesGlued,
        "loses frames in the same read as the request")
        .server().worst(Verdict::NonStrict).meant("handshake.segmentation.*"),
    head_in("unusual-unanswered", heads::unusual_unanswered,
        "answers only requests in the usual form")
        .meant("handshake.*"),
    head_in("other-targets-unanswered", heads::target_known, "answers only requests for /")
        .meant("handshake.resource.*"),
    mutates("cr-ends-lines", Mutation::BytesIn(heads::cr_ends_lines),
        "takes CR alone for the end of a line")
        .server().meant("*.lone-cr"),
    mutates("head-ends-early", Mutation::BytesIn(heads::head_ends_early),
        "takes the end of a line for the end of the head")
        .server().meant("handshake.malformed.no-empty-line*"),
    mutates("head-in-one-read", Mutation::OneRead, "loses a head that comes in pieces")
        .meant("*.split-*"),
    // Answers, as it reads them.
    answer_in("answer-unusual-refused", heads::unusual_refused,
        "accepts only answers in the usual form"),
    answer_in("answer-upgrade-name-exact", heads::upgrade_name_exact,
        "recognizes Upgrade in one spelling only"),
    answer_in("answer-connection-name-exact", heads::connection_name_exact,
        "recognizes Connection in one spelling only"),
    answer_in("answer-accept-name-exact", heads::accept_name_exact,
        "recognizes Sec-WebSocket-Accept in one spelling only"),
    answer_in("answer-upgrade-value-exact", heads::upgrade_value_exact,
        "recognizes websocket in one spelling only"),
    answer_in("answer-connection-whole", heads::connection_whole,
        "compares the Connection field whole"),
    answer_in("answer-smaller-window-refused", heads::smaller_window_refused,
        "does not support windows of the server other than the largest, which is allowed")
        .worst(Verdict::Informational).meant("deflate.negotiation.client-answer-server-window-*"),
    answer_in("answer-server-flag-refused", heads::server_flag_refused,
        "does not support server_no_context_takeover alone, which is allowed")
        .worst(Verdict::NonStrict).meant("deflate.negotiation.client-answer-*"),
    answer_in("answer-client-flag-refused", heads::client_flag_refused,
        "does not support client_no_context_takeover")
        .worst(Verdict::NonStrict).meant("deflate.negotiation.client-answer-*"),
    answer_in("answer-escape-refused", heads::escape_refused,
        "does not read a backslash in an extension")
        .worst(Verdict::NonStrict).meant("deflate.negotiation.client-answer-odd-escape"),
    answer_in("answer-comma-is-semicolon", heads::comma_is_semicolon,
        "takes a comma between extensions for a semicolon")
        .meant("deflate.negotiation.client-refuses-odd-*"),
    answer_in("answer-empty-values-skipped", heads::empty_values_skipped,
        "skips parameters of extensions that have an empty value")
        .meant("deflate.negotiation.client-refuses-odd-*"),
    answer_in("answer-connection-value-exact", heads::connection_value_exact,
        "recognizes Upgrade in one spelling only"),
    answer_in("answer-values-not-trimmed", heads::values_not_trimmed,
        "loses fields with white space after the value"),
    answer_in("answer-reason-exact", heads::reason_exact,
        "requires the reason phrase Switching Protocols")
        .worst(Verdict::NonStrict),
    mutates("answer-ends-early", Mutation::BytesIn(heads::head_ends_early),
        "takes the end of a line for the end of the answer")
        .client().greeting().meant("client.response.no-empty-line*"),
    mutates("answer-cr-ends-lines", Mutation::BytesIn(heads::cr_ends_lines),
        "takes CR alone for the end of a line")
        .client().greeting().meant("client.response.lone-cr"),
    answer_in("answer-unusual-stalls", heads::unusual_unanswered,
        "goes silent on answers in an unusual form"),
    answer_in("answer-unextended-refused", heads::unextended_refused,
        "refuses an answer that declines what it offered")
        .meant("client.extensions.none"),
    mutates("answer-unread", Mutation::AnswerUnread(|_| false),
        "takes whatever it reads for the answer it wants")
        .client().greeting().meant("client.response.nothing-right"),
    mutates("answer-unusual-deafens", Mutation::AnswerUnread(heads::unusual),
        "takes whatever it reads for an answer, and reads nothing after an unusual one")
        .client().greeting().meant("client.response.*"),
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
