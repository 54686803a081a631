//! One side of a connection: what was read of it, and what comes next.

use std::mem;

use wsspec_core::Role;
use wsspec_core::handshake::HeadReader;
use wsspec_core::violation::ViolationSet;

use super::body::Body;
use super::frames::{Frames, Sent};
use super::unjudged::Unjudged;

/// One side of a connection, as far as it was read.
#[derive(Debug)]
pub(super) struct Side {
    pub(super) stage: Stage,
    /// Bytes that were not read yet.
    pub(super) held: Vec<u8>,
    /// Offset of the first of them in the stream.
    pub(super) offset: u64,
    /// What it sent in frames, once they are not read any more.
    pub(super) sent: Sent,
    /// Why bytes of it were not judged, and how many.
    pub(super) unjudged: Option<(Unjudged, u64)>,
}

/// What the next byte of a side belongs to.
#[derive(Debug)]
pub(super) enum Stage {
    /// The head of a request or an answer.
    Head(HeadReader),
    /// A body of HTTP.
    Body(Body),
    /// What the answer decides; before it, this body of the request.
    Waiting(Option<Body>),
    /// Frames.
    Frames(Box<Frames>),
    /// Nothing that is read.
    Unread(Unjudged),
}

impl Side {
    pub(super) fn new(role: Role) -> Side {
        Side {
            stage: Stage::head(role),
            held: Vec::new(),
            offset: 0,
            sent: Sent::default(),
            unjudged: None,
        }
    }

    /// The first bytes that were held were read.
    pub(super) fn consume(&mut self, bytes: usize) {
        self.held.drain(..bytes);
        self.offset += bytes as u64;
    }

    /// Nothing more is read; what is held is not judged.
    pub(super) fn stop(&mut self, why: Unjudged) {
        if let Stage::Frames(frames) = &mut self.stage {
            self.sent = mem::take(&mut frames.sent);
        }
        if !matches!(self.stage, Stage::Unread(_)) {
            self.stage = Stage::Unread(why);
        }
        let held = mem::take(&mut self.held).len() as u64;
        self.leave(held);
    }

    /// Bytes that are not judged.
    pub(super) fn leave(&mut self, bytes: u64) {
        if let Stage::Unread(why) = self.stage
            && bytes > 0
        {
            self.unjudged.get_or_insert((why, 0)).1 += bytes;
        }
    }

    /// Looks whether frames can be read no more, of which `read` bytes just came.
    pub(super) fn settle(&mut self, read: usize) {
        if let Stage::Frames(frames) = &self.stage
            && let Some(why) = frames.lost()
        {
            self.stop(why);
            self.leave(read as u64);
        }
    }

    /// The answer has led to the next exchange of HTTP.
    pub(super) fn go_on_in_http(&mut self) {
        if let Stage::Waiting(body) = &mut self.stage {
            self.stage = body.take().map_or(Stage::head(Role::Client), Stage::Body);
        }
    }
}

impl Stage {
    pub(super) fn head(role: Role) -> Stage {
        let reader = match role {
            Role::Client => HeadReader::request(),
            Role::Server => HeadReader::response(),
        };
        Stage::Head(reader.tolerating(ViolationSet::ALL))
    }
}
