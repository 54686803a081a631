//! What a client asks for: the head of its request, read without judging it, and the function in its URL.

use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::timeout;
use url::Url;

use super::Numbered;

/// A longer head is not waited for; the case judges what is there.
const LONGEST: usize = 64 << 10;

/// How long a head may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// A name of a client is cut to so many characters.
const AGENT: usize = 100;

/// The beginning of a connection.
#[derive(Debug)]
pub(super) struct Request {
    /// All that was read.
    pub(super) bytes: Vec<u8>,
    /// The request target.
    pub(super) target: String,
}

/// What it comes to. Cases are places in the list.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// The page that tests the browser it is shown in.
    Page,
    /// All cases, for that page.
    Cases,
    /// The results so far of this client, for that page.
    Results(String),
    Count,
    Info(usize),
    Run(usize, String),
    Status(usize, String),
    /// The reports, and whether that is the end.
    Reports(String, bool),
    Stop,
    /// A function with a wrong parameter.
    Wrong(String),
    Nothing,
}

impl Request {
    /// Reads a head that may have begun already, or what comes of one in time. `None` where nothing comes.
    pub(super) async fn read(stream: &mut TcpStream, mut bytes: Vec<u8>) -> Option<Request> {
        let head = async {
            let mut buffer = [0; 4096];
            while bytes.len() < LONGEST && !bytes.windows(4).any(|end| end == b"\r\n\r\n") {
                match stream.read(&mut buffer).await {
                    Ok(read @ 1..) => bytes.extend(&buffer[..read]),
                    _ => return,
                }
            }
        };
        let _ = timeout(PATIENCE, head).await;
        let text = String::from_utf8_lossy(&bytes);
        let target = text.lines().next()?.split(' ').nth(1)?.to_owned();
        Some(Request { bytes, target })
    }

    /// Whom the client takes us for.
    pub(super) fn host(&self) -> String {
        self.field("host").unwrap_or_default()
    }

    fn field(&self, wanted: &str) -> Option<String> {
        let text = String::from_utf8_lossy(&self.bytes);
        let fields = text.lines().skip(1).filter_map(|line| line.split_once(':'));
        let mut found = fields.filter(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.next().map(|(_, value)| value.trim().to_owned())
    }

    /// The function that is called.
    pub(super) fn asks(&self, cases: &[Numbered]) -> Asked {
        let Ok(url) = Url::parse("ws://wsspec.invalid/").and_then(|base| base.join(&self.target))
        else {
            return Asked::Nothing;
        };
        let parameter = |name: &str| {
            url.query_pairs()
                .find(|(n, _)| n == name)
                .map(|(_, value)| value.into_owned())
        };
        let agent = || {
            let named = parameter("agent").filter(|agent| !agent.is_empty());
            named.map(|agent| agent.chars().take(AGENT).collect::<String>())
        };
        let nobody = || Asked::Wrong("agent=NAME says who is under test\n".into());
        let case = || match (parameter("case"), parameter("casetuple")) {
            (Some(number), _) => {
                let place = number
                    .parse::<usize>()
                    .ok()
                    .and_then(|n| n.checked_sub(1))
                    .filter(|at| *at < cases.len());
                place.ok_or_else(|| {
                    format!(
                        "case={number}: cases are numbered from 1 to {}\n",
                        cases.len()
                    )
                })
            }
            (None, Some(id)) => {
                let place = cases.iter().position(|numbered| numbered.id == id);
                place.ok_or_else(|| format!("casetuple={id}: there is no such case\n"))
            }
            (None, None) => Err("case=NUMBER or casetuple=ID says which case\n".into()),
        };
        let of_agent = |asked: fn(usize, String) -> Asked| match (case(), agent()) {
            (Ok(at), Some(agent)) => asked(at, agent),
            (Err(why), _) => Asked::Wrong(why),
            (_, None) => nobody(),
        };
        let upgrades = self.field("upgrade").is_some();
        match url.path() {
            "/" | "/index.html" if !upgrades => Asked::Page,
            "/cases.json" if !upgrades => Asked::Cases,
            "/results.json" if !upgrades => agent().map_or_else(nobody, Asked::Results),
            "/getCaseCount" => Asked::Count,
            "/getCaseInfo" => case().map_or_else(Asked::Wrong, Asked::Info),
            "/runCase" => of_agent(Asked::Run),
            "/getCaseStatus" => of_agent(Asked::Status),
            "/updateReports" => {
                let last = parameter("shutdownOnComplete")
                    .is_some_and(|v| matches!(&*v, "true" | "yes" | "1"));
                agent().map_or_else(nobody, |agent| Asked::Reports(agent, last))
            }
            "/stopServer" => Asked::Stop,
            _ => Asked::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wsspec_vectors::Corpus;

    #[test]
    fn urls_are_read_as_autobahn_reads_them() {
        let corpus = Corpus::embedded().unwrap();
        let cases: Vec<Numbered> = corpus.cases.iter().take(3).map(Numbered::own).collect();
        let asks = |target: &str| {
            let bytes = format!("GET {target} HTTP/1.1\r\nUpgrade: websocket\r\n\r\n").into_bytes();
            Request {
                bytes,
                target: target.into(),
            }
            .asks(&cases)
        };
        assert_eq!(asks("/getCaseCount"), Asked::Count);
        assert_eq!(asks("/getCaseInfo?case=3"), Asked::Info(2));
        assert_eq!(
            asks(&format!("/runCase?casetuple={}&agent=a%20b", cases[1].id)),
            Asked::Run(1, "a b".into())
        );
        assert_eq!(
            asks("/getCaseStatus?case=1&agent=x"),
            Asked::Status(0, "x".into())
        );
        assert_eq!(
            asks("/updateReports?agent=x&shutdownOnComplete=true"),
            Asked::Reports("x".into(), true)
        );
        assert_eq!(asks("/stopServer"), Asked::Stop);
        assert_eq!(asks("/"), Asked::Nothing);
        for wrong in [
            "/runCase?case=1",
            "/runCase?case=0&agent=x",
            "/runCase?case=4&agent=x",
            "/getCaseInfo?casetuple=9",
        ] {
            assert!(matches!(asks(wrong), Asked::Wrong(_)), "{wrong}");
        }
    }
}
