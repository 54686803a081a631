//! Copying between two streams.

use std::io;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};
use wsspec_core::Role;
use wsspec_reports::What;

use super::tap::Tap;
use crate::wire::stream::Stream;

/// Bytes that are read at once: at first, and at most.
const SIZES: [usize; 2] = [4 << 10, 64 << 10];

/// How a direction ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The sender ended it, and the receiver knows.
    Finished,
    /// The receiver takes nothing more.
    Refused,
}

/// Copies what either side sends to the other one until both have ended. A half that ends is ended on the
/// other side, a connection that is reset is reset there. `first` was read of the client before.
pub(super) async fn relay(client: Stream, server: Stream, first: Bytes, tap: &Tap) {
    let (mut from_client, mut to_client) = split(client);
    let (mut from_server, mut to_server) = split(server);
    let ended = tokio::try_join!(
        copy(&mut from_client, &mut to_server, first, Role::Client, tap),
        copy(
            &mut from_server,
            &mut to_client,
            Bytes::new(),
            Role::Server,
            tap
        ),
    );
    if ended.ok() != Some((End::Finished, End::Finished)) {
        from_client.unsplit(to_client).reset_at_end();
        from_server.unsplit(to_server).reset_at_end();
    }
}

/// Copies one direction, of which `first` was read before.
///
/// # Errors
/// If its sender has reset the connection.
async fn copy(
    reader: &mut (impl AsyncRead + Unpin),
    writer: &mut (impl AsyncWrite + Unpin),
    first: Bytes,
    from: Role,
    tap: &Tap,
) -> io::Result<End> {
    let [mut size, most] = SIZES;
    let mut buffer = BytesMut::new();
    if !first.is_empty() && pass(writer, first, from, tap).await.is_err() {
        return Ok(End::Refused);
    }
    loop {
        if buffer.capacity() < size / 4 {
            buffer.reserve(size);
        }
        let room = buffer.capacity();
        match reader.read_buf(&mut buffer).await {
            Ok(0) => {
                tap.ended(from, What::Fin);
                break;
            }
            Ok(read) if read == room => size = most.min(size * 2),
            Ok(_) => {}
            // The stream below TLS has ended without close_notify.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                tap.ended(from, What::Truncated);
                break;
            }
            Err(error) => {
                tap.ended(from, What::Rst);
                return Err(error);
            }
        }
        let bytes = buffer.split().freeze();
        if pass(writer, bytes, from, tap).await.is_err() {
            return Ok(End::Refused);
        }
    }
    match writer.shutdown().await {
        Ok(()) => Ok(End::Finished),
        Err(_) => Ok(End::Refused),
    }
}

/// Passes bytes on: to the judge first, so that it has a request before its answer.
async fn pass(
    writer: &mut (impl AsyncWrite + Unpin),
    bytes: Bytes,
    from: Role,
    tap: &Tap,
) -> io::Result<()> {
    tap.bytes(from, bytes.clone());
    writer.write_all(&bytes).await?;
    writer.flush().await
}
