//! Connections, whatever carries them.

use wsspec_vectors::Case;

use super::quic::{self, world};
use super::stream::Stream;
use super::tcp::{self, Begun, Further};
use crate::exchange::{Conclusion, Setup};

/// A connection to the other side.
#[derive(Debug)]
pub enum Link {
    /// A byte stream.
    Stream(Stream),
    /// Many streams, over QUIC.
    Quic(Box<quic::Connection>),
}

impl<T: Into<Stream>> From<T> for Link {
    fn from(stream: T) -> Link {
        Link::Stream(stream.into())
    }
}

impl From<quic::Connection> for Link {
    fn from(connection: quic::Connection) -> Link {
        Link::Quic(Box::new(connection))
    }
}

/// A connection as a case takes it over.
#[derive(Debug)]
pub enum Opened {
    /// A byte stream, perhaps with what came on it, or what was one.
    Stream(Begun),
    /// Many streams, over QUIC.
    Quic(Box<quic::Connection>),
}

impl From<Begun> for Opened {
    fn from(begun: Begun) -> Opened {
        Opened::Stream(begun)
    }
}

impl From<Link> for Opened {
    fn from(link: Link) -> Opened {
        match link {
            Link::Stream(stream) => Opened::Stream(stream.into()),
            Link::Quic(connection) => Opened::Quic(connection),
        }
    }
}

/// Runs a case over a connection.
pub async fn run(
    case: &Case,
    setup: &Setup,
    opened: impl Into<Opened>,
    further: &dyn Further,
) -> Conclusion {
    match opened.into() {
        Opened::Stream(begun) => tcp::run_begun(case, setup, begun, further).await.0,
        Opened::Quic(connection) => world::run(case, setup, *connection, further).await,
    }
}
