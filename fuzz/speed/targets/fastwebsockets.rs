//! Reads messages until there are no more; no oracle.
#![no_main]

use std::hint::black_box;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use fastwebsockets::{FragmentCollector, OpCode, Role, WebSocket};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The input, and a sink for output.
struct Input<'a>(&'a [u8]);

impl AsyncRead for Input<'_> {
    fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let (now, later) = self.0.split_at(self.0.len().min(buffer.remaining()));
        buffer.put_slice(now);
        self.0 = later;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Input<'_> {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let [settings, _, stream @ ..] = data else { return };
    let role = if settings & 1 == 0 { Role::Server } else { Role::Client };
    let mut socket = FragmentCollector::new(WebSocket::after_handshake(Input(stream), role));
    let mut reading = pin!(async {
        while let Ok(frame) = socket.read_frame().await {
            if black_box(frame).opcode == OpCode::Close {
                break;
            }
        }
    });
    // All input is available, so nothing waits.
    assert!(reading.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready());
});
