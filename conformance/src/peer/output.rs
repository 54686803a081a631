//! Planted faults in what an endpoint sends.
//!
//! Core's endpoint always sends what the RFC allows. These faults are made around it: by its
//! general settings, by what is done when the connection opens, and by rewriting its head and
//! frames on their way out.

use std::mem;

use wsspec_core::Role;
use wsspec_core::deflate::emit::TAIL;
use wsspec_core::deflate::message::Context;
use wsspec_core::deflate::negotiation::{self, Parameters, Support};
use wsspec_core::dissect::head_length;
use wsspec_core::endpoint::{AutoReply, ChooseOffer, Endpoint, Phase};
use wsspec_core::frame::{FrameHeader, FrameWriter, apply_mask};
use wsspec_core::handshake::{Extension, HeadReader, accept_for};
use wsspec_core::violation::ViolationSet;

/// RSV1, the mark of a compressed message (RFC 7692 §6).
const RSV1: u8 = 4;

/// The masking key of a server that masks, which no server may.
const SERVER_KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// Departures in what an endpoint sends. All off by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OutputFaults {
    /// Answers the opening request with the accept value of another key.
    pub wrong_accept: bool,
    /// Masks its frames as a server, and does not as a client.
    pub wrong_mask: bool,
    /// Ends TCP right after the opening handshake.
    pub drop_after_open: bool,
    /// Does not answer pings.
    pub no_pong: bool,
    /// Does not answer a Close frame.
    pub no_close: bool,
    /// Compresses with the largest window, whatever was agreed on.
    pub window_exceeded: bool,
    /// Compresses with context takeover, whatever was agreed on.
    pub context_kept: bool,
    /// Leaves RSV1 out on compressed messages.
    pub no_rsv1: bool,
    /// Leaves the `00 00 FF FF` at the end of compressed messages.
    pub tail_kept: bool,
    /// Accepts offers of permessage-deflate that cannot be read.
    pub any_offer: bool,
    /// Accepts offers of permessage-deflate without any parameters.
    pub plain_answer: bool,
    /// Accepts every extension offered, in the words of the offer.
    pub offer_echoed: bool,
    /// Drops its decompression context after each message.
    pub window_forgotten: bool,
    /// As a client, replaces the first text by the second throughout its request.
    pub request_swap: Option<(&'static str, &'static str)>,
}

impl OutputFaults {
    /// Which frames the endpoint answers.
    pub(super) fn auto_reply(&self) -> AutoReply {
        AutoReply {
            pong: !self.no_pong,
            close: !self.no_close,
        }
    }

    /// How the endpoint chooses among offers of permessage-deflate.
    pub(super) fn choose_offer(&self) -> ChooseOffer {
        match self {
            OutputFaults {
                plain_answer: true, ..
            } => choose_plain,
            OutputFaults {
                any_offer: true, ..
            }
            | OutputFaults {
                offer_echoed: true, ..
            } => choose_any,
            _ => Support::choose,
        }
    }

    /// Whether it acts between the opening handshake and frames that follow in the same read.
    fn acts_when_open(&self) -> bool {
        self.drop_after_open || self.window_exceeded || self.context_kept || self.window_forgotten
    }

    fn opened(&self, endpoint: &mut Endpoint) {
        if let Some(parameters) = endpoint.compression() {
            let agreed = parameters.context(endpoint.role());
            if self.window_exceeded || self.context_kept {
                endpoint.compress_as(Context {
                    takeover: agreed.takeover || self.context_kept,
                    window_bits: if self.window_exceeded {
                        15
                    } else {
                        agreed.window_bits
                    },
                });
            }
            if self.window_forgotten {
                let peer = parameters.context(endpoint.role().peer());
                endpoint.inflate_as(Context {
                    takeover: false,
                    ..peer
                });
            }
        }
        if self.drop_after_open {
            endpoint.receive_end();
        }
    }
}

/// Accepts the first offer that can be read, or else one that cannot, without parameters.
#[allow(clippy::trivially_copy_pass_by_ref)] // the type of the hook
fn choose_any(support: &Support, offered: &[Extension]) -> Option<Parameters> {
    let offers = offered.iter().any(|e| e.name == negotiation::NAME);
    let chosen = support.choose(offered);
    chosen.or(offers.then(Parameters::default))
}

#[allow(clippy::trivially_copy_pass_by_ref)] // the type of the hook
fn choose_plain(support: &Support, offered: &[Extension]) -> Option<Parameters> {
    support.choose(offered).map(|_| Parameters::default())
}

/// The output faults of one connection.
#[derive(Debug)]
pub(super) struct FaultyOutput {
    faults: OutputFaults,
    /// The request that a server reads, if the fault needs it.
    request: Vec<u8>,
    sent: Sent,
}

/// What has been sent so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sent {
    Nothing,
    Head,
    /// A refusal; nothing but its body follows.
    Refusal,
}

impl FaultyOutput {
    /// `None` if there is no fault.
    pub(super) fn new(faults: OutputFaults) -> Option<FaultyOutput> {
        (faults != OutputFaults::default()).then_some(FaultyOutput {
            faults,
            request: Vec::new(),
            sent: Sent::Nothing,
        })
    }

    /// Passes received bytes to the endpoint.
    pub(super) fn receive(&mut self, endpoint: &mut Endpoint, mut bytes: &mut [u8]) {
        if endpoint.role() == Role::Server && self.faults.offer_echoed {
            self.request.extend_from_slice(bytes);
        }
        if self.faults.acts_when_open() {
            while endpoint.phase() == Phase::Connecting
                && let Some((byte, rest)) = mem::take(&mut bytes).split_first_mut()
            {
                endpoint.receive(std::slice::from_mut(byte));
                bytes = rest;
                if endpoint.phase() == Phase::Open {
                    self.faults.opened(endpoint);
                }
            }
        }
        endpoint.receive(bytes);
    }

    /// The bytes that go out instead of `output`, which has whole heads and frames.
    pub(super) fn outgoing(&mut self, role: Role, output: Vec<u8>) -> Vec<u8> {
        if output.is_empty() || self.sent == Sent::Refusal {
            return output;
        }
        let mut frames = output.as_slice();
        let mut out = Vec::new();
        if self.sent == Sent::Nothing {
            let (head, rest) = output.split_at(head_length(&output));
            let opens = role == Role::Client || head.starts_with(b"HTTP/1.1 101");
            self.sent = if opens { Sent::Head } else { Sent::Refusal };
            if !opens {
                return output;
            }
            out = self.head(role, &String::from_utf8_lossy(head)).into_bytes();
            frames = rest;
        }
        while let Some(header) = FrameHeader::parse(frames) {
            let (frame, rest) = frames.split_at(header.size() + header.length as usize);
            self.frame(role, header, &frame[header.size()..], &mut out);
            frames = rest;
        }
        out
    }

    /// The request of a client, or the 101 of a server.
    fn head(&self, role: Role, head: &str) -> String {
        if role == Role::Client {
            let (from, to) = self.faults.request_swap.unwrap_or_default();
            return if from.is_empty() {
                head.to_owned()
            } else {
                head.replace(from, to)
            };
        }
        if self.faults.wrong_accept {
            return with_field(head, "Sec-WebSocket-Accept", accept_for);
        }
        if self.faults.offer_echoed
            && let Some(offer) = self.offer()
        {
            return with_field(head, "Sec-WebSocket-Extensions", |_| offer);
        }
        head.to_owned()
    }

    /// The first Sec-WebSocket-Extensions field of the request.
    fn offer(&self) -> Option<String> {
        let mut head = HeadReader::request().tolerating(ViolationSet::ALL);
        head.read(&mut self.request.as_slice()).ok()?;
        let request = head.parse_request().ok()?;
        let offer = request.fields.get("sec-websocket-extensions")?;
        Some(offer.to_owned())
    }

    fn frame(&self, role: Role, header: FrameHeader, payload: &[u8], out: &mut Vec<u8>) {
        let mut payload = payload.to_vec();
        if let Some(key) = header.mask {
            apply_mask(&mut payload, key, 0);
        }
        let mut rsv = header.rsv;
        if rsv == RSV1 && self.faults.tail_kept {
            payload.extend(TAIL);
        }
        if self.faults.no_rsv1 {
            rsv = 0;
        }
        let mask = match role {
            _ if !self.faults.wrong_mask => header.mask,
            Role::Server => Some(SERVER_KEY),
            Role::Client => None,
        };
        FrameWriter::new(header.opcode, &payload)
            .fin(header.fin)
            .rsv(rsv)
            .mask(mask)
            .write(out);
    }
}

/// The head with another value in its field `name`, if it has one.
fn with_field(head: &str, name: &str, value: impl FnOnce(&str) -> String) -> String {
    let start = format!("{name}: ");
    let Some((before, rest)) = head.split_once(&start) else {
        return head.to_owned();
    };
    let (old, after) = rest.split_once("\r\n").unwrap_or((rest, ""));
    format!("{before}{start}{}\r\n{after}", value(old))
}

#[cfg(test)]
mod tests {
    use wsspec_core::endpoint::ServerConfig;

    use super::*;

    fn answer(faults: OutputFaults, offer: &str) -> String {
        let mut server = Endpoint::server(ServerConfig {
            compression: Some(Support::default()),
            choose_offer: faults.choose_offer(),
            ..ServerConfig::default()
        });
        let mut request = format!(
            "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
            Sec-WebSocket-Extensions: {offer}\r\n\r\n"
        )
        .into_bytes();
        let mut output = match FaultyOutput::new(faults) {
            None => {
                server.receive(&mut request);
                server.take_output()
            }
            Some(mut rewriting) => {
                rewriting.receive(&mut server, &mut request);
                rewriting.outgoing(Role::Server, server.take_output())
            }
        };
        output.truncate(output.len() - 4);
        let head = String::from_utf8(output).unwrap();
        let extensions = head.split_once("Sec-WebSocket-Extensions: ");
        extensions.map_or("", |(_, rest)| rest).to_owned()
    }

    /// Each fault with an offer that can be read, one that cannot, and another extension.
    #[test]
    fn only_a_fault_accepts_malformed_offers() {
        const READABLE: &str = "permessage-deflate; server_no_context_takeover";
        const UNREADABLE: &str = "permessage-deflate; server_max_window_bits";
        const PLAIN: &str = "permessage-deflate";
        type Set = fn(&mut OutputFaults);
        let rows: [(Set, [&str; 3]); 4] = [
            (|_| (), [READABLE, "", ""]),
            (|o| o.any_offer = true, [READABLE, PLAIN, ""]),
            (|o| o.offer_echoed = true, [READABLE, UNREADABLE, ""]),
            (|o| o.plain_answer = true, [PLAIN, "", ""]),
        ];
        for (set, answers) in rows {
            let mut faults = OutputFaults::default();
            set(&mut faults);
            for (offer, expected) in [READABLE, UNREADABLE, "x"].into_iter().zip(answers) {
                assert_eq!(answer(faults, offer), expected, "{faults:?} {offer}");
            }
        }
    }
}
