//! Outcomes that only other transports than plain TCP have.

use std::fmt;

use super::error_code::ErrorCodes;
use super::over::Over;
use super::settings::WantedSettings;
use super::tls::{Hello, Sni};

/// An outcome that plain TCP does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TransportWord {
    /// The target reset the stream: RST_STREAM, RESET_STREAM or STOP_SENDING.
    Reset(ErrorCodes),
    /// The target ended the whole connection with an error: GOAWAY or CONNECTION_CLOSE.
    Aborted(ErrorCodes),
    /// These settings of the target are in force.
    Settings(WantedSettings),
    /// The client sent such a ClientHello.
    Hello(Hello),
    /// The target sent a fatal TLS alert.
    Alert,
    /// There was a connection to `{canary}`, another listener of ours.
    Canary,
}

impl TransportWord {
    /// Whether it can be said of a conversation over `over`.
    pub fn fits(&self, over: Over) -> bool {
        match self {
            TransportWord::Reset(codes) | TransportWord::Aborted(codes) => match codes {
                ErrorCodes::Any => over.has_streams(),
                ErrorCodes::These(codes) => codes.iter().all(|code| code.over() == over),
            },
            TransportWord::Settings(_) => over.has_streams(),
            TransportWord::Hello(_) | TransportWord::Alert => over == Over::Tls,
            TransportWord::Canary => true,
        }
    }
}

impl fmt::Display for TransportWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TransportWord::Reset(codes) => write!(f, "the stream is reset{codes}"),
            TransportWord::Aborted(codes) => write!(f, "the whole connection is ended{codes}"),
            TransportWord::Settings(settings) => {
                f.write_str("settings: ")?;
                for (i, (name, values)) in settings.iter().enumerate() {
                    let separator = if i > 0 { ", " } else { "" };
                    write!(f, "{separator}{name} {}", alternatives(values))?;
                }
                Ok(())
            }
            TransportWord::Hello(Hello { sni: None }) => f.write_str("a TLS ClientHello"),
            TransportWord::Hello(Hello { sni: Some(None) }) => {
                f.write_str("a TLS ClientHello without a server name")
            }
            TransportWord::Hello(Hello {
                sni: Some(Some(Sni::Any(_))),
            }) => f.write_str("a TLS ClientHello with a server name"),
            TransportWord::Hello(Hello {
                sni: Some(Some(Sni::Name(name))),
            }) => {
                write!(f, "a TLS ClientHello with the server name {name}")
            }
            TransportWord::Alert => f.write_str("a fatal TLS alert"),
            TransportWord::Canary => f.write_str("a connection to another listener of ours"),
        }
    }
}

fn alternatives(values: &[Option<u64>]) -> String {
    let values: Vec<String> = values
        .iter()
        .map(|value| value.map_or("not announced".to_owned(), |v| v.to_string()))
        .collect();
    values.join(" or ")
}
