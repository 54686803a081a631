//! What went over a connection.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::probe::is_false;
use super::{Application, Echoes, Limits, MessageBehaviour, TargetRole, Transport, Who};

/// Everything that went over a connection, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Transcript {
    /// The role of the target.
    pub target_role: TargetRole,
    /// What the conversation went by, so that it can be judged again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub circumstances: Option<Box<Circumstances>>,
    /// What happened, in order of time.
    pub entries: Vec<Entry>,
}

/// What a conversation went by beside its case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Circumstances {
    /// Fixes everything random.
    pub seed: u64,
    /// The Host field.
    pub host: String,
    /// The request target.
    pub resource: String,
    /// Fields added to every request; secrets are masked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// The only origin that the server allows, as the user says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_origin: Option<String>,
    /// What the target was reached over.
    #[serde(default, skip_serializing_if = "Transport::is_tcp")]
    pub over: Transport,
    /// Whether TLS protects the conversation.
    #[serde(default, skip_serializing_if = "is_false")]
    pub secure: bool,
    /// What the target does with messages.
    pub peer: MessageBehaviour,
    /// Whether the target answers pings.
    pub pongs: bool,
    /// The user says what the target does with messages; it was not found out.
    #[serde(default, skip_serializing_if = "is_false")]
    pub claimed: bool,
    /// What the target does with each kind of message.
    #[serde(default, skip_serializing_if = "Echoes::is_unknown")]
    pub echoes: Echoes,
    /// Messages the target sends unasked when a connection opens.
    pub greeting: u32,
    /// Whether the target sends messages unasked later on: its own, or those of other connections.
    #[serde(default, skip_serializing_if = "is_false")]
    pub pushes: bool,
    /// No message was expected in particular: the conversation was compared with a plainer one.
    #[serde(default, skip_serializing_if = "is_false")]
    pub watching: bool,
    /// What the application wants to hear, as the user says.
    #[serde(default, skip_serializing_if = "Application::takes_anything")]
    pub application: Application,
    /// Limits claimed for the target.
    #[serde(default, skip_serializing_if = "Limits::are_unknown")]
    pub limits: Limits,
    /// How long was waited.
    pub waits: Waits,
}

/// Times in microseconds that bound the waits of a conversation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Waits {
    /// The least grace after the answer to a barrier.
    pub grace_us: u64,
    /// The least wait for a message that a pong may overtake.
    pub overtaken_us: u64,
    /// Round trips in a grace, where that is longer.
    pub round_trips: u32,
    /// The smallest round trip the probe saw.
    pub round_trip_us: u64,
    /// What a KiB takes on its way.
    pub per_kib_us: u64,
    /// The least quiet time.
    pub quiet_us: u64,
    /// The end of a wait that no evidence ends.
    pub deadline_us: u64,
    /// How long the closing handshake is waited for after the verdict.
    pub linger_us: u64,
}

/// One event on a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Entry {
    /// Time since the start of the case, in microseconds.
    pub at_us: u64,
    /// The conversation it belongs to, from 1, where a case has several; over HTTP/2 and HTTP/3, the
    /// channel that carries them: the connection is 1, a QUIC stream its number and 1, the
    /// QUIC connection itself 0.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    pub on: u32,
    /// The side that did it.
    pub who: Who,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

/// An event on a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "what", content = "data")]
pub enum What {
    /// Bytes were written or read; in hex.
    Bytes(
        #[serde(with = "hex_bytes")]
        #[schemars(with = "String")]
        Vec<u8>,
    ),
    /// The fields of a head of HTTP/2 or HTTP/3, of a stream whose frames are not kept.
    Fields(Vec<(String, String)>),
    /// The direction ended in an orderly way.
    Fin,
    /// TCP ended below TLS, without close_notify.
    Truncated,
    /// A ClientHello came: the host it names, if it names one.
    Hello(Option<String>),
    /// A fatal alert of TLS came, by its number.
    Alert(u8),
    /// The connection was reset.
    Rst,
    /// A stream of QUIC was reset (RESET_STREAM), with this error code of HTTP/3.
    StreamReset(u64),
    /// No more of a stream of QUIC was wanted (STOP_SENDING), with this error code of HTTP/3.
    StreamStopped(u64),
    /// The QUIC connection was closed, with this error code of HTTP/3 if it was HTTP/3 that closed it.
    ConnectionClosed(Option<u64>),
    /// Number of further bytes that were not kept.
    Left(u64),
    /// The suite stopped waiting.
    TimedOut,
    /// Whether the target served a further connection while this one was open.
    ServesAnother(bool),
}

/// The number of the first conversation.
fn first() -> u32 {
    1
}

#[allow(clippy::trivially_copy_pass_by_ref)] // as serde calls it
fn is_first(on: &u32) -> bool {
    *on == 1
}

impl Entry {
    /// The smallest piece of memory an allocator hands out, in bytes.
    const SMALLEST_ALLOCATION: usize = 32;

    fn cost(&self) -> usize {
        let bytes = if let What::Bytes(bytes) = &self.what {
            bytes.len()
        } else {
            0
        };
        size_of::<Entry>() + bytes.max(Entry::SMALLEST_ALLOCATION)
    }
}

impl Transcript {
    /// An estimate of the memory it takes, in bytes.
    pub fn cost(&self) -> usize {
        self.entries.iter().map(Entry::cost).sum()
    }

    /// The beginning of the transcript, in at most `cost` bytes of memory, and how the connection
    /// ended. Bytes that are left out are counted in [`What::Left`].
    #[must_use]
    pub fn shortened(&self, cost: usize) -> Transcript {
        let mut room = cost;
        let mut entries: Vec<Entry> = Vec::new();
        let mut left = [0; 2];
        for entry in &self.entries {
            let left_out = &mut left[usize::from(entry.who == Who::Target)];
            match &entry.what {
                What::Bytes(bytes) if *left_out > 0 || entry.cost() > room => {
                    *left_out += bytes.len() as u64;
                }
                What::Left(n) => *left_out += n,
                What::Bytes(_) => {
                    room -= entry.cost();
                    entries.push(entry.clone());
                }
                _ => entries.push(entry.clone()),
            }
        }
        let at_us = self.entries.last().map_or(0, |entry| entry.at_us);
        let sides = [Who::Suite, Who::Target].into_iter().zip(left);
        entries.extend(sides.filter(|(_, n)| *n > 0).map(|(who, n)| Entry {
            at_us,
            on: 1,
            who,
            what: What::Left(n),
        }));
        Transcript {
            target_role: self.target_role,
            circumstances: self.circumstances.clone(),
            entries,
        }
    }
}

mod hex_bytes {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&wsspec_core::dissect::hex_digits(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        (0..text.len())
            .step_by(2)
            .map(|i| byte(&text, i).ok_or_else(|| D::Error::custom("the bytes are not hex")))
            .collect()
    }

    /// The byte whose two digits begin at `i`.
    fn byte(text: &str, i: usize) -> Option<u8> {
        u8::from_str_radix(text.get(i..i + 2)?, 16).ok()
    }
}
