//! What a case expects, in words that grade themselves.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::{Map, Value};

use globset::Glob;
use wsspec_core::Violation;
use wsspec_core::violation::ViolationSet;

use super::parse::{ViolationName, violation_named};
use super::transport::{
    ErrorCodes, Hello, HelloSource, SettingValues, TransportWord, WantedSettings, wanted_settings,
};
use super::{Agreed, Payload};

mod traits;

pub use traits::{Barrier, Consumes, Silence, Traits};

/// One alternative of an expectation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// What has to happen.
    pub word: Word,
    /// What the fields of the head have to be; for `opened`, `refused` and `requested`.
    pub headers: Vec<(String, Demand)>,
    /// The verdict, when it is not a plain pass.
    pub verdict: Option<Grade>,
    /// Why it is not.
    pub why: Option<String>,
}

/// The word of an outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// Every message sent so far has come back.
    Echo,
    /// This text message is there.
    Text(Payload),
    /// This binary message is there.
    Binary(Payload),
    /// This pong is there.
    Pong(Payload),
    /// This Close frame is there, with this reason if one is named, and nothing softer will do.
    Close(Codes, Option<Payload>),
    /// A barrier ping was answered.
    Alive,
    /// The target failed the connection.
    Failed(Codes),
    /// Our Close was answered by Close, then TCP ended.
    Closed(Codes),
    /// A complete and right 101.
    Opened(OpenedFields),
    /// A complete answer that is not 101.
    Refused(Codes),
    /// The client asked like this; `None`: it did not ask at all.
    Requested(Option<RequestedFields>),
    /// The target ended TCP.
    Ended(EndKind),
    /// Nothing came for the quiet time.
    Quiet,
    /// A size limit spoke.
    Limited,
    /// A fresh second connection opens and is alive.
    Serves,
    /// Something that only another transport has.
    Transport(TransportWord),
}

/// Close codes or statuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Codes {
    /// Any will do.
    Any,
    /// What the RFC asks for, none named.
    Usual,
    /// One of these.
    These(Vec<CodeSet>),
}

/// A member of a list of close codes or statuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeSet {
    /// This one.
    One(u16),
    /// All that begin with this digit: `"4xx"`.
    Hundred(u16),
    /// None: a Close without a code, or the end of TCP instead of an answer.
    None,
}

/// How TCP ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum EndKind {
    /// Either way.
    Any,
    /// Orderly.
    Fin,
    /// By a reset.
    Rst,
    /// Over TLS: behind a close_notify (RFC 8446 §6.1).
    Notify,
}

/// The verdict of an alternative that is not a plain pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum Grade {
    /// A tolerated variant, or a SHOULD that is not followed.
    NonStrict,
    /// Worth knowing, not judged.
    Informational,
    /// A named failure.
    Fail,
}

/// What a field of the answer has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Demand {
    /// There, with any value.
    Present,
    /// Not there.
    Absent,
    /// There, as the value or as a member of the list.
    Lists(String),
    /// There, and a whole line matches this pattern.
    Like(String),
}

/// Details of `opened`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct OpenedFields {
    /// the subprotocol agreed on; null for none
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<String>")]
    pub subprotocol: Option<Option<String>>,
    /// the extensions agreed on; null for none
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<String>")]
    pub extensions: Option<Option<String>>,
    /// permessage-deflate: true for agreed on, null for not, or the terms; of a client: whether it offers it, rightly
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<Agreed>")]
    pub deflate: Option<Option<Agreed>>,
    /// fields of the answer
    #[schemars(with = "std::collections::BTreeMap<String, DemandSource>")]
    #[serde(default, deserialize_with = "demands")]
    pub headers: Vec<(String, Demand)>,
}

/// Details of `requested`. Only what is named is looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(inline)]
pub struct RequestedFields {
    /// the method
    pub method: Option<String>,
    /// the request target: in this form, or as an absolute http URI
    pub target: Option<String>,
    /// the HTTP version
    pub version: Option<String>,
    /// how long it waited since the conversation before it ended
    pub delay: Option<Delay>,
    /// violations that it is free of
    #[schemars(with = "Vec<ViolationName>")]
    #[serde(deserialize_with = "violations")]
    pub without: ViolationSet,
    /// fields of the request
    #[schemars(with = "std::collections::BTreeMap<String, DemandSource>")]
    #[serde(deserialize_with = "demands")]
    pub headers: Vec<(String, Demand)>,
}

/// How long a client that comes again has waited (RFC 6455 §7.2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Delay {
    /// For some time.
    Some,
    /// Longer than the time before.
    Longer,
    /// Another time than its like that were dialled together.
    Varies,
}

#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code)]
#[schemars(rename = "outcome")]
enum OutcomeSource {
    Word(WordName),
    Fields(Box<OutcomeFields>),
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase", inline)]
#[allow(dead_code)]
enum WordName {
    Echo,
    Alive,
    Failed,
    Closed,
    Opened,
    Refused,
    Ended,
    Quiet,
    Limited,
    Serves,
    Hello,
    Alert,
    Canary,
}

/// One outcome: exactly one word.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
struct OutcomeFields {
    /// every data message sent so far comes back
    echo: Option<True>,
    text: Option<Payload>,
    binary: Option<Payload>,
    pong: Option<Payload>,
    /// its Close frame with one of these codes
    close: Option<Codes>,
    /// with `close`: the reason in it
    reason: Option<Payload>,
    /// a barrier ping is answered
    alive: Option<True>,
    /// close codes
    failed: Option<Codes>,
    /// close codes
    closed: Option<Codes>,
    opened: Option<OpenedSource>,
    /// statuses
    refused: Option<Codes>,
    /// the request of a client: true for free of violations, null for none
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<RequestedSource>")]
    #[allow(clippy::option_option)] // left out, null, or a value
    requested: Option<Option<RequestedSource>>,
    ended: Option<EndKind>,
    quiet: Option<True>,
    limited: Option<True>,
    serves: Option<True>,
    /// over h2 or h3: the stream is reset with one of these codes; another is non-strict
    reset: Option<ErrorCodes>,
    /// over h2 or h3: the whole connection is ended with one of these codes; another, or none, is non-strict
    aborted: Option<ErrorCodes>,
    /// over h2 or h3: setting → value, null for not announced, or a list of them
    #[serde(default, deserialize_with = "wanted_settings")]
    #[schemars(with = "Option<std::collections::BTreeMap<String, SettingValues>>")]
    settings: Option<WantedSettings>,
    /// over tls: the ClientHello of a client
    hello: Option<HelloSource>,
    /// over tls: a fatal alert
    alert: Option<True>,
    /// somebody connected to `{canary}`
    canary: Option<True>,
    /// fields of the head: a value (or member of the list), a pattern, true for present, null for absent
    #[schemars(with = "std::collections::BTreeMap<String, DemandSource>")]
    #[serde(default, deserialize_with = "demands")]
    headers: Vec<(String, Demand)>,
    verdict: Option<Grade>,
    why: Option<String>,
}

/// `true`, and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "bool")]
pub struct True;

impl TryFrom<bool> for True {
    type Error = &'static str;
    fn try_from(value: bool) -> Result<True, &'static str> {
        value.then_some(True).ok_or("only `true` makes sense here")
    }
}

impl JsonSchema for True {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "true".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"const": true})
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
enum OpenedSource {
    #[allow(dead_code)]
    Word(True),
    Fields(OpenedFields),
}

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[allow(dead_code)]
enum CodesSource {
    Any(Any),
    One(u16),
    /// a class of statuses
    Class(#[schemars(regex(pattern = "^[1-5]xx$"))] String),
    These(#[schemars(length(min = 1))] Vec<CodeSource>),
    Usual(True),
}

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[allow(dead_code)]
enum CodeSource {
    One(u16),
    Class(#[schemars(regex(pattern = "^[1-5]xx$"))] String),
    /// no code, or no answer
    None(()),
}

#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
enum RequestedSource {
    #[allow(dead_code)]
    Word(True),
    Fields(RequestedFields),
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase", inline)]
#[allow(dead_code)]
pub(super) enum Any {
    Any,
}

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[allow(dead_code)]
enum DemandSource {
    /// present
    Present(True),
    /// absent
    Absent(()),
    Lists(String),
    Like(Like),
}

/// A pattern: `*`, `?`, `[abc]` and `{one,two}` as in file names.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
struct Like {
    like: String,
}

impl JsonSchema for Outcome {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        OutcomeSource::schema_name()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        OutcomeSource::json_schema(generator)
    }
}

impl JsonSchema for Codes {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        CodesSource::schema_name()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        CodesSource::json_schema(generator)
    }
}

impl<'de> Deserialize<'de> for Codes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let one = |value: &Value| match value {
            Value::Null => Some(CodeSet::None),
            Value::String(class) => match class.as_bytes() {
                [digit @ b'1'..=b'5', b'x', b'x'] => {
                    Some(CodeSet::Hundred(u16::from(digit - b'0')))
                }
                _ => None,
            },
            _ => value
                .as_u64()
                .and_then(|c| u16::try_from(c).ok())
                .map(CodeSet::One),
        };
        let codes = match &value {
            Value::String(word) if word == "any" => Some(Codes::Any),
            Value::Bool(true) => Some(Codes::Usual),
            Value::Array(list) if !list.is_empty() => list
                .iter()
                .map(one)
                .collect::<Option<_>>()
                .map(Codes::These),
            Value::Null => None,
            single => one(single).map(|code| Codes::These(vec![code])),
        };
        codes.ok_or_else(|| {
            D::Error::custom(format!(
                "expected a number, a class like \"4xx\", a list of them or \"any\", not {value}"
            ))
        })
    }
}

impl<'de> Deserialize<'de> for Outcome {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = match Value::deserialize(deserializer)? {
            Value::String(word) => {
                return Word::from_name(&word)
                    .map(Outcome::plain)
                    .map_err(D::Error::custom);
            }
            value @ Value::Object(_) => {
                OutcomeFields::deserialize(value).map_err(D::Error::custom)?
            }
            other => {
                return Err(D::Error::custom(format!(
                    "an outcome is a word or an object, not {other}"
                )));
            }
        };
        fields.resolve().map_err(D::Error::custom)
    }
}

impl OutcomeFields {
    fn resolve(self) -> Result<Outcome, String> {
        let f = self;
        let mut headers = f.headers;
        let opened = f.opened.map(|o| match o {
            OpenedSource::Word(True) => OpenedFields::default(),
            OpenedSource::Fields(fields) => fields,
        });
        let requested = f.requested.map(|r| {
            Word::Requested(r.map(|r| match r {
                RequestedSource::Word(True) => RequestedFields {
                    without: ViolationSet::ALL,
                    ..RequestedFields::default()
                },
                RequestedSource::Fields(mut fields) => {
                    headers.append(&mut fields.headers);
                    fields
                }
            }))
        });
        if f.reason.is_some() && f.close.is_none() {
            return Err("`reason` goes with `close`".into());
        }
        let reason = f.reason;
        let close = f.close.map(|codes| Word::Close(codes, reason));
        let transport = [
            f.reset.map(TransportWord::Reset),
            f.aborted.map(TransportWord::Aborted),
            f.settings.map(TransportWord::Settings),
            f.hello.map(|hello| TransportWord::Hello(hello.into())),
            f.alert.map(|_| TransportWord::Alert),
            f.canary.map(|_| TransportWord::Canary),
        ];
        let mut words = [
            f.echo.map(|_| Word::Echo),
            f.text.map(Word::Text),
            f.binary.map(Word::Binary),
            f.pong.map(Word::Pong),
            close,
            f.alive.map(|_| Word::Alive),
            f.failed.map(Word::Failed),
            f.closed.map(Word::Closed),
            opened.map(|mut o| {
                headers.append(&mut o.headers);
                Word::Opened(o)
            }),
            f.refused.map(Word::Refused),
            requested,
            f.ended.map(Word::Ended),
            f.quiet.map(|_| Word::Quiet),
            f.limited.map(|_| Word::Limited),
            f.serves.map(|_| Word::Serves),
        ]
        .into_iter()
        .chain(transport.map(|word| word.map(Word::Transport)))
        .flatten();
        let (Some(word), None) = (words.next(), words.next()) else {
            return Err("an outcome has exactly one word".into());
        };
        drop(words);
        if !headers.is_empty() && !word.traits().takes_headers {
            return Err("`headers` goes with `opened`, `refused` or `requested`".into());
        }
        if f.verdict.is_some() != f.why.is_some() {
            return Err("`verdict` and `why` go together".into());
        }
        Ok(Outcome {
            word,
            headers,
            verdict: f.verdict,
            why: f.why,
        })
    }
}

impl Word {
    fn from_name(name: &str) -> Result<Word, String> {
        Ok(match name {
            "echo" => Word::Echo,
            "alive" => Word::Alive,
            "failed" => Word::Failed(Codes::Any),
            "closed" => Word::Closed(Codes::Any),
            "opened" => Word::Opened(OpenedFields::default()),
            "refused" => Word::Refused(Codes::Usual),
            "ended" => Word::Ended(EndKind::Any),
            "quiet" => Word::Quiet,
            "limited" => Word::Limited,
            "serves" => Word::Serves,
            "hello" => Word::Transport(TransportWord::Hello(Hello::default())),
            "alert" => Word::Transport(TransportWord::Alert),
            "canary" => Word::Transport(TransportWord::Canary),
            other => return Err(format!("no outcome is called `{other}`")),
        })
    }
}

impl Outcome {
    /// A plain pass.
    pub fn plain(word: Word) -> Outcome {
        Outcome {
            word,
            headers: Vec::new(),
            verdict: None,
            why: None,
        }
    }
}

impl Codes {
    /// Whether `code` is among them.
    pub fn contains(&self, code: u16) -> bool {
        match self {
            Codes::Any => true,
            Codes::Usual => (200..500).contains(&code),
            Codes::These(list) => list.iter().any(|c| {
                matches!(c, CodeSet::One(c) if *c == code) || *c == CodeSet::Hundred(code / 100)
            }),
        }
    }

    /// Whether the lack of a code is among them.
    pub fn contains_none(&self) -> bool {
        matches!(self, Codes::These(list) if list.contains(&CodeSet::None))
    }
}

pub(super) fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

fn demands<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(String, Demand)>, D::Error> {
    Map::deserialize(deserializer)?
        .into_iter()
        .map(|(name, value)| match value {
            Value::Null => Ok((name, Demand::Absent)),
            Value::Bool(true) => Ok((name, Demand::Present)),
            Value::String(text) => Ok((name, Demand::Lists(text))),
            value @ Value::Object(_) => {
                let Like { like } = Like::deserialize(value).map_err(D::Error::custom)?;
                Glob::new(&like)
                    .map_err(|e| D::Error::custom(format!("{like:?} is no pattern: {e}")))?;
                Ok((name, Demand::Like(like)))
            }
            other => Err(D::Error::custom(format!(
                "the field {name} is demanded as a string, a pattern, true or null, not {other}"
            ))),
        })
        .collect()
}

fn violations<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ViolationSet, D::Error> {
    let names: Vec<String> = Vec::deserialize(deserializer)?;
    names
        .iter()
        .map(|name| violation_named(name))
        .collect::<Result<Vec<Violation>, String>>()
        .map_or_else(
            |e| Err(D::Error::custom(e)),
            |list| Ok(list.into_iter().collect()),
        )
}
