//! Which rules of RFC 6455 a contender checks. A contender that checks less has less to do, so the
//! report lists what each one accepts. It is found by trying, not by reading.

use wsspec_core::Role;
use wsspec_core::frame::{FrameWriter, LengthForm, Opcode};

use crate::contender::Entry;
use crate::seen::AWAITED;

/// A way to break a rule, the role of the reader, and the frames that break it.
type Rule = (&'static str, Role, fn() -> Vec<FrameWriter<'static>>);

const KEY: Option<[u8; 4]> = Some([0x37, 0xfa, 0x21, 0x3d]);

/// The rule about text, which is the most expensive to check.
pub const UTF8: &str = "text that is not UTF-8";

const RULES: &[Rule] = &[
    (UTF8, Role::Server, || vec![text(b"\xff\xfe")]),
    ("fragmented text that is not UTF-8", Role::Server, || {
        vec![text(b"\xe2\x82").fin(false), more(b"\x41")]
    }),
    ("a client's frame without mask", Role::Server, || {
        vec![frame(Opcode::BINARY, b"hello").mask(None)]
    }),
    ("a server's frame with mask", Role::Client, || {
        vec![frame(Opcode::BINARY, b"hello")]
    }),
    ("a reserved bit", Role::Server, || {
        vec![text(b"hello").rsv(2)]
    }),
    ("a reserved opcode", Role::Server, || {
        vec![frame(Opcode::from_bits(3), b"hello")]
    }),
    ("a continuation of nothing", Role::Server, || {
        vec![more(b"hello")]
    }),
    ("a message inside another", Role::Server, || {
        vec![text(b"hel").fin(false), text(b"lo")]
    }),
    ("a fragmented ping", Role::Server, || {
        vec![frame(Opcode::PING, b"hello").fin(false)]
    }),
    ("a ping of 126 bytes", Role::Server, || {
        vec![frame(Opcode::PING, &[0; 126])]
    }),
    ("a pong of 126 bytes", Role::Server, || {
        vec![frame(Opcode::PONG, &[0; 126])]
    }),
    ("a length in more bytes than needed", Role::Server, || {
        vec![text(b"hello").form(LengthForm::Bits16)]
    }),
];

fn frame(opcode: Opcode, payload: &'static [u8]) -> FrameWriter<'static> {
    FrameWriter::new(opcode, payload).mask(KEY)
}

fn text(payload: &'static [u8]) -> FrameWriter<'static> {
    frame(Opcode::TEXT, payload)
}

fn more(payload: &'static [u8]) -> FrameWriter<'static> {
    frame(Opcode::CONTINUATION, payload)
}

/// Returns the broken rules that the contender accepts.
pub fn let_pass(contender: &Entry) -> Vec<&'static str> {
    let lets = |&(_, reader, frames): &Rule| {
        let mut bytes = Vec::new();
        for frame in frames() {
            frame.write(&mut bytes);
        }
        let key = if reader == Role::Server { KEY } else { None };
        FrameWriter::new(Opcode::BINARY, AWAITED)
            .mask(key)
            .write(&mut bytes);
        contender.lets_pass(&bytes, reader)
    };
    RULES
        .iter()
        .filter(|rule| lets(rule))
        .map(|rule| rule.0)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contender::ALL;

    #[test]
    fn we_let_nothing_pass_and_nobody_lets_everything_pass() {
        for contender in ALL {
            let passed = let_pass(contender);
            assert!(
                !contender.ours || passed.is_empty(),
                "{}: {passed:?}",
                contender.name
            );
            assert!(
                passed.len() < RULES.len(),
                "{} accepts everything",
                contender.name
            );
        }
    }

    #[test]
    fn without_a_broken_rule_everybody_sees_the_message() {
        for reader in [Role::Server, Role::Client] {
            let key = if reader == Role::Server { KEY } else { None };
            let bytes = FrameWriter::new(Opcode::BINARY, AWAITED).mask(key).to_vec();
            for contender in ALL {
                assert!(contender.lets_pass(&bytes, reader), "{}", contender.name);
            }
        }
    }
}
