//! Autobahn's configuration files (`fuzzingclient.json`, `fuzzingserver.json`, the spec of a mass
//! connect), and the cases they select.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::near::near;

/// The keys that both files have. Unknown keys are ignored, as Autobahn does.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Choice {
    /// Case ids, or patterns with `*`.
    #[serde(deserialize_with = "some_patterns")]
    pub cases: Option<Vec<String>>,
    /// Cases to leave out.
    #[serde(rename = "exclude-cases", deserialize_with = "patterns")]
    pub exclude_cases: Vec<String>,
    /// Cases to leave out for some agents: agent pattern → case patterns.
    #[serde(rename = "exclude-agent-cases", deserialize_with = "by_agent")]
    pub exclude_agent_cases: BTreeMap<String, Vec<String>>,
}

/// A list of patterns, or a single one.
#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "`cases` and `exclude-cases` are lists of ids and patterns"
)]
enum Patterns {
    One(String),
    Many(Vec<String>),
}

impl From<Patterns> for Vec<String> {
    fn from(patterns: Patterns) -> Vec<String> {
        match patterns {
            Patterns::One(one) => vec![one],
            Patterns::Many(many) => many,
        }
    }
}

fn patterns<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Patterns::deserialize(deserializer).map(Vec::from)
}

fn some_patterns<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<String>>, D::Error> {
    Ok(Option::<Patterns>::deserialize(deserializer)?.map(Vec::from))
}

/// Case patterns by agent; an empty list stands for none.
#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "`exclude-agent-cases` is an object: agent pattern → list of case patterns"
)]
enum ByAgent {
    Some(BTreeMap<String, Patterns>),
    None([(); 0]),
}

fn by_agent<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, Vec<String>>, D::Error> {
    Ok(match ByAgent::deserialize(deserializer)? {
        ByAgent::None([]) => BTreeMap::new(),
        ByAgent::Some(map) => map.into_iter().map(|(k, v)| (k, v.into())).collect(),
    })
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

/// The keys of `fuzzingclient.json`.
pub const CLIENT_KEYS: &[&str] = &[
    "outdir",
    "servers",
    "options",
    "cases",
    "exclude-cases",
    "exclude-agent-cases",
];

/// The keys of `fuzzingserver.json`.
pub const SERVER_KEYS: &[&str] = &[
    "url",
    "outdir",
    "protocols",
    "options",
    "key",
    "cert",
    "cases",
    "exclude-cases",
    "exclude-agent-cases",
];

/// The keys of a spec of a mass connect.
pub const MASS_KEYS: &[&str] = &["options", "servers"];

/// Keys that other files of Autobahn have; they are no mistakes, and have no effect.
const OTHER_KEYS: &[&str] = &[
    "webport",
    "enable-ssl",
    "url",
    "servers",
    "protocols",
    "key",
    "cert",
];

/// The keys of a file that have no effect and look like `known` ones, with those.
pub fn doubtful_keys(file: &Value, known: &[&str]) -> Vec<(String, Vec<String>)> {
    let keys = file.as_object().into_iter().flatten().map(|(key, _)| key);
    let unknown = keys.filter(|key| !known.iter().chain(OTHER_KEYS).any(|of| of == key));
    unknown
        .map(|key| (key.clone(), near(key, known.iter().copied())))
        .filter(|(_, near)| !near.is_empty())
        .collect()
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_written_in_several_ways() {
        for (text, cases, excluded, agents) in [
            (r#"{"cases": "*"}"#, Some(vec!["*"]), vec![], 0),
            (r#"{"exclude-cases": "9.*"}"#, None, vec!["9.*"], 0),
            (r#"{"exclude-agent-cases": []}"#, None, vec![], 0),
            (r#"{"exclude-agent-cases": {"a": "1.*"}}"#, None, vec![], 1),
        ] {
            let choice: Choice = serde_json::from_str(text).unwrap();
            let found: Option<Vec<&str>> = choice
                .cases
                .as_ref()
                .map(|c| c.iter().map(String::as_str).collect());
            assert_eq!(found, cases, "{text}");
            assert_eq!(choice.exclude_cases, excluded, "{text}");
            assert_eq!(choice.exclude_agent_cases.len(), agents, "{text}");
        }
        assert!(serde_json::from_str::<Choice>(r#"{"exclude-agent-cases": ["a"]}"#).is_err());
    }

    #[test]
    fn a_key_that_looks_like_another_is_doubtful() {
        let of = |text: &str| doubtful_keys(&serde_json::from_str(text).unwrap(), CLIENT_KEYS);
        let found = of(r#"{"excluded-cases": [], "cases": ["*"], "webport": 1, "nonsense": 1}"#);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].0, "excluded-cases");
        assert_eq!(found[0].1[0], "exclude-cases");
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
