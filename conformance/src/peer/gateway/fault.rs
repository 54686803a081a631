//! Faults that only a peer over streams can have.

/// What a gateway does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GatewayFault {
    /// It does not announce extended CONNECT, and serves it.
    NotAnnounced,
    /// It announces extended CONNECT with the value 2.
    AnnouncedAsTwo,
    /// It takes the announcement back once a stream is open.
    Withdrawn,
    /// It opens a WebSocket for any CONNECT, whatever `:protocol` says.
    AnyProtocol,
    /// It opens a WebSocket for `:protocol` in any request.
    AnyMethod,
    /// It takes a request without `:path` for one with `/`.
    PathUnchecked,
    /// It takes a request whose fields break a rule.
    FieldsUnchecked,
    /// It refuses a CONNECT without Sec-WebSocket-Key.
    KeyDemanded,
    /// It announces a length of the content in the answer that opens.
    LengthInAnswer,
    /// It answers with `:status` 101.
    AnswersWith101,
    /// It writes a field name of its answer in upper case.
    UpperCaseName,
    /// It does not check the version.
    VersionUnchecked,
    /// It never ends its direction of a stream.
    EndLost,
    /// It resets a stream where END_STREAM is the orderly end.
    ResetsAtEnd,
    /// It ends the whole connection with the first stream.
    EndsConnection,
    /// It takes the padding of DATA for content.
    PaddingDelivered,
    /// It loses DATA beyond the first byte of a frame that is cut from a message.
    DataDropped,
    /// It sends what belongs to one stream on another.
    StreamsMixed,
    /// It serves one stream of a connection and refuses the others.
    OneStreamOnly,
    /// It ends the connection when a stream is reset.
    ResetKillsConnection,
    /// It never grants a window.
    WindowNeverOpened,
    /// It sends nothing that does not fit into a narrow window as a whole.
    WaitsForWindow,
    /// It serves no ordinary request beside a WebSocket.
    NoOrdinaryRequests,
    /// It sends a frame on a stream that does not exist.
    FrameOnIdleStream,
    /// It sends RST_STREAM with stream 0.
    ResetOfStreamZero,
    /// It sends DATA after END_STREAM.
    DataAfterEnd,
    /// It ends everything when it reads a GOAWAY without an error.
    GoawayEndsStreams,
    /// It ends the connection for a WINDOW_UPDATE or RST_STREAM that comes after END_STREAM.
    FrameBehindEndKills,
    /// Its END_STREAM overtakes DATA that waits for a window.
    EndOvertakesData,
    /// It announces content in a refusal that has none.
    LengthOfRefusalWrong,
    /// A client that takes an interim response for the final one.
    InterimTakenForFinal,
    /// It begins its control stream with another frame than SETTINGS.
    SettingsNotFirst,
    /// It announces a setting over HTTP/3 that only HTTP/2 has.
    SettingOfHttp2,
    /// It changes the table of QPACK, for which there is no room.
    EncoderInserts,
    /// It ends its control stream.
    ControlStreamEnded,
    /// It opens a second control stream.
    SecondControlStream,
    /// As a server, it opens a bidirectional stream of HTTP/3.
    OpensBidirectional,
    /// It sends fields after those that open a stream.
    FieldsInTunnel,
    /// It ends a stream of HTTP/3 within a frame.
    EndsWithinFrame,
    /// A client that asks for a WebSocket although that was not announced.
    AsksUnannounced,
    /// A client that ends its direction with the CONNECT.
    EndsWithRequest,
    /// A client that demands Sec-WebSocket-Accept.
    DemandsAccept,
    /// A client that takes nothing but `:status` 101.
    Demands101,
    /// A client that takes any status.
    TakesAnyStatus,
    /// A client that sends the fields of an upgrade with its CONNECT.
    SendsUpgradeFields,
    /// A client that leaves out `:scheme` and `:path`.
    LeavesOutSchemeAndPath,
    /// A client that leaves out the version.
    LeavesOutVersion,
    /// A client that takes the answer whose fields break a rule.
    TakesMalformedAnswer,
    /// A client that takes a setting of 2.
    TakesSettingOfTwo,
}
