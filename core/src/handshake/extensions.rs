//! The grammar of Sec-WebSocket-Extensions (RFC 6455 §9.1), parsed in one pass over the value.

use std::borrow::Cow;
use std::fmt;

use crate::handshake::fields::is_token_byte;

/// An extension that is offered or accepted, with its parameters in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// The name, for example `permessage-deflate`.
    pub name: String,
    /// Name and value of each parameter. A quoted value is kept without its quotes.
    pub parameters: Vec<(String, Option<String>)>,
}

impl fmt::Display for Extension {
    /// Writes the extension as a field value. Values are not quoted.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        for (name, value) in &self.parameters {
            write!(f, "; {name}")?;
            if let Some(value) = value {
                write!(f, "={value}")?;
            }
        }
        Ok(())
    }
}

/// Parses one field line.
///
/// # Errors
///
/// The offset of the byte that breaks the grammar; the length of the value if something is missing
/// at its end.
pub fn parse_extensions(value: &[u8]) -> Result<Vec<Extension>, usize> {
    let mut found: Vec<Extension> = Vec::new();
    let mut scan = Scan::new(value);
    while let Some(part) = scan.next()? {
        match part {
            Part::Name(name) => found.push(Extension {
                name: text(name),
                parameters: Vec::new(),
            }),
            // A name has come before it.
            Part::Parameter(name, value) => {
                if let Some(extension) = found.last_mut() {
                    let value = value.map(|value| text(&value));
                    extension.parameters.push((text(name), value));
                }
            }
        }
    }
    Ok(found)
}

/// Whether a field line keeps to the grammar. Nothing is allocated.
pub(super) fn is_extension_list(value: &[u8]) -> bool {
    let mut scan = Scan::new(value);
    loop {
        match scan.next() {
            Ok(Some(_)) => {}
            ended => return ended.is_ok(),
        }
    }
}

/// A token, which is ASCII, as text.
fn text(token: &[u8]) -> String {
    String::from_utf8_lossy(token).into_owned()
}

/// A part of a field value.
enum Part<'a> {
    /// The name of an extension.
    Name(&'a [u8]),
    /// A parameter of the extension before it.
    Parameter(&'a [u8], Option<Cow<'a, [u8]>>),
}

struct Scan<'a> {
    value: &'a [u8],
    at: usize,
    /// Whether an extension was named.
    named: bool,
    #[cfg(test)]
    looks: std::cell::Cell<usize>,
}

impl<'a> Scan<'a> {
    fn new(value: &'a [u8]) -> Scan<'a> {
        Scan {
            value,
            at: 0,
            named: false,
            #[cfg(test)]
            looks: std::cell::Cell::new(0),
        }
    }
}

impl<'a> Scan<'a> {
    /// Reads the next part; `None` at the end.
    fn next(&mut self) -> Result<Option<Part<'a>>, usize> {
        if self.named {
            self.blank();
            if self.eat(b';') {
                return self.parameter().map(Some);
            }
            if self.peek().is_some() && !self.eat(b',') {
                return Err(self.at);
            }
        }
        // Empty list members are skipped (RFC 9110 §5.6.1).
        while self.blank() || self.eat(b',') {}
        if self.peek().is_none() {
            return if self.named { Ok(None) } else { Err(self.at) };
        }
        self.named = true;
        self.token().map(|name| Some(Part::Name(name)))
    }

    fn parameter(&mut self) -> Result<Part<'a>, usize> {
        self.blank();
        let name = self.token()?;
        self.blank();
        if !self.eat(b'=') {
            return Ok(Part::Parameter(name, None));
        }
        self.blank();
        let value = if self.eat(b'"') {
            self.quoted()?
        } else {
            Cow::Borrowed(self.token()?)
        };
        Ok(Part::Parameter(name, Some(value)))
    }

    fn peek(&self) -> Option<u8> {
        #[cfg(test)]
        self.looks.set(self.looks.get() + 1);
        self.value.get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn blank(&mut self) -> bool {
        let start = self.at;
        while self.eat(b' ') || self.eat(b'\t') {}
        self.at > start
    }

    fn token(&mut self) -> Result<&'a [u8], usize> {
        let start = self.at;
        while self.peek().is_some_and(is_token_byte) {
            self.at += 1;
        }
        self.taken(start)
    }

    /// What was read from `start` on; it may not be empty.
    fn taken(&self, start: usize) -> Result<&'a [u8], usize> {
        let token = &self.value[start..self.at];
        if token.is_empty() {
            Err(self.at)
        } else {
            Ok(token)
        }
    }

    /// Reads the rest of a quoted string. Its content must be a token.
    fn quoted(&mut self) -> Result<Cow<'a, [u8]>, usize> {
        let start = self.at;
        let mut escapes = false;
        loop {
            let byte = self.peek().ok_or(self.at)?;
            if byte == b'"' {
                let raw = self.taken(start)?;
                self.at += 1;
                return Ok(if escapes {
                    raw.iter().copied().filter(|b| *b != b'\\').collect()
                } else {
                    Cow::Borrowed(raw)
                });
            }
            if byte == b'\\' {
                escapes = true;
                self.at += 1;
            }
            self.peek().filter(|b| is_token_byte(*b)).ok_or(self.at)?;
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Result<Vec<(String, usize)>, usize> {
        let parsed = parse_extensions(value.as_bytes());
        assert_eq!(is_extension_list(value.as_bytes()), parsed.is_ok());
        parsed.map(|list| {
            list.into_iter()
                .map(|e| (e.name, e.parameters.len()))
                .collect()
        })
    }

    #[test]
    fn the_examples_of_the_rfc() {
        assert_eq!(read("foo"), Ok(vec![("foo".into(), 0)]));
        assert_eq!(read("bar; baz=2"), Ok(vec![("bar".into(), 1)]));
        assert_eq!(
            read("foo, bar; baz=2"),
            Ok(vec![("foo".into(), 0), ("bar".into(), 1)])
        );
        assert_eq!(
            read("deflate-stream, mux; max-channels=4; flow-control"),
            Ok(vec![("deflate-stream".into(), 0), ("mux".into(), 2)])
        );
    }

    #[test]
    fn quoted_values_stand_for_tokens() {
        assert_eq!(
            parse_extensions(br#"x; a="b\c""#).unwrap()[0].parameters,
            [("a".into(), Some("bc".into()))]
        );
        assert_eq!(read(r#"x; a="b c""#), Err(7));
        assert_eq!(read(r#"x; a="""#), Err(6));
        assert_eq!(read(r#"x; a="b"#), Err(7));
        assert_eq!(read(r#"x; a="b\"#), Err(8));
    }

    /// Counted, not timed: the number of times the scanner looks at a byte.
    #[test]
    fn the_scan_is_linear_whatever_the_value() {
        let parts = [
            "x,",
            " ",
            ",",
            " ,",
            "x;a,",
            ";",
            "x; a=\"b\",",
            "x; a=\"\\b\\c\";",
            "a",
            "\"",
            "\\",
            "a;a=b;",
            "=",
            ";a=\"",
            "x;a=\"b",
        ];
        for part in parts {
            for start in ["", "x", "x; a=\"", "x; a"] {
                for size in [100, 10_000, 1_000_000] {
                    let value = start.to_owned() + &part.repeat(size / part.len());
                    let mut counted = Scan::new(value.as_bytes());
                    while let Ok(Some(_)) = counted.next() {}
                    let looks = counted.looks.get();
                    assert!(
                        looks <= 6 * value.len() + 10,
                        "{start}{part}: {looks} looks at {} bytes",
                        value.len()
                    );
                }
            }
        }
    }

    #[test]
    fn what_breaks_the_grammar_is_pointed_at() {
        for (value, at) in [
            ("", 0),
            (",", 1),
            (";a", 0),
            ("x;", 2),
            ("x; a=", 5),
            ("x y", 2),
            ("=", 0),
            ("x; =1", 3),
            ("x/1", 1),
        ] {
            assert_eq!(read(value), Err(at), "{value:?}");
        }
    }
}
