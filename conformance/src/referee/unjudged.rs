//! Why bytes were not judged.

use std::fmt;

/// Why bytes that went through were not judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unjudged {
    /// They came faster than they could be judged.
    Backlog,
    /// They follow bytes that are missing from a capture.
    Missing,
    /// They follow a message above the limit on memory.
    TooBig,
    /// They follow a frame of a wrong length, so that headers are not found any more.
    Framing,
    /// They are an HTTP message where a frame has to begin.
    Http,
    /// They follow HTTP/2 that cannot be read, or more of it than is kept.
    Http2,
    /// They are messages, recorded without the frames that carried them.
    NoFrames,
    /// They are those of another protocol, or of HTTP that cannot be read.
    OtherProtocol,
    /// An extension was agreed on that gives frames a meaning which is not known here.
    OtherExtension,
}

impl Unjudged {
    /// Every reason.
    pub const ALL: [Unjudged; 9] = [
        Unjudged::Backlog,
        Unjudged::Missing,
        Unjudged::TooBig,
        Unjudged::Framing,
        Unjudged::Http,
        Unjudged::Http2,
        Unjudged::NoFrames,
        Unjudged::OtherProtocol,
        Unjudged::OtherExtension,
    ];

    /// Its stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Unjudged::Backlog => "backlog",
            Unjudged::Missing => "missing",
            Unjudged::TooBig => "too-big",
            Unjudged::Framing => "framing",
            Unjudged::Http => "http",
            Unjudged::Http2 => "http2",
            Unjudged::NoFrames => "no-frames",
            Unjudged::OtherProtocol => "other-protocol",
            Unjudged::OtherExtension => "other-extension",
        }
    }
}

impl fmt::Display for Unjudged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unjudged::Backlog => "they came faster than they could be judged",
            Unjudged::Missing => "they follow bytes that are not in the capture",
            Unjudged::TooBig => "they follow a message above --max-message",
            Unjudged::Framing => "they follow a frame of a wrong length",
            Unjudged::Http => "they are HTTP where a frame has to begin",
            Unjudged::Http2 => "they follow HTTP/2 that cannot be read",
            Unjudged::NoFrames => "they were recorded without the frames that carried them",
            Unjudged::OtherProtocol => "they belong to another protocol",
            Unjudged::OtherExtension => "an unknown extension was agreed on",
        })
    }
}
