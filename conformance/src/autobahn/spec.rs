//! Autobahn's configuration files (`fuzzingclient.json`, `fuzzingserver.json`, the spec of a mass
//! connect), and the cases they select.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The keys that both files have. Unknown keys are ignored, as Autobahn does.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Choice {
    /// Case ids, or patterns with `*`.
    pub cases: Option<Vec<String>>,
    /// Cases to leave out.
    #[serde(rename = "exclude-cases")]
    pub exclude_cases: Vec<String>,
    /// Cases to leave out for some agents: agent pattern → case patterns.
    #[serde(rename = "exclude-agent-cases")]
    pub exclude_agent_cases: BTreeMap<String, Vec<String>>,
}

/// `fuzzingclient.json`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct ClientSpec {
    /// The folder of the report.
    pub outdir: Option<String>,
    /// The servers to test.
    pub servers: Vec<ServerEntry>,
    /// Protocol options for all servers.
    pub options: BTreeMap<String, Value>,
    /// The choice of cases.
    #[serde(flatten)]
    pub choice: Choice,
}

/// One server of `fuzzingclient.json`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct ServerEntry {
    /// Its URL.
    pub url: String,
    /// Its name in the report; its Server field by default.
    pub agent: Option<String>,
    /// The value of the Origin field.
    pub origin: Option<String>,
    /// Subprotocols to offer.
    pub protocols: Vec<String>,
    /// The name in its certificate.
    pub hostname: Option<String>,
    /// Protocol options.
    pub options: BTreeMap<String, Value>,
}

/// `fuzzingserver.json`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct ServerSpec {
    /// The URL to listen on.
    pub url: String,
    /// The folder of the report.
    pub outdir: Option<String>,
    /// Subprotocols to agree on.
    pub protocols: Vec<String>,
    /// Protocol options.
    pub options: BTreeMap<String, Value>,
    /// File with a private key.
    pub key: Option<String>,
    /// File with a certificate.
    pub cert: Option<String>,
    /// Ignored, as Autobahn does: the port of the web pages is an argument.
    pub webport: Option<Value>,
    /// The choice of cases.
    #[serde(flatten)]
    pub choice: Choice,
}

/// The spec of a mass connect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MassSpec {
    /// Number and pace of the connections.
    pub options: MassOptions,
    /// The servers to connect to.
    pub servers: Vec<MassServer>,
}

/// Number and pace of the connections.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MassOptions {
    /// Connections to each server.
    pub connections: usize,
    /// Number of connections opened at once.
    pub batchsize: usize,
    /// Time between two batches, in milliseconds.
    pub batchdelay: u64,
    /// Time before a refused connection is tried again, in milliseconds.
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
    /// A description.
    pub desc: String,
}

/// Protocol options that Autobahn knows.
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

/// What is wrong with options: unknown names, and versions other than RFC 6455.
pub fn doubtful_options(options: &BTreeMap<String, Value>) -> Vec<String> {
    let mut doubts = Vec::new();
    for (name, value) in options {
        if !KNOWN_OPTIONS.contains(&name.as_str()) {
            doubts.push(format!("option {name:?} is unknown"));
        } else if name == "version" && !matches!(value.as_u64(), Some(13 | 18)) {
            doubts.push(format!(
                "version {value} is not supported (only 13 and 18, which stand for RFC 6455)"
            ));
        }
    }
    doubts
}

/// Why a file selects no cases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChoiceError {
    /// It has no `cases`.
    NoCases,
    /// It names an id that no case has.
    Unknown(String),
}

impl fmt::Display for ChoiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ChoiceError::NoCases => {
                f.write_str("the key \"cases\" is missing; [\"*\"] selects all")
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
    /// Those of `ids` that are selected, in the same order. A pattern may match nothing (`8.*` has
    /// no cases).
    ///
    /// # Errors
    /// If the file has no `cases`, or an id in it that is not among `ids`.
    pub fn select<'a>(&self, ids: &[&'a str]) -> Result<Vec<&'a str>, ChoiceError> {
        let wanted = self.cases.as_ref().ok_or(ChoiceError::NoCases)?;
        if let Some(unknown) = wanted
            .iter()
            .find(|wanted| is_exact(wanted) && !ids.contains(&wanted.as_str()))
        {
            return Err(ChoiceError::Unknown(unknown.clone()));
        }
        Ok(ids
            .iter()
            .copied()
            .filter(|id| wanted.iter().any(|wanted| selects(wanted, id)))
            .filter(|id| !self.exclude_cases.iter().any(|p| matches(p, id, false)))
            .collect())
    }

    /// Whether this case is left out for `agent`.
    pub fn excludes(&self, agent: &str, id: &str) -> bool {
        let of_agent = self
            .exclude_agent_cases
            .iter()
            .filter(|(pattern, _)| matches(pattern, agent, true));
        of_agent
            .flat_map(|(_, cases)| cases)
            .any(|pattern| matches(pattern, id, true))
    }
}

/// Whether it is an id and not a pattern.
fn is_exact(wanted: &str) -> bool {
    !wanted.contains('*')
}

/// Whether an entry of `cases` selects a case.
fn selects(wanted: &str, id: &str) -> bool {
    if is_exact(wanted) {
        wanted == id
    } else {
        matches(wanted, id, false)
    }
}

/// Whether `pattern` matches `text`: `*` stands for any text, everything else for itself. Unless
/// `whole`, it is enough to match the front of `text`.
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
    fn patterns_work_as_in_autobahn() {
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
    fn cases_are_left_out_for_an_agent_only_on_a_whole_match() {
        let cases = vec!["9.*".to_owned(), "6.4".to_owned()];
        let choice = Choice {
            exclude_agent_cases: [("Mine*".to_owned(), cases)].into(),
            ..Choice::default()
        };
        assert!(choice.excludes("Mine/1", "9.1.1"));
        assert!(!choice.excludes("Mine/1", "6.4.1") && !choice.excludes("Not Mine", "9.1.1"));
    }

    #[test]
    fn unknown_keys_are_ignored() {
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
