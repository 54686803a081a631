//! Events of connections while they are judged.

use wsspec_core::Role;

use super::conversation::Conversation;
use super::found::Found;
use super::tally::Tally;
use super::unjudged::Unjudged;

/// Something to tell of a connection, by its number.
#[derive(Debug)]
pub enum Notice<'a> {
    /// A side broke a rule, for the first time on this connection.
    Broke(u64, &'a Found),
    /// Number of bytes of a side that were not judged; at the end of the connection.
    Unjudged(u64, Role, Unjudged, u64),
    /// It is over.
    Over(u64),
    /// The handshake of TLS with the client failed.
    Unopened(u64, &'a str),
    /// The server could not be reached.
    Unreached(u64, &'a str),
    /// The system would not accept a connection.
    Unaccepted(&'a str),
}

/// Tells of the rules that were broken since the last call.
pub(crate) fn tell_broken(
    number: u64,
    conversation: &mut Conversation,
    notices: &mut impl FnMut(Notice<'_>),
) {
    for found in conversation.take_found() {
        notices(Notice::Broke(number, &found));
    }
}

/// Sums up a connection that is over, on which client and server have sent this many bytes.
pub(crate) fn conclude(
    number: u64,
    conversation: &Conversation,
    tally: &mut Tally,
    bytes: [u64; 2],
    notices: &mut impl FnMut(Notice<'_>),
) {
    for side in [Role::Client, Role::Server] {
        for (why, bytes) in conversation.unjudged(side) {
            notices(Notice::Unjudged(number, side, why, bytes));
        }
    }
    tally.add(number, conversation, bytes);
    notices(Notice::Over(number));
}
