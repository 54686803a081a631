//! The properties of UTF-8 validation and of the extension grammar.

use crate::handshake::{Extension, is_token, parse_extensions};
use crate::properties::{Cut, Input};
use crate::random::SplitMix64;
use crate::utf8::Validator;

/// Validates any bytes as text. At any chunking, the verdict is that of the standard library, and
/// the offset is that of the first byte after which nothing can make it valid.
pub fn utf8(data: &[u8]) {
    let Input { seed, stream, .. } = Input::new(data);
    let expected = std_verdict(stream);
    for cut in [Cut::Whole, Cut::Single, Cut::Mixed(SplitMix64(seed))] {
        assert_eq!(verdict(stream, cut), expected);
    }
}

/// Returns whether the text is complete, or the byte that breaks it.
fn verdict(text: &[u8], mut cut: Cut) -> Result<bool, usize> {
    let mut validator = Validator::new();
    let mut at = 0;
    while at < text.len() {
        let size = cut.next(text.len() - at);
        validator
            .push(&text[at..at + size])
            .map_err(|offset| at + offset)?;
        at += size;
    }
    Ok(validator.is_complete())
}

fn std_verdict(text: &[u8]) -> Result<bool, usize> {
    let Err(error) = std::str::from_utf8(text) else {
        return Ok(true);
    };
    let start = error.valid_up_to();
    match (error.error_len(), text[start]) {
        (None, _) => Ok(false),
        // No character begins like this.
        (Some(_), 0x80..=0xc1 | 0xf5..) => Err(start),
        // A character begins, and the byte after its valid part breaks it.
        (Some(sound), _) => Err(start + sound),
    }
}

/// Parses any value as Sec-WebSocket-Extensions.
///
/// - What was parsed reads the same when it is written again, quoted or not.
/// - The byte that breaks the grammar does so whatever follows, and nothing before it does.
pub fn extension_grammar(value: &[u8]) {
    match parse_extensions(value) {
        Ok(list) => {
            for quoted in [false, true] {
                let text = list
                    .iter()
                    .map(|e| written(e, quoted))
                    .collect::<Vec<_>>()
                    .join(" ,, ");
                assert_eq!(
                    parse_extensions(text.as_bytes()).as_ref(),
                    Ok(&list),
                    "{text}"
                );
            }
        }
        Err(at) => {
            assert!(at <= value.len());
            assert!(
                parse_extensions(&value[..at]).map_or_else(|e| e == at, |_| true),
                "the fault lies before byte {at}"
            );
            let shown = &value[..value.len().min(at + 1)];
            assert_eq!(
                parse_extensions(shown),
                Err(at),
                "the fault shows at byte {at}"
            );
        }
    }
}

fn written(extension: &Extension, quoted: bool) -> String {
    assert!(is_token(extension.name.as_bytes()));
    let mut text = extension.name.clone();
    for (name, value) in &extension.parameters {
        assert!(is_token(name.as_bytes()));
        text.push_str("\t; ");
        text.push_str(name);
        if let Some(value) = value {
            assert!(is_token(value.as_bytes()));
            let (before, after) = if quoted { (" = \"\\", "\"") } else { ("=", "") };
            text.extend([before, value, after]);
        }
    }
    text
}
