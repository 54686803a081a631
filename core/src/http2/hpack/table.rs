//! The static and the dynamic table (RFC 7541 §2.3).

use std::collections::VecDeque;

use crate::http2::Field;

/// What an entry counts beside its name and its value, in bytes (RFC 7541 §4.1).
const OVERHEAD: usize = 32;

/// The size of a field as RFC 7541 §4.1 and RFC 9113 §6.5.2 count it, in bytes.
pub(super) const fn size(name: &[u8], value: &[u8]) -> usize {
    name.len() + value.len() + OVERHEAD
}

/// Both tables as one, with indices from 1.
#[derive(Debug)]
pub(super) struct Table {
    /// The newest entry first.
    dynamic: VecDeque<Field>,
    size: usize,
    limit: usize,
}

impl Table {
    /// Without entries; `limit` is in bytes.
    pub(super) const fn new(limit: usize) -> Self {
        Table {
            dynamic: VecDeque::new(),
            size: 0,
            limit,
        }
    }

    /// The most that the entries may count, in bytes.
    pub(super) const fn limit(&self) -> usize {
        self.limit
    }

    /// Sets the limit, and evicts what is over it.
    pub(super) fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
        self.shrink_to(limit);
    }

    fn shrink_to(&mut self, limit: usize) {
        while self.size > limit {
            let Some((name, value)) = self.dynamic.pop_back() else {
                return;
            };
            self.size -= size(&name, &value);
        }
    }

    /// Adds an entry; one that is larger than the table empties it (RFC 7541 §4.4).
    pub(super) fn insert(&mut self, name: &[u8], value: &[u8]) {
        let size = size(name, value);
        self.shrink_to(self.limit.saturating_sub(size));
        if size <= self.limit {
            self.size += size;
            self.dynamic.push_front((name.to_vec(), value.to_vec()));
        }
    }

    /// The entry with this index, if there is one.
    pub(super) fn get(&self, index: usize) -> Option<(&[u8], &[u8])> {
        let place = index.checked_sub(1)?;
        match place.checked_sub(STATIC.len()) {
            None => STATIC
                .get(place)
                .map(|row| (row.0.as_bytes(), row.1.as_bytes())),
            Some(place) => self
                .dynamic
                .get(place)
                .map(|field| (&field.0[..], &field.1[..])),
        }
    }

    /// The index of the first entry that `is_wanted`.
    pub(super) fn find(&self, is_wanted: impl Fn(&[u8], &[u8]) -> bool) -> Option<usize> {
        let fixed = STATIC
            .iter()
            .map(|row| (row.0.as_bytes(), row.1.as_bytes()));
        let dynamic = self
            .dynamic
            .iter()
            .map(|field| (&field.0[..], &field.1[..]));
        let place = fixed
            .chain(dynamic)
            .position(|(name, value)| is_wanted(name, value));
        place.map(|place| place + 1)
    }
}

/// RFC 7541, appendix A.
const STATIC: [(&str, &str); 61] = [
    (":authority", ""),
    (":method", "GET"),
    (":method", "POST"),
    (":path", "/"),
    (":path", "/index.html"),
    (":scheme", "http"),
    (":scheme", "https"),
    (":status", "200"),
    (":status", "204"),
    (":status", "206"),
    (":status", "304"),
    (":status", "400"),
    (":status", "404"),
    (":status", "500"),
    ("accept-charset", ""),
    ("accept-encoding", "gzip, deflate"),
    ("accept-language", ""),
    ("accept-ranges", ""),
    ("accept", ""),
    ("access-control-allow-origin", ""),
    ("age", ""),
    ("allow", ""),
    ("authorization", ""),
    ("cache-control", ""),
    ("content-disposition", ""),
    ("content-encoding", ""),
    ("content-language", ""),
    ("content-length", ""),
    ("content-location", ""),
    ("content-range", ""),
    ("content-type", ""),
    ("cookie", ""),
    ("date", ""),
    ("etag", ""),
    ("expect", ""),
    ("expires", ""),
    ("from", ""),
    ("host", ""),
    ("if-match", ""),
    ("if-modified-since", ""),
    ("if-none-match", ""),
    ("if-range", ""),
    ("if-unmodified-since", ""),
    ("last-modified", ""),
    ("link", ""),
    ("location", ""),
    ("max-forwards", ""),
    ("proxy-authenticate", ""),
    ("proxy-authorization", ""),
    ("range", ""),
    ("referer", ""),
    ("refresh", ""),
    ("retry-after", ""),
    ("server", ""),
    ("set-cookie", ""),
    ("strict-transport-security", ""),
    ("transfer-encoding", ""),
    ("user-agent", ""),
    ("vary", ""),
    ("via", ""),
    ("www-authenticate", ""),
];
