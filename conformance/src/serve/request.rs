//! The request of a client: its head, read without judging it, and the function that its URL calls.

use std::fmt;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::time::timeout;
use url::Url;

use super::numbered::Numbered;
use crate::binding::Field;
use crate::wire::stream::Stream;

/// Longest head that is waited for, in bytes. Of a longer one, the case judges what has been read.
const HEAD_LIMIT: usize = 64 << 10;

/// What a head ends with.
const HEAD_END: &[u8] = b"\r\n\r\n";

/// Longest wait for a whole head.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);

/// Longest name of a client, in characters; the rest is cut off.
const AGENT_LIMIT: usize = 100;

/// The beginning of a connection.
#[derive(Debug)]
pub(super) struct Request {
    /// All bytes that were read of HTTP/1.1.
    pub(super) bytes: Vec<u8>,
    /// The request target.
    pub(super) target: String,
    /// The Host field, or an empty text.
    pub(super) host: String,
    /// It asks for a WebSocket.
    upgrades: bool,
}

/// The function that a request calls. Cases are given by their index.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Call {
    /// The page that tests the browser it is shown in.
    Page,
    /// All cases, for that page.
    Cases,
    /// The results of a client so far, for that page.
    Results(String),
    Count,
    Info(usize),
    Run(usize, String),
    Status(usize, String),
    /// Write the reports, for this client; and whether the server is to stop then.
    Reports(String, bool),
    Stop,
    /// A parameter is missing or wrong.
    Wrong(ParameterError),
    /// There is no such function.
    Unknown,
}

/// What is wrong with the parameters of a call. The client has to send others.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ParameterError {
    AgentMissing,
    CaseMissing,
    /// No case has the number `given`; there are `count`.
    UnknownNumber {
        given: String,
        count: usize,
    },
    /// No case has this id.
    UnknownId(String),
}

impl fmt::Display for ParameterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ParameterError::AgentMissing => {
                f.write_str("agent=NAME is missing: the name of the client under test")
            }
            ParameterError::CaseMissing => {
                f.write_str("the case is missing: case=NUMBER or casetuple=ID")
            }
            ParameterError::UnknownNumber { given, count } => {
                write!(f, "case={given}: cases are numbered from 1 to {count}")
            }
            ParameterError::UnknownId(id) => write!(f, "casetuple={id}: there is no such case"),
        }
    }
}

impl std::error::Error for ParameterError {}

impl Request {
    /// Reads a head, after the bytes that were read before, or what has come of it within
    /// [`HEAD_TIMEOUT`]. `None` if there is no request target.
    pub(super) async fn read(stream: &mut Stream, mut bytes: Vec<u8>) -> Option<Request> {
        let head = async {
            let mut buffer = [0; 4096];
            while bytes.len() < HEAD_LIMIT
                && !bytes.windows(HEAD_END.len()).any(|end| end == HEAD_END)
            {
                match stream.read(&mut buffer).await {
                    Ok(read @ 1..) => bytes.extend(&buffer[..read]),
                    _ => return,
                }
            }
        };
        let _ = timeout(HEAD_TIMEOUT, head).await;
        Request::of_head(bytes)
    }

    /// The request whose head these bytes begin with.
    fn of_head(bytes: Vec<u8>) -> Option<Request> {
        let text = String::from_utf8_lossy(&bytes);
        let target = text.lines().next()?.split(' ').nth(1)?.to_owned();
        let host = field_of(&text, "host").unwrap_or_default().to_owned();
        let upgrades = field_of(&text, "upgrade").is_some();
        Some(Request {
            bytes,
            target,
            host,
            upgrades,
        })
    }

    /// The request that these fields of a stream are. `None` if there is no request target.
    pub(super) fn of_fields(fields: &[Field]) -> Option<Request> {
        Some(Request {
            bytes: Vec::new(),
            target: text_of(fields, b":path")?,
            host: text_of(fields, b":authority").unwrap_or_default(),
            upgrades: text_of(fields, b":protocol").is_some(),
        })
    }

    /// For a client that takes us for its proxy and asks for a tunnel, what it has sent through it
    /// already.
    pub(super) fn tunnelled(&self) -> Option<Vec<u8>> {
        if !self.bytes.starts_with(b"CONNECT ") {
            return None;
        }
        let mut lines = self.bytes.windows(HEAD_END.len());
        let end = lines.position(|end| end == HEAD_END)?;
        Some(self.bytes[end + HEAD_END.len()..].to_vec())
    }

    /// The function that is called.
    pub(super) fn call(&self, cases: &[Numbered]) -> Call {
        let base = Url::parse("ws://wsspec.invalid/");
        let Ok(url) = base.and_then(|base| base.join(&self.target)) else {
            return Call::Unknown;
        };
        let call = match url.path() {
            "/" | "/index.html" if !self.upgrades => Ok(Call::Page),
            "/cases.json" if !self.upgrades => Ok(Call::Cases),
            "/results.json" if !self.upgrades => agent(&url).map(Call::Results),
            "/getCaseCount" => Ok(Call::Count),
            "/getCaseInfo" => case(&url, cases).map(Call::Info),
            "/runCase" => case_and_agent(&url, cases).map(|(case, agent)| Call::Run(case, agent)),
            "/getCaseStatus" => {
                case_and_agent(&url, cases).map(|(case, agent)| Call::Status(case, agent))
            }
            "/updateReports" => {
                let stops = parameter(&url, "shutdownOnComplete")
                    .is_some_and(|value| matches!(&*value, "true" | "yes" | "1"));
                agent(&url).map(|agent| Call::Reports(agent, stops))
            }
            "/stopServer" => Ok(Call::Stop),
            _ => Ok(Call::Unknown),
        };
        call.unwrap_or_else(Call::Wrong)
    }
}

/// Whether an ordinary request of a stream is for the page, or for what it loads.
pub(super) fn is_of_the_page(fields: &[Field]) -> bool {
    let request = Request::of_fields(fields);
    request.is_some_and(|request| {
        matches!(
            request.call(&[]),
            Call::Page | Call::Cases | Call::Results(_)
        )
    })
}

fn field_of<'a>(head: &'a str, wanted: &str) -> Option<&'a str> {
    let fields = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    let mut found = fields.filter(|(name, _)| name.eq_ignore_ascii_case(wanted));
    found.next().map(|(_, value)| value.trim())
}

fn text_of(fields: &[Field], wanted: &[u8]) -> Option<String> {
    let found = fields.iter().find(|(name, _)| name == wanted);
    found.map(|(_, value)| String::from_utf8_lossy(value).into_owned())
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs()
        .find(|(n, _)| n == name)
        .map(|(_, value)| value.into_owned())
}

fn agent(url: &Url) -> Result<String, ParameterError> {
    parameter(url, "agent")
        .filter(|agent| !agent.is_empty())
        .map(|agent| agent.chars().take(AGENT_LIMIT).collect())
        .ok_or(ParameterError::AgentMissing)
}

/// The index of the case that is asked for.
fn case(url: &Url, cases: &[Numbered]) -> Result<usize, ParameterError> {
    if let Some(given) = parameter(url, "case") {
        let index = given.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
        return index
            .filter(|index| *index < cases.len())
            .ok_or(ParameterError::UnknownNumber {
                given,
                count: cases.len(),
            });
    }
    let id = parameter(url, "casetuple").ok_or(ParameterError::CaseMissing)?;
    cases
        .iter()
        .position(|numbered| numbered.id == id)
        .ok_or(ParameterError::UnknownId(id))
}

fn case_and_agent(url: &Url, cases: &[Numbered]) -> Result<(usize, String), ParameterError> {
    Ok((case(url, cases)?, agent(url)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wsspec_vectors::Corpus;

    fn call(target: &str, cases: &[Numbered]) -> Call {
        let head = format!("GET {target} HTTP/1.1\r\nUpgrade: websocket\r\n\r\n");
        Request::of_head(head.into_bytes()).unwrap().call(cases)
    }

    #[test]
    fn a_tunnel_begins_after_the_head_of_a_connect() {
        let request = |text: &str| Request::of_head(text.into()).unwrap();
        let whole = request("CONNECT a.test:80 HTTP/1.1\r\nHost: a.test\r\n\r\nGET");
        assert_eq!(whole.tunnelled().as_deref(), Some(&b"GET"[..]));
        for none in [
            "CONNECT a.test:80 HTTP/1.1\r\nHost",
            "GET / HTTP/1.1\r\n\r\n",
        ] {
            assert_eq!(request(none).tunnelled(), None, "{none}");
        }
    }

    #[test]
    fn urls_mean_what_they_mean_to_autobahn() {
        let corpus = Corpus::embedded().unwrap();
        let cases: Vec<Numbered> = corpus.cases.iter().take(3).map(Numbered::own).collect();
        let by_id = format!("/runCase?casetuple={}&agent=a%20b", cases[1].id);
        for (target, called) in [
            ("/getCaseCount", Call::Count),
            ("/getCaseInfo?case=3", Call::Info(2)),
            (&by_id, Call::Run(1, "a b".into())),
            ("/getCaseStatus?case=1&agent=x", Call::Status(0, "x".into())),
            (
                "/updateReports?agent=x&shutdownOnComplete=true",
                Call::Reports("x".into(), true),
            ),
            ("/stopServer", Call::Stop),
            ("/", Call::Unknown),
        ] {
            assert_eq!(call(target, &cases), called, "{target}");
        }
        for target in [
            "/runCase?case=1",
            "/runCase?case=0&agent=x",
            "/runCase?case=4&agent=x",
            "/getCaseInfo?casetuple=9",
        ] {
            assert!(matches!(call(target, &cases), Call::Wrong(_)), "{target}");
        }
    }
}
