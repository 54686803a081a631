//! What a model gateway does other than the plainest one.

/// How much a model gateway takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It copies the bytes of a TCP connection.
    Relay,
    /// It forwards the request and the response, and relays the bytes after a 101.
    Http,
    /// It is an endpoint of two WebSockets.
    Endpoint,
}

/// Something a gateway does, legal or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // the catalogue has a sentence for each
pub enum Habit {
    // Heads.
    LosesGluedToRequest,
    LosesGluedTo101,
    TunnelsAnyStatus,
    TunnelsOtherProtocol,
    TunnelsOnRequest,
    OpensBeforeServer,
    KeepsHopFields,
    DropsSubprotocol,
    ForwardsAcceptOfOwnKey,
    TakesAnyAccept,
    AddsExtension,
    StripsExtension,
    AcceptsDeflateItself,
    ForwardsAsHttp10,
    DropsUpgrade,
    DropsQuery,
    ChunkedSwitch,
    // Translation between HTTP/1.1 and HTTP/2 or HTTP/3.
    MakesNoKey,
    AddsKey,
    LosesProtocol,
    LosesStatus,
    OpensBy2xx,
    Keeps101,
    LeavesFieldsOfHttp1,
    LeavesCookiesApart,
    PassesLineEnds,
    PassesFieldsOfHttp1,
    // Frames.
    EatsPings,
    EatsPongs,
    EmptiesPongs,
    EmptiesClose,
    ChangesCloseCode,
    DropsCloseReason,
    EatsClose,
    DropsEmptyMessages,
    TextAsBinary,
    CutsLargeMessages,
    ReplacesNonAscii,
    ReadsBinaryAsText,
    SendsUnmasked,
    MasksToClient,
    SendsTwice,
    SwapsMessages,
    MasksWhatIsNot,
    ClearsReserved,
    SplitsReserved,
    EndsMessagesEarly,
    LongLengths,
    ContinuationAsText,
    // Ends.
    IgnoresEnds,
    // Legal.
    LeavesAccept,
    AddsForwardedFor,
    LowersNames,
    ChangesHost,
    ChangesTarget,
    StripsOffer,
    RefusesWith502,
    ChunksRefusals,
    AnswersPings,
    Pings,
    JoinsFragments,
    SplitsFragments,
    ClosesItself,
    EndsBoth,
    EndsInOrder,
}

impl Habit {
    /// Whether frames have to be read for it.
    pub(super) const fn is_of_frames(self) -> bool {
        matches!(
            self,
            Habit::EatsPings
                | Habit::EatsPongs
                | Habit::EmptiesPongs
                | Habit::EmptiesClose
                | Habit::ChangesCloseCode
                | Habit::DropsCloseReason
                | Habit::EatsClose
                | Habit::DropsEmptyMessages
                | Habit::TextAsBinary
                | Habit::CutsLargeMessages
                | Habit::ReplacesNonAscii
                | Habit::ReadsBinaryAsText
                | Habit::SendsUnmasked
                | Habit::MasksToClient
                | Habit::SendsTwice
                | Habit::SwapsMessages
                | Habit::MasksWhatIsNot
                | Habit::ClearsReserved
                | Habit::SplitsReserved
                | Habit::EndsMessagesEarly
                | Habit::LongLengths
                | Habit::ContinuationAsText
                | Habit::AnswersPings
                | Habit::JoinsFragments
                | Habit::SplitsFragments
                | Habit::ClosesItself
        )
    }
}
