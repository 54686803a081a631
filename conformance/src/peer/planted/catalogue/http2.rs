//! What only a peer over streams can do wrong, here over HTTP/2.

use wsspec_reports::Verdict;

use super::super::builders::over_h2;
use super::super::fault::PlantedFault;
use crate::peer::gateway::GatewayFault as G;

/// The rows.
#[rustfmt::skip]
pub(super) const ROWS: &[PlantedFault] = &[
    over_h2("connect-announced-as-2", G::AnnouncedAsTwo, "announces extended CONNECT with the value 2").server()
        .meant("h2.settings.announced"),
    over_h2("connect-withdrawn", G::Withdrawn, "takes the announcement of extended CONNECT back").server().meant("passive.h2-connect-protocol-withdrawn"),
    over_h2("connect-any-protocol", G::AnyProtocol, "opens a WebSocket for any CONNECT").server()
        .meant("h2.connect.*protocol*"),
    over_h2("connect-any-method", G::AnyMethod, "opens a WebSocket for :protocol in any request").server()
        .meant("h2.connect.protocol-on-*"),
    over_h2("connect-path-unchecked", G::PathUnchecked, "takes a request without :path or :scheme").server()
        .meant("h2.connect.without-*"),
    over_h2("stream-fields-unchecked", G::FieldsUnchecked, "takes a request whose fields are malformed").server()
        .meant("h2.connect.pseudo-*"),
    over_h2("connect-key-demanded", G::KeyDemanded, "refuses a CONNECT without Sec-WebSocket-Key").server()
        .meant("h2.connect.plain"),
    over_h2("connect-length-in-answer", G::LengthInAnswer, "announces a length in the answer that opens").server()
        .meant("h2.connect.response-length"),
    over_h2("connect-answered-101", G::AnswersWith101, "answers a CONNECT with :status 101").server()
        .meant("h2.connect.plain"),
    over_h2("connect-name-upper-case", G::UpperCaseName, "writes a field name of its answer in upper case").server().meant("passive.h2-field-name-uppercase"),
    over_h2("connect-version-unchecked", G::VersionUnchecked, "does not check the version of a CONNECT").server()
        .meant("h2.connect.version-*"),
    over_h2("stream-end-lost", G::EndLost, "never ends its direction of a stream").server().worst(Verdict::NonStrict)
        .meant("h2.stream.closed"),
    over_h2("stream-reset-at-end", G::ResetsAtEnd, "resets a stream where END_STREAM is the orderly end").server().worst(Verdict::NonStrict)
        .meant("h2.stream.closed"),
    over_h2("stream-ends-connection", G::EndsConnection, "ends the whole connection with its first stream").server()
        .meant("h2.stream.clos*"),
    over_h2("stream-data-dropped", G::DataDropped, "loses DATA of one byte").server()
        .meant("h2.stream.*"),
    over_h2("streams-mixed", G::StreamsMixed, "gives what comes on any stream to the first").server()
        .meant("h2.stream.two-interleaved"),
    over_h2("stream-only-one", G::OneStreamOnly, "serves one stream of a connection").server()
        .meant("h2.stream.*"),
    over_h2("stream-reset-kills-connection", G::ResetKillsConnection, "ends the connection when a stream is reset").server().worst(Verdict::NonStrict)
        .meant("h2.stream.reset-*"),
    over_h2("window-never-opened", G::WindowNeverOpened, "never grants a window").server()
        .meant("h2.stream.*"),
    over_h2("window-too-narrow", G::WaitsForWindow, "never sends what is larger than a narrow window").server()
        .meant("h2.stream.window-*"),
    over_h2("stream-no-requests", G::NoOrdinaryRequests, "serves no ordinary request beside a WebSocket").server()
        .meant("h2.stream.requests-beside"),
    over_h2("frame-on-idle-stream", G::FrameOnIdleStream, "sends a frame on a stream that does not exist").server().meant("passive.h2-frame-on-idle"),
    over_h2("reset-of-stream-zero", G::ResetOfStreamZero, "sends RST_STREAM with stream 0").server().meant("passive.h2-reset-on-connection"),
    over_h2("data-after-end-stream", G::DataAfterEnd, "sends DATA after END_STREAM").server().meant("passive.h2-frame-after-end"),
    over_h2("padding-delivered", G::PaddingDelivered, "takes the padding of DATA for content").server()
        .meant("h2.stream.padded-*"),
    over_h2("connect-not-announced", G::NotAnnounced, "serves extended CONNECT without announcing it").server().worst(Verdict::Informational)
        .meant("h2.settings.announced"),
    over_h2("goaway-ends-streams", G::GoawayEndsStreams, "ends everything when it reads a GOAWAY without an error").worst(Verdict::NonStrict)
        .meant("h2.stream.goaway-*"),
    over_h2("frame-behind-end-kills-connection", G::FrameBehindEndKills, "ends the connection for a frame that crosses the end of its stream").server().worst(Verdict::NonStrict)
        .meant("h2.stream.behind-end-*"),
    over_h2("end-overtakes-data", G::EndOvertakesData, "sends END_STREAM before DATA that waits for a window").server()
        .meant("h2.stream.end-behind-window"),
    over_h2("refusal-length-wrong", G::LengthOfRefusalWrong, "announces content in a refusal that has none").server()
        .meant("passive.h2-content-length-wrong"),
    over_h2("interim-taken-for-final", G::InterimTakenForFinal, "as a client, takes an interim response for the final one").client().worst(Verdict::NonStrict)
        .meant("h2.connect.interim-then-open-*"),
    over_h2("asks-unannounced", G::AsksUnannounced, "as a client, asks for a WebSocket that was not announced").client()
        .meant("h2.settings.unset-*"),
    over_h2("ends-with-request", G::EndsWithRequest, "as a client, ends its direction with the CONNECT").client().worst(Verdict::Error)
        .meant("h2.stream.split-*"),
    over_h2("demands-accept", G::DemandsAccept, "as a client, demands Sec-WebSocket-Accept over HTTP/2").client().worst(Verdict::Error)
        .meant("h2.stream.split-*"),
    over_h2("demands-101", G::Demands101, "as a client, takes nothing but :status 101").client().worst(Verdict::Error)
        .meant("h2.stream.split-*"),
    over_h2("takes-any-status", G::TakesAnyStatus, "as a client, takes any :status").client()
        .meant("h2.connect.refused-*"),
    over_h2("sends-upgrade-fields", G::SendsUpgradeFields, "as a client, sends Connection and Upgrade with its CONNECT").client()
        .meant("h2.connect.asks-no-upgrade"),
    over_h2("leaves-out-scheme-and-path", G::LeavesOutSchemeAndPath, "as a client, leaves out :scheme and :path").client()
        .meant("h2.connect.asks-scheme-and-path"),
    over_h2("leaves-out-version", G::LeavesOutVersion, "as a client, leaves out the version over HTTP/2").client()
        .meant("h2.connect.asks-version"),
    over_h2("takes-malformed-answer", G::TakesMalformedAnswer, "as a client, takes an answer whose fields are malformed").client()
        .meant("h2.connect.response-upper"),
    over_h2("takes-setting-of-2", G::TakesSettingOfTwo, "as a client, takes SETTINGS_ENABLE_CONNECT_PROTOCOL = 2").client().worst(Verdict::NonStrict)
        .meant("h2.settings.two"),
];
