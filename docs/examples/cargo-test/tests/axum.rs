//! An asynchronous server built with axum.

use std::net::{SocketAddr, TcpListener};
use std::thread;

use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::routing::any;
use tokio::runtime::Runtime;
use wsspec::suite::Suite;

/// Echoes every message.
async fn echo(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        if matches!(message, Message::Text(_) | Message::Binary(_))
            && socket.send(message).await.is_err()
        {
            return;
        }
    }
}

fn start() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let app = Router::new().route(
        "/",
        any(|upgrade: WebSocketUpgrade| async { upgrade.on_upgrade(echo) }),
    );
    thread::spawn(|| {
        Runtime::new().unwrap().block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, app).await.unwrap();
        });
    });
    address
}

#[test]
fn follows_the_standard() {
    let url = format!("ws://{}/", start());
    Suite::server(&url)
        .baseline("tests/axum.json")
        .run()
        .unwrap()
        .assert();
}
