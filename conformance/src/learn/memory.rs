//! The reference peer in memory as the teacher: it answers at once.

use std::future::Future;

use wsspec_core::Role;
use wsspec_core::endpoint::{ClientConfig, Endpoint};

use super::alphabet::ALPHABET;
use super::machine::Word;
use super::oracle::{Patience, Teacher, Unanswered};
use super::output::Output;
use super::talk::Talk;
use crate::peer::{PeerConnection, ReferencePeer};

/// Bounds how often a peer that sends as time passes is given time.
const MOST_TICKS: usize = 100;

/// A server in memory.
pub(super) struct InMemory<'a> {
    pub(super) peer: &'a ReferencePeer,
}

impl Teacher<Output> for InMemory<'_> {
    fn ask(
        &self,
        words: &[Word],
        _: Patience,
    ) -> impl Future<Output = Result<Vec<Vec<Output>>, Unanswered>> {
        std::future::ready(words.iter().map(|word| self.answer(word)).collect())
    }
}

impl InMemory<'_> {
    fn answer(&self, word: &[usize]) -> Result<Vec<Output>, Unanswered> {
        let mut connection = self.peer.connection(Role::Server, 0);
        let mut talk = open(&mut connection)?;
        let mut outputs = Vec::new();
        for input in word {
            let symbol = &ALPHABET[*input];
            match talk.send(symbol) {
                Some(mut bytes) => connection.receive(&mut bytes),
                None => connection.receive_end(),
            }
            listen(&mut connection, &mut talk);
            let output = talk.take(symbol);
            outputs.push(output);
            if talk.is_over() {
                break;
            }
        }
        Ok(outputs)
    }
}

fn open(connection: &mut PeerConnection) -> Result<Talk, Unanswered> {
    let mut client = Endpoint::client(ClientConfig::new("wsspec.invalid", "/", [7; 16]), || [0; 4]);
    connection.receive(&mut client.take_output());
    let answer = connection.take_output();
    let head = answer.windows(4).position(|four| four == b"\r\n\r\n");
    if connection.wants_end() && !answer.starts_with(b"HTTP/1.1 101") {
        return Err(Unanswered::Unreachable("the peer does not open".to_owned()));
    }
    let head = head.map_or(answer.len(), |end| end + 4);
    let mut talk = Talk::new();
    talk.received(&mut answer[head..].to_vec());
    Ok(talk)
}

fn listen(connection: &mut PeerConnection, talk: &mut Talk) {
    for _ in 0..MOST_TICKS {
        talk.received(&mut connection.take_output());
        if !connection.has_delayed_output() {
            break;
        }
        connection.tick();
    }
    talk.received(&mut connection.take_output());
    if connection.wants_end() {
        talk.ended();
    }
}
