//! The functions that are not cases: a right opening handshake, at most one message, and a Close without a code.

use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use wsspec_core::endpoint::{Endpoint, Phase, ServerConfig};
use wsspec_core::frame::{MessageKind, Opcode};

use super::request::Request;

/// How long the client may take to answer our Close.
const PATIENCE: Duration = Duration::from_secs(1);

/// A client may take so long to read our message before it is told that the connection is over. Some forget what
/// they have not handed on by then.
const HEARD: Duration = Duration::from_millis(5);

/// What somebody is told who asks for anything else.
pub(super) const HELP: &str = "wsspec tests WebSocket clients here:\n\
    /getCaseCount\n\
    /getCaseInfo?case=NUMBER\n\
    /runCase?case=NUMBER&agent=NAME        or casetuple=ID for case=NUMBER\n\
    /getCaseStatus?case=NUMBER&agent=NAME\n\
    /updateReports?agent=NAME\n\
    /stopServer\n\
    / in a browser tests that browser.\n";

/// Opens the connection, says `text`, and closes it.
pub(super) async fn say(mut stream: TcpStream, request: &Request, text: Option<String>) {
    let mut endpoint = Endpoint::server(ServerConfig::default());
    endpoint.receive(&mut request.bytes.clone());
    if endpoint.phase() == Phase::Open {
        if let Some(text) = text {
            endpoint.send(MessageKind::Text, text.as_bytes());
            let _ = stream.write_all(&endpoint.take_output()).await;
            let _ = timeout(HEARD, stream.readable()).await;
        }
        endpoint.send_frame(Opcode::CLOSE, true, 0, &[]);
    }
    let _ = stream.write_all(&endpoint.take_output()).await;
    // The answer to the Close, and then the end of TCP, which is the server's part.
    let mut buffer = [0; 1024];
    let _ = timeout(PATIENCE, stream.read(&mut buffer)).await;
    end(stream).await;
}

/// Answers with an HTTP error.
pub(super) async fn refuse(stream: TcpStream, status: &str, why: &str) {
    answer(stream, status, "text/plain; charset=utf-8", why.as_bytes()).await;
}

/// Answers a plain request.
pub(super) async fn answer(mut stream: TcpStream, status: &str, kind: &str, content: &[u8]) {
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         Connection: close\r\n\r\n",
        content.len()
    );
    if stream
        .write_all(&[head.as_bytes(), content].concat())
        .await
        .is_ok()
    {
        end(stream).await;
    }
}

/// Ends our direction and reads the rest: a socket closed with unread bytes resets the connection.
async fn end(mut stream: TcpStream) {
    let _ = SockRef::from(&stream).shutdown(std::net::Shutdown::Write);
    let mut buffer = [0; 1024];
    let rest = async { while stream.read(&mut buffer).await.is_ok_and(|n| n > 0) {} };
    let _ = timeout(PATIENCE, rest).await;
}
