//! The smallest streams that commit each violation.

use Violation as V;
use wsspec_core::Violation;

/// Frames to a server that is already open, masked with a key of zeros, so that payloads read as
/// they are.
pub(crate) const FRAMES: &[(Violation, &[u8], u64)] = &[
    (V::RsvSet, b"\xc1", 0),
    (V::OpcodeReserved, b"\x83", 0),
    (V::ControlFragmented, b"\x09", 0),
    (V::ContinuationOrphan, b"\x80", 0),
    (V::MessageInterleaved, b"\x01\x80\0\0\0\0\x81", 6),
    (V::MaskMissing, b"\x81\x00", 1),
    (V::ControlTooLong, b"\x89\xfe", 1),
    (V::CloseBodyOneByte, b"\x88\x81", 1),
    (V::LengthNotMinimal, b"\x81\xfe\0\x7d", 3),
    (V::LengthTopBit, b"\x81\xff\x80", 2),
    (V::MessageTooBig, b"\x82\xfe\x03\xe9", 3),
    (V::TextNotUtf8, b"\x81\x82\0\0\0\0\xce\x21", 7),
    // A character that the end of the message leaves unfinished: at the last byte there is, which
    // may be of a header
    (V::TextNotUtf8, b"\x81\x83\0\0\0\0ab\xce", 8),
    (V::TextNotUtf8, b"\x01\x81\0\0\0\0\xce\x80\x80\0\0\0\0", 12),
    (V::CloseCodeForbidden, b"\x88\x82\0\0\0\0\x03\xed", 7),
    (V::CloseCodeUnassigned, b"\x88\x82\0\0\0\0\x03\xec", 7),
    (V::CloseReasonNotUtf8, b"\x88\x83\0\0\0\0\x03\xe8\xff", 8),
];

/// Frames to a server that agreed on permessage-deflate without context takeover, with a window of
/// 256 bytes for the client.
pub(crate) const COMPRESSED: &[(Violation, &[u8], u64)] = &[
    (V::Rsv1Misplaced, b"\xc9", 0),
    (V::Rsv1Misplaced, b"\x01\x80\0\0\0\0\xc0", 6),
    (V::RsvSet, b"\xa1", 0),
    // Block type 3
    (V::DeflateInvalid, b"\xc2\x81\0\0\0\0\x06", 6),
    // A stored block of five bytes, of which three are there and four were put back
    (
        V::DeflateUnfinished,
        b"\xc2\x88\0\0\0\0\0\x08\0\xf7\xffabc",
        13,
    ),
    // A stored `Hello`, then in the next message `H` and four bytes from distance five
    (
        V::DeflateBeyondMessage,
        b"\xc2\x8b\0\0\0\0\0\x05\0\xfa\xffHello\0\xc2\x85\0\0\0\0\xf2\0\x11\0\0",
        25,
    ),
    // A run of `a` up to 1,001 bytes
    (
        V::MessageTooBig,
        b"\xc2\x8b\0\0\0\0\x4a\x4c\x1c\x05\xa3\x60\x14\x0c\x7b\0\0",
        15,
    ),
    // `c3` alone
    (
        V::TextNotUtf8,
        b"\xc1\x87\0\0\0\0\0\x01\0\xfe\xff\xc3\0",
        12,
    ),
];

/// Requests: what to replace in a conforming one, and by what.
pub(crate) const REQUESTS: &[(Violation, &str, &str)] = &[
    (
        V::HeadTooLarge,
        "/chat",
        "/chat/that/leads/nowhere/and/takes/its/time/to/get/there/and/then/is/too/long/for/the/limit/of/this/server",
    ),
    (V::LineEndBare, "1.1\r\n", "1.1\n"),
    (V::StartLineMalformed, "HTTP/1.1", "HTTP"),
    (V::FieldMalformed, "Host: ", "Host "),
    (V::MethodNotGet, "GET", "PUT"),
    (V::HttpVersionTooLow, "HTTP/1.1", "HTTP/1.0"),
    (V::TargetMalformed, "/chat", "chat"),
    (V::HostMissing, "Host", "Ghost"),
    (V::HostInvalid, "example.org", "a b"),
    (V::UpgradeMissing, "Upgrade: websocket", "Upgrade: socket"),
    (
        V::ConnectionMissing,
        "Connection: Upgrade",
        "Connection: close",
    ),
    (V::KeyMissing, "-Key", "-Quay"),
    (V::KeyMalformed, "ZQ==", ""),
    (
        V::KeyRepeated,
        "Sec-WebSocket-V",
        "Sec-WebSocket-Key: x\r\nSec-WebSocket-V",
    ),
    (V::VersionMissing, "-Version", "-Virgin"),
    (V::VersionUnsupported, ": 13", ": 14"),
    (
        V::VersionRepeated,
        "-Version: 13",
        "-Version: 13\r\nSec-WebSocket-Version: 13",
    ),
    (
        V::SubprotocolMalformed,
        ": 13",
        ": 13\r\nSec-WebSocket-Protocol: a, a",
    ),
    (
        V::ExtensionMalformed,
        ": 13",
        ": 13\r\nSec-WebSocket-Extensions: ;",
    ),
    (V::BodyPresent, ": 13", ": 13\r\nContent-Length: 1"),
];

/// Responses to the sample key, likewise.
pub(crate) const RESPONSES: &[(Violation, &str, &str)] = &[
    (V::StatusNot101, "101", "200"),
    (V::ResponseVersionTooLow, "HTTP/1.1", "HTTP/1.0"),
    (V::ResponseUpgradeWrong, ": websocket", ": socket"),
    (
        V::ResponseConnectionWrong,
        "Connection: Upgrade",
        "Connection: close",
    ),
    (V::AcceptMissing, "-Accept", "-Except"),
    (V::AcceptWrong, "s3pP", "s3pp"),
    (
        V::AcceptRepeated,
        "Upgrade: w",
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nUpgrade: w",
    ),
    (
        V::ExtensionUnoffered,
        "Upgrade: w",
        "Sec-WebSocket-Extensions: x\r\nUpgrade: w",
    ),
    (
        V::ResponseExtensionMalformed,
        "Upgrade: w",
        "Sec-WebSocket-Extensions: ;\r\nUpgrade: w",
    ),
    (
        V::ExtensionRepeated,
        "Upgrade: w",
        "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=8; server_no_context_takeover, permessage-deflate\r\nUpgrade: w",
    ),
    (
        V::SubprotocolUnoffered,
        "Upgrade: w",
        "Sec-WebSocket-Protocol: x\r\nUpgrade: w",
    ),
    (
        V::SubprotocolRepeated,
        "Upgrade: w",
        "Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Protocol: chat\r\nUpgrade: w",
    ),
];

/// Responses to `permessage-deflate; server_no_context_takeover; server_max_window_bits=10`: what
/// follows the name of the extension.
pub(crate) const ANSWERS: &[(Violation, &str)] = &[
    (
        V::DeflateParameterUnknown,
        "; server_no_context_takeover; server_max_window_bits=10; x",
    ),
    (
        V::DeflateParameterRepeated,
        "; server_no_context_takeover; server_no_context_takeover",
    ),
    (
        V::DeflateParameterUnoffered,
        "; server_no_context_takeover; server_max_window_bits=10; client_max_window_bits=10",
    ),
    (V::DeflateParameterIgnored, "; server_max_window_bits=10"),
    (V::DeflateParameterIgnored, "; server_no_context_takeover"),
    (
        V::DeflateValueMissing,
        "; server_no_context_takeover; server_max_window_bits",
    ),
    (
        V::DeflateValueUnexpected,
        "; server_no_context_takeover=1; server_max_window_bits=10",
    ),
    (
        V::DeflateValueNotDecimal,
        "; server_no_context_takeover; server_max_window_bits=0xa",
    ),
    (
        V::DeflateValueLeadingZero,
        "; server_no_context_takeover; server_max_window_bits=09",
    ),
    (
        V::DeflateWindowOutOfRange,
        "; server_no_context_takeover; server_max_window_bits=7",
    ),
    (
        V::DeflateWindowOutOfRange,
        "; server_no_context_takeover; server_max_window_bits=16",
    ),
    (
        V::DeflateWindowLarger,
        "; server_no_context_takeover; server_max_window_bits=11",
    ),
];

pub(crate) const REQUEST: &str = "GET /chat HTTP/1.1\r\nHost: example.org\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

pub(crate) const RESPONSE: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// None of these ends a connection: a reader stops at Close, a 101 response has no body whatever it
/// announces, nothing is lost with the space after the status code, and the window is 15 anyway.
pub(crate) const NEVER_ANSWERED: [Violation; 4] = [
    V::DataAfterClose,
    V::ResponseBody,
    V::StatusBlankMissing,
    V::DeflateWindowUnanswered,
];
