//! `fuzzingclient.json`, `fuzzingserver.json`, the spec of a mass connect, and which cases they select.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Fields that both files have. Keys that nobody knows are read over, as ever.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Choice {
    /// Case ids, or patterns with `*`.
    pub cases: Option<Vec<String>>,
    /// What to leave out of them.
    #[serde(rename = "exclude-cases")]
    pub exclude_cases: Vec<String>,
    /// What to leave out for agents that match: agent pattern → case patterns.
    #[serde(rename = "exclude-agent-cases")]
    pub exclude_agent_cases: BTreeMap<String, Vec<String>>,
}

/// `fuzzingclient.json`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct ClientSpec {
    /// Where the report goes.
    pub outdir: Option<String>,
    /// What to test.
    pub servers: Vec<ServerEntry>,
    /// Options of the protocol, for all servers.
    pub options: BTreeMap<String, Value>,
    /// Which cases.
    #[serde(flatten)]
    pub choice: Choice,
}

/// One server of `fuzzingclient.json`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct ServerEntry {
    /// Its URL.
    pub url: String,
    /// Its name in the report; by default what its Server field says.
    pub agent: Option<String>,
    /// The Origin field.
    pub origin: Option<String>,
    /// Subprotocols to offer.
    pub protocols: Vec<String>,
    /// The name its certificate is for.
    pub hostname: Option<String>,
    /// Options of the protocol.
    pub options: BTreeMap<String, Value>,
}

/// `fuzzingserver.json`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct ServerSpec {
    /// Where to listen.
    pub url: String,
    /// Where the report goes.
    pub outdir: Option<String>,
    /// Subprotocols to agree on.
    pub protocols: Vec<String>,
    /// Options of the protocol.
    pub options: BTreeMap<String, Value>,
    /// A private key, as a file.
    pub key: Option<String>,
    /// A certificate, as a file.
    pub cert: Option<String>,
    /// Ignored, as ever: the port of the web pages is an argument.
    pub webport: Option<Value>,
    /// Which cases.
    #[serde(flatten)]
    pub choice: Choice,
}

/// The spec of a mass connect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MassSpec {
    /// How many, how fast.
    pub options: MassOptions,
    /// To whom.
    pub servers: Vec<MassServer>,
}

/// How many connections, how fast.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MassOptions {
    /// Connections to each server.
    pub connections: usize,
    /// So many at once.
    pub batchsize: usize,
    /// Milliseconds between batches.
    pub batchdelay: u64,
    /// Milliseconds before a connection that was refused is tried again.
    pub retrydelay: u64,
}

impl Default for MassOptions {
    fn default() -> Self {
        MassOptions {
            connections: 1000,
            batchsize: 100,
            batchdelay: 1000,
            retrydelay: 200,
        }
    }
}

/// A server of a mass connect.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MassServer {
    /// Its name.
    pub name: String,
    /// Its URL.
    pub uri: String,
    /// What it is.
    pub desc: String,
}

/// Options of the protocol that the incumbent knows.
const KNOWN_OPTIONS: &[&str] = &[
    "version",
    "versions",
    "allowHixie76",
    "webStatus",
    "utf8validateIncoming",
    "acceptMaskedServerFrames",
    "maskClientFrames",
    "maskServerFrames",
    "requireMaskedClientFrames",
    "applyMask",
    "maxFramePayloadSize",
    "maxMessagePayloadSize",
    "autoFragmentSize",
    "failByDrop",
    "echoCloseCodeReason",
    "serverConnectionDropTimeout",
    "openHandshakeTimeout",
    "closeHandshakeTimeout",
    "tcpNoDelay",
    "perMessageCompressionOffers",
    "perMessageCompressionAccept",
    "autoPingInterval",
    "autoPingTimeout",
    "autoPingSize",
    "serveFlashSocketPolicy",
    "flashSocketPolicy",
    "allowedOrigins",
    "maxConnections",
];

/// The options that nobody knows, and those that ask for what is not RFC 6455.
pub fn doubtful_options(options: &BTreeMap<String, Value>) -> Vec<String> {
    let mut doubts = Vec::new();
    for (name, value) in options {
        if !KNOWN_OPTIONS.contains(&name.as_str()) {
            doubts.push(format!("option {name:?} is not known"));
        } else if name == "version" && !matches!(value.as_u64(), Some(13 | 18)) {
            doubts.push(format!(
                "version {value}: only the RFC (18, or 13) is spoken"
            ));
        }
    }
    doubts
}

/// Why a file selects nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChoiceError {
    /// There is no `cases`.
    NoCases,
    /// An id without `*` that no case has.
    Unknown(String),
}

impl fmt::Display for ChoiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ChoiceError::NoCases => {
                f.write_str("the key \"cases\" is missing; [\"*\"] stands for all")
            }
            ChoiceError::Unknown(id) => {
                write!(
                    f,
                    "no case has the id {id:?}; `wsspec list --autobahn` shows them, and \"{id}.*\" is a pattern"
                )
            }
        }
    }
}

impl std::error::Error for ChoiceError {}

impl Choice {
    /// Which of `ids`, which are in order, run for anybody. A pattern may match nothing (`8.*` has no cases), an id
    /// may not.
    pub fn select<'a>(&self, ids: &[&'a str]) -> Result<Vec<&'a str>, ChoiceError> {
        let wanted = self.cases.as_ref().ok_or(ChoiceError::NoCases)?;
        let exact = |pattern: &&String| !pattern.contains('*');
        if let Some(unknown) = wanted
            .iter()
            .filter(exact)
            .find(|id| !ids.contains(&id.as_str()))
        {
            return Err(ChoiceError::Unknown(unknown.clone()));
        }
        let asked = |id: &str| {
            wanted.iter().any(|p| {
                if exact(&p) {
                    p == id
                } else {
                    matches(p, id, false)
                }
            })
        };
        let left_out = |id: &str| self.exclude_cases.iter().any(|p| matches(p, id, false));
        Ok(ids
            .iter()
            .copied()
            .filter(|id| asked(id) && !left_out(id))
            .collect())
    }

    /// Whether `agent` is spared this case.
    pub fn spares(&self, agent: &str, id: &str) -> bool {
        let of_agent = self
            .exclude_agent_cases
            .iter()
            .filter(|(pattern, _)| matches(pattern, agent, true));
        of_agent
            .flat_map(|(_, cases)| cases)
            .any(|pattern| matches(pattern, id, true))
    }
}

/// Whether `pattern` matches: `*` stands for anything, all else for itself. Unless `whole`, only the front of `text`
/// has to match.
pub fn matches(pattern: &str, text: &str, whole: bool) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, between)) = parts.split_last() else {
        return !whole || rest.is_empty();
    };
    for part in between {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    if whole {
        rest.ends_with(last)
    } else {
        rest.contains(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wsspec_vectors::autobahn;

    fn count(cases: &[&str], exclude: &[&str]) -> Result<usize, ChoiceError> {
        let strings = |of: &[&str]| of.iter().map(ToString::to_string).collect::<Vec<_>>();
        let choice = Choice {
            cases: Some(strings(cases)),
            exclude_cases: strings(exclude),
            ..Choice::default()
        };
        let ids: Vec<String> = autobahn::ids().collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        choice.select(&ids).map(|found| found.len())
    }

    #[test]
    fn patterns_are_those_of_the_incumbent() {
        assert_eq!(count(&["*"], &[]), Ok(517));
        assert_eq!(count(&["*"], &["9.*", "12.*", "13.*"]), Ok(247));
        assert_eq!(count(&["1.*", "8.*", "11.*"], &[]), Ok(16));
        assert_eq!(count(&["1*"], &["13", "12."]), Ok(17));
        assert_eq!(count(&["6.4.*", "1.1.1", "1.1.1"], &["6.4.4"]), Ok(4));
        assert_eq!(count(&["*.1.1"], &[]), Ok(26));
        assert_eq!(
            count(&["7.1"], &[]),
            Err(ChoiceError::Unknown("7.1".into()))
        );
        assert_eq!(
            Choice::default().select(&["1.1.1"]),
            Err(ChoiceError::NoCases)
        );
    }

    #[test]
    fn agents_are_spared_what_matches_whole() {
        let cases = vec!["9.*".to_owned(), "6.4".to_owned()];
        let choice = Choice {
            exclude_agent_cases: [("Mine*".to_owned(), cases)].into(),
            ..Choice::default()
        };
        assert!(choice.spares("Mine/1", "9.1.1"));
        assert!(!choice.spares("Mine/1", "6.4.1") && !choice.spares("Not Mine", "9.1.1"));
    }

    #[test]
    fn unknown_keys_are_read_over() {
        let text = r#"{"webport": 8080, "enable-ssl": false, "servers": [{"url": "ws://a", "nonsense": 1}], "cases": ["*"]}"#;
        let spec: ClientSpec = serde_json::from_str(text).unwrap();
        assert_eq!(
            (
                spec.servers[0].url.as_str(),
                spec.choice.cases.unwrap().len()
            ),
            ("ws://a", 1)
        );
        let options = [
            ("failByDrop", Value::Bool(false)),
            ("version", 18.into()),
            ("other", 1.into()),
        ];
        let options = options
            .into_iter()
            .map(|(k, v)| (k.to_owned(), v))
            .collect();
        assert_eq!(doubtful_options(&options).len(), 1);
    }
}
