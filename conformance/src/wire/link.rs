//! Connections, whatever carries them.

use std::io;

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

impl Link {
    /// The byte stream, if it is one.
    pub fn into_stream(self) -> Option<Stream> {
        match self {
            Link::Stream(stream) => Some(stream),
            Link::Quic(_) => None,
        }
    }

    /// The byte stream.
    ///
    /// # Errors
    /// If it is none.
    pub(crate) fn stream(self) -> io::Result<Stream> {
        self.into_stream()
            .ok_or_else(|| io::ErrorKind::Unsupported.into())
    }
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
    /// Many streams, over QUIC, perhaps with what came on them.
    Quic(Box<quic::Begun>),
}

impl From<Begun> for Opened {
    fn from(begun: Begun) -> Opened {
        Opened::Stream(begun)
    }
}

impl From<quic::Begun> for Opened {
    fn from(begun: quic::Begun) -> Opened {
        Opened::Quic(Box::new(begun))
    }
}

impl From<Link> for Opened {
    fn from(link: Link) -> Opened {
        match link {
            Link::Stream(stream) => Opened::Stream(stream.into()),
            Link::Quic(connection) => quic::Begun::from(*connection).into(),
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
        Opened::Quic(begun) => world::run(case, setup, *begun, further).await,
    }
}
