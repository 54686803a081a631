//! The parameters of permessage-deflate: offers, answers, and what they mean (RFC 7692 §5 and
//! §7.1).
//!
//! A server declines an offer that it cannot read or does not support, and considers the next. A
//! client fails the connection if the answer does not answer one of its offers. Both parse
//! [`Parameters`] with the same reader, which names what is wrong with a parameter.

use std::fmt;

use super::message::Context;
use crate::Role;
use crate::handshake::Extension;
use crate::violation::Violation;

/// The name of the extension.
pub const NAME: &str = "permessage-deflate";

/// What can be wrong with a parameter in an offer or an answer (RFC 7692 §7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ParameterFault {
    /// The extension has no such parameter.
    Unknown,
    /// The parameter occurs twice.
    Repeated,
    /// A window without a size.
    ValueMissing,
    /// A flag with a value.
    ValueUnexpected,
    /// A window whose size is not a decimal number.
    NotDecimal,
    /// A window whose size begins with 0.
    LeadingZero,
    /// A window smaller than 8 or larger than 15 bits.
    OutOfRange,
}

impl ParameterFault {
    /// Returns the rule that an answer with this fault breaks. An offer with it breaks no rule that
    /// a server acts on: it is declined.
    pub const fn violation(self) -> Violation {
        match self {
            ParameterFault::Unknown => Violation::DeflateParameterUnknown,
            ParameterFault::Repeated => Violation::DeflateParameterRepeated,
            ParameterFault::ValueMissing => Violation::DeflateValueMissing,
            ParameterFault::ValueUnexpected => Violation::DeflateValueUnexpected,
            ParameterFault::NotDecimal => Violation::DeflateValueNotDecimal,
            ParameterFault::LeadingZero => Violation::DeflateValueLeadingZero,
            ParameterFault::OutOfRange => Violation::DeflateWindowOutOfRange,
        }
    }
}

impl fmt::Display for ParameterFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ParameterFault::Unknown => "is unknown",
            ParameterFault::Repeated => "is repeated",
            ParameterFault::ValueMissing => "has no value",
            ParameterFault::ValueUnexpected => "takes no value",
            ParameterFault::NotDecimal => "is not a decimal number",
            ParameterFault::LeadingZero => "has a leading zero",
            ParameterFault::OutOfRange => "is not from 8 to 15",
        })
    }
}

/// A parameter, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadParameter {
    /// Its name.
    pub name: String,
    /// What is wrong.
    pub fault: ParameterFault,
}

impl fmt::Display for BadParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.fault)
    }
}

impl std::error::Error for BadParameter {}

/// The parameters of an offer or an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Parameters {
    /// `server_no_context_takeover`: the server forgets its window after each message.
    pub server_no_context_takeover: bool,
    /// `client_no_context_takeover`: the client forgets its window after each message.
    pub client_no_context_takeover: bool,
    /// `server_max_window_bits`, 8 to 15.
    pub server_max_window_bits: Option<u8>,
    /// `client_max_window_bits`. The inner value is 8 to 15, and only an offer can leave it out.
    pub client_max_window_bits: Option<Option<u8>>,
}

impl Parameters {
    /// Parses the parameters of an offer.
    ///
    /// # Errors
    ///
    /// The first parameter that is invalid.
    pub fn of_offer(extension: &Extension) -> Result<Parameters, BadParameter> {
        Self::read(extension, true)
    }

    /// Parses the parameters of an answer, in which `client_max_window_bits` needs a value.
    ///
    /// # Errors
    ///
    /// The first parameter that is invalid.
    pub fn of_answer(extension: &Extension) -> Result<Parameters, BadParameter> {
        Self::read(extension, false)
    }

    fn read(extension: &Extension, offer: bool) -> Result<Parameters, BadParameter> {
        let mut read = Parameters::default();
        for (name, value) in &extension.parameters {
            read.take(name, value.as_deref(), offer)
                .map_err(|fault| BadParameter {
                    name: name.clone(),
                    fault,
                })?;
        }
        Ok(read)
    }

    fn take(&mut self, name: &str, value: Option<&str>, offer: bool) -> Result<(), ParameterFault> {
        let repeated = match name {
            "server_no_context_takeover" => {
                std::mem::replace(&mut self.server_no_context_takeover, flag(value)?)
            }
            "client_no_context_takeover" => {
                std::mem::replace(&mut self.client_no_context_takeover, flag(value)?)
            }
            "server_max_window_bits" => {
                let bits = window_bits(value.ok_or(ParameterFault::ValueMissing)?)?;
                self.server_max_window_bits.replace(bits).is_some()
            }
            "client_max_window_bits" => {
                let bits = match value {
                    None if offer => None,
                    value => Some(window_bits(value.ok_or(ParameterFault::ValueMissing)?)?),
                };
                self.client_max_window_bits.replace(bits).is_some()
            }
            _ => return Err(ParameterFault::Unknown),
        };
        if repeated {
            Err(ParameterFault::Repeated)
        } else {
            Ok(())
        }
    }

    /// Returns what `sender` keeps to once these parameters were answered.
    pub fn context(&self, sender: Role) -> Context {
        let (no_takeover, bits) = match sender {
            Role::Server => (self.server_no_context_takeover, self.server_max_window_bits),
            Role::Client => (
                self.client_no_context_takeover,
                self.client_max_window_bits.flatten(),
            ),
        };
        Context {
            takeover: !no_takeover,
            window_bits: bits.unwrap_or(15),
        }
    }

    /// Returns the parameters under which `sender` keeps to `context`.
    pub fn keeping(sender: Role, context: Context) -> Parameters {
        let (no_takeover, bits) = (
            !context.takeover,
            (context.window_bits < 15).then_some(context.window_bits),
        );
        let server = sender == Role::Server;
        Parameters {
            server_no_context_takeover: no_takeover && server,
            client_no_context_takeover: no_takeover && !server,
            server_max_window_bits: bits.filter(|_| server),
            client_max_window_bits: bits.filter(|_| !server).map(Some),
        }
    }

    /// Returns the rules that these parameters break as the answer to `offer`.
    pub fn violations(&self, offer: &Parameters) -> Vec<Violation> {
        let mut found = Vec::new();
        if self.client_max_window_bits.is_some() && offer.client_max_window_bits.is_none() {
            found.push(Violation::DeflateParameterUnoffered);
        }
        let ignored = offer.server_no_context_takeover && !self.server_no_context_takeover;
        let unanswered = offer
            .server_max_window_bits
            .filter(|_| self.server_max_window_bits.is_none());
        if ignored || unanswered.is_some_and(|most| most < 15) {
            found.push(Violation::DeflateParameterIgnored);
        } else if unanswered.is_some() {
            found.push(Violation::DeflateWindowUnanswered);
        }
        if self
            .server_max_window_bits
            .zip(offer.server_max_window_bits)
            .is_some_and(|(own, most)| own > most)
        {
            found.push(Violation::DeflateWindowLarger);
        }
        found
    }
}

impl From<Parameters> for Extension {
    fn from(parameters: Parameters) -> Extension {
        let parameters = [
            written_flag(
                "server_no_context_takeover",
                parameters.server_no_context_takeover,
            ),
            written_flag(
                "client_no_context_takeover",
                parameters.client_no_context_takeover,
            ),
            parameters
                .server_max_window_bits
                .map(|bits| written_bits("server_max_window_bits", Some(bits))),
            parameters
                .client_max_window_bits
                .map(|bits| written_bits("client_max_window_bits", bits)),
        ];
        Extension {
            name: NAME.to_owned(),
            parameters: parameters.into_iter().flatten().collect(),
        }
    }
}

impl fmt::Display for Parameters {
    /// Writes the extension with its parameters, as in Sec-WebSocket-Extensions.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Extension::from(*self).fmt(f)
    }
}

/// A parameter of an extension as it is written: name and value.
type Written = (String, Option<String>);

fn written_flag(name: &str, set: bool) -> Option<Written> {
    set.then(|| (name.to_owned(), None))
}

fn written_bits(name: &str, bits: Option<u8>) -> Written {
    (name.to_owned(), bits.map(|bits| bits.to_string()))
}

fn flag(value: Option<&str>) -> Result<bool, ParameterFault> {
    if value.is_some() {
        Err(ParameterFault::ValueUnexpected)
    } else {
        Ok(true)
    }
}

/// Parses a decimal number from 8 to 15 without a leading zero (RFC 7692 §7.1.2.1).
fn window_bits(value: &str) -> Result<u8, ParameterFault> {
    if value.is_empty() || !value.bytes().all(|b| b.is_ascii_digit()) {
        return Err(ParameterFault::NotDecimal);
    }
    if value.len() > 1 && value.starts_with('0') {
        return Err(ParameterFault::LeadingZero);
    }
    value
        .parse()
        .ok()
        .filter(|bits| (8..=15).contains(bits))
        .ok_or(ParameterFault::OutOfRange)
}

/// What a server supports of permessage-deflate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Support {
    /// What it keeps to when it compresses, unless the client asks for less.
    pub server: Context,
    /// What it asks a client to keep to; a smaller window only if the client offers that.
    pub client: Context,
}

impl Default for Support {
    /// Supports everything.
    fn default() -> Self {
        Support {
            server: Context::default(),
            client: Context::default(),
        }
    }
}

impl Support {
    /// Returns the answer to an offer, with no more parameters than necessary.
    pub fn answer(&self, offer: &Parameters) -> Parameters {
        let server_bits = offer
            .server_max_window_bits
            .unwrap_or(15)
            .min(self.server.window_bits);
        let client_bits = offer
            .client_max_window_bits
            .map(|hint| hint.unwrap_or(15).min(self.client.window_bits));
        Parameters {
            server_no_context_takeover: offer.server_no_context_takeover || !self.server.takeover,
            client_no_context_takeover: offer.client_no_context_takeover || !self.client.takeover,
            server_max_window_bits: (offer.server_max_window_bits.is_some() || server_bits < 15)
                .then_some(server_bits),
            client_max_window_bits: client_bits.filter(|bits| *bits < 15).map(Some),
        }
    }

    /// Returns the answer to the first offer of the extension that can be parsed (RFC 7692 §5.1 and
    /// §7).
    pub fn choose(&self, offered: &[Extension]) -> Option<Parameters> {
        let offers = offered.iter().filter(|e| e.name == NAME);
        offers
            .filter_map(|e| Parameters::of_offer(e).ok())
            .map(|offer| self.answer(&offer))
            .next()
    }
}

/// Checks what a server answered to what was offered. Returns what was agreed, if anything, and the
/// rules it breaks.
///
/// An answer does not say which offer it is for; it conforms if it conforms for one of them.
pub fn judge(
    answered: &[Extension],
    offered: &[Extension],
) -> (Option<Parameters>, Vec<Violation>) {
    if !offered.iter().any(|e| e.name == NAME) {
        // Another rule applies: nothing may be answered that was not offered.
        return (None, Vec::new());
    }
    let mut answers = answered.iter().filter(|e| e.name == NAME);
    let Some(answer) = answers.next() else {
        return (None, Vec::new());
    };
    let mut found = Vec::new();
    let mut agreed = None;
    match Parameters::of_answer(answer) {
        Ok(answer) => {
            let offers = offered
                .iter()
                .filter(|e| e.name == NAME)
                .filter_map(|e| Parameters::of_offer(e).ok());
            let judged = offers.map(|offer| answer.violations(&offer));
            found = judged.min_by_key(Vec::len).unwrap_or_default();
            agreed = Some(answer);
        }
        Err(bad) => found.push(bad.fault.violation()),
    }
    if answers.next().is_some() {
        found.push(Violation::ExtensionRepeated);
    }
    (agreed, found)
}
