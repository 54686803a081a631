//! An exchange with the reference endpoint in memory: no socket, no time passes but what is waited.

use std::time::Duration;

use wsspec_core::Role;

use crate::exchange::{Action, Conclusion, EndOfStream, Exchange, Setup};
use crate::peer::{PeerConnection, Recording, ReferencePeer};
use wsspec_vectors::{Ability, Case, SplitMix64};

/// What this driver can do beyond one plain connection.
pub const ABILITIES: &[Ability] = &[Ability::Tell];

/// How long a target waits before it sends what it put off.
const PAUSE: Duration = Duration::from_millis(3);

/// How the endpoint's output is cut on its way to the suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chunking {
    /// As it comes.
    Whole,
    /// Byte by byte; what is large, in pieces of an odd size.
    Bytes,
    /// At random, by this seed.
    Random(u64),
}

/// Runs a case against `peer`.
pub fn run(case: &Case, setup: &Setup, peer: &ReferencePeer, chunking: Chunking) -> Conclusion {
    carry_out(case, setup, peer, chunking, None)
}

/// Runs a case against `peer`, and tells what `peer` read and said.
pub(crate) fn record(case: &Case, setup: &Setup, peer: &ReferencePeer) -> (Conclusion, Recording) {
    let mut recording = Recording::default();
    let conclusion = carry_out(case, setup, peer, Chunking::Whole, Some(&mut recording));
    (conclusion, recording)
}

fn carry_out(
    case: &Case,
    setup: &Setup,
    peer: &ReferencePeer,
    chunking: Chunking,
    mut recording: Option<&mut Recording>,
) -> Conclusion {
    let mut exchange = Exchange::new(case, setup);
    let seed = setup.client_seed(&case.id);
    let dialled = case
        .dial
        .as_ref()
        .map(|dial| peer.dialing(dial, &setup.host, seed));
    let refuses = dialled.as_ref().is_some_and(Option::is_none);
    let mut target = dialled
        .flatten()
        .unwrap_or_else(|| peer.connection(setup.target, seed));
    let mut random = SplitMix64(if let Chunking::Random(seed) = chunking {
        seed
    } else {
        0
    });
    let mut now = Duration::ZERO;
    let mut incoming: Vec<u8> = Vec::new();
    let mut told_end = false;
    if setup.target == Role::Client && !refuses {
        incoming = said(&mut target, &mut recording);
    }
    loop {
        match exchange.next(now) {
            Action::Write(bytes) => {
                for mut piece in pieces(bytes, chunking, &mut random) {
                    if let Some(recording) = &mut recording {
                        recording.read(&piece);
                    }
                    target.receive(&mut piece);
                    incoming.extend(said(&mut target, &mut recording));
                }
            }
            ended @ (Action::Fin | Action::Rst) => {
                if ended == Action::Rst {
                    target.receive_reset();
                } else {
                    target.receive_end();
                }
                incoming.extend(said(&mut target, &mut recording));
            }
            Action::ReadStop | Action::ReadGo => {}
            Action::Tell(tell) => {
                target.tell(&tell);
                incoming.extend(said(&mut target, &mut recording));
            }
            Action::Second => exchange.second(target.serves_others()),
            Action::Wait(until) => {
                if !incoming.is_empty() {
                    for piece in pieces(std::mem::take(&mut incoming), chunking, &mut random) {
                        now += Duration::from_micros(1);
                        exchange.received(&piece, now);
                    }
                } else if target.has_delayed_output() {
                    now = now.max(until.min(now + PAUSE));
                    target.tick();
                    incoming = target.take_output();
                } else if (target.wants_end() || refuses) && !told_end {
                    told_end = true;
                    exchange.ended(EndOfStream::Fin, now);
                } else {
                    now = now.max(until);
                }
            }
            Action::Done => {
                if let Some(recording) = recording {
                    recording.finish(&target);
                }
                return exchange.conclude_all();
            }
        }
    }
}

/// What the target says, recorded.
fn said(target: &mut PeerConnection, recording: &mut Option<&mut Recording>) -> Vec<u8> {
    let said = target.take_output();
    if let Some(recording) = recording {
        recording.sent(&said);
    }
    said
}

fn pieces(bytes: Vec<u8>, chunking: Chunking, random: &mut SplitMix64) -> Vec<Vec<u8>> {
    match chunking {
        Chunking::Whole => vec![bytes],
        Chunking::Bytes if bytes.len() > 128 << 10 => {
            bytes.chunks(1021).map(<[u8]>::to_vec).collect()
        }
        Chunking::Bytes => bytes.into_iter().map(|b| vec![b]).collect(),
        Chunking::Random(_) => {
            let mut pieces = Vec::new();
            let mut rest = bytes.as_slice();
            while !rest.is_empty() {
                let size = 1 + random.next() as usize % rest.len().min(1 << (random.next() % 12));
                let (piece, left) = rest.split_at(size);
                pieces.push(piece.to_vec());
                rest = left;
            }
            pieces
        }
    }
}
