//! Writes the head of a request or response, conforming or not. Nothing is checked.

/// Capacity in bytes; enough for most heads.
const USUAL: usize = 256;

/// A head under construction.
#[derive(Debug, Clone, Default)]
pub struct HeadWriter {
    out: Vec<u8>,
}

impl HeadWriter {
    /// Begins with the start line.
    pub fn new(start_line: impl AsRef<[u8]>) -> Self {
        HeadWriter {
            out: Vec::with_capacity(USUAL),
        }
        .line(start_line)
    }

    /// Appends a line as it is, followed by CRLF.
    #[must_use]
    pub fn line(mut self, line: impl AsRef<[u8]>) -> Self {
        self.out.extend_from_slice(line.as_ref());
        self.out.extend_from_slice(b"\r\n");
        self
    }

    /// Appends a field line.
    #[must_use]
    pub fn field(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b": ");
        self.line(value)
    }

    /// Returns the head, with the empty line that ends it.
    pub fn finish(self) -> Vec<u8> {
        self.line("").out
    }
}
