//! The steps of a conversation.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value;

use super::{CloseBody, Frame, Head, Outcome, Settings, Split, Word};

/// Most steps a case may unfold to.
const MAX_TIMES: usize = 10_000;

/// One line of a conversation. A repetition is unfolded when the case is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Sends the opening request.
    Open(Arc<Head>),
    /// Answers the opening request.
    Accept(Arc<Head>),
    /// Sends frames in one write, or in writes that end where `split` says.
    Send {
        /// The frames.
        frames: Arc<[Frame]>,
        /// Where writes end.
        split: Option<Split>,
        /// Bytes of padding in each DATA frame.
        pad: Option<u8>,
    },
    /// Waits until one of the alternatives is decided.
    Expect(Arc<[Outcome]>),
    /// Ends our direction.
    Fin,
    /// Resets the connection.
    Rst,
    /// Stops reading.
    ReadStop,
    /// Reads again.
    ReadGo,
    /// Tells the application under test what to do.
    Tell(Tell),
    /// Announces settings: the first of ours, or later ones.
    Settings(Arc<Settings>),
    /// The step belongs to another conversation than the first: the second, the third …
    On(u32, Box<Step>),
}

/// What the application under test is told to do, by whoever runs it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct Tell {
    /// close the connection, with this code and reason
    pub close: CloseBody,
}

/// One step: exactly one of open, accept, send, expect, end, read, tell, settings, or times with do.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "step")]
pub(crate) struct StepSource {
    /// the opening request
    open: Option<Head>,
    /// the answer to it
    accept: Option<Head>,
    send: Option<OneOrMany<Frame>>,
    /// where the writes of `send` end
    split: Option<Split>,
    expect: Option<OneOrMany<Outcome>>,
    end: Option<End>,
    read: Option<Read>,
    /// what the application under test is told to do
    tell: Option<Tell>,
    /// what we announce over h2 or h3: setting → value, null leaves a usual one out
    #[schemars(with = "Option<std::collections::BTreeMap<String, Option<u64>>>")]
    settings: Option<Settings>,
    /// over h2: so many bytes of padding in each DATA frame of `send`
    pad: Option<u8>,
    /// the conversation that the step belongs to: 1 is the first and needs no word
    #[schemars(range(min = 1, max = 1000))]
    on: Option<u32>,
    #[schemars(range(min = 2, max = 10000))]
    times: Option<usize>,
    r#do: Option<Vec<StepSource>>,
    #[allow(dead_code)]
    note: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum End {
    Fin,
    Rst,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum Read {
    Stop,
    Go,
}

/// One value, or a list of them.
#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[allow(dead_code)]
pub(crate) enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<'de, T: serde::de::DeserializeOwned> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        if !value.is_array() {
            return T::deserialize(value)
                .map(OneOrMany::One)
                .map_err(D::Error::custom);
        }
        let many: Vec<T> = Vec::deserialize(value).map_err(D::Error::custom)?;
        if many.is_empty() {
            Err(D::Error::custom("an empty list"))
        } else {
            Ok(OneOrMany::Many(many))
        }
    }
}

impl<T> From<OneOrMany<T>> for Arc<[T]> {
    fn from(source: OneOrMany<T>) -> Self {
        match source {
            OneOrMany::One(one) => [one].into(),
            OneOrMany::Many(many) => many.into(),
        }
    }
}

impl<T> From<OneOrMany<T>> for Vec<T> {
    fn from(source: OneOrMany<T>) -> Self {
        match source {
            OneOrMany::One(one) => vec![one],
            OneOrMany::Many(many) => many,
        }
    }
}

impl StepSource {
    /// Appends the step to `steps`, unfolded.
    pub(crate) fn unfold(self, steps: &mut Vec<Step>) -> Result<(), String> {
        let words = [
            self.open.is_some(),
            self.accept.is_some(),
            self.send.is_some(),
            self.expect.is_some(),
            self.end.is_some(),
            self.read.is_some(),
            self.tell.is_some(),
            self.settings.is_some(),
            self.times.is_some(),
        ];
        if words.into_iter().filter(|w| *w).count() != 1 {
            return Err("a step has exactly one of open, accept, send, expect, end, read, tell, settings, times".into());
        }
        if (self.split.is_some() || self.pad.is_some()) && self.send.is_none() {
            return Err("`split` and `pad` of a step go with `send`".into());
        }
        if self.on == Some(0) || self.on.is_some() && self.times.is_some() {
            return Err("`on` counts from 1, and does not go with `times`".into());
        }
        let (first, on) = (steps.len(), self.on.unwrap_or(1));
        match self {
            StepSource {
                open: Some(head), ..
            } => steps.push(Step::Open(head.into())),
            StepSource {
                accept: Some(head), ..
            } => steps.push(Step::Accept(head.into())),
            StepSource {
                send: Some(frames),
                split,
                pad,
                ..
            } => {
                steps.push(Step::Send {
                    frames: frames.into(),
                    split,
                    pad,
                });
            }
            StepSource {
                expect: Some(outcomes),
                ..
            } => steps.push(Step::Expect(outcomes.into())),
            StepSource {
                end: Some(End::Fin),
                ..
            } => steps.push(Step::Fin),
            StepSource {
                end: Some(End::Rst),
                ..
            } => steps.push(Step::Rst),
            StepSource {
                read: Some(Read::Stop),
                ..
            } => steps.push(Step::ReadStop),
            StepSource {
                read: Some(Read::Go),
                ..
            } => steps.push(Step::ReadGo),
            StepSource {
                tell: Some(tell), ..
            } => steps.push(Step::Tell(tell)),
            StepSource {
                settings: Some(settings),
                ..
            } => steps.push(Step::Settings(settings.into())),
            StepSource {
                times: Some(times),
                r#do: Some(body),
                ..
            } => {
                if body.iter().any(|s| s.times.is_some()) {
                    return Err("`times` goes one level deep".into());
                }
                let mut once = Vec::new();
                for step in body {
                    step.unfold(&mut once)?;
                }
                if times == 0 || once.is_empty() || times.saturating_mul(once.len()) > MAX_TIMES {
                    return Err(format!("`times` makes no steps, or more than {MAX_TIMES}"));
                }
                (0..times).for_each(|_| steps.extend(once.iter().cloned()));
            }
            _ => return Err("`times` goes with `do`".into()),
        }
        if on > 1 {
            let last = steps.split_off(first);
            steps.extend(last.into_iter().map(|step| Step::On(on, Box::new(step))));
        }
        Ok(())
    }
}

impl Step {
    /// The step itself, whichever conversation it belongs to.
    pub fn bare(&self) -> &Step {
        match self {
            Step::On(_, step) => step.bare(),
            step => step,
        }
    }

    /// Whether it is an expectation with a word of this kind among its alternatives.
    pub fn expects(&self, kind: impl Fn(&Word) -> bool) -> bool {
        match self {
            Step::Expect(alternatives) => alternatives.iter().any(|outcome| kind(&outcome.word)),
            Step::Open(_)
            | Step::Accept(_)
            | Step::Send { .. }
            | Step::Fin
            | Step::Rst
            | Step::ReadStop
            | Step::ReadGo
            | Step::Tell(_)
            | Step::Settings(_)
            | Step::On(..) => false,
        }
    }

    /// Whether it is still carried out after an outcome has ended the connection.
    pub fn survives_end(&self) -> bool {
        self.expects(Word::survives_end)
    }

    /// Steps written as a JSON array, as in a vector file.
    pub fn read_all(json: &str) -> Result<Vec<Step>, String> {
        let sources: Vec<StepSource> = serde_json::from_str(json).map_err(|e| e.to_string())?;
        let mut steps = Vec::new();
        for source in sources {
            source.unfold(&mut steps)?;
        }
        Ok(steps)
    }
}
