//! What only a peer over streams can do wrong, here over HTTP/3.

use wsspec_reports::Verdict;

use super::super::builders::over_h3;
use super::super::fault::PlantedFault;
use crate::peer::gateway::GatewayFault as G;

/// The rows.
#[rustfmt::skip]
pub(super) const ROWS: &[PlantedFault] = &[
    over_h3("h3-announced-as-2", G::AnnouncedAsTwo, "announces extended CONNECT over HTTP/3 with the value 2").server()
        .meant("h3.settings.announced"),
    over_h3("h3-not-announced", G::NotAnnounced, "serves extended CONNECT over HTTP/3 without announcing it").server().worst(Verdict::Informational)
        .meant("h3.settings.announced"),
    over_h3("h3-settings-twice", G::Withdrawn, "sends a second SETTINGS frame over HTTP/3").server().meant("passive.h3-settings-repeated"),
    over_h3("h3-settings-not-first", G::SettingsNotFirst, "begins its control stream with another frame than SETTINGS").meant("passive.h3-settings-missing"),
    over_h3("h3-setting-of-h2", G::SettingOfHttp2, "announces a setting over HTTP/3 that only HTTP/2 has").meant("passive.h3-setting-of-http2"),
    over_h3("h3-encoder-inserts", G::EncoderInserts, "changes a table of QPACK that has no room").meant("passive.h3-encoder-instruction-invalid"),
    over_h3("h3-control-stream-ended", G::ControlStreamEnded, "ends its control stream").server().meant("passive.h3-control-stream-closed"),
    over_h3("h3-control-stream-twice", G::SecondControlStream, "opens a second control stream").server().meant("passive.h3-control-stream-repeated"),
    over_h3("h3-opens-request-stream", G::OpensBidirectional, "as a server, opens a bidirectional stream").server().meant("passive.h3-server-opens-bidirectional"),
    over_h3("h3-fields-in-tunnel", G::FieldsInTunnel, "sends fields after those that open a stream of HTTP/3").server().meant("passive.h3-frame-in-tunnel"),
    over_h3("h3-ends-within-frame", G::EndsWithinFrame, "ends a stream of HTTP/3 within a frame").server().meant("passive.h3-frame-truncated"),
    over_h3("h3-any-protocol", G::AnyProtocol, "opens a WebSocket for any CONNECT over HTTP/3").server()
        .meant("h3.connect.*protocol*"),
    over_h3("h3-any-method", G::AnyMethod, "opens a WebSocket for :protocol in any request over HTTP/3").server()
        .meant("h3.connect.protocol-on-*"),
    over_h3("h3-path-unchecked", G::PathUnchecked, "takes a request over HTTP/3 without :path or :scheme").server()
        .meant("h3.connect.without-*"),
    over_h3("h3-fields-unchecked", G::FieldsUnchecked, "takes a request over HTTP/3 whose fields are malformed").server()
        .meant("h3.connect.pseudo-*"),
    over_h3("h3-key-demanded", G::KeyDemanded, "refuses a CONNECT over HTTP/3 without Sec-WebSocket-Key").server()
        .meant("h3.connect.plain"),
    over_h3("h3-answered-101", G::AnswersWith101, "answers a CONNECT over HTTP/3 with :status 101").server()
        .meant("h3.connect.plain"),
    over_h3("h3-name-upper-case", G::UpperCaseName, "writes a field name over HTTP/3 in upper case").server().meant("passive.h3-field-name-uppercase"),
    over_h3("h3-end-lost", G::EndLost, "never ends its direction of a stream of HTTP/3").server().worst(Verdict::NonStrict)
        .meant("h3.stream.closed"),
    over_h3("h3-reset-at-end", G::ResetsAtEnd, "resets a stream where FIN is the orderly end, with the code of an internal error").server().worst(Verdict::NonStrict)
        .meant("h3.stream.closed"),
    over_h3("h3-ends-connection", G::EndsConnection, "ends the whole connection of QUIC with its first stream").server().worst(Verdict::NonStrict)
        .meant("h3.stream.clos*"),
    over_h3("h3-data-dropped", G::DataDropped, "loses DATA of one byte over HTTP/3").server()
        .meant("h3.stream.*"),
    over_h3("h3-streams-mixed", G::StreamsMixed, "gives what comes on any stream of HTTP/3 to the first").server()
        .meant("h3.stream.*-beside"),
    over_h3("h3-one-stream-only", G::OneStreamOnly, "serves one stream of a connection of QUIC").server()
        .meant("h3.stream.*"),
    over_h3("h3-reset-kills-connection", G::ResetKillsConnection, "ends the connection of QUIC when a stream is reset").server().worst(Verdict::NonStrict)
        .meant("h3.stream.reset-*"),
    over_h3("h3-goaway-ends-streams", G::GoawayEndsStreams, "ends everything when it reads a GOAWAY over HTTP/3").worst(Verdict::NonStrict)
        .meant("h3.stream.goaway-*"),
    over_h3("h3-asks-unannounced", G::AsksUnannounced, "as a client, asks for a WebSocket that was not announced over HTTP/3").client()
        .meant("h3.settings.unset-*"),
    over_h3("h3-demands-accept", G::DemandsAccept, "as a client, demands Sec-WebSocket-Accept over HTTP/3").client().worst(Verdict::Error)
        .meant("h3.stream.split-*"),
    over_h3("h3-takes-any-status", G::TakesAnyStatus, "as a client, takes any :status over HTTP/3").client()
        .meant("h3.connect.refused-*"),
    over_h3("h3-sends-upgrade-fields", G::SendsUpgradeFields, "as a client, sends Connection and Upgrade with its CONNECT over HTTP/3").client()
        .meant("h3.connect.asks-no-upgrade"),
    over_h3("h3-leaves-out-scheme-and-path", G::LeavesOutSchemeAndPath, "as a client, leaves out :scheme and :path over HTTP/3").client()
        .meant("h3.connect.asks-scheme-and-path"),
    over_h3("h3-leaves-out-version", G::LeavesOutVersion, "as a client, leaves out the version over HTTP/3").client()
        .meant("h3.connect.asks-version"),
    over_h3("h3-interim-taken-for-final", G::InterimTakenForFinal, "as a client, takes an interim response over HTTP/3 for the final one").client().worst(Verdict::NonStrict)
        .meant("h3.connect.interim-then-open-*"),
    over_h3("h3-ends-with-request", G::EndsWithRequest, "as a client, ends its direction with the CONNECT over HTTP/3").client().worst(Verdict::Error)
        .meant("h3.stream.split-*"),
    over_h3("h3-takes-malformed-answer", G::TakesMalformedAnswer, "as a client, takes an answer over HTTP/3 whose fields are malformed").client()
        .meant("h3.connect.response-upper"),
    over_h3("h3-takes-setting-of-2", G::TakesSettingOfTwo, "as a client, takes SETTINGS_ENABLE_CONNECT_PROTOCOL = 2 over HTTP/3").client().worst(Verdict::NonStrict)
        .meant("h3.settings.two"),
];
