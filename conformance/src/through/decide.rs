//! Whether what had to arrive has: a pure function of what both ends have seen.

use wsspec_core::frame::MessageKind;
use wsspec_core::message::Incoming;
use wsspec_vectors::{
    Arrival, Carried, Codes, Demand, End, EndKind, ErrorCode, Nature, OpensBy, Payload, Sign,
};

use super::head::Answered;
use super::hop::Hop;
use super::reason::Instead;
use super::way::Way;
use crate::binding::EndOfStream;
use crate::binding::names::Names;
use crate::exchange::{Setup, unmet_by};

/// Both connections of a gateway.
#[derive(Debug)]
pub(super) struct Hops {
    pub(super) client: Hop,
    pub(super) server: Hop,
}

/// What is known of an alternative.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// More has to come.
    Open,
    /// It holds.
    Met,
    /// It cannot hold any more.
    Missed(Instead),
}

/// What a wait goes by beside the bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wait {
    /// Nothing more is waited for.
    pub(super) late: bool,
    /// Nothing has arrived at the end for the quiet time.
    pub(super) quiet: bool,
    /// Number of bytes that had arrived there when the wait began.
    pub(super) before: usize,
}

/// What the names in braces stand for at either end.
#[derive(Debug, Clone)]
pub(super) struct Setups {
    pub(super) client: Setup,
    pub(super) server: Setup,
}

impl Setups {
    pub(super) fn at(&self, end: End) -> &Setup {
        match end {
            End::Client => &self.client,
            End::Server => &self.server,
        }
    }
}

use Decision::{Met, Missed, Open};

impl Hops {
    pub(super) fn new() -> Hops {
        Hops {
            client: Hop::at(End::Client),
            server: Hop::at(End::Server),
        }
    }

    pub(super) fn at(&self, end: End) -> &Hop {
        match end {
            End::Client => &self.client,
            End::Server => &self.server,
        }
    }

    pub(super) fn at_mut(&mut self, end: End) -> &mut Hop {
        match end {
            End::Client => &mut self.client,
            End::Server => &mut self.server,
        }
    }

    /// What the gateway is, as far as it has shown: an endpoint makes keys of its own.
    pub(super) fn nature(&self) -> Nature {
        let both = [&self.client, &self.server].map(Hop::opens_by);
        // Where HTTP/2 or HTTP/3 meets HTTP/1.1, a key has to be made, whoever relays the frames.
        let own_key = both == [Some(OpensBy::Upgrade); 2] && self.server.key() != self.client.key();
        let sent: Vec<_> = self.client.ours.headers().map(|h| h.mask).collect();
        let own_mask = self
            .server
            .theirs
            .headers()
            .any(|header| header.mask.is_some() && !sent.contains(&header.mask));
        if own_key || own_mask {
            Nature::Endpoint
        } else {
            Nature::Tunnel
        }
    }

    /// Whether an alternative of an expectation at `end` holds.
    pub(super) fn decide(
        &self,
        end: End,
        arrival: &Arrival,
        setups: &Setups,
        wait: Wait,
    ) -> Decision {
        let at = arrival.at.unwrap_or(end);
        let hop = self.at(at);
        let decision = match &arrival.sign {
            Sign::Requested => self.requested(arrival, setups, wait),
            Sign::Opened => self.opened(arrival, setups, wait),
            Sign::Refused(codes) => self.refused(codes, arrival, setups, wait),
            Sign::Text(payload) => message(hop, MessageKind::Text, payload, wait),
            Sign::Binary(payload) => message(hop, MessageKind::Binary, payload, wait),
            Sign::Ping(payload) => control(hop, &Incoming::Ping(payload.bytes()), wait),
            Sign::Pong(payload) => control(hop, &Incoming::Pong(payload.bytes()), wait),
            Sign::Close(body) => close(hop, &body.bytes(), wait),
            Sign::Closed(codes) => closed(hop, codes, wait),
            Sign::Failed(codes) => failed(hop, codes, wait),
            Sign::Ended(kind) => ended(hop, *kind, wait),
            Sign::Carried(carried) => self.carried(at, *carried, wait),
            Sign::Never(payload) => never(hop, &payload.bytes(), wait),
            Sign::Quiet => quiet(hop, wait),
        };
        if decision == Met && arrival.of.is_some_and(|of| of != self.nature()) {
            return if wait.late {
                Missed(Instead::TunnelOnly)
            } else {
                Open
            };
        }
        decision
    }

    fn requested(&self, arrival: &Arrival, setups: &Setups, wait: Wait) -> Decision {
        let hop = &self.server;
        let Some(head) = hop.head() else {
            return match self.client.status() {
                Some(status) if !hop.begun => Missed(Instead::Answered(status)),
                _ => missing(&hop.theirs, wait),
            };
        };
        let Ok(asked) = head.asked() else {
            return Missed(Instead::Changed);
        };
        if asked.asks_for_other() {
            return Missed(Instead::OtherProtocol);
        }
        // Only what the gateway did is held against it.
        if self.client.request_violations().is_empty()
            && let Some(broken) = hop.request_violations().first()
        {
            return Missed(Instead::Broke(*broken));
        }
        let names = Names {
            setup: setups.at(End::Client),
            key: &self.client.key(),
        };
        if let Some(wanted) = &arrival.target
            && names.fill(wanted) != asked.request.target
        {
            return Missed(Instead::Target(asked.request.target.to_owned()));
        }
        demands(&arrival.headers, |name| asked.lines(name), &names)
    }

    fn opened(&self, arrival: &Arrival, setups: &Setups, wait: Wait) -> Decision {
        let hop = &self.client;
        let Some(head) = hop.head() else {
            return missing(&hop.theirs, wait);
        };
        let Ok(answer) = head.answered() else {
            return Missed(Instead::Changed);
        };
        if !answer.opens() {
            return Missed(Instead::Status(answer.status()));
        }
        if let Some(broken) = hop.response_violations().first() {
            return Missed(Instead::Broke(*broken));
        }
        answered(hop, &answer, arrival, setups)
    }

    fn refused(&self, codes: &Codes, arrival: &Arrival, setups: &Setups, wait: Wait) -> Decision {
        let hop = &self.client;
        let Some(head) = hop.head() else {
            let may_end = codes.contains_none() || *codes == Codes::Any;
            return match hop.theirs.end {
                Some(_) if may_end => Met,
                _ => missing(&hop.theirs, wait),
            };
        };
        let Ok(answer) = head.answered() else {
            return Missed(Instead::Changed);
        };
        if hop.is_open() {
            return Missed(Instead::Opened);
        }
        if !codes.contains(answer.status()) {
            return Missed(Instead::Status(answer.status()));
        }
        if let Some(body) = &arrival.body
            && !contains(hop.theirs.after_head(), body.as_bytes())
        {
            return missing(&hop.theirs, wait);
        }
        answered(hop, &answer, arrival, setups)
    }

    /// Whether a head of HTTP/2 or HTTP/3 is at either end.
    fn translates(&self) -> bool {
        [&self.client, &self.server]
            .map(Hop::opens_by)
            .contains(&Some(OpensBy::Connect))
    }

    /// Whether what the other end sent has come to `end` as it was.
    fn carried(&self, end: End, carried: Carried, wait: Wait) -> Decision {
        let (sent, came) = (&self.at(end.other()).ours, &self.at(end).theirs);
        match carried {
            // A head that is translated does not arrive as it was.
            Carried::Stream if self.translates() => Missed(Instead::Changed),
            Carried::Stream => beginning(&sent.bytes, &came.bytes, came, wait),
            Carried::Bytes if came.head.is_none() => missing(came, wait),
            Carried::Bytes => beginning(sent.after_head(), came.after_head(), came, wait),
            Carried::Frames => {
                let sent: Vec<_> = sent.frames().collect();
                let arrived: Vec<_> = came.frames().collect();
                beginning(&sent, &arrived, came, wait)
            }
        }
    }
}

/// Whether the fields of the answer are those that our server sent.
fn answered(hop: &Hop, answer: &Answered<'_>, arrival: &Arrival, setups: &Setups) -> Decision {
    let names = Names {
        setup: setups.at(End::Server),
        key: &hop.key(),
    };
    demands(
        &arrival.headers,
        |name| answer.fields().all(name).collect(),
        &names,
    )
}

/// Whether all that was sent has come, and nothing else.
fn beginning<T: PartialEq>(sent: &[T], came: &[T], way: &Way, wait: Wait) -> Decision {
    if sent == came {
        Met
    } else if sent.starts_with(came) {
        missing(way, wait)
    } else {
        Missed(Instead::Changed)
    }
}

/// Something that has not come yet.
fn missing(way: &Way, wait: Wait) -> Decision {
    if way.end.is_some() {
        Missed(Instead::Ended)
    } else if wait.late {
        Missed(Instead::Nothing)
    } else {
        Open
    }
}

fn demands<'a>(
    demands: &[(String, Demand)],
    lines: impl Fn(&str) -> Vec<&'a [u8]>,
    names: &Names<'_>,
) -> Decision {
    let unmet = demands
        .iter()
        .find_map(|(name, demand)| unmet_by(name, demand, &lines(name), |value| names.fill(value)));
    unmet.map_or(Met, |field| Missed(Instead::Field(field)))
}

fn message(hop: &Hop, kind: MessageKind, payload: &Payload, wait: Wait) -> Decision {
    match hop.theirs.messages().nth(hop.messages) {
        Some(came) if came == (kind, &payload.bytes()) => Met,
        Some(_) => Missed(Instead::Changed),
        None if hop.theirs.close().is_some() => Missed(Instead::Closed),
        None => missing(&hop.theirs, wait),
    }
}

fn control(hop: &Hop, wanted: &Incoming, wait: Wait) -> Decision {
    if controls(&hop.theirs)
        .skip(hop.controls)
        .any(|came| came == wanted)
    {
        Met
    } else if hop.theirs.close().is_some() {
        Missed(Instead::Closed)
    } else {
        missing(&hop.theirs, wait)
    }
}

/// The pings and pongs that came.
pub(super) fn controls(way: &Way) -> impl Iterator<Item = &Incoming> {
    let is_control =
        |incoming: &&Incoming| matches!(incoming, Incoming::Ping(_) | Incoming::Pong(_));
    way.incoming.iter().filter(is_control)
}

fn close(hop: &Hop, body: &[u8], wait: Wait) -> Decision {
    match hop.theirs.close() {
        Some(came) if came == body => Met,
        Some(_) => Missed(Instead::Changed),
        None => missing(&hop.theirs, wait),
    }
}

fn closed(hop: &Hop, codes: &Codes, wait: Wait) -> Decision {
    match hop.theirs.close().map(code_of) {
        Some(code) if codes.contains(code) => Met,
        Some(_) => Missed(Instead::Changed),
        None => missing(&hop.theirs, wait),
    }
}

/// The code of a Close frame; 1005 for none (RFC 6455 §7.1.5).
fn code_of(body: &[u8]) -> u16 {
    body.first_chunk()
        .map_or(1005, |code| u16::from_be_bytes(*code))
}

fn failed(hop: &Hop, codes: &Codes, wait: Wait) -> Decision {
    if hop.theirs.close().is_none() && hop.theirs.end.is_some() {
        return Met;
    }
    closed(hop, codes, wait)
}

fn ended(hop: &Hop, kind: EndKind, wait: Wait) -> Decision {
    let Some(end) = hop.theirs.end else {
        return missing(&hop.theirs, wait);
    };
    let fits = match kind {
        EndKind::Fin | EndKind::Notify => end == EndOfStream::Finished,
        EndKind::Rst => is_reset(end),
        EndKind::Any | EndKind::Announced => true,
    };
    if fits { Met } else { Missed(Instead::Changed) }
}

/// Whether a stream was reset as TCP is: with CANCEL over HTTP/2 (RFC 8441 §5), with
/// H3_REQUEST_CANCELLED over HTTP/3 (RFC 9220 §3).
fn is_reset(end: EndOfStream) -> bool {
    match end {
        EndOfStream::Reset => true,
        EndOfStream::Cancelled(code) => matches!(
            code.name(),
            Some(ErrorCode::Cancel | ErrorCode::H3RequestCancelled)
        ),
        EndOfStream::Finished | EndOfStream::Truncated | EndOfStream::Aborted(_) => false,
    }
}

fn never(hop: &Hop, bytes: &[u8], wait: Wait) -> Decision {
    if contains(&hop.theirs.bytes, bytes) {
        Missed(Instead::Arrived)
    } else if hop.theirs.end.is_some() || wait.quiet {
        Met
    } else {
        Open
    }
}

fn quiet(hop: &Hop, wait: Wait) -> Decision {
    if hop.theirs.bytes.len() > wait.before {
        Missed(Instead::Arrived)
    } else if hop.theirs.end.is_some() {
        Missed(Instead::Ended)
    } else if wait.quiet {
        Met
    } else {
        Open
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    !part.is_empty() && bytes.windows(part.len()).any(|window| window == part)
}
