//! What a case expects, in words that grade themselves.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::{Map, Value};

use super::{Agreed, Payload};

/// One alternative of an expectation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// What has to happen.
    pub word: Word,
    /// What the fields of the answer have to be; for `opened` and `refused`.
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
    /// The target ended TCP.
    Ended(EndKind),
    /// Nothing came for the quiet time.
    Quiet,
    /// A size limit spoke.
    Limited,
    /// A fresh second connection opens and is alive.
    Serves,
}

/// Close codes or statuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Codes {
    /// Any will do.
    Any,
    /// What the RFC asks for, none named.
    Usual,
    /// One of these.
    These(Vec<u16>),
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
}

/// The verdict of an alternative that is not a plain pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
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
    /// a barrier ping is answered
    alive: Option<True>,
    /// close codes
    failed: Option<Codes>,
    /// close codes
    closed: Option<Codes>,
    opened: Option<OpenedSource>,
    /// statuses
    refused: Option<Codes>,
    ended: Option<EndKind>,
    quiet: Option<True>,
    limited: Option<True>,
    serves: Option<True>,
    /// fields of the answer: a value (or member of the list), true for present, null for absent
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
    These(Vec<u16>),
    Usual(True),
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase", inline)]
#[allow(dead_code)]
enum Any {
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
        match &value {
            Value::String(word) if word == "any" => Ok(Codes::Any),
            Value::Bool(true) => Ok(Codes::Usual),
            Value::Number(_) => u16::deserialize(value).map(|c| Codes::These(vec![c])).map_err(D::Error::custom),
            Value::Array(list) if !list.is_empty() => {
                Vec::deserialize(value).map(Codes::These).map_err(D::Error::custom)
            }
            _ => Err(D::Error::custom(format!("expected a number, a list of numbers or \"any\", not {value}"))),
        }
    }
}

impl<'de> Deserialize<'de> for Outcome {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = match Value::deserialize(deserializer)? {
            Value::String(word) => return Word::from_name(&word).map(Outcome::plain).map_err(D::Error::custom),
            value @ Value::Object(_) => OutcomeFields::deserialize(value).map_err(D::Error::custom)?,
            other => return Err(D::Error::custom(format!("an outcome is a word or an object, not {other}"))),
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
        let mut words = [
            f.echo.map(|_| Word::Echo),
            f.text.map(Word::Text),
            f.binary.map(Word::Binary),
            f.pong.map(Word::Pong),
            f.alive.map(|_| Word::Alive),
            f.failed.map(Word::Failed),
            f.closed.map(Word::Closed),
            opened.map(|mut o| {
                headers.append(&mut o.headers);
                Word::Opened(o)
            }),
            f.refused.map(Word::Refused),
            f.ended.map(Word::Ended),
            f.quiet.map(|_| Word::Quiet),
            f.limited.map(|_| Word::Limited),
            f.serves.map(|_| Word::Serves),
        ]
        .into_iter()
        .flatten();
        let (Some(word), None) = (words.next(), words.next()) else {
            return Err("an outcome has exactly one word".into());
        };
        drop(words);
        if !headers.is_empty() && !matches!(word, Word::Opened(_) | Word::Refused(_)) {
            return Err("`headers` goes with `opened` or `refused`".into());
        }
        if f.verdict.is_some() != f.why.is_some() {
            return Err("`verdict` and `why` go together".into());
        }
        Ok(Outcome { word, headers, verdict: f.verdict, why: f.why })
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
            other => return Err(format!("no outcome is called `{other}`")),
        })
    }

    /// Whether this outcome, once true, leaves a connection that can still be asked something.
    pub fn leaves_open(&self) -> bool {
        matches!(
            self,
            Word::Echo | Word::Text(_) | Word::Binary(_) | Word::Pong(_) | Word::Alive | Word::Opened(_) | Word::Quiet
        )
    }
}

impl Outcome {
    /// A plain pass.
    pub fn plain(word: Word) -> Outcome {
        Outcome { word, headers: Vec::new(), verdict: None, why: None }
    }
}

impl Codes {
    /// Whether `code` is among them.
    pub fn contains(&self, code: u16) -> bool {
        match self {
            Codes::Any => true,
            Codes::Usual => (200..500).contains(&code),
            Codes::These(list) => list.contains(&code),
        }
    }
}

fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

fn demands<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(String, Demand)>, D::Error> {
    Map::deserialize(deserializer)?
        .into_iter()
        .map(|(name, value)| match value {
            Value::Null => Ok((name, Demand::Absent)),
            Value::Bool(true) => Ok((name, Demand::Present)),
            Value::String(text) => Ok((name, Demand::Lists(text))),
            other => {
                Err(D::Error::custom(format!("the field {name} is demanded as a string, true or null, not {other}")))
            }
        })
        .collect()
}
