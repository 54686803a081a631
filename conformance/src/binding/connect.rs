//! The binding of RFC 8441 and RFC 9220: an extended CONNECT opens a stream, a 2xx answers it.

use wsspec_core::Role;
use wsspec_core::deflate::negotiation;
use wsspec_core::handshake::{ConnectRequest, ConnectResponse, Fields, Offered};
use wsspec_reports::Transport;
use wsspec_vectors::{FieldValue, Head};

use super::fields::{field_lines, lines_of, overridden};
use super::names::Names;
use super::{
    Accepted, Binding, Command, Field, HeadKind, Input, NotInThisBinding, Offer, Output,
    ReceivedHead, RequestLine, Status,
};
use crate::exchange::Setup;

/// The status of a response, or the method of a request, where the field is missing.
const MISSING: &str = "";

/// A conversation over a stream.
#[derive(Debug)]
pub struct Connect {
    target: Role,
    over: Transport,
    offer: Offer,
    /// Our request was a CONNECT; any 2xx opens then.
    connects: bool,
    /// Our request was an ordinary one: what is wrong with the answer is the target's own doing.
    plain_request: bool,
    /// The client's request, once it has come.
    request: Option<ReceivedHead>,
    /// The final head of the target has come.
    headed: bool,
    /// It opens the conversation: what follows is WebSocket, and not the content of a refusal.
    opened: bool,
    accepted: Accepted,
}

impl Connect {
    /// A conversation with a target of this role. `key` is what `{key}` stands for; no default head
    /// has it.
    pub fn new(target: Role, over: Transport, key: String) -> Connect {
        Connect {
            target,
            over,
            offer: Offer {
                key,
                ..Offer::default()
            },
            connects: false,
            plain_request: false,
            request: None,
            headed: false,
            opened: false,
            accepted: Accepted::default(),
        }
    }

    fn names<'a>(&'a self, setup: &'a Setup) -> Names<'a> {
        Names {
            setup,
            key: &self.offer.key,
        }
    }

    /// The request. One that has another method than CONNECT ends with it: its content is empty, and a
    /// server may wait for the end of that.
    fn open(&mut self, head: &Head, setup: &Setup) -> Vec<Output> {
        self.offer.learn(head, setup);
        let fields = request(head, &self.names(setup));
        let method = first(&fields, ":method");
        self.connects = method == Some(b"CONNECT");
        let ends = method.is_some() && !self.connects;
        let own_pseudo = head.headers.iter().any(|(name, _)| name.starts_with(':'));
        self.plain_request = head.lines.is_none() && head.method.is_none() && !own_pseudo;
        let end = ends.then_some(Output::Finish);
        [Output::Fields(fields)].into_iter().chain(end).collect()
    }

    fn accept(&mut self, head: &Head, setup: &Setup) -> Vec<Field> {
        let fields = response(head, &self.names(setup));
        let opened = status_of(&fields).is_some_and(|code| (200..300).contains(&code));
        let offered = self.request.as_ref().map(|request| &request.offers[..]);
        let answered = ConnectResponse {
            fields: readable(&fields),
        };
        self.accepted = Accepted {
            opened,
            terms: opened
                .then(|| negotiation::judge(&answered.extensions(), offered.unwrap_or_default()).0)
                .flatten(),
        };
        fields
    }

    fn answer(&self, fields: Vec<Field>, end: bool) -> ReceivedHead {
        let code = status_of(&fields).unwrap_or_default();
        let status = Status {
            code,
            phrase: MISSING.to_owned(),
            opens: self.connects && (200..300).contains(&code) && !end,
        };
        let response = ConnectResponse {
            fields: readable(&fields),
        };
        let violations = if status.opens {
            response.violations(&Offered {
                key: &self.offer.key,
                subprotocols: &self.offer.subprotocols,
                extensions: &self.offer.extensions,
            })
        } else {
            Vec::new()
        };
        let faults = if self.plain_request {
            violations.iter().map(|violation| violation.at(0)).collect()
        } else {
            Vec::new()
        };
        ReceivedHead {
            frames_follow: status.opens,
            kind: HeadKind::Answer(status),
            terms: negotiation::judge(&response.extensions(), &self.offer.extensions).0,
            violations,
            faults,
            offers: Vec::new(),
            key: String::new(),
            end: 0,
            exact_names: true,
            fields: owned(fields),
        }
    }

    fn asked(&self, fields: Vec<Field>) -> ReceivedHead {
        let line = RequestLine {
            method: text_of(&fields, ":method"),
            target: text_of(&fields, ":path"),
            version: version_of(self.over).to_owned(),
        };
        let request = ConnectRequest {
            fields: readable(&fields),
        };
        ReceivedHead {
            frames_follow: request.asks_for_websocket(),
            kind: HeadKind::Request(line),
            violations: request.violations(),
            faults: Vec::new(),
            terms: None,
            offers: request.extensions(),
            key: String::new(),
            end: 0,
            exact_names: true,
            fields: owned(fields),
        }
    }
}

impl Binding for Connect {
    fn send(
        &mut self,
        command: Command<'_>,
        setup: &Setup,
    ) -> Result<Vec<Output>, NotInThisBinding> {
        Ok(vec![match command {
            Command::Open(head) => return Ok(self.open(head, setup)),
            Command::Accept(head) => Output::Fields(self.accept(head, setup)),
            Command::Data(bytes) => Output::Write(bytes),
            Command::Settings(settings) => Output::Settings(
                settings
                    .iter()
                    .filter_map(|(name, value)| Some((name.number(), (*value)?)))
                    .collect(),
            ),
            Command::Finish => Output::Finish,
            Command::Reset => Output::Reset,
        }])
    }

    fn receive(&mut self, bytes: &[u8]) -> Vec<Input> {
        if self.opened {
            vec![Input::Data(bytes.to_vec())]
        } else {
            Vec::new()
        }
    }

    fn fields(&mut self, fields: Vec<Field>, end: bool) -> Vec<Input> {
        if self.headed {
            // Trailers: nothing in them is of WebSocket.
            return Vec::new();
        }
        let head = match self.target {
            Role::Server => {
                let interim = status_of(&fields).is_some_and(|code| (100..200).contains(&code));
                if interim && !end && status_of(&fields) != Some(101) {
                    return vec![Input::Interim];
                }
                self.answer(fields, end)
            }
            Role::Client => {
                let request = self.asked(fields);
                self.request = Some(request.clone());
                request
            }
        };
        self.headed = true;
        self.opened = head.opens();
        vec![Input::Head(Box::new(head))]
    }

    fn accepted(&self) -> Accepted {
        self.accepted
    }

    fn began_asking(&self) -> bool {
        self.headed
    }

    fn fill(&self, text: &str, setup: &Setup) -> String {
        self.names(setup).fill(text)
    }

    fn take_next_request(&mut self) -> Option<Vec<u8>> {
        None
    }
}

/// The fields of the opening request of a case; `key` is what `{key}` stands for.
pub fn request_fields(head: &Head, setup: &Setup, key: &str) -> Vec<Field> {
    request(head, &Names { setup, key })
}

/// The fields of the answer of a case.
pub fn response_fields(head: &Head, setup: &Setup) -> Vec<Field> {
    response(head, &Names { setup, key: "" })
}

/// The fields of the opening request.
fn request(head: &Head, names: &Names<'_>) -> Vec<Field> {
    let mut usual = lines_of(&[
        (":method", head.method.as_deref().unwrap_or("CONNECT")),
        (":protocol", "websocket"),
        (":scheme", "{scheme}"),
        (":path", head.target.as_deref().unwrap_or("{target}")),
        (":authority", "{host}"),
        ("sec-websocket-version", "13"),
    ]);
    usual.extend(
        names
            .setup
            .headers
            .iter()
            .flat_map(|(name, value)| lines_of(&[(&name.to_ascii_lowercase(), value)])),
    );
    write(head, usual, names)
}

/// The fields of the answer to a request.
fn response(head: &Head, names: &Names<'_>) -> Vec<Field> {
    let status = head.status.unwrap_or(200).to_string();
    write(head, lines_of(&[(":status", &status)]), names)
}

fn write(head: &Head, usual: Vec<(String, FieldValue)>, names: &Names<'_>) -> Vec<Field> {
    if let Some(lines) = &head.lines {
        return lines.iter().map(|line| field_of(line, names)).collect();
    }
    let mut fields = Vec::new();
    for (name, value) in overridden(usual, head) {
        // A head that was written for HTTP/1.1, such as an offer, means the same.
        let name = names.fill(&name).to_ascii_lowercase().into_bytes();
        let lines = field_lines(&value, names);
        fields.extend(lines.into_iter().map(|line| (name.clone(), line)));
    }
    fields
}

/// A field as a case writes it out, `name: value`; a pseudo-field begins with a colon.
fn field_of(line: &str, names: &Names<'_>) -> Field {
    let line = names.fill(line);
    let colon = line.char_indices().skip(1).find(|(_, c)| *c == ':');
    let (name, value) = colon.map_or((line.as_str(), ""), |(at, _)| {
        (&line[..at], line[at + 1..].trim_start_matches(' '))
    });
    (name.as_bytes().to_vec(), value.as_bytes().to_vec())
}

fn version_of(over: Transport) -> &'static str {
    match over {
        Transport::H3 => "HTTP/3",
        _ => "HTTP/2",
    }
}

/// The fields whose names are text, for what reads those of HTTP/1.1.
pub(crate) fn readable(fields: &[Field]) -> Fields<'_> {
    fields
        .iter()
        .filter_map(|(name, value)| Some((std::str::from_utf8(name).ok()?, value.as_slice())))
        .collect()
}

fn owned(fields: Vec<Field>) -> Vec<(String, Vec<u8>)> {
    fields
        .into_iter()
        .map(|(name, value)| (String::from_utf8_lossy(&name).into_owned(), value))
        .collect()
}

fn first<'a>(fields: &'a [Field], name: &str) -> Option<&'a [u8]> {
    fields
        .iter()
        .find(|(found, _)| found == name.as_bytes())
        .map(|(_, value)| value.as_slice())
}

fn text_of(fields: &[Field], name: &str) -> String {
    String::from_utf8_lossy(first(fields, name).unwrap_or(MISSING.as_bytes())).into_owned()
}

fn status_of(fields: &[Field]) -> Option<u16> {
    text_of(fields, ":status").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server may wait for the end of an ordinary request; a CONNECT goes on.
    #[test]
    fn a_request_that_is_no_connect_ends() {
        let setup = Setup::new(Role::Server, "wsspec.invalid", "/");
        for (method, ends) in [(None, false), (Some("CONNECT"), false), (Some("GET"), true)] {
            let head = Head {
                method: method.map(str::to_owned),
                ..Head::default()
            };
            let mut binding = Connect::new(Role::Server, Transport::H2, String::new());
            let outputs = binding.send(Command::Open(&head), &setup).unwrap();
            let finished = matches!(outputs[..], [Output::Fields(_), Output::Finish]);
            assert_eq!(finished, ends, "{method:?}");
        }
    }
}
