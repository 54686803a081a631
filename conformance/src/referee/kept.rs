//! What is kept of a connection for the report.

use std::sync::Arc;
use std::time::Duration;

use wsspec_core::Role;
use wsspec_reports::{Circumstances, Entry, TargetRole, Transcript, Transport, What, Who};

use crate::run::Secrets;

/// Bytes kept of a connection, from its beginning.
const MAX_KEPT: usize = 16 << 10;

/// Whether reports may show what messages carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Payloads {
    /// They may.
    #[default]
    Kept,
    /// They may not: of a connection the heads alone are kept.
    Redacted,
}

/// The beginning of a connection.
#[derive(Debug, Default)]
pub(super) struct Kept {
    payloads: Payloads,
    /// What it is over, where a log is read by that: HTTP/2.
    over: Transport,
    pieces: Vec<(Duration, Role, What)>,
    bytes: usize,
    /// Bytes of client and server that were not kept.
    left: [u64; 2],
}

impl Kept {
    pub(super) fn new(payloads: Payloads) -> Kept {
        Kept {
            payloads,
            ..Kept::default()
        }
    }

    /// They are those of HTTP/2.
    pub(super) fn over_http2(&mut self) {
        self.over = Transport::H2;
    }

    /// Keeps bytes, as far as there is room. `in_head`: they belong to heads.
    pub(super) fn bytes(&mut self, at: Duration, from: Role, bytes: &[u8], in_head: bool) {
        let left = &mut self.left[usize::from(from == Role::Server)];
        let wanted = in_head || self.payloads == Payloads::Kept;
        let room = if *left == 0 && wanted {
            MAX_KEPT - self.bytes
        } else {
            0
        };
        let kept = &bytes[..bytes.len().min(room)];
        *left += (bytes.len() - kept.len()) as u64;
        if !kept.is_empty() {
            self.bytes += kept.len();
            self.pieces.push((at, from, What::Bytes(kept.to_vec())));
        }
    }

    /// Begins again with the head of a request: what went before has nothing to do with it.
    pub(super) fn begin_with(&mut self, at: Duration, head: &[u8]) {
        *self = Kept::new(self.payloads);
        self.bytes(at, Role::Client, head, true);
    }

    /// Keeps how a direction ended.
    pub(super) fn end(&mut self, at: Duration, from: Role, how: What) {
        self.pieces.push((at, from, how));
    }

    /// The transcript in which `target` is the target.
    pub(super) fn transcript(&self, target: Role, secrets: &[(String, String)]) -> Arc<Transcript> {
        let mut entries: Vec<Entry> = self
            .pieces
            .iter()
            .map(|(at, from, what)| entry(*at, *from == target, what.clone()))
            .collect();
        let last = self.pieces.last().map_or(Duration::ZERO, |(at, ..)| *at);
        for (from, left) in [Role::Client, Role::Server].into_iter().zip(self.left) {
            if left > 0 {
                entries.push(entry(last, from == target, What::Left(left)));
            }
        }
        let mut transcript = Transcript {
            target_role: match target {
                Role::Server => TargetRole::Server,
                Role::Client => TargetRole::Client,
            },
            circumstances: self.over.has_streams().then(|| {
                Box::new(Circumstances {
                    over: self.over,
                    ..Circumstances::default()
                })
            }),
            entries,
        };
        let secrets = secrets.iter().map(|(name, value)| (&**name, &**value));
        Secrets::of(secrets).mask_transcript(&mut transcript);
        Arc::new(transcript)
    }
}

fn entry(at: Duration, of_target: bool, what: What) -> Entry {
    Entry {
        at_us: at.as_micros() as u64,
        on: 1,
        who: if of_target { Who::Target } else { Who::Suite },
        what,
    }
}
