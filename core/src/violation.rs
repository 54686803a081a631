//! Every departure from the standard that this crate detects, as one table.
//!
//! A row gives the variant, its stable name (used in vectors, reports and fault names), the clause
//! it breaks, the level of that clause, the answer the RFC asks for, and a one-line meaning.
//! Parsers report these variants; what an endpoint does about them is a
//! [`Policy`](crate::policy::Policy).

use std::fmt;

/// A section of an RFC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Clause {
    /// The number of the RFC, for example 6455.
    pub rfc: u16,
    /// The section, for example `5.1`.
    pub section: &'static str,
}

impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RFC {} §{}", self.rfc, self.section)
    }
}

/// The requirement level of a clause (RFC 2119).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Level {
    /// MUST or MUST NOT.
    Must,
    /// SHOULD or SHOULD NOT.
    Should,
}

/// What a conforming endpoint answers to a violation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    /// A Close frame with this code, then the end of the connection (_Fail the WebSocket
    /// Connection_).
    Close(u16),
    /// An HTTP response with this status. The connection never opens.
    Status(u16),
    /// The client ends the connection before it has opened.
    Abort,
    /// No answer is possible or needed.
    Nothing,
}

/// A violation and the byte that proves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fault {
    /// The rule that is broken.
    pub violation: Violation,
    /// Offset in the stream of the first byte that proves it. If something is missing: the last
    /// byte of what should have held it.
    pub offset: u64,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} ({}) at byte {}",
            self.violation.meaning(),
            self.violation.clause(),
            self.offset
        )
    }
}

impl std::error::Error for Fault {}

macro_rules! violations {
    ($($variant:ident $name:literal $rfc:literal $section:literal $requirement:literal $level:ident $answer:expr => $meaning:literal;)*) => {
        /// A departure from the standard.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        #[repr(u8)]
        pub enum Violation {
            $(#[doc = concat!($meaning, " (RFC ", stringify!($rfc), " §", $section, ").")] $variant,)*
        }

        impl Violation {
            /// Every violation, in the order of the table.
            pub const ALL: &'static [Violation] = &[$(Violation::$variant,)*];

            /// The stable name, for example `mask-missing`.
            pub const fn name(self) -> &'static str {
                match self { $(Violation::$variant => $name,)* }
            }

            /// The clause it breaks.
            pub const fn clause(self) -> Clause {
                match self { $(Violation::$variant => Clause { rfc: $rfc, section: $section },)* }
            }

            /// The id of the requirement in `vectors/requirements.json`.
            pub const fn requirement(self) -> &'static str {
                match self { $(Violation::$variant => $requirement,)* }
            }

            /// The requirement level of the clause.
            pub const fn level(self) -> Level {
                match self { $(Violation::$variant => Level::$level,)* }
            }

            /// What a conforming endpoint answers.
            pub const fn answer(self) -> Answer {
                match self { $(Violation::$variant => $answer,)* }
            }

            /// Whether it is about the head of a request or an answer, and not about frames.
            pub const fn is_of_a_head(self) -> bool {
                matches!(self.answer(), Answer::Status(_) | Answer::Abort)
            }

            /// What is wrong, in one line.
            pub const fn meaning(self) -> &'static str {
                match self { $(Violation::$variant => $meaning,)* }
            }
        }
    };
}

use Answer::{Abort, Close, Nothing, Status};

violations! {
    // Frames, in the order of the bytes that show them.
    RsvSet "rsv-set" 6455 "5.2" "RFC6455-5.2-3" Must Close(1002) => "a reserved bit is set that no agreed extension gives a meaning";
    OpcodeReserved "opcode-reserved" 6455 "5.2" "RFC6455-5.2-4" Must Close(1002) => "the opcode is reserved";
    ControlFragmented "control-fragmented" 6455 "5.4" "RFC6455-5.4-3" Must Close(1002) => "a control frame is fragmented (FIN is 0)";
    ContinuationOrphan "continuation-orphan" 6455 "5.4" "RFC6455-5.4-6" Must Close(1002) => "a continuation frame has no message to continue";
    MessageInterleaved "message-interleaved" 6455 "5.4" "RFC6455-5.4-5" Must Close(1002) => "a new message begins before the last one is finished";
    MaskMissing "mask-missing" 6455 "5.1" "RFC6455-5.1-2" Must Close(1002) => "a frame from the client is not masked";
    MaskUnexpected "mask-unexpected" 6455 "5.1" "RFC6455-5.1-5" Must Close(1002) => "a frame from the server is masked";
    ControlTooLong "control-too-long" 6455 "5.5" "RFC6455-5.5-1" Must Close(1002) => "a control frame carries more than 125 bytes";
    CloseBodyOneByte "close-body-one-byte" 6455 "5.5.1" "RFC6455-5.5.1-2" Must Close(1002) => "a Close body of one byte cannot hold a close code";
    LengthNotMinimal "length-not-minimal" 6455 "5.2" "RFC6455-5.2-7" Must Close(1002) => "the payload length is not written in the fewest bytes";
    LengthTopBit "length-top-bit" 6455 "5.2" "RFC6455-5.2-5" Must Close(1002) => "the most significant bit of the 64-bit payload length is 1";
    MessageTooBig "message-too-big" 6455 "7.4.1" "RFC6455-10.4-1" Must Close(1009) => "the message is larger than this endpoint accepts";
    TextNotUtf8 "text-not-utf8" 6455 "8.1" "RFC6455-8.1-1" Must Close(1007) => "a text message is not UTF-8";
    CloseCodeForbidden "close-code-forbidden" 6455 "7.4.1" "RFC6455-7.4.1-3" Must Close(1002) => "the close code must never appear on the wire (1005, 1006, 1015)";
    CloseCodeUnassigned "close-code-unassigned" 6455 "7.4.2" "RFC6455-7.4.2-1" Must Close(1002) => "the close code has no meaning (below 1000, 1004, 1016 to 2999, above 4999)";
    CloseReasonNotUtf8 "close-reason-not-utf8" 6455 "5.5.1" "RFC6455-5.5.1-4" Must Close(1007) => "the close reason is not UTF-8";
    Rsv1Misplaced "rsv1-misplaced" 7692 "6.1" "RFC7692-6.1-4" Must Close(1002) => "RSV1 is set on a control frame or a later fragment";
    DeflateInvalid "deflate-invalid" 7692 "7.2.2" "RFC7692-7.2.2-2" Must Close(1007) => "a compressed message is not valid DEFLATE";
    DeflateUnfinished "deflate-unfinished" 7692 "7.2.1" "RFC7692-7.2.1-1" Must Close(1007) => "a compressed message does not end with a flush (without its 00 00 FF FF)";
    DeflateBeyondWindow "deflate-beyond-window" 7692 "7.1.2" "RFC7692-7.2.1-12" Must Close(1007) => "a compressed message refers further back than the agreed window";
    DeflateBeyondMessage "deflate-beyond-message" 7692 "7.1.1" "RFC7692-7.2.1-8" Must Close(1007) => "a compressed message refers to an earlier one despite no_context_takeover";
    DataAfterClose "data-after-close" 6455 "5.5.1" "RFC6455-5.5.1-7" Must Nothing => "a data frame follows the Close frame";

    // The head of either handshake.
    HeadTooLarge "head-too-large" 6455 "10.4" "RFC6455-10.4-1" Should Status(431) => "the head is larger than this endpoint accepts";
    LineEndBare "line-end-bare" 9112 "2.2" "RFC9112-2.2-2" Should Status(400) => "a line ends with LF alone";
    StartLineMalformed "start-line-malformed" 9112 "2.2" "RFC9112-2.2-6" Should Status(400) => "the first line is not that of an HTTP message";
    FieldMalformed "field-malformed" 9112 "5.1" "RFC9112-5.1-1" Must Status(400) => "a header field is malformed";
    EndInHead "end-in-head" 6455 "4.2.1" "RFC6455-4.2.1-1" Must Nothing => "the stream ends before the head does";

    // The request, as a server reads it.
    MethodNotGet "method-not-get" 6455 "4.2.1" "RFC6455-4.2.1-2" Must Status(405) => "the method is not GET";
    HttpVersionTooLow "http-version-too-low" 6455 "4.2.1" "RFC6455-4.2.1-3" Must Status(400) => "the HTTP version is below 1.1";
    TargetMalformed "target-malformed" 6455 "4.2.1" "RFC6455-4.2.1-4" Must Status(400) => "the request target is neither a path nor an absolute URI";
    HostMissing "host-missing" 6455 "4.2.1" "RFC6455-4.2.1-5" Must Status(400) => "the Host field is missing";
    HostInvalid "host-invalid" 9112 "3.2" "RFC9112-3.2-1" Must Status(400) => "the Host field is repeated or is not a host";
    UpgradeMissing "upgrade-missing" 6455 "4.2.1" "RFC6455-4.2.1-6" Must Status(426) => "the Upgrade field does not name websocket";
    ConnectionMissing "connection-missing" 6455 "4.2.1" "RFC6455-4.2.1-8" Must Status(400) => "the Connection field does not list Upgrade";
    KeyMissing "key-missing" 6455 "4.2.1" "RFC6455-4.2.1-9" Must Status(400) => "the Sec-WebSocket-Key field is missing or empty";
    KeyMalformed "key-malformed" 6455 "4.2.1" "RFC6455-4.2.1-10" Must Status(400) => "the Sec-WebSocket-Key is not the base64 of 16 bytes";
    KeyRepeated "key-repeated" 6455 "11.3.1" "RFC6455-11.3.1-2" Must Status(400) => "the Sec-WebSocket-Key field is repeated";
    VersionMissing "version-missing" 6455 "4.2.1" "RFC6455-4.2.1-12" Must Status(400) => "the Sec-WebSocket-Version field is missing";
    VersionUnsupported "version-unsupported" 6455 "4.2.2" "RFC6455-4.2.2-8" Must Status(426) => "the Sec-WebSocket-Version is not 13";
    VersionRepeated "version-repeated" 6455 "11.3.5" "RFC6455-11.3.5-3" Must Status(400) => "the Sec-WebSocket-Version field is repeated";
    SubprotocolMalformed "subprotocol-malformed" 6455 "4.2.1" "RFC6455-4.2.1-14" Must Status(400) => "the Sec-WebSocket-Protocol field is not a list of distinct tokens";
    ExtensionMalformed "extension-malformed" 6455 "9.1" "RFC6455-9.1-1" Must Status(400) => "the Sec-WebSocket-Extensions field breaks its grammar";
    BodyPresent "body-present" 9112 "6" "RFC9112-6-1" Must Status(400) => "the opening request has a body";

    // The response, as a client reads it.
    StatusNot101 "status-not-101" 6455 "4.1" "RFC6455-4.1-35" Must Abort => "the status is not 101";
    ResponseVersionTooLow "response-version-too-low" 9112 "4" "RFC9112-4-1" Must Abort => "the HTTP version of the response is below 1.1";
    ResponseUpgradeWrong "response-upgrade-wrong" 6455 "4.1" "RFC6455-4.1-37" Must Abort => "the Upgrade field of the response is not websocket";
    ResponseConnectionWrong "response-connection-wrong" 6455 "4.1" "RFC6455-4.1-38" Must Abort => "the Connection field of the response does not list Upgrade";
    AcceptMissing "accept-missing" 6455 "4.1" "RFC6455-4.1-39" Must Abort => "the Sec-WebSocket-Accept field is missing";
    AcceptWrong "accept-wrong" 6455 "4.1" "RFC6455-4.1-39" Must Abort => "the Sec-WebSocket-Accept value does not answer the key";
    AcceptRepeated "accept-repeated" 6455 "11.3.3" "RFC6455-11.3.3-2" Must Abort => "the Sec-WebSocket-Accept field is repeated";
    ExtensionUnoffered "extension-unoffered" 6455 "4.1" "RFC6455-4.1-41" Must Abort => "the response names an extension that was not offered";
    ResponseExtensionMalformed "response-extension-malformed" 6455 "9.1" "RFC6455-9.1-1" Must Abort => "the Sec-WebSocket-Extensions field of the response breaks its grammar";
    ExtensionRepeated "extension-repeated" 7692 "5" "RFC7692-5-9" Must Abort => "the response accepts permessage-deflate twice";
    DeflateParameterUnknown "deflate-parameter-unknown" 7692 "7" "RFC7692-7-3" Must Abort => "the response has a parameter that permessage-deflate does not define";
    DeflateParameterRepeated "deflate-parameter-repeated" 7692 "7" "RFC7692-7-3" Must Abort => "the response has a parameter of permessage-deflate twice";
    DeflateParameterUnoffered "deflate-parameter-unoffered" 7692 "7.1.2.2" "RFC7692-7.1.2.2-7" Must Abort => "the response has client_max_window_bits, which was not offered";
    DeflateParameterIgnored "deflate-parameter-ignored" 7692 "7.1" "RFC7692-7.1.2.1-3" Must Abort => "the response accepts an offer without the server_no_context_takeover or server_max_window_bits in it";
    DeflateWindowUnanswered "deflate-window-unanswered" 7692 "7.1.2.1" "RFC7692-7.1.2.1-3" Must Nothing => "the response leaves out a server_max_window_bits of 15 that was offered, which means the same";
    DeflateValueMissing "deflate-value-missing" 7692 "7.1.2" "RFC7692-7-3" Must Abort => "a window size in the response has no value";
    DeflateValueUnexpected "deflate-value-unexpected" 7692 "7.1.1" "RFC7692-7-3" Must Abort => "a no_context_takeover in the response has a value";
    DeflateValueNotDecimal "deflate-value-not-decimal" 7692 "7.1.2" "RFC7692-7-3" Must Abort => "a window size in the response is not a decimal number";
    DeflateValueLeadingZero "deflate-value-leading-zero" 7692 "7.1.2" "RFC7692-7-3" Must Abort => "a window size in the response has a leading zero";
    DeflateWindowOutOfRange "deflate-window-out-of-range" 7692 "7.1.2" "RFC7692-7-3" Must Abort => "a window size in the response is not from 8 to 15";
    DeflateWindowLarger "deflate-window-larger" 7692 "7.1.2.1" "RFC7692-7.1.2.1-3" Must Abort => "the server_max_window_bits in the response is larger than the one in the offer";
    SubprotocolUnoffered "subprotocol-unoffered" 6455 "4.1" "RFC6455-4.1-42" Must Abort => "the response names a subprotocol that was not offered";
    SubprotocolRepeated "subprotocol-repeated" 6455 "4.2.2" "RFC6455-4.2.2-12" Must Abort => "the response names more than one subprotocol";
    ResponseBody "response-body" 9112 "6.1" "RFC9112-6.1-1" Must Nothing => "the 101 response announces a body";
    StatusBlankMissing "status-blank-missing" 9112 "4" "RFC9112-4-2" Must Nothing => "the status line of the response ends without the space after the status code";
}

impl Violation {
    /// Finds a violation by its stable [`name`](Self::name).
    pub fn from_name(name: &str) -> Option<Violation> {
        Violation::ALL.iter().copied().find(|v| v.name() == name)
    }

    /// Returns the fault of breaking this rule with the byte at `offset`.
    pub const fn at(self, offset: u64) -> Fault {
        Fault {
            violation: self,
            offset,
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.meaning())
    }
}

/// A set of violations.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ViolationSet(u128);

impl ViolationSet {
    /// No violation.
    pub const NONE: ViolationSet = ViolationSet(0);
    /// Every violation.
    pub const ALL: ViolationSet = ViolationSet(u128::MAX);

    /// The set with `violation` added.
    #[must_use]
    pub const fn with(self, violation: Violation) -> Self {
        ViolationSet(self.0 | 1 << violation as u8)
    }

    /// What is in either set.
    #[must_use]
    pub const fn union(self, other: ViolationSet) -> Self {
        ViolationSet(self.0 | other.0)
    }

    /// The set without `violation`.
    #[must_use]
    pub const fn without(self, violation: Violation) -> Self {
        ViolationSet(self.0 & !(1 << violation as u8))
    }

    /// Whether the set holds `violation`.
    pub const fn contains(self, violation: Violation) -> bool {
        self.0 >> violation as u8 & 1 == 1
    }
}

impl FromIterator<Violation> for ViolationSet {
    fn from_iter<I: IntoIterator<Item = Violation>>(violations: I) -> Self {
        violations.into_iter().fold(Self::NONE, Self::with)
    }
}

impl fmt::Debug for ViolationSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(
                Violation::ALL
                    .iter()
                    .filter(|v| self.contains(**v))
                    .map(|v| v.name()),
            )
            .finish()
    }
}

const _: () = assert!(Violation::ALL.len() <= u128::BITS as usize);

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_are_unique_slugs_that_lead_back() {
        let names: HashSet<_> = Violation::ALL.iter().map(|v| v.name()).collect();
        assert_eq!(names.len(), Violation::ALL.len());
        for v in Violation::ALL {
            assert!(
                v.name()
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            );
            assert_eq!(Violation::from_name(v.name()), Some(*v));
            assert!(
                v.requirement()
                    .starts_with(&format!("RFC{}-", v.clause().rfc)),
                "{}",
                v.name()
            );
        }
    }
}
