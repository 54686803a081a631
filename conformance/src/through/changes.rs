//! What a gateway changes, and no rule forbids: facts, seen in what went through it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use wsspec_core::frame::{FrameHeader, LengthForm};
use wsspec_core::handshake::Fields;
use wsspec_core::message::Incoming;
use wsspec_vectors::{End, Nature, OpensBy};

use super::decide::{Hops, controls};
use super::hop::Hop;
use super::way::Way;
use crate::binding::EndOfStream;

/// The field that carries the case.
pub(super) const CASE_FIELD: &str = "X-Wsspec-Case";

/// Something that a gateway changes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// It adds this field to requests.
    RequestAdded(String),
    /// It removes it from requests.
    RequestRemoved(String),
    /// It gives it another value in requests.
    RequestChanged(String),
    /// It asks for another target.
    Target,
    /// It adds this field to the answer that opens.
    ResponseAdded(String),
    /// It removes it from the answer that opens.
    ResponseRemoved(String),
    /// It gives it another value in the answer that opens.
    ResponseChanged(String),
    /// It makes a Sec-WebSocket-Key of its own.
    Key,
    /// It answers an extended CONNECT with this status.
    Status(u16),
    /// It leaves this field of the upgrade in an extended CONNECT, or in the answer to one.
    FieldOfUpgrade(String),
    /// It makes an orderly end of a reset.
    ResetAsEnd,
    /// It makes a reset of an orderly end.
    EndAsReset,
    /// It masks frames anew.
    Masks,
    /// It joins or splits the fragments of messages.
    Fragments,
    /// It encodes lengths in another form.
    LengthForms,
    /// It answers pings itself.
    AnswersPings,
    /// It sends pings of its own.
    Pings,
}

impl Change {
    /// The kind, for programs. It never changes its meaning.
    pub const fn name(&self) -> &'static str {
        match self {
            Change::RequestAdded(_) => "request-added",
            Change::RequestRemoved(_) => "request-removed",
            Change::RequestChanged(_) => "request-changed",
            Change::Target => "target",
            Change::ResponseAdded(_) => "response-added",
            Change::ResponseRemoved(_) => "response-removed",
            Change::ResponseChanged(_) => "response-changed",
            Change::Key => "key",
            Change::Status(_) => "status",
            Change::FieldOfUpgrade(_) => "field-of-upgrade",
            Change::ResetAsEnd => "reset-as-end",
            Change::EndAsReset => "end-as-reset",
            Change::Masks => "masks",
            Change::Fragments => "fragments",
            Change::LengthForms => "length-forms",
            Change::AnswersPings => "answers-pings",
            Change::Pings => "pings",
        }
    }

    /// The field that it is about.
    pub fn field(&self) -> Option<&str> {
        match self {
            Change::RequestAdded(name)
            | Change::RequestRemoved(name)
            | Change::RequestChanged(name)
            | Change::ResponseAdded(name)
            | Change::ResponseRemoved(name)
            | Change::ResponseChanged(name)
            | Change::FieldOfUpgrade(name) => Some(name),
            _ => None,
        }
    }
}

/// The names of all changes. They never change their meaning.
pub const CHANGE_NAMES: [&str; 17] = [
    "request-added",
    "request-removed",
    "request-changed",
    "target",
    "response-added",
    "response-removed",
    "response-changed",
    "key",
    "status",
    "field-of-upgrade",
    "reset-as-end",
    "end-as-reset",
    "masks",
    "fragments",
    "length-forms",
    "answers-pings",
    "pings",
];

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Change::Status(status) => {
                return write!(f, "answers an extended CONNECT with {status}");
            }
            Change::FieldOfUpgrade(_) => {
                "leaves fields of the upgrade in an extended CONNECT or its answer"
            }
            Change::ResetAsEnd => "makes an orderly end of a reset",
            Change::EndAsReset => "makes a reset of an orderly end",
            Change::RequestAdded(_) => "adds to requests",
            Change::RequestRemoved(_) => "removes from requests",
            Change::RequestChanged(_) => "changes in requests",
            Change::Target => "asks for another target",
            Change::ResponseAdded(_) => "adds to the answer that opens",
            Change::ResponseRemoved(_) => "removes from the answer that opens",
            Change::ResponseChanged(_) => "changes in the answer that opens",
            Change::Key => "makes a Sec-WebSocket-Key of its own",
            Change::Masks => "masks frames anew",
            Change::Fragments => "joins or splits fragments",
            Change::LengthForms => "encodes lengths in another form",
            Change::AnswersPings => "answers pings itself",
            Change::Pings => "sends pings of its own",
        })
    }
}

/// What the gateway changed in a conversation.
pub(super) fn changes(hops: &Hops) -> BTreeSet<Change> {
    let mut found = BTreeSet::new();
    requests(hops, &mut found);
    of_upgrade(hops, &mut found);
    if !(hops.client.is_open() && hops.server.is_open()) {
        return found;
    }
    responses(hops, &mut found);
    ends(hops, &mut found);
    for end in [End::Client, End::Server] {
        frames(hops, end, &mut found);
    }
    found
}

/// Whether only one of the connections is of HTTP/1.1: fields of the upgrade do not go through then.
fn translates(hops: &Hops) -> bool {
    hops.client.opens_by() != hops.server.opens_by()
}

/// The fields of a request, and its target.
fn request(hop: &Hop, translated: bool) -> Option<(Lines, String)> {
    let asked = hop.asked()?.ok()?;
    let lines = lines(&asked.request.fields, translated);
    Some((lines, asked.request.target.to_owned()))
}

/// The fields of a response.
fn response(hop: &Hop, translated: bool) -> Option<Lines> {
    let answered = hop.answered()?.ok()?;
    Some(lines(answered.fields(), translated))
}

fn requests(hops: &Hops, found: &mut BTreeSet<Change>) {
    let translated = translates(hops);
    let (Some((sent, asked)), Some((came, target))) = (
        request(&hops.client, translated),
        request(&hops.server, translated),
    ) else {
        return;
    };
    let keys = [hops.client.key(), hops.server.key()];
    if !keys[1].is_empty() && keys[0] != keys[1] {
        found.insert(Change::Key);
    }
    if asked != target {
        found.insert(Change::Target);
    }
    let kinds: [Kind; 3] = [
        Change::RequestAdded,
        Change::RequestRemoved,
        Change::RequestChanged,
    ];
    compare(&sent, &came, kinds, found);
}

fn responses(hops: &Hops, found: &mut BTreeSet<Change>) {
    let translated = translates(hops);
    if let (Some(sent), Some(came)) = (
        response(&hops.server, translated),
        response(&hops.client, translated),
    ) {
        let kinds: [Kind; 3] = [
            Change::ResponseAdded,
            Change::ResponseRemoved,
            Change::ResponseChanged,
        ];
        compare(&sent, &came, kinds, found);
    }
    if hops.client.opens_by() == Some(OpensBy::Connect)
        && let Some(status) = hops.client.status()
    {
        found.insert(Change::Status(status));
    }
}

/// The fields of the upgrade in the heads of HTTP/2 or HTTP/3 that the gateway sends.
fn of_upgrade(hops: &Hops, found: &mut BTreeSet<Change>) {
    let heads = [&hops.client, &hops.server]
        .into_iter()
        .filter_map(Hop::head);
    for head in heads.filter(|head| head.by() == OpensBy::Connect) {
        let Ok(asked) = head.asked() else { continue };
        let left = OF_THE_UPGRADE
            .iter()
            .filter(|name| asked.request.fields.count(name) > 0);
        found.extend(left.map(|name| Change::FieldOfUpgrade((*name).to_owned())));
    }
}

/// How either end of the conversation became the other.
fn ends(hops: &Hops, found: &mut BTreeSet<Change>) {
    for end in [End::Client, End::Server] {
        let (sent, came) = (&hops.at(end.other()).ours, &hops.at(end).theirs);
        let (Some(sent), Some(came)) = (sent.end, came.end) else {
            continue;
        };
        match (sent, came) {
            (EndOfStream::Finished, EndOfStream::Reset | EndOfStream::Cancelled(_)) => {
                found.insert(Change::EndAsReset);
            }
            (EndOfStream::Reset, EndOfStream::Finished) => {
                found.insert(Change::ResetAsEnd);
            }
            _ => {}
        }
    }
}

type Lines = BTreeMap<String, Vec<Vec<u8>>>;

/// The lines of each field, by its name in lower case. Of the pseudo-fields of HTTP/2 and HTTP/3, only
/// the host is a field of HTTP/1.1 too.
fn lines(fields: &Fields<'_>, translated: bool) -> Lines {
    let mut lines = Lines::new();
    for (name, value) in fields.iter() {
        let name = match name.to_ascii_lowercase() {
            name if name == ":authority" => "host".to_owned(),
            name if name.starts_with(':') => continue,
            name if translated && OF_THE_UPGRADE.contains(&name.as_str()) => continue,
            name => name,
        };
        lines.entry(name).or_default().push(value.to_vec());
    }
    lines
}

/// A kind of change of a field.
type Kind = fn(String) -> Change;

/// Fields whose values have to differ where the gateway is an endpoint.
const OF_THE_HANDSHAKE: [&str; 2] = ["sec-websocket-key", "sec-websocket-accept"];

/// Fields of the upgrade, which HTTP/2 and HTTP/3 do without.
const OF_THE_UPGRADE: [&str; 4] = [
    "connection",
    "upgrade",
    "sec-websocket-key",
    "sec-websocket-accept",
];

fn compare(sent: &Lines, came: &Lines, kinds: [Kind; 3], found: &mut BTreeSet<Change>) {
    let [added, removed, changed] = kinds;
    let names: BTreeSet<&String> = sent.keys().chain(came.keys()).collect();
    for name in names {
        if name.eq_ignore_ascii_case(CASE_FIELD) && came.contains_key(name) {
            continue;
        }
        let made = match (sent.get(name), came.get(name)) {
            (None, Some(_)) => added,
            (Some(_), None) => removed,
            (Some(sent), Some(came))
                if !same(sent, came) && !OF_THE_HANDSHAKE.contains(&name.as_str()) =>
            {
                changed
            }
            _ => continue,
        };
        found.insert(made(name.clone()));
    }
}

/// Whether two values are the same but for the case of their letters.
fn same(sent: &[Vec<u8>], came: &[Vec<u8>]) -> bool {
    sent.len() == came.len()
        && sent
            .iter()
            .zip(came)
            .all(|(a, b)| a.eq_ignore_ascii_case(b))
}

/// What it changed on the way to `end`.
fn frames(hops: &Hops, end: End, found: &mut BTreeSet<Change>) {
    let (sent, came) = (&hops.at(end.other()).ours, &hops.at(end).theirs);
    if !sent.faults.is_empty() {
        return;
    }
    if end == End::Server && hops.nature() == Nature::Endpoint {
        let keys: Vec<_> = sent.headers().map(|header| header.mask).collect();
        if came.headers().any(|header| !keys.contains(&header.mask)) {
            found.insert(Change::Masks);
        }
    }
    let (sent_sizes, came_sizes) = (sizes(sent), sizes(came));
    let same_messages = sent.messages().eq(came.messages());
    if same_messages && sent_sizes != came_sizes {
        found.insert(Change::Fragments);
    } else if same_messages && forms(sent) != forms(came) {
        found.insert(Change::LengthForms);
    }
    for control in controls(came) {
        let passed_on = controls(sent).any(|sent| sent == control);
        match control {
            Incoming::Pong(_) if !passed_on => found.insert(Change::AnswersPings),
            Incoming::Ping(_) if !passed_on => found.insert(Change::Pings),
            _ => false,
        };
    }
}

/// The fragments of data messages: which are final, and their sizes.
fn sizes(way: &Way) -> Vec<(bool, u64)> {
    data(way)
        .map(|header| (header.fin, header.length))
        .collect()
}

/// The lengths of fragments, and how they are encoded.
fn forms(way: &Way) -> Vec<(u64, LengthForm)> {
    data(way)
        .map(|header| (header.length, header.form))
        .collect()
}

fn data(way: &Way) -> impl Iterator<Item = &FrameHeader> {
    way.headers().filter(|header| !header.opcode.is_control())
}
