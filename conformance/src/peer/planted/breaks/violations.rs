//! Which requirements bind an endpoint that reads a violation.

use wsspec_core::violation::{Answer, Violation as V};

/// The server abandons a request that departs from the described handshake, with an HTTP error.
const REFUSE_REQUEST: &str = "RFC6455-4.2.1-1";

/// The requirements on the reader of each violation, where there is more to say than
/// [`V::requirement`], which may be the one on the sender.
#[rustfmt::skip]
const READ: &[(V, &[&str])] = &[
    (V::MessageTooBig, &["RFC6455-10.4-1", "RFC6455-7.4.1-10"]),
    (V::TextNotUtf8, &["RFC6455-8.1-1", "RFC3629-3-3"]),
    (V::CloseCodeForbidden, &["RFC6455-7.4.1-6"]),
    (V::CloseCodeUnassigned, &["RFC6455-7.4.2-1", "RFC6455-7.4.2-3"]),
    (V::CloseReasonNotUtf8, &["RFC6455-5.5.1-4", "RFC6455-8.1-1"]),
    (V::DeflateUnfinished, &["RFC7692-7.2.2-1", "RFC7692-7.2.2-2"]),
    (V::DeflateBeyondWindow, &["RFC7692-7.2.2-2"]),
    (V::DeflateBeyondMessage, &["RFC7692-7.2.2-2"]),
    (V::HeadTooLarge, &["RFC6455-10.4-1", "RFC6455-10.7-3"]),
    (V::TargetMalformed, &["RFC9112-3.2.3-1", REFUSE_REQUEST]),
    (V::HttpVersionTooLow, &["RFC6455-4.2.1-3", "RFC9110-7.8-7"]),
    (V::HostMissing, &["RFC6455-4.2.1-5", "RFC9112-3.2-1"]),
    (V::HostInvalid, &["RFC9112-3.2-1", "RFC6455-4.2.1-5"]),
    (V::UpgradeMissing, &["RFC6455-4.2.1-6", "RFC9110-7.8-4"]),
    (V::VersionUnsupported, &["RFC6455-4.2.2-8", "RFC6455-4.2.1-12"]),
    (V::StatusNot101, &["RFC6455-4.1-35", "RFC8441-5-5"]),
    (V::ExtensionUnoffered, &["RFC6455-4.1-41", "RFC7692-5-14"]),
    (V::ExtensionRepeated, &["RFC7692-5-9", "RFC7692-5-14"]),
    (V::DeflateParameterUnknown, &["RFC7692-7-3", "RFC7692-5-14"]),
    (V::DeflateParameterRepeated, &["RFC7692-7-3", "RFC7692-5-14"]),
    (V::DeflateValueMissing, &["RFC7692-7-3", "RFC7692-5-14"]),
    (V::DeflateValueUnexpected, &["RFC7692-7-3", "RFC7692-5-14"]),
    (V::DeflateValueNotDecimal, &["RFC7692-7-3", "RFC7692-5-14"]),
    (V::DeflateValueLeadingZero, &["RFC7692-7-3", "RFC7692-5-14"]),
    (V::DeflateWindowOutOfRange, &["RFC7692-7-3", "RFC7692-5-14"]),
    (V::DeflateParameterIgnored, &["RFC7692-5-14", "RFC7692-7-3"]),
    (V::DeflateWindowLarger, &["RFC7692-5-14", "RFC7692-7-3"]),
    (V::SubprotocolRepeated, &["RFC6455-11.3.4-3"]),
];

/// The requirements, at most two, that an endpoint breaks which does not do about `violation` what
/// it has to.
pub(super) fn on_the_reader(violation: V) -> Vec<&'static str> {
    if let Some((_, requirements)) = READ.iter().find(|(v, _)| *v == violation) {
        return requirements.to_vec();
    }
    match violation.answer() {
        Answer::Status(_) => vec![violation.requirement(), REFUSE_REQUEST],
        _ => vec![violation.requirement()],
    }
}
