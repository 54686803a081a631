//! A legal application made of tokio-tungstenite; `grid.py` says what the words mean.
//!
//! Usage: application PORT [--reaction W] [--trigger W] [--background W] [--limit W] [--seed N]
//!        application PORT --echo

mod conversation;
mod message;
mod words;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio_tungstenite::accept_hdr_async_with_config;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{
    Callback, ErrorResponse, Request, Response,
};
use tokio_tungstenite::tungstenite::http::StatusCode;
use tokio_tungstenite::tungstenite::http::header::{CONNECTION, CONTENT_LENGTH, HeaderValue};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use conversation::{Conversation, close};
use words::{Limit, Words};

/// Largest message, in bytes.
const LARGEST: usize = 64 << 20;

/// What all connections share.
struct Application {
    words: Words,
    /// How to send to each open connection.
    open: Mutex<HashMap<u64, UnboundedSender<Message>>>,
    random: Mutex<fastrand::Rng>,
}

impl Application {
    fn open(&self) -> MutexGuard<'_, HashMap<u64, UnboundedSender<Message>>> {
        self.open.lock().expect("no thread panics with it")
    }

    fn send_to_others(&self, sender: u64, message: &Message) {
        for (number, other) in self.open().iter() {
            if *number != sender {
                // A connection that has just ended misses it.
                let _ = other.send(message.clone());
            }
        }
    }

    /// A delay of 50 to 400 ms.
    fn lateness(&self) -> Duration {
        let mut random = self.random.lock().expect("no thread panics with it");
        Duration::from_millis(random.u64(50..=400))
    }

    async fn serve(&self, number: u64, stream: TcpStream) {
        let config = WebSocketConfig::default()
            .max_message_size(Some(LARGEST))
            .max_frame_size(Some(LARGEST));
        let Ok(mut socket) =
            accept_hdr_async_with_config(stream, Admission(self), Some(config)).await
        else {
            return;
        };
        match self.words.limit {
            Limit::Away(most) if self.open().len() >= most => {
                close(&mut socket, (1013, "too many connections")).await;
                return;
            }
            _ => {}
        }
        let (sender, mut from_others) = unbounded_channel();
        self.open().insert(number, sender);
        Conversation::new(self, number, socket)
            .talk(&mut from_others)
            .await;
        self.open().remove(&number);
    }
}

/// Answers openings that are in order.
struct Admission<'a>(&'a Application);

impl Callback for Admission<'_> {
    fn on_request(self, _: &Request, response: Response) -> Result<Response, ErrorResponse> {
        match self.0.words.limit {
            Limit::Refuse(most) if self.0.open().len() >= most => {
                let mut refusal = ErrorResponse::new(None);
                *refusal.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
                let fields = refusal.headers_mut();
                fields.insert(CONTENT_LENGTH, 0.into());
                fields.insert(CONNECTION, HeaderValue::from_static("close"));
                Err(refusal)
            }
            _ => Ok(response),
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let words = Words::parse(std::env::args().skip(1));
    let application = Arc::new(Application {
        words,
        open: Mutex::default(),
        random: Mutex::new(fastrand::Rng::with_seed(words.seed)),
    });
    let listener = TcpListener::bind(("127.0.0.1", words.port))
        .await
        .expect("a free port");
    for number in 0.. {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        let _ = stream.set_nodelay(true);
        let application = Arc::clone(&application);
        tokio::spawn(async move { application.serve(number, stream).await });
    }
}
