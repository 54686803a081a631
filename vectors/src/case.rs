//! An exchange case: one runnable conversation, after its matrix was expanded.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use wsspec_core::Impact;
use wsspec_core::Role;

use super::step::StepSource;
use super::{Agree, Content, Frame, Over, Step, Tls, WantedOffers, Word};

/// One runnable test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Family and id, unique and for ever.
    pub id: String,
    /// The family.
    pub family: String,
    /// What a right implementation does.
    pub about: String,
    /// Ids of the requirements it tests.
    pub requirements: Vec<String>,
    /// How much a breach matters.
    pub impact: Impact,
    /// What it speaks over.
    pub over: Over,
    /// What we do in TLS that is out of the ordinary.
    pub tls: Option<Tls>,
    /// Who may be under test.
    pub roles: Vec<Role>,
    /// What a target has to offer.
    pub needs: Vec<Need>,
    /// What has to be agreed in the opening handshake.
    pub agree: Option<Agree>,
    /// What a client under test has to have offered.
    pub offered: WantedOffers,
    /// What the client is told to do.
    pub dial: Option<Dial>,
    /// What the suite does not do by itself.
    pub manual: Vec<Manual>,
    /// When it runs.
    pub profile: Profile,
    /// The Autobahn cases it stands for.
    pub autobahn: Vec<String>,
    /// Public reports of implementations that got it wrong.
    pub seen_in: Vec<String>,
    /// The conversation.
    pub steps: Vec<Step>,
}

/// What a target has to offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum Need {
    /// It sends every message back.
    Echo,
    /// It agrees on permessage-deflate.
    Deflate,
    /// A client that connects again by itself when a connection breaks.
    Reconnect,
    /// A server whose port is said to take nothing but TLS.
    TlsOnly,
    /// A client that verifies certificates as it is run.
    Verify,
}

/// What a client under test is told to do. Who cannot tell it so leaves the case out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(inline)]
pub struct Dial {
    /// the URL to open, `ws://{host}{target}` by default
    pub url: Option<String>,
    /// the subprotocols to offer
    pub subprotocols: Vec<String>,
    /// to take us for its HTTP proxy
    pub proxy: bool,
    /// to dial so many times at once
    #[schemars(range(min = 2, max = 1000))]
    pub times: Option<u32>,
}

impl Dial {
    /// The URL to open at `host`, an authority, where the usual request target is `target`.
    pub fn resolved(&self, host: &str, target: &str) -> String {
        let url = self.url.as_deref().unwrap_or("ws://{host}{target}");
        let port = host.rsplit_once(':').map_or("80", |(_, port)| port);
        url.replace("{host}", host)
            .replace("{port}", port)
            .replace("{target}", target)
    }
}

/// What the suite, normally a right peer, leaves undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Manual {
    /// Answer pings.
    Pong,
    /// Answer a Close.
    Close,
    /// End TCP when it is the server.
    End,
    /// Announce settings when the connection begins, over h2 and h3.
    Settings,
}

/// When a case runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Profile {
    /// Always.
    #[default]
    Default,
    /// Only when robustness probes are asked for.
    Robust,
}

/// Who may be under test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum RoleName {
    Server,
    Client,
}

/// One conversation, or a matrix of them.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "exchange")]
pub(crate) struct CaseSource {
    /// family + "." + this is the id
    #[schemars(regex(pattern = "^[a-z0-9{][a-z0-9{}._-]*$"))]
    pub(crate) id: String,
    /// what a right implementation does
    #[schemars(length(min = 20))]
    pub(crate) about: String,
    /// ids from requirements.json
    #[schemars(length(min = 1), inner(regex(pattern = r"^RFC\d{4}-[0-9.]+-\d+$")))]
    pub(crate) requirements: Vec<String>,
    /// axis → list of values, or label → value
    #[allow(dead_code)]
    pub(crate) matrix: Option<serde_json::Map<String, Value>>,
    /// combinations to leave out
    #[allow(dead_code)]
    pub(crate) except: Option<Vec<serde_json::Map<String, Value>>>,
    pub(crate) impact: Option<Impact>,
    /// what the case speaks over; tcp by default
    pub(crate) over: Option<Over>,
    /// what we do in TLS that is out of the ordinary
    pub(crate) tls: Option<Tls>,
    pub(crate) roles: Option<Vec<RoleName>>,
    #[serde(default)]
    pub(crate) needs: Vec<Need>,
    /// what the opening handshake, which the case leaves to us, has to agree on
    pub(crate) agree: Option<Agree>,
    /// what the client has to have offered: extension → true, null for not, or parameter → true or null
    #[serde(default)]
    pub(crate) offered: WantedOffers,
    /// what the client under test is told to do
    pub(crate) dial: Option<Dial>,
    #[serde(default)]
    pub(crate) manual: Vec<Manual>,
    #[serde(default)]
    pub(crate) profile: Profile,
    /// Autobahn id, ids, or label → id
    #[schemars(with = "Option<AutobahnSource>")]
    #[serde(default)]
    #[allow(dead_code)]
    pub(crate) autobahn: Value,
    #[serde(default)]
    pub(crate) seen_in: Vec<String>,
    #[allow(dead_code)]
    pub(crate) notes: Option<String>,
    #[schemars(length(min = 1))]
    pub(crate) steps: Vec<StepSource>,
}

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[allow(dead_code)]
enum AutobahnSource {
    One(String),
    Many(Vec<String>),
    ByLabel(std::collections::BTreeMap<String, AutobahnIds>),
}

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[allow(dead_code)]
enum AutobahnIds {
    One(String),
    Many(Vec<String>),
}

impl Case {
    /// Whether it cites this requirement.
    pub fn cites(&self, requirement: &str) -> bool {
        self.requirements.iter().any(|cited| cited == requirement)
    }

    /// How much work it is: payload bytes that it sends, and something for each frame.
    pub fn weight(&self) -> u64 {
        let frames = self.steps.iter().flat_map(|step| match step.bare() {
            Step::Send { frames, .. } => frames.iter(),
            _ => [].iter(),
        });
        let size = |frame: &Frame| match &frame.content {
            Content::Payload(_, payload) | Content::Raw(payload) => payload.size(),
            Content::Close(_) => 0,
        };
        frames.map(|frame| 300 + size(frame)).sum()
    }

    /// Whether it may take its time without any work: a silence is among what it expects.
    pub fn waits(&self) -> bool {
        self.steps
            .iter()
            .any(|step| step.bare().expects(Word::is_silence))
    }
}

/// What a case inherits from its file.
pub(crate) struct Inherited<'a> {
    pub(crate) family: &'a str,
    pub(crate) impact: Impact,
    pub(crate) over: Over,
    pub(crate) roles: Option<&'a [RoleName]>,
    pub(crate) needs: &'a [Need],
}

impl CaseSource {
    pub(crate) fn resolve(
        self,
        file: &Inherited<'_>,
        autobahn: Vec<String>,
    ) -> Result<Case, String> {
        let mut steps = Vec::new();
        for step in self.steps {
            step.unfold(&mut steps)?;
        }
        if steps.is_empty() {
            return Err("a case has steps".into());
        }
        let opens = steps.iter().any(|s| matches!(s.bare(), Step::Open(_)));
        let accepts = self.dial.is_some() || steps.iter().any(|s| is_of_clients(s.bare()));
        let possible: &[RoleName] = match (opens, accepts) {
            (true, true) => {
                return Err("`open` and `accept`, `requested` or `dial` in one case".into());
            }
            (true, false) => &[RoleName::Server],
            (false, true) => &[RoleName::Client],
            (false, false) => &[RoleName::Server, RoleName::Client],
        };
        if self.agree.is_some()
            && steps
                .iter()
                .any(|s| matches!(s.bare(), Step::Open(_) | Step::Accept(_)))
        {
            return Err(
                "`agree` goes with an opening handshake that the case does not write".into(),
            );
        }
        if !self.offered.is_empty() && !accepts {
            return Err("`offered` goes with `accept`".into());
        }
        let stated = self.roles.as_deref().or(file.roles).unwrap_or(possible);
        if stated.is_empty() || stated.iter().any(|r| !possible.contains(r)) {
            return Err("`roles` does not fit the steps".into());
        }
        let mut needs = file.needs.to_vec();
        needs.extend(self.needs.iter().filter(|n| !file.needs.contains(n)));
        Ok(Case {
            id: format!("{}.{}", file.family, self.id),
            family: file.family.to_owned(),
            about: self.about,
            requirements: self.requirements,
            impact: self.impact.unwrap_or(file.impact),
            over: self.over.unwrap_or(file.over),
            tls: self.tls,
            roles: stated.iter().map(|r| r.role()).collect(),
            needs,
            agree: self.agree,
            offered: self.offered,
            dial: self.dial,
            manual: self.manual,
            profile: self.profile,
            autobahn,
            seen_in: self.seen_in,
            steps,
        })
    }
}

/// Whether only a client under test can take part in it.
fn is_of_clients(step: &Step) -> bool {
    matches!(step, Step::Accept(_))
        || step.expects(|word| word.traits().target == Some(Role::Client))
}

impl RoleName {
    pub(crate) fn role(self) -> Role {
        match self {
            RoleName::Server => Role::Server,
            RoleName::Client => Role::Client,
        }
    }
}
