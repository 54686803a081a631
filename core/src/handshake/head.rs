//! Collects the head of a request or response from chunks of any size.
//!
//! Bytes after the empty line are left in the input: they are frames. A head that can never become
//! valid is refused at the byte that proves it: a line that ends with LF alone, a first line that
//! is not HTTP, a head above the size limit. Field lines are parsed when the head is whole.

use std::mem::{self, MaybeUninit};

use crate::handshake::{Request, Response};
use crate::violation::{Fault, Violation, ViolationSet};

/// Default size limit of a head, in bytes: 64 KiB.
pub const DEFAULT_MAX_HEAD: usize = 64 << 10;

/// Number of header fields allowed in a head.
pub const MAX_FIELDS: usize = 128;

/// Which kind of head it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HeadKind {
    Request,
    Response,
}

/// Collects one head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadReader {
    kind: HeadKind,
    tolerated: ViolationSet,
    max: usize,
    buffer: Vec<u8>,
    /// Offset of the line being read.
    line: usize,
    /// Lines read, not counting empty ones before the first.
    lines: usize,
    /// Offset of the first LF that ends a line alone, if that is tolerated.
    bare_line_end: Option<u64>,
    done: bool,
}

impl HeadReader {
    /// Reads a request, as a server does.
    pub fn request() -> Self {
        Self::new(HeadKind::Request)
    }

    /// Reads a response, as a client does.
    pub fn response() -> Self {
        Self::new(HeadKind::Response)
    }

    fn new(kind: HeadKind) -> Self {
        HeadReader {
            kind,
            tolerated: ViolationSet::NONE,
            max: DEFAULT_MAX_HEAD,
            buffer: Vec::new(),
            line: 0,
            lines: 0,
            bare_line_end: None,
            done: false,
        }
    }

    /// Goes on after these violations. Only [`Violation::LineEndBare`] has an effect.
    #[must_use]
    pub fn tolerating(mut self, violations: ViolationSet) -> Self {
        self.tolerated = violations;
        self
    }

    /// Limits heads to `bytes` bytes.
    #[must_use]
    pub fn max_head(mut self, bytes: usize) -> Self {
        self.max = bytes;
        self
    }

    /// Returns the bytes of the head read so far.
    pub fn bytes(&self) -> &[u8] {
        &self.buffer
    }

    /// Returns the first line that ends with LF alone, if [`Violation::LineEndBare`] is tolerated.
    pub fn bare_line_end(&self) -> Option<Fault> {
        self.bare_line_end.map(|at| Violation::LineEndBare.at(at))
    }

    /// Reads from the front of `input`, and shortens it by what was used. Returns `true` when the
    /// head is whole.
    ///
    /// # Errors
    ///
    /// The violation that makes the head unreadable. Later calls may not return it again.
    pub fn read(&mut self, input: &mut &[u8]) -> Result<bool, Fault> {
        if self.done {
            return Ok(true);
        }
        let (bytes, start) = (*input, self.buffer.len());
        let fits = bytes.len().min(self.max - start);
        self.buffer.extend_from_slice(&bytes[..fits]);
        for at in memchr::memchr_iter(b'\n', &bytes[..fits]) {
            let end = start + at + 1;
            let judged = self.end_line(end);
            if self.done || judged.is_err() {
                // What follows this line is not taken.
                self.buffer.truncate(end);
                *input = &bytes[at + 1..];
                return judged.map(|()| true);
            }
        }
        if fits == bytes.len() {
            *input = &[];
            return Ok(false);
        }
        // A line above the limit is not taken either.
        let end = self.line.max(start);
        self.buffer.truncate(end);
        *input = &bytes[end - start..];
        Err(Violation::HeadTooLarge.at(self.max as u64))
    }

    /// Checks the line that ends at `end`.
    fn end_line(&mut self, end: usize) -> Result<(), Fault> {
        let line = &self.buffer[self.line..end];
        let last = end as u64 - 1;
        let empty = match line {
            [.., b'\r', b'\n'] => line.len() == 2,
            _ if self.tolerated.contains(Violation::LineEndBare) => {
                self.bare_line_end.get_or_insert(last);
                line.len() == 1
            }
            _ => return Err(Violation::LineEndBare.at(last)),
        };
        if self.lines == 0 {
            // Empty lines before a request are skipped (RFC 9112 §2.2).
            if !empty && !self.is_start_line(line) || empty && self.kind == HeadKind::Response {
                return Err(Violation::StartLineMalformed.at(last));
            }
        } else if empty {
            self.done = true;
        }
        self.lines += usize::from(!empty);
        if self.lines > MAX_FIELDS + 1 {
            return Err(Violation::HeadTooLarge.at(last));
        }
        self.line = end;
        Ok(())
    }

    fn is_start_line(&self, line: &[u8]) -> bool {
        match self.kind {
            HeadKind::Request => httparse::Request::new(&mut []).parse(line).is_ok(),
            HeadKind::Response => httparse::Response::new(&mut []).parse(line).is_ok(),
        }
    }

    /// Parses a whole request.
    ///
    /// # Errors
    ///
    /// The first field line that is malformed.
    pub fn parse_request(&self) -> Result<Request<'_>, Fault> {
        let mut headers = [const { MaybeUninit::uninit() }; MAX_FIELDS];
        let mut parsed = httparse::Request::new(&mut []);
        match parsed.parse_with_uninit_headers(&self.buffer, &mut headers) {
            Ok(httparse::Status::Complete(_)) => Ok(Request::from_parsed(&parsed)),
            _ => Err(self.bad_field()),
        }
    }

    /// Parses a whole response.
    ///
    /// # Errors
    ///
    /// The first field line that is malformed.
    pub fn parse_response(&self) -> Result<Response<'_>, Fault> {
        let mut headers = [const { MaybeUninit::uninit() }; MAX_FIELDS];
        let mut parsed = httparse::Response::new(&mut []);
        let config = httparse::ParserConfig::default();
        match config.parse_response_with_uninit_headers(&mut parsed, &self.buffer, &mut headers) {
            Ok(httparse::Status::Complete(_)) => Ok(Response::from_parsed(&parsed, &self.buffer)),
            _ => Err(self.bad_field()),
        }
    }

    /// Finds the first malformed field line of a head that did not parse.
    fn bad_field(&self) -> Fault {
        let mut at = 0;
        let mut seen_start = false;
        for line in self.buffer.split_inclusive(|b| *b == b'\n') {
            at += line.len() as u64;
            if !matches!(line, b"\r\n" | b"\n") && mem::replace(&mut seen_start, true) {
                let mut block = line.to_vec();
                block.extend_from_slice(b"\r\n");
                if httparse::parse_headers(&block, &mut [httparse::EMPTY_HEADER; 2]).is_err() {
                    break;
                }
            }
        }
        Violation::FieldMalformed.at(at.max(1) - 1)
    }
}
