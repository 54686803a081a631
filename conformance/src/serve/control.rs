//! The control functions: a conforming opening handshake, at most one message, and a Close frame
//! without a code.

use std::borrow::Cow;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::time::timeout;
use wsspec_core::endpoint::{Endpoint, Phase, ServerConfig};
use wsspec_core::frame::{MessageKind, Opcode};

use super::request::Request;
use crate::wire::stream::Stream;
use crate::wire::tcp;

/// Longest wait for the client's answer to our Close frame, and again for the end of TCP.
pub(super) const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// Longest pause between our message and the Close frame. Some clients drop a message that their
/// application has not received when the connection closes.
pub(super) const READ_PAUSE: Duration = Duration::from_millis(5);

/// The answer to a request for anything else.
pub(super) const HELP: &str = "wsspec tests WebSocket clients here:\n\
    /getCaseCount\n\
    /getCaseInfo?case=NUMBER\n\
    /runCase?case=NUMBER&agent=NAME        or casetuple=ID for case=NUMBER\n\
    /getCaseStatus?case=NUMBER&agent=NAME\n\
    /updateReports?agent=NAME\n\
    /stopServer\n\
    / in a browser tests that browser.\n";

/// The content of an HTTP response.
pub(super) struct Content {
    pub(super) media_type: &'static str,
    pub(super) body: Cow<'static, str>,
}

impl Content {
    /// Plain text.
    pub(super) fn text(text: impl Into<Cow<'static, str>>) -> Content {
        Content {
            media_type: "text/plain; charset=utf-8",
            body: text.into(),
        }
    }
}

/// Opens the connection, sends `text` if there is one, and closes it.
pub(super) async fn send(mut stream: Stream, request: &Request, text: Option<String>) {
    let mut endpoint = Endpoint::server(ServerConfig::default());
    endpoint.receive(&mut request.bytes.clone());
    if endpoint.phase() == Phase::Open {
        if let Some(text) = text {
            endpoint.send(MessageKind::Text, text.as_bytes());
            let _ = stream.send(&endpoint.take_output()).await;
            let _ = timeout(READ_PAUSE, stream.readable()).await;
        }
        endpoint.send_frame(Opcode::CLOSE, true, 0, &[]);
    }
    let _ = stream.send(&endpoint.take_output()).await;
    // Reads the answer to the Close frame. The server ends TCP first (RFC 6455 §7.1.1).
    let mut buffer = [0; 1024];
    let _ = timeout(CLOSE_TIMEOUT, stream.read(&mut buffer)).await;
    tcp::end(stream, CLOSE_TIMEOUT).await;
}

/// Answers a plain HTTP request.
pub(super) async fn answer(mut stream: Stream, status: &str, content: &Content) {
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {}\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         Connection: close\r\n\r\n",
        content.media_type,
        content.body.len()
    );
    if stream
        .send(&[head.as_bytes(), content.body.as_bytes()].concat())
        .await
        .is_ok()
    {
        tcp::end(stream, CLOSE_TIMEOUT).await;
    }
}
