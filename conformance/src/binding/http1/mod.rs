//! The binding of RFC 6455: a GET that asks for an upgrade, and a 101.

mod read;
mod write;

use wsspec_core::Role;
use wsspec_core::deflate::negotiation;
use wsspec_core::handshake::HeadReader;
use wsspec_core::violation::ViolationSet;
use wsspec_vectors::Head;

use super::names::Names;
use super::{Accepted, Binding, Command, Input, NotInThisBinding, Offer, Output};
use crate::exchange::Setup;
use read::Reader;

/// The answer of a proxy that opens a tunnel (RFC 9110 §9.3.6).
pub(crate) const TUNNEL_OPENED: &[u8] = b"HTTP/1.1 200 Connection established\r\n\r\n";

/// The opening request of a case with this Sec-WebSocket-Key.
pub fn request_bytes(head: &Head, setup: &Setup, key: &str) -> Vec<u8> {
    write::request(head, &Names { setup, key })
}

/// The answer of a case to a request with this Sec-WebSocket-Key.
pub fn response_bytes(head: &Head, setup: &Setup, key: &str) -> Vec<u8> {
    write::response(head, &Names { setup, key })
}

/// A conversation over HTTP/1.1.
#[derive(Debug)]
pub struct Http1 {
    target: Role,
    offer: Offer,
    reader: Reader,
    accepted: Accepted,
}

impl Http1 {
    /// A conversation with a target of this role. `key` is the Sec-WebSocket-Key of our request,
    /// where we send one.
    pub fn new(target: Role, key: String) -> Http1 {
        Http1 {
            target,
            offer: Offer {
                key,
                ..Offer::default()
            },
            reader: Reader::new(target),
            accepted: Accepted::default(),
        }
    }

    fn accept(&mut self, head: &Head, setup: &Setup) -> Vec<u8> {
        let mut offered = Vec::new();
        if let Some(request) = self.reader.request() {
            self.offer.key.clone_from(&request.key);
            offered.clone_from(&request.offers);
        }
        let bytes = write::response(head, &self.names(setup));
        let answered = extensions_of_101(&bytes);
        self.accepted = Accepted {
            opened: answered.is_some(),
            terms: answered.and_then(|answered| negotiation::judge(&answered, &offered).0),
        };
        bytes
    }

    fn names<'a>(&'a self, setup: &'a Setup) -> Names<'a> {
        Names {
            setup,
            key: &self.offer.key,
        }
    }
}

impl Binding for Http1 {
    fn send(
        &mut self,
        command: Command<'_>,
        setup: &Setup,
    ) -> Result<Vec<Output>, NotInThisBinding> {
        Ok(vec![match command {
            Command::Open(head) => {
                self.offer.learn(head, setup);
                self.reader.plain_request = write::is_plain(head);
                Output::Write(write::request(head, &self.names(setup)))
            }
            Command::Accept(head) => Output::Write(self.accept(head, setup)),
            Command::Data(bytes) => Output::Write(bytes),
            Command::Settings(_) => return Err(NotInThisBinding),
            Command::Finish => Output::Finish,
            Command::Reset => Output::Reset,
        }])
    }

    fn receive(&mut self, bytes: &[u8]) -> Vec<Input> {
        self.reader.receive(bytes, self.target, &self.offer)
    }

    fn accepted(&self) -> Accepted {
        self.accepted
    }

    fn began_asking(&self) -> bool {
        self.reader.begins_like_text()
    }

    fn fill(&self, text: &str, setup: &Setup) -> String {
        self.names(setup).fill(text)
    }

    fn take_next_request(&mut self) -> Option<Vec<u8>> {
        self.reader.take_next_request()
    }
}

/// The extensions that a complete 101 of ours agrees to, whatever else may be wrong with it; `None`
/// for another answer.
fn extensions_of_101(response: &[u8]) -> Option<Vec<wsspec_core::handshake::Extension>> {
    let mut head = HeadReader::response().tolerating(ViolationSet::ALL);
    if head.read(&mut &*response) != Ok(true) {
        return None;
    }
    head.parse_response()
        .ok()
        .filter(|response| response.status == 101)
        .map(|response| response.extensions())
}
