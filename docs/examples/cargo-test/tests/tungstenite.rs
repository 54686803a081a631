//! A blocking server built with tungstenite.

use std::net::{SocketAddr, TcpListener};
use std::thread;

use wsspec::suite::Suite;

/// Echoes every message.
fn start() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || {
                let mut socket = tungstenite::accept(stream).ok()?;
                loop {
                    let message = socket.read().ok()?;
                    if message.is_text() || message.is_binary() {
                        socket.send(message).ok()?;
                    }
                }
                #[allow(unreachable_code)]
                Some(())
            });
        }
    });
    address
}

#[test]
fn follows_the_standard() {
    let url = format!("ws://{}/", start());
    Suite::server(&url)
        .baseline("tests/tungstenite.json")
        .run()
        .unwrap()
        .assert();
}
