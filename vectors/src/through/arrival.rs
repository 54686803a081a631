//! What has to arrive at an end.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::{Value, json};

use super::End;
use crate::frame::CloseSource;
use crate::json::{True, present};
use crate::outcome::{DemandSource, demands};
use crate::{CloseBody, Codes, Demand, EndKind, Grade, Payload};

/// One alternative of an expectation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// What has to arrive.
    pub sign: Sign,
    /// The end at which it arrives, if not that of the step.
    pub at: Option<End>,
    /// Only a gateway of this nature may do this.
    pub of: Option<Nature>,
    /// Demands on fields of the head, by field name.
    pub headers: Vec<(String, Demand)>,
    /// The request target.
    pub target: Option<String>,
    /// What the content of a refusal contains.
    pub body: Option<String>,
    /// The verdict of a match, where it is not a plain pass.
    pub verdict: Option<Grade>,
    /// The reason for that verdict.
    pub why: Option<String>,
}

/// What arrives at an end of ours, as its bytes show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sign {
    /// The opening request.
    Requested,
    /// A complete and valid response that opens the connection.
    Opened,
    /// An answer that opens no WebSocket: with another status than 101, or a 101 that a client has to
    /// refuse, or the end without an answer.
    Refused(Codes),
    /// The next data message is this text.
    Text(Payload),
    /// The next data message is this binary one.
    Binary(Payload),
    /// This ping.
    Ping(Payload),
    /// This pong.
    Pong(Payload),
    /// A Close frame with this body.
    Close(CloseBody),
    /// A Close frame with a listed code.
    Closed(Codes),
    /// The gateway failed the connection: a Close with a listed code, or its end.
    Failed(Codes),
    /// The connection has ended.
    Ended(EndKind),
    /// What the other end sent has arrived as it was.
    Carried(Carried),
    /// These bytes have not arrived, and do not until the connection ends or nothing comes for the
    /// quiet time.
    Never(Payload),
    /// Nothing arrives for the quiet time.
    Quiet,
}

/// How much of what was sent has to arrive unchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Carried {
    /// Every byte, the head included.
    Stream,
    /// Every byte after the head.
    Bytes,
    /// Every frame after the head: bits, opcode and payload, but not its masking key.
    Frames,
}

/// What a gateway is to the WebSocket that goes through it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Nature {
    /// A relay that is no party to it.
    Tunnel,
    /// An endpoint of two WebSockets, one with either end.
    Endpoint,
}

#[derive(JsonSchema)]
#[schemars(untagged, rename = "arrival")]
#[allow(dead_code)]
enum ArrivalSource {
    Word(WordName),
    Fields(Box<ArrivalFields>),
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase", inline)]
#[allow(dead_code)]
enum WordName {
    Requested,
    Opened,
    Refused,
    Failed,
    Ended,
    Quiet,
}

/// One arrival: exactly one word.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
struct ArrivalFields {
    /// the opening request
    requested: Option<True>,
    /// a valid response that opens the connection
    opened: Option<True>,
    /// statuses; 101 stands for one that a client has to refuse, null for no answer
    refused: Option<Codes>,
    /// the next data message
    text: Option<Payload>,
    /// the next data message
    binary: Option<Payload>,
    ping: Option<Payload>,
    pong: Option<Payload>,
    /// a Close frame with this body
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "CloseSource")]
    close: Option<CloseBody>,
    /// a Close frame with one of these codes
    closed: Option<Codes>,
    /// close codes
    failed: Option<Codes>,
    ended: Option<EndKind>,
    /// what the other end sent arrives unchanged
    carried: Option<Carried>,
    /// bytes that do not arrive
    never: Option<Payload>,
    quiet: Option<True>,
    /// the end at which it arrives, if not that of the step
    at: Option<End>,
    /// only for a gateway of this nature
    of: Option<Nature>,
    /// fields of the head: a value (or an element of a list), a pattern, true for present, null for
    /// absent
    #[schemars(with = "std::collections::BTreeMap<String, DemandSource>")]
    #[serde(default, deserialize_with = "demands")]
    headers: Vec<(String, Demand)>,
    /// with `requested`: the request target
    target: Option<String>,
    /// with `refused`: what its content contains
    body: Option<String>,
    verdict: Option<Grade>,
    why: Option<String>,
}

impl JsonSchema for Arrival {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        ArrivalSource::schema_name()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        ArrivalSource::json_schema(generator)
    }
}

impl<'de> Deserialize<'de> for Arrival {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = match Value::deserialize(deserializer)? {
            Value::String(word) => spelled_out(&word).map_err(D::Error::custom)?,
            value => value,
        };
        let fields = ArrivalFields::deserialize(value).map_err(D::Error::custom)?;
        fields.resolve().map_err(D::Error::custom)
    }
}

/// A word that stands alone, with its value.
fn spelled_out(word: &str) -> Result<Value, String> {
    let value = match word {
        "requested" | "opened" | "quiet" => json!(true),
        "refused" | "failed" | "ended" => json!("any"),
        other => {
            return Err(format!(
                "no arrival is called `{other}`, or it needs a value"
            ));
        }
    };
    Ok(json!({word: value}))
}

impl ArrivalFields {
    fn resolve(mut self) -> Result<Arrival, String> {
        if self.verdict.is_some() != self.why.is_some() {
            return Err("`verdict` and `why` go together".into());
        }
        let (at, of, verdict) = (self.at, self.of, self.verdict);
        let headers = std::mem::take(&mut self.headers);
        let (target, body, why) = (self.target.take(), self.body.take(), self.why.take());
        let sign = self.sign()?;
        let of_head = matches!(sign, Sign::Requested | Sign::Opened | Sign::Refused(_));
        if !headers.is_empty() && !of_head {
            return Err("`headers` goes with `requested`, `opened` or `refused`".into());
        }
        if target.is_some() && sign != Sign::Requested {
            return Err("`target` goes with `requested`".into());
        }
        if body.is_some() && !matches!(sign, Sign::Refused(_)) {
            return Err("`body` goes with `refused`".into());
        }
        Ok(Arrival {
            sign,
            at,
            of,
            headers,
            target,
            body,
            verdict,
            why,
        })
    }

    /// The one word that is written.
    fn sign(self) -> Result<Sign, &'static str> {
        let words = [
            self.requested.map(|True| Sign::Requested),
            self.opened.map(|True| Sign::Opened),
            self.refused.map(Sign::Refused),
            self.text.map(Sign::Text),
            self.binary.map(Sign::Binary),
            self.ping.map(Sign::Ping),
            self.pong.map(Sign::Pong),
            self.close.map(Sign::Close),
            self.closed.map(Sign::Closed),
            self.failed.map(Sign::Failed),
            self.ended.map(Sign::Ended),
            self.carried.map(Sign::Carried),
            self.never.map(Sign::Never),
            self.quiet.map(|True| Sign::Quiet),
        ];
        let mut words = words.into_iter().flatten();
        match (words.next(), words.next()) {
            (Some(sign), None) => Ok(sign),
            _ => Err("an arrival has exactly one word"),
        }
    }
}
