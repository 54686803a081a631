//! What a script sends, and how it is written.

use std::fmt;
use std::io::Write;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use wsspec_core::Role;
use wsspec_core::dissect::hex_digits;
use wsspec_core::handshake::{HeadReader, accept_for};
use wsspec_reports::{Transcript, What, Who, wire};

use super::Language;

/// Bytes from which what is sent is written compressed.
const LONG: usize = 100;

/// Characters that one step may take.
const MOST: usize = 4000;

/// Characters of what a step is said to be.
const MEANING: usize = 100;

/// Seconds to wait for an answer.
const ANSWER: u32 = 5;

/// Seconds to wait after the last step, where silence may be right.
const SILENCE: u32 = 2;

/// What stands in an answer for the accept value of a client's key.
const ACCEPT: &str = "{accept}";

/// A step of a script.
pub(super) struct Sent {
    bytes: Vec<u8>,
    meaning: String,
    /// Seconds to wait for an answer; 0 to go on.
    wait: u32,
}

/// Why a conversation cannot be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoScript {
    /// A step of it sends more than fits.
    Long,
    /// We end or reset TCP and go on to look at the target.
    Ends,
}

impl fmt::Display for NoScript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NoScript::Long => "it sends too much",
            NoScript::Ends => "it ends TCP in the middle",
        })
    }
}

/// What is sent in a conversation with a target of the role `target`, up to our answer to its Close.
pub(super) fn steps(transcript: &Transcript, target: Role) -> Result<Vec<Sent>, NoScript> {
    let mut sent: Vec<Sent> = Vec::new();
    let mut heard = Vec::new();
    let mut ended = false;
    for entry in &transcript.entries {
        match (entry.who, &entry.what) {
            (Who::Suite, What::Bytes(bytes)) => sent.push(Sent {
                bytes: bytes.clone(),
                meaning: String::new(),
                wait: 0,
            }),
            (Who::Target, What::Bytes(_)) if ended => return Err(NoScript::Ends),
            (Who::Target, What::Bytes(bytes)) => {
                heard.extend(bytes);
                if let Some(last) = sent.last_mut() {
                    last.wait = ANSWER;
                }
            }
            (Who::Suite, What::Fin | What::Rst) => ended = true,
            _ => {}
        }
    }
    explain(&mut sent, transcript, target);
    // Our own answer to a Close says nothing of the target.
    if sent.len() > 2 && sent.last().is_some_and(Sent::is_unanswered_close) {
        sent.pop();
    }
    if let Some(last) = sent.last_mut() {
        last.wait = last.wait.max(SILENCE);
    }
    if let (Role::Client, Some(key), Some(head)) = (target, key_in(&heard), sent.first_mut()) {
        let text = String::from_utf8_lossy(&head.bytes).replace(&accept_for(&key), ACCEPT);
        head.bytes = text.into_bytes();
    }
    if sent
        .iter()
        .any(|step| step.literal(Language::Python).len() > MOST)
    {
        return Err(NoScript::Long);
    }
    Ok(sent)
}

/// Says what each step is.
fn explain(sent: &mut [Sent], transcript: &Transcript, target: Role) {
    let head = match target {
        Role::Server => "the opening request",
        Role::Client => "the answer to the opening request",
    };
    let lines = wire::lines(transcript);
    let mut begin = 0;
    for step in sent {
        let end = begin + step.bytes.len() as u64;
        let of_it = lines.iter().filter(|line| {
            line.who == Who::Suite && line.offset.is_some_and(|at| (begin..end).contains(&at))
        });
        let mut parts: Vec<&str> = of_it
            .map(|line| {
                if line.of_head {
                    head
                } else {
                    line.meaning.as_str()
                }
            })
            .collect();
        parts.dedup();
        step.meaning = if parts.is_empty() {
            "more of the same".into()
        } else {
            shortened(&parts.join(", "))
        };
        begin = end;
    }
}

/// The beginning of a long text.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(MEANING) {
        Some((end, _)) => format!("{} ...", &text[..end]),
        None => text.to_owned(),
    }
}

/// The Sec-WebSocket-Key in what a client has sent.
fn key_in(mut sent: &[u8]) -> Option<String> {
    let mut head = HeadReader::request();
    let is_whole = head.read(&mut sent).ok()?;
    let request = is_whole.then(|| head.parse_request().ok())??;
    request.fields.get("Sec-WebSocket-Key").map(str::to_owned)
}

impl Sent {
    fn is_unanswered_close(&self) -> bool {
        self.wait == 0 && self.bytes.first() == Some(&0x88)
    }

    /// As an element of a list of steps.
    pub(super) fn written(&self, language: Language) -> String {
        let bytes = self.literal(language);
        let meaning = quoted(&self.meaning);
        match language {
            Language::Python => format!("({bytes}, {meaning}, {})", self.wait),
            Language::Node => format!("[{bytes}, {meaning}, {}]", self.wait),
        }
    }

    fn literal(&self, language: Language) -> String {
        let is_text = self
            .bytes
            .iter()
            .all(|b| matches!(b, b'\r' | b'\n' | b' '..=b'~'));
        if is_text && !self.bytes.is_empty() {
            let text = quoted(&String::from_utf8_lossy(&self.bytes));
            return match language {
                Language::Python => format!("b{text}"),
                Language::Node => format!("Buffer.from({text})"),
            };
        }
        if self.bytes.len() > LONG {
            return format!(
                "deflated(\"{}\")",
                BASE64_STANDARD.encode(deflated(&self.bytes))
            );
        }
        let hex = hex_digits(&self.bytes);
        match language {
            Language::Python => format!("bytes.fromhex(\"{hex}\")"),
            Language::Node => format!("hex(\"{hex}\")"),
        }
    }
}

/// A raw DEFLATE stream of these bytes.
fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    // Writing to memory does not fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

/// A text as both languages have it in double quotes.
fn quoted(text: &str) -> String {
    let escaped: String = text
        .chars()
        .map(|c| match c {
            '"' => "\\\"".into(),
            '\\' => "\\\\".into(),
            '\r' => "\\r".into(),
            '\n' => "\\n".into(),
            c if c.is_control() => format!("\\u{:04x}", u32::from(c)),
            c => c.to_string(),
        })
        .collect();
    format!("\"{escaped}\"")
}
