//! Whether a client that connects speaks HTTP/2.

use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::time::timeout;
use wsspec_core::http2::PREFACE;

use super::Arrival;
use super::stream::Stream;
use super::tcp::Begun;

/// The name of HTTP/2 over TLS in ALPN (RFC 9113 §3.2).
const ALPN: &[u8] = b"h2";

/// Longest wait for the first bytes in clear text.
const PATIENCE: Duration = Duration::from_secs(5);

/// The beginning of a connection of a client for HTTP/2. `None` if the client has chosen HTTP/1.1.
pub(crate) async fn begin(mut begun: Begun) -> Option<Begun> {
    // How a client takes a certificate is the matter of TLS alone.
    begun
        .came
        .retain(|arrival| !matches!(arrival, Arrival::Tls(..)));
    if let Some(stream) = &mut begun.stream {
        let (chosen, read) = choice(stream).await;
        if !chosen {
            return None;
        }
        if !read.is_empty() {
            begun.came.push_back(Arrival::Bytes(1, read));
        }
    }
    Some(begun)
}

/// Whether a client has chosen HTTP/2: by ALPN, or, without TLS, by what it sends first; and what was
/// read of that.
pub(crate) async fn choice(stream: &mut Stream) -> (bool, Vec<u8>) {
    if matches!(stream, Stream::Tls(_)) {
        return (stream.protocol() == Some(ALPN), Vec::new());
    }
    let mut first = vec![0; PREFACE.len()];
    let read = timeout(PATIENCE, stream.read(&mut first)).await;
    let size = read.ok().and_then(Result::ok).unwrap_or(0);
    first.truncate(size);
    // One that says nothing, or ends, has not chosen another protocol.
    (PREFACE.starts_with(&first), first)
}
