//! The rules on the bytes of a target, as a table.

use wsspec_core::violation::Violation as V;
use wsspec_reports::Impact;

/// A rule, as it binds the sender.
pub(super) struct Rule {
    pub(super) violation: V,
    /// The requirement on the sender.
    pub(super) requirement: &'static str,
    pub(super) impact: Impact,
    pub(super) about: &'static str,
    pub(super) binds: Binds,
}

/// Whom a rule binds.
#[derive(PartialEq)]
pub(super) enum Binds {
    Both,
    Server,
    Client,
}

const fn rule(
    violation: V,
    requirement: &'static str,
    impact: Impact,
    about: &'static str,
) -> Rule {
    Rule {
        violation,
        requirement,
        impact,
        about,
        binds: Binds::Both,
    }
}

/// A rule on the 101, which only a server sends.
const fn answer(violation: V, requirement: &'static str, about: &'static str) -> Rule {
    Rule {
        violation,
        requirement,
        impact: Impact::Interop,
        about,
        binds: Binds::Server,
    }
}

/// The rules.
pub(super) const RULES: &[Rule] = &[
    answer(
        V::AcceptWrong,
        "RFC6455-4.2.2-7",
        "The 101 carries the Sec-WebSocket-Accept that answers the key.",
    ),
    answer(
        V::AcceptMissing,
        "RFC6455-4.2.2-7",
        "The 101 carries a Sec-WebSocket-Accept.",
    ),
    answer(
        V::AcceptRepeated,
        "RFC6455-11.3.3-1",
        "The 101 carries one Sec-WebSocket-Accept.",
    ),
    answer(
        V::ResponseUpgradeWrong,
        "RFC6455-4.2.2-17",
        "The 101 carries Upgrade: websocket.",
    ),
    answer(
        V::ResponseConnectionWrong,
        "RFC6455-4.2.2-18",
        "The 101 lists Upgrade in Connection.",
    ),
    answer(
        V::ResponseVersionTooLow,
        "RFC6455-4.2.2-15",
        "The 101 is an HTTP/1.1 response.",
    ),
    answer(
        V::ExtensionUnoffered,
        "RFC6455-4.2.2-13",
        "Only extensions that were offered are accepted.",
    ),
    answer(
        V::ResponseExtensionMalformed,
        "RFC6455-9.1-1",
        "The extensions of the 101 follow the grammar.",
    ),
    answer(
        V::ExtensionRepeated,
        "RFC7692-5-8",
        "permessage-deflate is accepted once.",
    ),
    answer(
        V::DeflateParameterUnknown,
        "RFC6455-9-3",
        "Only parameters that permessage-deflate defines are answered.",
    ),
    answer(
        V::DeflateParameterRepeated,
        "RFC6455-9-3",
        "No parameter of permessage-deflate is answered twice.",
    ),
    answer(
        V::DeflateParameterUnoffered,
        "RFC7692-7.1.2.2-6",
        "client_max_window_bits is answered only where offered.",
    ),
    answer(
        V::DeflateParameterIgnored,
        "RFC7692-7.1.1.1-2",
        "What an offer asks of the server is part of the answer.",
    ),
    answer(
        V::DeflateWindowUnanswered,
        "RFC7692-7.1.2.1-3",
        "A server_max_window_bits of 15 is answered, too.",
    ),
    answer(
        V::DeflateValueMissing,
        "RFC7692-7.1.2.2-4",
        "A window in the answer has a size.",
    ),
    answer(
        V::DeflateValueUnexpected,
        "RFC6455-9-3",
        "A no_context_takeover in the answer has no value.",
    ),
    answer(
        V::DeflateValueNotDecimal,
        "RFC7692-7.1.2.1-4",
        "A window size in the answer is a decimal number.",
    ),
    answer(
        V::DeflateValueLeadingZero,
        "RFC7692-7.1.2.1-4",
        "A window size in the answer has no leading zero.",
    ),
    answer(
        V::DeflateWindowOutOfRange,
        "RFC7692-7.1.2.1-4",
        "A window size in the answer is from 8 to 15.",
    ),
    answer(
        V::DeflateWindowLarger,
        "RFC7692-7.1.2.1-3",
        "server_max_window_bits is answered no larger than offered.",
    ),
    answer(
        V::LineEndBare,
        "RFC6455-4.2.2-15",
        "The lines of the 101 end with CR LF.",
    ),
    answer(
        V::SubprotocolUnoffered,
        "RFC6455-4.2.2-10",
        "Only a subprotocol that was offered is chosen.",
    ),
    answer(
        V::SubprotocolRepeated,
        "RFC6455-4.2.2-12",
        "At most one subprotocol is chosen.",
    ),
    answer(
        V::ResponseBody,
        "RFC9112-6.1-1",
        "The 101 announces no body.",
    ),
    Rule {
        impact: Impact::Pedantic,
        ..answer(
            V::StatusBlankMissing,
            "RFC9112-4-2",
            "In the status line of the 101, a space follows the status.",
        )
    },
    Rule {
        binds: Binds::Server,
        ..rule(
            V::MaskUnexpected,
            "RFC6455-5.1-4",
            Impact::Interop,
            "A server does not mask the frames it sends.",
        )
    },
    Rule {
        binds: Binds::Client,
        ..rule(
            V::MaskMissing,
            "RFC6455-5.1-1",
            Impact::Security,
            "A client masks every frame it sends.",
        )
    },
    rule(
        V::RsvSet,
        "RFC6455-5.2-2",
        Impact::Interop,
        "Reserved bits are 0 where no extension gives them a meaning.",
    ),
    rule(
        V::OpcodeReserved,
        "RFC6455-6.1-2",
        Impact::Interop,
        "Reserved opcodes are not sent.",
    ),
    rule(
        V::ControlFragmented,
        "RFC6455-5.4-3",
        Impact::Interop,
        "Control frames are not fragmented.",
    ),
    rule(
        V::ControlTooLong,
        "RFC6455-5.5-2",
        Impact::Interop,
        "Control frames carry at most 125 bytes.",
    ),
    rule(
        V::ContinuationOrphan,
        "RFC6455-5.4-6",
        Impact::Interop,
        "Continuation frames continue a message.",
    ),
    rule(
        V::MessageInterleaved,
        "RFC6455-5.4-5",
        Impact::Interop,
        "A message is finished before the next begins.",
    ),
    rule(
        V::LengthNotMinimal,
        "RFC6455-5.2-6",
        Impact::Interop,
        "Payload lengths are written in the fewest bytes.",
    ),
    rule(
        V::LengthTopBit,
        "RFC6455-5.2-5",
        Impact::Interop,
        "The top bit of a 64-bit length is 0.",
    ),
    rule(
        V::TextNotUtf8,
        "RFC6455-5.6-1",
        Impact::Data,
        "Text messages are UTF-8.",
    ),
    rule(
        V::CloseBodyOneByte,
        "RFC6455-5.5.1-2",
        Impact::Interop,
        "A Close body is empty or holds a whole code.",
    ),
    rule(
        V::CloseCodeForbidden,
        "RFC6455-7.4.1-3",
        Impact::Interop,
        "1005, 1006 and 1015 never appear on the wire.",
    ),
    rule(
        V::CloseCodeUnassigned,
        "RFC6455-5.5.1-18",
        Impact::Interop,
        "Close codes sent have a meaning.",
    ),
    rule(
        V::CloseReasonNotUtf8,
        "RFC6455-5.5.1-3",
        Impact::Interop,
        "Close reasons are UTF-8.",
    ),
    rule(
        V::Rsv1Misplaced,
        "RFC7692-6.1-3",
        Impact::Interop,
        "RSV1 is set on the first frame of a message alone.",
    ),
    rule(
        V::DeflateInvalid,
        "RFC7692-6.1-1",
        Impact::Data,
        "Compressed messages are DEFLATE.",
    ),
    rule(
        V::DeflateUnfinished,
        "RFC7692-7.2.1-1",
        Impact::Data,
        "Compressed messages end with a flush, less its tail.",
    ),
    Rule {
        binds: Binds::Server,
        ..rule(
            V::DeflateBeyondWindow,
            "RFC7692-7.2.1-14",
            Impact::Data,
            "The agreed server_max_window_bits is kept.",
        )
    },
    Rule {
        binds: Binds::Client,
        ..rule(
            V::DeflateBeyondWindow,
            "RFC7692-7.2.1-12",
            Impact::Data,
            "The agreed client_max_window_bits is kept.",
        )
    },
    Rule {
        binds: Binds::Server,
        ..rule(
            V::DeflateBeyondMessage,
            "RFC7692-7.2.1-10",
            Impact::Data,
            "The agreed server_no_context_takeover is kept.",
        )
    },
    Rule {
        binds: Binds::Client,
        ..rule(
            V::DeflateBeyondMessage,
            "RFC7692-7.2.1-8",
            Impact::Data,
            "The agreed client_no_context_takeover is kept.",
        )
    },
    rule(
        V::DataAfterClose,
        "RFC6455-5.5.1-7",
        Impact::Interop,
        "No data frame follows a Close frame.",
    ),
];
