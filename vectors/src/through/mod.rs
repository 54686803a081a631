//! Cases for a gateway: what either end sends, and what has to arrive at the other.

mod arrival;
mod opening;
mod step;

pub use arrival::{Arrival, Carried, Nature, Sign};
pub use opening::{Opens, OpensBy};
pub use step::{End, Move, ThroughStep};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use wsspec_core::Impact;

use crate::Profile;
use step::ThroughStepSource;

/// One test of a gateway between a client and a server that are both ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThroughCase {
    /// The id: the family, a dot, and a name that is unique within it. Ids never change.
    pub id: String,
    /// The family: the name of the vector file.
    pub family: String,
    /// What a conforming gateway does, in one sentence.
    pub about: String,
    /// Ids of the requirements it tests.
    pub requirements: Vec<String>,
    /// How much a breach matters.
    pub impact: Impact,
    /// The profile of a run that includes it.
    pub profile: Profile,
    /// Whether nothing else is judged where this case does not hold.
    pub control: bool,
    /// Whether the client offers permessage-deflate in the implicit opening handshake, and the server
    /// accepts it where the offer arrives.
    pub deflate: bool,
    /// How the two connections have to open for it to apply.
    pub opens: Opens,
    /// URLs of public reports on implementations that got it wrong.
    pub seen_in: Vec<String>,
    /// The script.
    pub steps: Vec<ThroughStep>,
}

impl ThroughCase {
    /// Whether it writes the opening request itself.
    pub fn states_opening(&self) -> bool {
        self.steps
            .iter()
            .any(|step| matches!(step.does, Move::Open(_)))
    }
}

/// One script for a gateway, or a matrix of them.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "through")]
pub(crate) struct ThroughSource {
    /// family + "." + this is the id
    #[schemars(regex(pattern = "^[a-z0-9{][a-z0-9{}._-]*$"))]
    pub(crate) id: String,
    /// what a conforming gateway does
    #[schemars(length(min = 20))]
    about: String,
    /// ids from requirements.json
    #[schemars(
        length(min = 1),
        inner(regex(pattern = r"^RFC[0-9]{4}-[0-9.]+-[0-9]+$"))
    )]
    requirements: Vec<String>,
    /// axis → list of values, or label → value
    #[allow(dead_code)]
    matrix: Option<serde_json::Map<String, Value>>,
    /// combinations to leave out
    #[allow(dead_code)]
    except: Option<Vec<serde_json::Map<String, Value>>>,
    impact: Option<Impact>,
    #[serde(default)]
    profile: Profile,
    /// nothing else is judged where this case does not hold
    #[serde(default)]
    control: bool,
    /// the client offers permessage-deflate, and the server accepts it where the offer arrives
    #[serde(default)]
    deflate: bool,
    /// how the two connections have to open for the case to apply
    #[serde(default)]
    opens: Opens,
    #[serde(default)]
    seen_in: Vec<String>,
    #[allow(dead_code)]
    notes: Option<String>,
    #[schemars(length(min = 1))]
    steps: Vec<ThroughStepSource>,
}

impl ThroughSource {
    pub(crate) fn resolve(self, family: &str, impact: Impact) -> Result<ThroughCase, String> {
        let steps: Vec<ThroughStep> = self
            .steps
            .into_iter()
            .map(ThroughStepSource::resolve)
            .collect::<Result<_, _>>()?;
        let opens = steps.iter().any(|step| matches!(step.does, Move::Open(_)));
        let accepts = steps
            .iter()
            .any(|step| matches!(step.does, Move::Accept(_)));
        if steps.is_empty() {
            return Err("`steps` makes no steps".into());
        }
        if accepts && !opens {
            return Err("a case with `accept` has `open` too".into());
        }
        if self.deflate && opens {
            return Err("`deflate` goes with an implicit opening handshake".into());
        }
        Ok(ThroughCase {
            id: format!("{family}.{}", self.id),
            family: family.to_owned(),
            about: self.about,
            requirements: self.requirements,
            impact: self.impact.unwrap_or(impact),
            profile: self.profile,
            control: self.control,
            deflate: self.deflate,
            opens: self.opens,
            seen_in: self.seen_in,
            steps,
        })
    }
}
