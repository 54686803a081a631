//! Header fields and the lists in them (RFC 9110 §5).

/// The fields of a head, in order. Names are matched ignoring case.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fields<'a>(Vec<(&'a str, &'a [u8])>);

impl<'a> Fields<'a> {
    /// `httparse` has taken the white space off the values.
    pub(crate) fn from_parsed(headers: &[httparse::Header<'a>]) -> Self {
        Fields(headers.iter().map(|h| (h.name, h.value)).collect())
    }

    /// Every field: name and value, without the white space around it.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        self.0.iter().copied()
    }

    /// The values of all lines named `name`.
    pub fn all<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'a [u8]> + 's {
        self.iter()
            .filter(move |(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// The value of the first line named `name`, where it is ASCII.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.all(name)
            .next()
            .and_then(|v| std::str::from_utf8(v).ok())
    }

    /// How many lines are named `name`.
    pub fn count(&self, name: &str) -> usize {
        self.all(name).count()
    }

    /// The members of the comma-separated list in all lines named `name`.
    pub fn members<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'a [u8]> + 's {
        self.all(name).flat_map(list)
    }

    /// Whether that list holds `token`, ignoring case.
    pub fn lists(&self, name: &str, token: &str) -> bool {
        self.members(name)
            .any(|m| m.eq_ignore_ascii_case(token.as_bytes()))
    }
}

/// The members of a comma-separated list, empty ones left out (RFC 9110 §5.6.1).
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

/// Whether `byte` may stand in a token.
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
