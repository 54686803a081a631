//! What the target sends over HTTP/1.1: heads, the body of a refusal, then the WebSocket stream.

use wsspec_core::deflate::negotiation;
use wsspec_core::handshake::{HeadReader, Offered, Request, Response};
use wsspec_core::violation::{Fault, ViolationSet};
use wsspec_core::{Role, Violation};

use super::super::{HeadKind, Input, Offer, ReceivedHead, RequestLine, Status};

/// What a request begins with. No frame that a client may send does: it would be reserved and
/// unmasked.
const REQUEST_START: &[u8] = b"GET ";

/// Bytes kept of a next request; none is longer.
const MAX_NEXT_REQUEST: usize = 64 << 10;

/// Reads one direction of a connection, tolerantly: what breaks a rule is noted, and reading goes
/// on.
#[derive(Debug)]
pub(super) struct Reader {
    head: HeadReader,
    stage: Stage,
    /// Bytes of the interim responses before the final one.
    interim: u64,
    /// Our request was an ordinary one: what is wrong with the 101 is the target's own doing.
    pub(super) plain_request: bool,
    /// The request of a client, once it is complete.
    request: Option<RequestSummary>,
    /// The beginning of the client's next request.
    next_request: Option<Vec<u8>>,
    /// Bytes of the WebSocket stream have come.
    data_seen: bool,
}

/// What our answer needs to know of a client's request.
#[derive(Debug)]
pub(super) struct RequestSummary {
    pub(super) key: String,
    pub(super) offers: Vec<wsspec_core::handshake::Extension>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Head,
    /// The head can never become one; what follows is not read.
    Broken,
    /// The body of a refusal: bytes still to come, where its length is known.
    Body(Option<u64>),
    Data,
}

impl Reader {
    pub(super) fn new(target: Role) -> Reader {
        let head = match target {
            Role::Server => HeadReader::response(),
            Role::Client => HeadReader::request(),
        };
        Reader {
            head: head.tolerating(ViolationSet::ALL),
            stage: Stage::Head,
            interim: 0,
            plain_request: false,
            request: None,
            next_request: None,
            data_seen: false,
        }
    }

    pub(super) fn request(&self) -> Option<&RequestSummary> {
        self.request.as_ref()
    }

    pub(super) fn begins_like_text(&self) -> bool {
        self.head.bytes().first().is_some_and(u8::is_ascii_graphic)
    }

    /// The beginning of the next request, unless it is too long to be one.
    pub(super) fn take_next_request(&mut self) -> Option<Vec<u8>> {
        self.next_request
            .take()
            .filter(|bytes| bytes.len() < MAX_NEXT_REQUEST)
    }

    pub(super) fn receive(&mut self, bytes: &[u8], target: Role, offer: &Offer) -> Vec<Input> {
        if self.asks_again(bytes) {
            let next = self.next_request.get_or_insert_default();
            next.extend(bytes.iter().take(MAX_NEXT_REQUEST - next.len()));
            return vec![Input::NextRequest];
        }
        let mut inputs = Vec::new();
        let mut rest = bytes;
        while self.stage == Stage::Head && !rest.is_empty() {
            match self.head.read(&mut rest) {
                Ok(true) => inputs.push(self.head_complete(target, offer)),
                Ok(false) => {}
                Err(fault) => inputs.push(self.broken(fault)),
            }
        }
        if let Stage::Body(left) = &mut self.stage {
            // Nothing follows the body of a refusal; frames there are for the case to judge.
            let skipped = left.map_or(rest.len(), |left| left.min(rest.len() as u64) as usize);
            *left = left.map(|left| left - skipped as u64);
            rest = &rest[skipped..];
        }
        if matches!(self.stage, Stage::Body(_) | Stage::Data) && !rest.is_empty() {
            self.data_seen = true;
            inputs.push(Input::Data(rest.to_vec()));
        }
        inputs
    }

    /// Whether these bytes are a client's next request.
    fn asks_again(&self, bytes: &[u8]) -> bool {
        let may = self.request.is_some() && !self.data_seen;
        self.next_request.is_some() || may && bytes.starts_with(REQUEST_START)
    }

    fn broken(&mut self, fault: Fault) -> Input {
        self.stage = Stage::Broken;
        Input::Broken(fault)
    }

    fn head_complete(&mut self, target: Role, offer: &Offer) -> Input {
        let parsed = match target {
            Role::Server => self.head.parse_response().map(|r| self.answer(&r, offer)),
            Role::Client => self.head.parse_request().map(|r| self.asked(&r)),
        };
        let head = match parsed {
            Ok(head) => head,
            Err(fault) => return self.broken(fault),
        };
        if head.status().is_some_and(is_interim) {
            self.interim += self.head.bytes().len() as u64;
            self.head = HeadReader::response().tolerating(ViolationSet::ALL);
            return Input::Interim;
        }
        self.stage = if head.opens() {
            Stage::Data
        } else {
            Stage::Body(content_length(&head))
        };
        if target == Role::Client {
            self.request = Some(RequestSummary {
                key: head.key.clone(),
                offers: head.offers.clone(),
            });
        }
        Input::Head(Box::new(head))
    }

    fn answer(&self, response: &Response<'_>, offer: &Offer) -> ReceivedHead {
        let violations = response.violations(&Offered {
            key: &offer.key,
            subprotocols: &offer.subprotocols,
            extensions: &offer.extensions,
        });
        let status = Status {
            code: response.status,
            phrase: response.reason.to_owned(),
            opens: response.status == 101,
        };
        let end = self.end();
        let faults = if status.opens && self.plain_request {
            let bare = bare_line_end(self.head.bytes());
            let broken = violations.iter().copied().chain(bare);
            broken.map(|violation| violation.at(end - 1)).collect()
        } else {
            Vec::new()
        };
        ReceivedHead {
            frames_follow: status.opens && !self.elsewhere(&violations),
            kind: HeadKind::Answer(status),
            fields: owned(response.fields.iter()),
            terms: negotiation::judge(&response.extensions(), &offer.extensions).0,
            violations,
            faults,
            offers: Vec::new(),
            key: offer.key.clone(),
            end,
            exact_names: false,
        }
    }

    fn asked(&self, request: &Request<'_>) -> ReceivedHead {
        let line = RequestLine {
            method: request.method.to_owned(),
            target: request.target.to_owned(),
            version: format!("HTTP/1.{}", request.minor),
        };
        ReceivedHead {
            kind: HeadKind::Request(line),
            fields: owned(request.fields.iter()),
            violations: bare_line_end(self.head.bytes())
                .into_iter()
                .chain(request.violations())
                .collect(),
            faults: Vec::new(),
            terms: None,
            offers: request.extensions(),
            key: request.key().unwrap_or_default().to_owned(),
            // What follows a CONNECT goes through the tunnel.
            frames_follow: request.method != "CONNECT",
            end: self.end(),
            exact_names: false,
        }
    }

    fn end(&self) -> u64 {
        self.interim + self.head.bytes().len() as u64
    }

    /// Whether a 101 leads to another protocol than RFC 6455. One without Sec-WebSocket-Accept does
    /// if the request was odd, such as that of a draft of this protocol.
    fn elsewhere(&self, violations: &[Violation]) -> bool {
        violations.iter().any(|violation| match violation {
            Violation::ResponseUpgradeWrong => true,
            Violation::AcceptMissing => !self.plain_request,
            _ => false,
        })
    }
}

fn is_interim(status: &Status) -> bool {
    (100..200).contains(&status.code) && !status.opens
}

fn owned<'a>(fields: impl Iterator<Item = (&'a str, &'a [u8])>) -> Vec<(String, Vec<u8>)> {
    fields
        .map(|(name, value)| (name.to_owned(), value.to_vec()))
        .collect()
}

fn content_length(head: &ReceivedHead) -> Option<u64> {
    let value = head.field("content-length").next()?;
    std::str::from_utf8(value).ok()?.parse().ok()
}

/// The reader goes on after a line that ends with LF alone; it is a violation all the same.
fn bare_line_end(head: &[u8]) -> Option<Violation> {
    let mut lines = head.split_inclusive(|byte| *byte == b'\n');
    lines
        .any(|line| !line.ends_with(b"\r\n"))
        .then_some(Violation::LineEndBare)
}
