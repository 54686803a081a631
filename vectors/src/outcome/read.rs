//! Reads outcomes from JSON.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value;
use wsspec_core::violation::ViolationSet;

use super::demand::{Demand, DemandSource, demands};
use super::{Codes, EndKind, Grade, OpenedFields, Outcome, RequestedFields, Sizes, TimeOut, Word};
use crate::Payload;
use crate::json::{True, present};
use crate::transport::{
    ErrorCodes, Hello, HelloSource, SettingValues, TransportWord, WantedSettings, wanted_settings,
};

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
    /// every data message sent so far is echoed
    echo: Option<True>,
    text: Option<Payload>,
    binary: Option<Payload>,
    pong: Option<Payload>,
    /// a Close frame with one of these codes
    close: Option<Codes>,
    /// with `close`: its reason
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
    /// the client's request: true for one without violations, null for no request
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<RequestedSource>")]
    #[allow(clippy::option_option)] // left out, null, or a value
    requested: Option<Option<RequestedSource>>,
    ended: Option<EndKind>,
    quiet: Option<True>,
    limited: Option<True>,
    /// the connection is ended after a time that the user claims; without a claim, the time is a fact
    #[serde(rename = "times-out")]
    times_out: Option<TimeOut>,
    serves: Option<True>,
    /// over h2 or h3: the stream is reset with one of these codes; any other is non-strict
    reset: Option<ErrorCodes>,
    /// over h2 or h3: the whole connection is ended with one of these codes; any other, or none, is
    /// non-strict
    aborted: Option<ErrorCodes>,
    /// over h2 or h3: setting → value, null for not announced, or a list of them
    #[serde(default, deserialize_with = "wanted_settings")]
    #[schemars(with = "Option<std::collections::BTreeMap<String, SettingValues>>")]
    settings: Option<WantedSettings>,
    /// over tls: the ClientHello of a client
    hello: Option<HelloSource>,
    /// over tls: a fatal alert
    alert: Option<True>,
    /// there was a connection to `{canary}`
    canary: Option<True>,
    /// fields of the head: a value (or an element of a list), a pattern, true for present, null for
    /// absent
    #[schemars(with = "std::collections::BTreeMap<String, DemandSource>")]
    #[serde(default, deserialize_with = "demands")]
    headers: Vec<(String, Demand)>,
    verdict: Option<Grade>,
    why: Option<String>,
    /// sizes that the target has accepted with this outcome; a failure if the user claims a lower limit
    beyond: Option<Sizes>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
enum OpenedSource {
    #[allow(dead_code)]
    Word(True),
    Fields(OpenedFields),
}

#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
enum RequestedSource {
    #[allow(dead_code)]
    Word(True),
    Fields(RequestedFields),
}

impl JsonSchema for Outcome {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        OutcomeSource::schema_name()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        OutcomeSource::json_schema(generator)
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
    fn resolve(mut self) -> Result<Outcome, String> {
        if self.reason.is_some() && self.close.is_none() {
            return Err("`reason` goes with `close`".into());
        }
        if self.verdict.is_some() != self.why.is_some() {
            return Err("`verdict` and `why` go together".into());
        }
        let (verdict, why, beyond) = (self.verdict, self.why.take(), self.beyond);
        let mut headers = std::mem::take(&mut self.headers);
        let word = self.word()?;
        let word = match word {
            Word::Opened(mut fields) => {
                headers.append(&mut fields.headers);
                Word::Opened(fields)
            }
            Word::Requested(Some(mut fields)) => {
                headers.append(&mut fields.headers);
                Word::Requested(Some(fields))
            }
            other => other,
        };
        if !headers.is_empty() && !word.traits().takes_headers {
            return Err("`headers` goes with `opened`, `refused` or `requested`".into());
        }
        Ok(Outcome {
            word,
            headers,
            verdict,
            why,
            beyond,
        })
    }

    /// The one word that is written.
    fn word(self) -> Result<Word, &'static str> {
        let reason = self.reason;
        let words = [
            self.echo.map(|True| Word::Echo),
            self.text.map(Word::Text),
            self.binary.map(Word::Binary),
            self.pong.map(Word::Pong),
            self.close.map(|codes| Word::Close(codes, reason)),
            self.alive.map(|True| Word::Alive),
            self.failed.map(Word::Failed),
            self.closed.map(Word::Closed),
            self.opened.map(|source| Word::Opened(source.into())),
            self.refused.map(Word::Refused),
            self.requested
                .map(|source| Word::Requested(source.map(RequestedFields::from))),
            self.ended.map(Word::Ended),
            self.quiet.map(|True| Word::Quiet),
            self.limited.map(|True| Word::Limited),
            self.times_out.map(Word::TimesOut),
            self.serves.map(|True| Word::Serves),
        ];
        let transport = [
            self.reset.map(TransportWord::Reset),
            self.aborted.map(TransportWord::Aborted),
            self.settings.map(TransportWord::Settings),
            self.hello.map(|source| TransportWord::Hello(source.into())),
            self.alert.map(|True| TransportWord::Alert),
            self.canary.map(|True| TransportWord::Canary),
        ];
        let mut written = words
            .into_iter()
            .chain(transport.map(|word| word.map(Word::Transport)))
            .flatten();
        match (written.next(), written.next()) {
            (Some(word), None) => Ok(word),
            _ => Err("an outcome has exactly one word"),
        }
    }
}

impl From<OpenedSource> for OpenedFields {
    fn from(source: OpenedSource) -> OpenedFields {
        match source {
            OpenedSource::Word(True) => OpenedFields::default(),
            OpenedSource::Fields(fields) => fields,
        }
    }
}

impl From<RequestedSource> for RequestedFields {
    fn from(source: RequestedSource) -> RequestedFields {
        match source {
            RequestedSource::Word(True) => RequestedFields {
                without: ViolationSet::ALL,
                ..RequestedFields::default()
            },
            RequestedSource::Fields(fields) => fields,
        }
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
            other => {
                return Err(format!(
                    "no outcome is called `{other}`, or it needs a value"
                ));
            }
        })
    }
}
