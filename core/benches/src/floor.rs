//! Lower bounds for a decoder: the reads alone, and the reads with a UTF-8 check of the text.

use std::hint::black_box;

use crate::source::Source;
use crate::workload::{READ, Workload};

/// Reads the stream into one buffer and does nothing else: `memcpy`, at the chunk size of the
/// workload.
#[inline(never)]
pub fn read(workload: &Workload) {
    let mut source = workload.source();
    let mut buffer = vec![0; READ];
    while source.fill(&mut buffer) > 0 {
        black_box(&mut buffer);
    }
}

/// Reads the unmasked stream, and runs simdutf8 over each piece of text in the buffer.
#[inline(never)]
pub fn read_text(workload: &Workload) {
    let mut source = Source::new(&workload.stream.plain, workload.read);
    let mut buffer = vec![0; READ];
    let mut texts = workload.stream.text.iter().peekable();
    let mut begin = 0;
    loop {
        let length = source.fill(&mut buffer);
        if length == 0 {
            break;
        }
        let end = begin + length;
        while let Some(text) = texts.peek().filter(|text| text.start < end) {
            // A character that a chunk divides fails the check, which costs the same.
            let piece = text.start.max(begin) - begin..text.end.min(end) - begin;
            let _ = black_box(simdutf8::basic::from_utf8(&buffer[piece]));
            if text.end > end {
                break;
            }
            texts.next();
        }
        begin = end;
    }
}
