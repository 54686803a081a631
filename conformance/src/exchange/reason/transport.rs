//! Reasons that only some transports have.

use std::borrow::Cow;
use std::fmt;

use wsspec_vectors::SettingName;

use crate::binding::{Breach, CarrierRule, ErrorNumber};

/// What was wrong on the layer that carries the conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TransportReason {
    /// The stream or the connection was ended with another error code, or with none.
    OtherError(Option<ErrorNumber>),
    /// The target announced no settings.
    NoSettings,
    /// The client did not begin with TLS.
    NoHello,
    /// The ClientHello names this host, or none.
    ServerName(Option<String>),
    /// The target sent no alert of TLS.
    NoAlert,
    /// The target broke a rule of HTTP/2 or HTTP/3, whatever the case was about.
    Broke {
        /// The rule, and where.
        breach: Breach,
        /// The first case it was broken in, by id.
        case: String,
    },
    /// A setting of the target has another value than the case wants.
    Setting {
        /// The setting.
        name: SettingName,
        /// Its value; `None` if it was not announced.
        found: Option<u64>,
    },
}

impl TransportReason {
    pub(super) fn key(&self) -> Cow<'static, str> {
        match self {
            TransportReason::OtherError(_) => "transport.other-error".into(),
            TransportReason::NoSettings => "transport.no-settings".into(),
            TransportReason::NoHello => "transport.no-hello".into(),
            TransportReason::ServerName(Some(_)) => "transport.server-name.other".into(),
            TransportReason::ServerName(None) => "transport.server-name.none".into(),
            TransportReason::NoAlert => "transport.no-alert".into(),
            TransportReason::Broke { breach, .. } => {
                format!("transport.broke.{}", breach.rule.name()).into()
            }
            TransportReason::Setting { name, .. } => format!("transport.setting.{name}").into(),
        }
    }
}

impl fmt::Display for TransportReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TransportReason::OtherError(Some(code)) => write!(f, "ended with {code}"),
            TransportReason::OtherError(None) => f.write_str("ended without an error code"),
            TransportReason::NoSettings => f.write_str("announced no settings"),
            TransportReason::NoHello => f.write_str("did not begin with a ClientHello of TLS"),
            TransportReason::ServerName(Some(name)) => {
                write!(f, "named {name} in its ClientHello (SNI)")
            }
            TransportReason::ServerName(None) => {
                f.write_str("named no host in its ClientHello (SNI)")
            }
            TransportReason::NoAlert => f.write_str("sent no TLS alert"),
            TransportReason::Broke { breach, case } => {
                let Breach { rule, at, stream } = breach;
                write!(f, "{} ({}) at byte {at} of ", rule.meaning(), rule.clause())?;
                match (rule, stream) {
                    (CarrierRule::H3(_), Some(stream)) => write!(f, "stream {stream}, in {case}"),
                    _ => write!(f, "what the target sent, in {case}"),
                }
            }
            TransportReason::Setting {
                name,
                found: Some(value),
            } => write!(f, "announced {name} = {value}"),
            TransportReason::Setting { name, found: None } => {
                write!(f, "did not announce {name}")
            }
        }
    }
}
