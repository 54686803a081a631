//! Reads messages until there are no more; no oracle.
#![no_main]

use std::hint::black_box;
use std::io::{self, Read, Write};

use tungstenite::WebSocket;
use tungstenite::protocol::Role;

/// The input, and a sink for output.
struct Input<'a>(&'a [u8]);

impl Read for Input<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Input<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let [settings, _, stream @ ..] = data else { return };
    let role = if settings & 1 == 0 { Role::Server } else { Role::Client };
    let mut socket = WebSocket::from_raw_socket(Input(stream), role, None);
    while let Ok(message) = socket.read() {
        black_box(message);
    }
});
