//! Header fields and the lists in them (RFC 9110 §5).

/// The fields of a head, in order. Names match case-insensitively.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fields<'a>(Vec<(&'a str, &'a [u8])>);

impl<'a> FromIterator<(&'a str, &'a [u8])> for Fields<'a> {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a [u8])>>(fields: I) -> Self {
        Fields(fields.into_iter().collect())
    }
}

impl<'a> Fields<'a> {
    /// `httparse` has trimmed the values.
    pub(crate) fn from_parsed(headers: &[httparse::Header<'a>]) -> Self {
        Fields(headers.iter().map(|h| (h.name, h.value)).collect())
    }

    /// Returns every field as name and trimmed value.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        self.0.iter().copied()
    }

    /// Returns the values of all field lines named `name`.
    pub fn all<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'a [u8]> + 's {
        self.iter()
            .filter(move |(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// Returns the value of the first field line named `name`, if it is UTF-8.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.all(name)
            .next()
            .and_then(|v| std::str::from_utf8(v).ok())
    }

    /// Returns the number of field lines named `name`.
    pub fn count(&self, name: &str) -> usize {
        self.all(name).count()
    }

    /// Returns the members of the comma-separated list in all field lines named `name`.
    pub fn members<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'a [u8]> + 's {
        self.all(name).flat_map(list)
    }

    /// Whether that list contains `token`, ignoring case.
    pub fn lists(&self, name: &str, token: &str) -> bool {
        self.members(name)
            .any(|m| m.eq_ignore_ascii_case(token.as_bytes()))
    }
}

/// Returns the members of a comma-separated list without empty ones (RFC 9110 §5.6.1).
pub fn list(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value
        .split(|b| *b == b',')
        .map(<[u8]>::trim_ascii)
        .filter(|m| !m.is_empty())
}

/// Whether `text` is a token (RFC 9110 §5.6.2).
pub fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().copied().all(is_token_byte)
}

/// Whether `byte` is allowed in a token.
pub(crate) const fn is_token_byte(byte: u8) -> bool {
    TOKEN_BYTES[byte as usize]
}

const TOKEN_BYTES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        table[byte as usize] = byte.is_ascii_alphanumeric()
            || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~');
        byte += 1;
    }
    table
};
