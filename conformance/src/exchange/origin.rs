//! The origin that a server is said to allow, and origins that look like it.

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

/// A name of another site, which no page of the allowed origin has.
const OTHER: &str = "wsspec.example";

/// A port that is not the usual one of any scheme.
const OTHER_PORT: u16 = 8199;

/// Letters of Cyrillic that look like Latin ones.
const LOOK_ALIKES: [(char, char); 6] = [
    ('a', 'а'),
    ('e', 'е'),
    ('o', 'о'),
    ('p', 'р'),
    ('c', 'с'),
    ('x', 'х'),
];

/// An origin as browsers write it (RFC 6454 §6.2): scheme, host, and a port that is not the usual
/// one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedOrigin {
    scheme: String,
    host: String,
    port: Option<u16>,
}

/// A text is no origin of a page, or a browser writes it in another way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoOrigin;

impl fmt::Display for NoOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "expected an origin as browsers send it: https://app.example.com, or http://127.0.0.1:8080",
        )
    }
}

impl std::error::Error for NoOrigin {}

/// Reads `https://app.example.com` or `http://127.0.0.1:8080`.
impl FromStr for AllowedOrigin {
    type Err = NoOrigin;

    fn from_str(text: &str) -> Result<AllowedOrigin, NoOrigin> {
        let url = Url::parse(text).map_err(|_| NoOrigin)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(NoOrigin);
        }
        let origin = AllowedOrigin {
            scheme: url.scheme().to_owned(),
            host: url.host_str().ok_or(NoOrigin)?.to_owned(),
            port: url.port(),
        };
        if origin.to_string() == text {
            Ok(origin)
        } else {
            Err(NoOrigin)
        }
    }
}

impl AllowedOrigin {
    /// What a name in braces stands for, without its `origin` and dot: an origin that is not this one and looks
    /// like it.
    pub(crate) fn like(&self, name: &str) -> Option<String> {
        let AllowedOrigin { scheme, host, port } = self;
        Some(match name {
            "prefixed" => format!("{self}.{OTHER}"),
            "suffixed" => self.at(&format!("wsspec{host}")).to_string(),
            "below" => self.at(&format!("wsspec.{host}")).to_string(),
            "dot-replaced" => self.at(&self.without_a_dot()).to_string(),
            "other-scheme" => AllowedOrigin {
                scheme: if scheme == "https" { "http" } else { "https" }.to_owned(),
                ..self.clone()
            }
            .to_string(),
            "other-port" => AllowedOrigin {
                port: Some(if *port == Some(OTHER_PORT) {
                    OTHER_PORT + 1
                } else {
                    OTHER_PORT
                }),
                ..self.clone()
            }
            .to_string(),
            "upper" => self.to_string().to_uppercase(),
            "dot-behind" => self.at(&format!("{host}.")).to_string(),
            "user" => format!("{self}@{OTHER}"),
            "path" => format!("{scheme}://{OTHER}/{host}"),
            "look-alike" => self
                .at(&self.look_alike().unwrap_or_else(other))
                .to_string(),
            _ => return None,
        })
    }

    /// The origin with this host.
    fn at(&self, host: &str) -> AllowedOrigin {
        AllowedOrigin {
            host: host.to_owned(),
            ..self.clone()
        }
    }

    /// The host with another character for its first dot; one without a dot has no such other.
    fn without_a_dot(&self) -> String {
        if self.host.contains('.') {
            self.host.replacen('.', "x", 1)
        } else {
            other()
        }
    }

    /// The host with letters of another alphabet that look the same, as it is written in ASCII.
    fn look_alike(&self) -> Option<String> {
        let (latin, other) = LOOK_ALIKES
            .iter()
            .find(|(latin, _)| self.host.contains(*latin))?;
        let other = self.host.replace(*latin, &other.to_string());
        match Host::parse(&other).ok()? {
            Host::Domain(name) => Some(name),
            Host::Ipv4(_) | Host::Ipv6(_) => None,
        }
    }
}

fn other() -> String {
    OTHER.to_owned()
}

impl fmt::Display for AllowedOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AllowedOrigin { scheme, host, port } = self;
        write!(f, "{scheme}://{host}")?;
        match port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_what_a_browser_writes() {
        for text in [
            "https://app.example.com",
            "http://127.0.0.1:8080",
            "http://[::1]:9001",
        ] {
            assert_eq!(text.parse::<AllowedOrigin>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "null",
            "app.example.com",
            "https://app.example.com/",
            "https://app.example.com:443",
            "HTTPS://app.example.com",
            "https://user@app.example.com",
            "ws://app.example.com",
            "https://app.example.com/page",
            "https://",
        ] {
            assert_eq!(text.parse::<AllowedOrigin>(), Err(NoOrigin), "{text}");
        }
    }

    #[test]
    fn what_looks_like_it_is_another_origin() {
        let origin = "https://app.example.com:8443"
            .parse::<AllowedOrigin>()
            .unwrap();
        for (name, like) in [
            ("prefixed", "https://app.example.com:8443.wsspec.example"),
            ("suffixed", "https://wsspecapp.example.com:8443"),
            ("below", "https://wsspec.app.example.com:8443"),
            ("dot-replaced", "https://appxexample.com:8443"),
            ("other-scheme", "http://app.example.com:8443"),
            ("other-port", "https://app.example.com:8199"),
            ("upper", "HTTPS://APP.EXAMPLE.COM:8443"),
            ("dot-behind", "https://app.example.com.:8443"),
            ("user", "https://app.example.com:8443@wsspec.example"),
            ("path", "https://wsspec.example/app.example.com"),
            ("look-alike", "https://xn--pp-6kc.xn--exmple-4nf.com:8443"),
        ] {
            assert_eq!(origin.like(name).as_deref(), Some(like), "{name}");
        }
        assert_eq!(origin.like("nothing"), None);
    }

    #[test]
    fn an_address_has_no_look_alike() {
        let origin = "http://127.0.0.1:8080".parse::<AllowedOrigin>().unwrap();
        assert_eq!(
            origin.like("look-alike").as_deref(),
            Some("http://wsspec.example:8080")
        );
        assert_eq!(
            origin.like("dot-replaced").as_deref(),
            Some("http://127x0.0.1:8080")
        );
    }
}
