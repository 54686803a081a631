//! The steps of a conversation.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::json::OneOrMany;
use crate::{CloseBody, Frame, Head, Outcome, Settings, Signal, Split, VectorError, Word};

/// Most steps that one repetition may unfold to.
const MAX_STEPS: usize = 10_000;

const EXACTLY_ONE: &str = "a step has exactly one of open, accept, send, expect, end, read, tell, settings, signal, times";

/// One line of a conversation. A repetition is unfolded when the case is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Sends the opening request.
    Open(Arc<Head>),
    /// Answers the opening request.
    Accept(Arc<Head>),
    /// Sends frames in one write, or in several that end where `split` says.
    Send {
        /// The frames.
        frames: Arc<[Frame]>,
        /// Where writes end.
        split: Option<Split>,
        /// Number of bytes of padding in each HTTP/2 DATA frame.
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
    /// Has the application under test do something.
    Tell(Tell),
    /// Announces HTTP/2 or HTTP/3 settings: our first ones, or further ones.
    Settings(Arc<Settings>),
    /// Sends a frame that carries nothing of a WebSocket.
    Signal(Signal),
    /// A step of another conversation of the case: 2 for the second, and so on.
    On(u32, Box<Step>),
}

/// What the application under test is told to do, by the driver that runs it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct Tell {
    /// close the connection with this code and reason
    pub close: CloseBody,
}

/// One step: exactly one of open, accept, send, expect, end, read, tell, settings, signal, or
/// times with do.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "step")]
pub(crate) struct StepSource {
    /// the opening request
    open: Option<Head>,
    /// the response to it
    accept: Option<Head>,
    send: Option<OneOrMany<Frame>>,
    /// where the writes of `send` end
    split: Option<Split>,
    expect: Option<OneOrMany<Outcome>>,
    end: Option<End>,
    read: Option<Read>,
    /// what the application under test is told to do
    tell: Option<Tell>,
    /// what we announce over h2 or h3: setting → value; null leaves out a default one
    #[schemars(with = "Option<std::collections::BTreeMap<String, Option<u64>>>")]
    settings: Option<Settings>,
    /// over h2 or h3: a frame that carries nothing of a WebSocket
    signal: Option<Signal>,
    /// over h2: number of bytes of padding in each DATA frame of `send`
    pad: Option<u8>,
    /// number of the conversation that the step belongs to; 1, the first, by default
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

impl StepSource {
    /// Appends the step to `steps`; a repetition is unfolded.
    pub(crate) fn unfold(self, steps: &mut Vec<Step>) -> Result<(), String> {
        let on = self.on.unwrap_or(1);
        if on == 0 || self.on.is_some() && self.times.is_some() {
            return Err("`on` counts from 1 and does not go with `times`".into());
        }
        if (self.split.is_some() || self.pad.is_some()) && self.send.is_none() {
            return Err("`split` and `pad` of a step go with `send`".into());
        }
        match (self.times, self.r#do.is_some()) {
            (None, false) => {}
            (Some(_), true) => return self.repeat(steps),
            _ => return Err("`times` and `do` go together".into()),
        }
        let step = self.step()?;
        steps.push(if on > 1 {
            Step::On(on, Box::new(step))
        } else {
            step
        });
        Ok(())
    }

    /// The one word that is written, `times` aside.
    fn step(self) -> Result<Step, &'static str> {
        let (split, pad) = (self.split, self.pad);
        let words = [
            self.open.map(|head| Step::Open(head.into())),
            self.accept.map(|head| Step::Accept(head.into())),
            self.send.map(|frames| Step::Send {
                frames: frames.into(),
                split,
                pad,
            }),
            self.expect.map(|outcomes| Step::Expect(outcomes.into())),
            self.end.map(|end| match end {
                End::Fin => Step::Fin,
                End::Rst => Step::Rst,
            }),
            self.read.map(|read| match read {
                Read::Stop => Step::ReadStop,
                Read::Go => Step::ReadGo,
            }),
            self.tell.map(Step::Tell),
            self.settings
                .map(|settings| Step::Settings(settings.into())),
            self.signal.map(Step::Signal),
        ];
        let mut words = words.into_iter().flatten();
        match (words.next(), words.next()) {
            (Some(step), None) => Ok(step),
            _ => Err(EXACTLY_ONE),
        }
    }

    fn repeat(self, steps: &mut Vec<Step>) -> Result<(), String> {
        let times = self.times.unwrap_or_default();
        let body = self.r#do.unwrap_or_default();
        let others = [
            self.open.is_some(),
            self.accept.is_some(),
            self.send.is_some(),
            self.expect.is_some(),
            self.end.is_some(),
            self.read.is_some(),
            self.tell.is_some(),
            self.settings.is_some(),
            self.signal.is_some(),
        ];
        if others.contains(&true) {
            return Err(EXACTLY_ONE.into());
        }
        if body.iter().any(|step| step.times.is_some()) {
            return Err("`times` cannot be nested".into());
        }
        let mut once = Vec::new();
        for step in body {
            step.unfold(&mut once)?;
        }
        if times == 0 || once.is_empty() || times.saturating_mul(once.len()) > MAX_STEPS {
            return Err(format!(
                "`times` has to make between 1 and {MAX_STEPS} steps"
            ));
        }
        (0..times).for_each(|_| steps.extend(once.iter().cloned()));
        Ok(())
    }
}

impl Step {
    /// The step itself, without the conversation it belongs to.
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
            | Step::Signal(_)
            | Step::On(..) => false,
        }
    }

    /// Whether it is still carried out after an outcome has ended the connection.
    pub fn survives_end(&self) -> bool {
        matches!(self.bare(), Step::Signal(_)) || self.expects(Word::survives_end)
    }

    /// Reads steps written as a JSON array, as in a vector file.
    ///
    /// # Errors
    ///
    /// If the text is not a JSON array of valid steps.
    pub fn read_all(json: &str) -> Result<Vec<Step>, VectorError> {
        let name = "(steps)";
        let sources: Vec<StepSource> =
            serde_json::from_str(json).map_err(|e| VectorError::of_file(name, e))?;
        let mut steps = Vec::new();
        for source in sources {
            source
                .unfold(&mut steps)
                .map_err(|message| VectorError::of_file(name, message))?;
        }
        Ok(steps)
    }
}
