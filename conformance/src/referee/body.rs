//! The bodies of HTTP messages, skipped (RFC 9112 §6): after them, the next message begins.

/// Longest line of a chunk or a trailer, in bytes.
const MAX_LINE: usize = 8 << 10;

/// What is left of a body.
#[derive(Debug)]
pub(super) enum Body {
    /// This many bytes.
    Length(u64),
    /// Chunks.
    Chunked(Chunks),
    /// Everything up to the end of the connection.
    UntilEnd,
}

/// What comes next of a chunked body (RFC 9112 §7.1).
#[derive(Debug)]
pub(super) enum Chunks {
    /// The size of a chunk: its line so far.
    Size(Vec<u8>),
    /// This many bytes of a chunk and of its end of line.
    Data(u64),
    /// A line of the trailer: so far.
    Trailer(Vec<u8>),
}

/// A body that breaks its own framing, so that its end is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BrokenBody;

impl Body {
    /// A chunked body.
    pub(super) fn chunked() -> Body {
        Body::Chunked(Chunks::Size(Vec::new()))
    }

    /// Shortens `input` by what belongs to the body. Returns whether the body has ended.
    ///
    /// # Errors
    /// If it breaks its framing.
    pub(super) fn skip(&mut self, input: &mut &[u8]) -> Result<bool, BrokenBody> {
        match self {
            Body::Length(left) => {
                skip(left, input);
                Ok(*left == 0)
            }
            Body::Chunked(chunks) => chunks.skip(input),
            Body::UntilEnd => {
                *input = &[];
                Ok(false)
            }
        }
    }
}

impl Chunks {
    fn skip(&mut self, input: &mut &[u8]) -> Result<bool, BrokenBody> {
        loop {
            match self {
                Chunks::Size(line) => {
                    if !take_line(line, input)? {
                        return Ok(false);
                    }
                    *self = match chunk_size(line)? {
                        0 => Chunks::Trailer(Vec::new()),
                        size => Chunks::Data(size.saturating_add(2)),
                    };
                }
                Chunks::Data(left) => {
                    skip(left, input);
                    if *left > 0 {
                        return Ok(false);
                    }
                    *self = Chunks::Size(Vec::new());
                }
                Chunks::Trailer(line) => {
                    if !take_line(line, input)? {
                        return Ok(false);
                    }
                    if line.trim_ascii().is_empty() {
                        return Ok(true);
                    }
                    line.clear();
                }
            }
        }
    }
}

fn skip(left: &mut u64, input: &mut &[u8]) {
    let here = (*left).min(input.len() as u64);
    *left -= here;
    *input = &input[here as usize..];
}

/// Moves bytes from `input` to `line` up to the end of the line. Returns whether it has ended.
fn take_line(line: &mut Vec<u8>, input: &mut &[u8]) -> Result<bool, BrokenBody> {
    let end = input.iter().position(|byte| *byte == b'\n');
    let taken = end.map_or(input.len(), |end| end + 1);
    if line.len() + taken > MAX_LINE {
        return Err(BrokenBody);
    }
    line.extend_from_slice(&input[..taken]);
    *input = &input[taken..];
    Ok(end.is_some())
}

/// The size in the line of a chunk, which extensions may follow.
fn chunk_size(line: &[u8]) -> Result<u64, BrokenBody> {
    let digits = line.split(|byte| *byte == b';').next().unwrap_or_default();
    let digits = std::str::from_utf8(digits.trim_ascii()).map_err(|_| BrokenBody)?;
    u64::from_str_radix(digits, 16).map_err(|_| BrokenBody)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes left after a body that comes in pieces of this size.
    fn rest(mut body: Body, stream: &[u8], piece: usize) -> Result<Option<usize>, BrokenBody> {
        let mut used = 0;
        for piece in stream.chunks(piece) {
            let mut input = piece;
            let ended = body.skip(&mut input)?;
            used += piece.len() - input.len();
            if ended {
                return Ok(Some(stream.len() - used));
            }
        }
        Ok(None)
    }

    #[test]
    fn a_body_ends_where_its_framing_says_however_it_is_cut() {
        let chunks = b"3;x=y\r\nabc\r\n0A\r\n0123456789\r\n0\r\nTrailer: 1\r\n\r\nGET";
        for piece in 1..=chunks.len() {
            assert_eq!(rest(Body::chunked(), chunks, piece), Ok(Some(3)), "{piece}");
            assert_eq!(rest(Body::Length(5), b"12345GET", piece), Ok(Some(3)));
            assert_eq!(rest(Body::UntilEnd, b"12345GET", piece), Ok(None));
        }
        assert_eq!(rest(Body::chunked(), b"x\r\n", 1), Err(BrokenBody));
        let endless = vec![b'0'; MAX_LINE + 1];
        assert_eq!(rest(Body::chunked(), &endless, 100), Err(BrokenBody));
    }
}
