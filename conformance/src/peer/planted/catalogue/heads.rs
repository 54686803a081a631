//! Heads that an endpoint sends, and heads as it reads them.

use wsspec_reports::Verdict;

use super::super::builders::{answer_in, asks, asks_key, head_in, head_out, mutates};
use super::super::fault::PlantedFault;
use crate::peer::mutators::{Mutation, heads};

/// The rows.
#[rustfmt::skip]
pub(super) const ROWS: &[PlantedFault] = &[
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
];
