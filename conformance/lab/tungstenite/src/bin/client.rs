//! Reads URLs, one on each line, and echoes until each connection ends.

use std::io::{BufRead, stdin};
use std::thread;

use tungstenite::{Message, connect};

fn main() {
    for url in stdin().lock().lines().map_while(Result::ok) {
        thread::spawn(move || echo(&url));
    }
}

fn echo(url: &str) {
    let Ok((mut socket, _)) = connect(url) else { return };
    while let Ok(message) = socket.read() {
        if matches!(message, Message::Text(_) | Message::Binary(_)) {
            let _ = socket.send(message);
        }
    }
}
