//! Exchange cases: one conversation each, after matrix expansion.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use wsspec_core::Impact;
use wsspec_core::Role;

use crate::costs::Costs;
use crate::expand::Rest;
use crate::role::RoleName;
use crate::step::StepSource;
use crate::{Agree, Content, Frame, Over, Step, Tls, WantedOffers, Word};

/// One runnable test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The id: the family, a dot, and a name that is unique within it. Ids never change.
    pub id: String,
    /// The family: the name of the vector file.
    pub family: String,
    /// The row of a summary table that the case is counted in; by default its family.
    pub group: String,
    /// What a conforming implementation does, in one sentence.
    pub about: String,
    /// Ids of the requirements it tests, for example `RFC6455-5.1-2`.
    pub requirements: Vec<String>,
    /// How much a breach matters.
    pub impact: Impact,
    /// What the conversation runs over.
    pub over: Over,
    /// How our side of TLS differs from a plain handshake.
    pub tls: Option<Tls>,
    /// The roles that a target may have.
    pub roles: Vec<Role>,
    /// What the target has to be able to do.
    pub needs: Vec<Need>,
    /// What the implicit opening handshake has to agree on.
    pub agree: Option<Agree>,
    /// What a client under test has to have offered.
    pub offered: WantedOffers,
    /// What a client under test is told to open.
    pub dial: Option<Dial>,
    /// What the suite does not do automatically.
    pub manual: Vec<Manual>,
    /// The profile of a run that includes it.
    pub profile: Profile,
    /// What it may cost the processes of the target, where they are watched.
    pub costs: Option<Costs>,
    /// Ids of the Autobahn cases that it covers.
    pub autobahn: Vec<String>,
    /// URLs of public reports on implementations that got it wrong.
    pub seen_in: Vec<String>,
    /// The conversation; of several sizes the largest.
    pub steps: Vec<Step>,
    /// The same conversation at the smaller sizes of [`Costs::growth`], in that order.
    pub smaller: Vec<Vec<Step>>,
}

/// What a target has to be able to do; a case is skipped for one that is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum Need {
    /// It echoes every message.
    Echo,
    /// It agrees on permessage-deflate when that is offered.
    Deflate,
    /// A client that reconnects on its own when a connection breaks.
    Reconnect,
    /// A server whose port is declared to accept nothing but TLS.
    TlsOnly,
    /// A server of which it is declared what origin it allows.
    AllowedOrigin,
    /// A client that is run with certificate verification on.
    Verify,
}

impl Need {
    /// What the target has to do, in words.
    pub const fn words(self) -> &'static str {
        match self {
            Need::Echo => "a target that sends messages back",
            Need::Deflate => "a target that agrees on permessage-deflate",
            Need::Reconnect => "a client that reconnects on its own",
            Need::TlsOnly => "a server whose port takes nothing but TLS",
            Need::AllowedOrigin => "a server whose allowed origin is declared",
            Need::Verify => "a client that verifies certificates",
        }
    }
}

/// What a client under test is told to open. A driver that cannot tell it skips the case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(inline)]
pub struct Dial {
    /// the URL to open, `ws://{host}{target}` by default
    pub url: Option<String>,
    /// the subprotocols to offer
    pub subprotocols: Vec<String>,
    /// to use us as its HTTP proxy
    pub proxy: bool,
    /// the number of connections to open at once
    #[schemars(range(min = 2, max = 1000))]
    pub times: Option<u32>,
}

impl Dial {
    /// The URL to open: `host` is the authority of the suite's listener, `target` the default
    /// request target.
    pub fn resolved(&self, host: &str, target: &str) -> String {
        let url = self.url.as_deref().unwrap_or("ws://{host}{target}");
        let port = host.rsplit_once(':').map_or("80", |(_, port)| port);
        url.replace("{host}", host)
            .replace("{port}", port)
            .replace("{target}", target)
    }
}

/// What the suite, which otherwise acts as a conforming peer, does not do in a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Manual {
    /// Answer pings.
    Pong,
    /// Answer a Close frame.
    Close,
    /// End TCP after the closing handshake, when it is the server.
    End,
    /// Announce settings when a connection over HTTP/2 or HTTP/3 begins.
    Settings,
}

/// The profile of a run that includes a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Profile {
    /// Every run.
    #[default]
    Default,
    /// Only runs that include robustness probes.
    Robust,
}

/// One conversation, or a matrix of them.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "exchange")]
pub(crate) struct CaseSource {
    /// family + "." + this is the id
    #[schemars(regex(pattern = "^[a-z0-9{][a-z0-9{}._-]*$"))]
    pub(crate) id: String,
    /// what a conforming implementation does
    #[schemars(length(min = 20))]
    pub(crate) about: String,
    /// ids from requirements.json
    #[schemars(
        length(min = 1),
        inner(regex(pattern = r"^RFC[0-9]{4}-[0-9.]+-[0-9]+$"))
    )]
    pub(crate) requirements: Vec<String>,
    /// axis → list of values, or label → value
    #[allow(dead_code)]
    pub(crate) matrix: Option<serde_json::Map<String, Value>>,
    /// combinations to leave out
    #[allow(dead_code)]
    pub(crate) except: Option<Vec<serde_json::Map<String, Value>>>,
    pub(crate) impact: Option<Impact>,
    /// what the conversation runs over; tcp by default
    pub(crate) over: Option<Over>,
    /// how our side of TLS differs from a plain handshake
    pub(crate) tls: Option<Tls>,
    pub(crate) roles: Option<Vec<RoleName>>,
    #[serde(default)]
    pub(crate) needs: Vec<Need>,
    /// what the implicit opening handshake has to agree on
    pub(crate) agree: Option<Agree>,
    /// what the client has to have offered: extension → true, null for not offered, or parameter →
    /// true or null
    #[serde(default)]
    pub(crate) offered: WantedOffers,
    /// what a client under test is told to open
    pub(crate) dial: Option<Dial>,
    #[serde(default)]
    pub(crate) manual: Vec<Manual>,
    #[serde(default)]
    pub(crate) profile: Profile,
    /// what it may cost the processes of the target, where they are watched
    pub(crate) costs: Option<Costs>,
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

/// Bytes of a usual head.
const HEAD_SIZE: u64 = 200;

impl Case {
    /// Whether it writes the opening handshake of its first conversation itself.
    pub fn states_opening(&self) -> bool {
        self.steps
            .iter()
            .any(|step| matches!(step, Step::Open(_) | Step::Accept(_)))
    }

    /// Whether it leaves the opening handshake to the suite, and looks at nothing of it, so that it can
    /// run over whatever carries frames.
    pub fn leaves_opening(&self) -> bool {
        let of_opening = |word: &Word| {
            matches!(
                word,
                Word::Opened(_) | Word::Refused(_) | Word::Requested(_)
            )
        };
        let looks = |step: &Step| step.bare().expects(of_opening);
        self.dial.is_none()
            && !self.has_several_conversations()
            && !self.states_opening()
            && !self.steps.iter().any(looks)
    }

    /// Whether it has conversations beside the first.
    pub fn has_several_conversations(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::On(..)))
    }

    /// Whether the client under test uses us as its proxy. Its first conversation is with the
    /// proxy: no WebSocket opens there.
    pub fn is_proxied(&self) -> bool {
        self.dial.as_ref().is_some_and(|dial| dial.proxy)
    }

    /// Whether its further conversations are the further requests of one client that uses us as its
    /// proxy: in the tunnel, or after a refusal.
    pub fn goes_on_through_proxy(&self) -> bool {
        let dial = self.dial.as_ref();
        dial.is_some_and(|dial| dial.proxy && dial.times.is_none())
    }

    /// Whether TLS begins in the tunnel of its client: the URL is for it, and we are the proxy.
    pub fn tunnels_tls(&self) -> bool {
        let dial = self.dial.as_ref().filter(|dial| dial.proxy);
        let url = dial.and_then(|dial| dial.url.as_deref());
        url.is_some_and(|url| url.starts_with("wss:"))
    }

    /// Connections that are open at the same time, at most: its conversations, and one more where
    /// it asks whether another is served.
    pub fn connections(&self) -> u32 {
        let conversations = self.steps.iter().map(|step| match step {
            Step::On(on, _) => *on,
            _ => 1,
        });
        let asks_another = self
            .steps
            .iter()
            .any(|step| step.bare().expects(Word::needs_second_connection));
        conversations.fold(1, u32::max) + u32::from(asks_another)
    }

    /// The same conversation at each size of [`Costs::growth`], from the smallest on; none if it has
    /// only one. What they cost is counted and not judged.
    pub fn sizes(&self) -> Vec<(u64, Case)> {
        let sizes = self.costs.iter().flat_map(|costs| &costs.growth);
        let steps = self.smaller.iter().chain([&self.steps]);
        let sized = sizes.zip(steps).map(|(size, steps)| {
            let case = Case {
                costs: Some(Costs::default()),
                smaller: Vec::new(),
                steps: steps.clone(),
                ..self.clone()
            };
            (*size, case)
        });
        sized.collect()
    }

    /// Whether it cites this requirement.
    pub fn cites(&self, requirement: &str) -> bool {
        self.requirements.iter().any(|cited| cited == requirement)
    }

    /// Estimated cost, in bytes: the payload it sends, and 300 for each frame.
    pub fn weight(&self) -> u64 {
        let frames = self.steps.iter().flat_map(|step| match step.bare() {
            Step::Send { frames, .. } => frames.iter(),
            _ => [].iter(),
        });
        frames.map(|frame| 300 + payload_size(frame)).sum()
    }

    /// Estimated number of pieces that have to be read one by one.
    pub fn pieces(&self) -> u64 {
        let weight = self.weight();
        let pieces = self.steps.iter().map(|step| match step.bare() {
            Step::Send { split, frames, .. } => {
                let split = split.as_ref();
                split.map_or(0, |split| split.pieces(weight, frames.len()))
            }
            Step::Open(head) | Step::Accept(head) => {
                let split = head.split.as_ref();
                split.map_or(0, |split| split.pieces(HEAD_SIZE + weight, 1))
            }
            _ => 0,
        });
        pieces.sum()
    }

    /// Whether it takes as long as a time-out of the target may be.
    pub fn awaits_time_out(&self) -> bool {
        self.steps
            .iter()
            .any(|step| step.bare().expects(|word| word.time_out().is_some()))
    }

    /// Whether it may take the quiet time although it sends little, because it expects silence.
    pub fn waits(&self) -> bool {
        self.steps
            .iter()
            .any(|step| step.bare().expects(Word::is_silence))
    }
}

fn payload_size(frame: &Frame) -> u64 {
    match &frame.content {
        Content::Payload(_, payload) | Content::Raw(payload) => payload.size(),
        Content::Close(_) => 0,
    }
}

/// What a case takes from its file.
pub(crate) struct Inherited<'a> {
    pub(crate) family: &'a str,
    pub(crate) group: &'a str,
    pub(crate) impact: Impact,
    pub(crate) over: Over,
    pub(crate) roles: Option<&'a [RoleName]>,
    pub(crate) needs: &'a [Need],
}

impl CaseSource {
    pub(crate) fn resolve(self, file: &Inherited<'_>, rest: Rest) -> Result<Case, String> {
        let steps = unfolded(self.steps)?;
        if steps.is_empty() {
            return Err("`steps` makes no steps".into());
        }
        if let Some(costs) = &self.costs {
            costs.check()?;
        }
        let smaller = rest.smaller.into_iter().map(|steps| {
            let steps = serde_json::from_value(steps).map_err(|error| error.to_string())?;
            unfolded(steps)
        });
        let smaller = smaller.collect::<Result<Vec<_>, _>>()?;
        if smaller.contains(&steps) {
            return Err("`growth` goes with `{size}` in the steps".into());
        }
        let of_clients = self.dial.is_some() || steps.iter().any(|s| is_of_clients(s.bare()));
        let stated = self.roles.as_deref().or(file.roles);
        let roles = roles(stated, possible_roles(&steps, of_clients)?)?;
        let writes_opening = steps
            .iter()
            .any(|s| matches!(s.bare(), Step::Open(_) | Step::Accept(_)));
        if self.agree.is_some() && writes_opening {
            return Err(
                "`agree` goes with an implicit opening handshake: remove it, `open` or `accept`"
                    .into(),
            );
        }
        if !self.offered.is_empty() && !of_clients {
            return Err(
                "`offered` is about a client: it needs `accept`, `requested` or `dial`".into(),
            );
        }
        let mut needs = file.needs.to_vec();
        needs.extend(self.needs.iter().filter(|n| !file.needs.contains(n)));
        Ok(Case {
            id: format!("{}.{}", file.family, self.id),
            family: file.family.to_owned(),
            group: file.group.to_owned(),
            about: self.about,
            requirements: self.requirements,
            impact: self.impact.unwrap_or(file.impact),
            over: self.over.unwrap_or(file.over),
            tls: self.tls,
            roles,
            needs,
            agree: self.agree,
            offered: self.offered,
            dial: self.dial,
            manual: self.manual,
            profile: self.profile,
            costs: self.costs,
            autobahn: rest.autobahn,
            seen_in: self.seen_in,
            steps,
            smaller,
        })
    }
}

/// The steps, with repetitions written out.
fn unfolded(sources: Vec<StepSource>) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    for source in sources {
        source.unfold(&mut steps)?;
    }
    steps.shrink_to_fit();
    Ok(steps)
}

/// The roles of a target that can take part in these steps.
fn possible_roles(steps: &[Step], of_clients: bool) -> Result<&'static [RoleName], &'static str> {
    let opens = steps.iter().any(|s| matches!(s.bare(), Step::Open(_)));
    match (opens, of_clients) {
        (true, true) => Err(
            "a case has either `open` or one of `accept`, `requested`, `hello` and `dial`: its target is a server or a client",
        ),
        (true, false) => Ok(&[RoleName::Server]),
        (false, true) => Ok(&[RoleName::Client]),
        (false, false) => Ok(&[RoleName::Server, RoleName::Client]),
    }
}

/// The stated roles if they are possible; all possible ones if none are stated.
fn roles(stated: Option<&[RoleName]>, possible: &[RoleName]) -> Result<Vec<Role>, &'static str> {
    let stated = stated.unwrap_or(possible);
    if stated.is_empty() || stated.iter().any(|role| !possible.contains(role)) {
        return Err("the steps do not allow these `roles`");
    }
    Ok(stated.iter().map(|role| role.role()).collect())
}

/// Whether only a client under test can take part in it.
fn is_of_clients(step: &Step) -> bool {
    matches!(step, Step::Accept(_))
        || step.expects(|word| word.traits().target == Some(Role::Client))
}
