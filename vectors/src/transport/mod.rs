//! The layers below WebSocket, as a case describes them: TLS, and the streams of HTTP/2 and HTTP/3.

mod error_code;
mod over;
mod settings;
mod signal;
mod tls;
mod word;

pub use error_code::{ErrorCode, ErrorCodes};
pub use over::Over;
pub use settings::{SettingName, Settings, UnknownSetting, WantedSettings};
pub(crate) use settings::{SettingValues, wanted_settings};
pub use signal::Signal;
pub(crate) use tls::HelloSource;
pub use tls::{Certificate, Hello, Sni, Tls};
pub use word::TransportWord;
