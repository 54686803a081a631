//! What only a peer over TLS can do wrong.

use wsspec_reports::Verdict;

use super::super::builders::over_tls;
use super::super::fault::PlantedFault;
use crate::peer::secured::TlsFault as T;

/// The rows.
#[rustfmt::skip]
pub(super) const ROWS: &[PlantedFault] = &[
    over_tls("tls-no-close-notify", T::NoCloseNotify, "ends TCP without close_notify").worst(Verdict::NonStrict)
        .meant("tls.wss.close-notify*"),
    over_tls("tls-clear-text-taken", T::TakesClearText, "opens a WebSocket in clear text on its TLS port").server()
        .meant("tls.wss.clear-text*"),
    over_tls("tls-clear-text-answered", T::AnswersClearText, "answers in clear text on its TLS port that it takes TLS only, which no rule forbids").server()
        .equivalent(),
    over_tls("tls-dies-of-garbage", T::DiesOfGarbage, "serves no one after bytes that are no ClientHello").server()
        .meant("tls.wss.hello-*"),
    over_tls("tls-begins-in-clear", T::BeginsInClear, "as a client, sends its request for a wss URL in clear text").client()
        .meant("tls.wss.hello-first"),
    over_tls("tls-falls-back", T::FallsBack, "as a client, goes on in clear text when TLS fails").client()
        .meant("tls.wss.failed-*"),
    over_tls("tls-any-certificate", T::TakesAnyCertificate, "as a client, takes any certificate").client()
        .meant("tls.wss.certificate-*"),
    over_tls("tls-validity-unchecked", T::IgnoresValidity, "as a client, takes a certificate that is not valid now").client()
        .meant("tls.wss.certificate-*"),
    over_tls("tls-name-unchecked", T::IgnoresName, "as a client, takes a certificate for another host").client()
        .meant("tls.wss.certificate-wrong-name"),
    over_tls("tls-authority-unchecked", T::IgnoresAuthority, "as a client, takes a certificate whoever issued it").client()
        .meant("tls.wss.certificate-unknown-authority"),
    over_tls("tls-no-server-name", T::NoServerName, "as a client, names no host in its ClientHello").client()
        .meant("tls.wss.sni-name"),
    over_tls("tls-server-name-unchecked", T::ServerNameUnchecked, "as a client, names addresses in its ClientHello, and hosts with their last dot").client().worst(Verdict::NonStrict)
        .meant("tls.wss.sni-*"),
    over_tls("tls-other-server-name", T::OtherServerName, "as a client, names another host in its ClientHello").client().worst(Verdict::NonStrict)
        .meant("tls.wss.sni-*"),
];
