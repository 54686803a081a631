//! An echo, with a thread for each connection.

use std::net::{TcpListener, TcpStream};
use std::thread;

use tungstenite::{Message, accept};

fn main() {
    let port = std::env::args().nth(1).and_then(|port| port.parse().ok());
    let listener = TcpListener::bind(("127.0.0.1", port.unwrap_or(0)));
    for stream in listener.expect("a free port").incoming().flatten() {
        thread::spawn(|| echo(stream));
    }
}

fn echo(stream: TcpStream) {
    let _ = stream.set_nodelay(true);
    let Ok(mut socket) = accept(stream) else { return };
    while let Ok(message) = socket.read() {
        if matches!(message, Message::Text(_) | Message::Binary(_)) {
            let _ = socket.send(message);
        }
    }
}
