//! Comments among bytes.

/// Returns `text` with comments of C, C++, Go, Rust, Java and Python replaced by blanks, so that
/// lines keep their numbers. Strings are left alone.
pub(super) fn of_programs(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut quote = None;
    let mut before = '\n';
    while let Some(c) = chars.next() {
        let next = chars.peek().copied();
        match (quote, c, next) {
            (Some(_), '\\', Some(escaped)) => {
                out.extend([c, escaped]);
                chars.next();
            }
            (Some(open), _, _) => {
                if c == open {
                    quote = None;
                }
                out.push(c);
            }
            // A lifetime of Rust is no string.
            (None, '\'', _) if matches!(before, '&' | '<') => out.push(c),
            (None, '"' | '\'' | '`', _) => {
                quote = Some(c);
                out.push(c);
            }
            (None, '/', Some('*')) => {
                chars.next();
                let mut last = ' ';
                for c in chars.by_ref() {
                    if c == '\n' {
                        out.push(c);
                    }
                    if last == '*' && c == '/' {
                        break;
                    }
                    last = c;
                }
                out.push(' ');
            }
            // `AA00//A=` is base64.
            (None, '/', Some('/')) if !before.is_alphanumeric() => {
                end_of_line(&mut chars, &mut out);
            }
            // `16#81` and `#$81` are numbers.
            (None, '#', Some(next)) if before.is_whitespace() && next.is_whitespace() => {
                end_of_line(&mut chars, &mut out);
            }
            (None, _, _) => out.push(c),
        }
        before = c;
    }
    out
}

fn end_of_line(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, out: &mut String) {
    while chars.next_if(|c| *c != '\n').is_some() {}
    out.push(' ');
}

/// What begins a comment that ends with its line, among digits.
const TO_END_OF_LINE: &[&str] = &[";", "#", "|", "//", "--", "←", "<-", "→"];

/// Returns `text` without comments among digits: also of assemblers, shells and of our own vectors.
pub(super) fn of_digits(text: &str) -> String {
    let text = of_programs(text);
    let lines = text.split('\n').map(|line| {
        let marks = TO_END_OF_LINE.iter().filter_map(|mark| comment(line, mark));
        &line[..marks.min().unwrap_or(line.len())]
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Where a comment begins with this mark. Slashes right behind a digit are base64.
fn comment(line: &str, mark: &str) -> Option<usize> {
    let mut found = line.match_indices(mark).map(|(at, _)| at);
    found.find(|at| mark != "//" || !line[..*at].ends_with(char::is_alphanumeric))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_blanks() {
        assert_eq!(of_programs("1, /* a\nb */ 2 // c\n3"), "1, \n  2  \n3");
        assert_eq!(
            of_programs("'/*' \"//\" # x\n16#81"),
            "'/*' \"//\"  \n16#81"
        );
        assert_eq!(
            of_digits("81 05 ; text\n48 | a\n65 -- b"),
            "81 05 \n48 \n65 "
        );
        assert_eq!(of_programs("/* no end"), " ");
        assert_eq!(of_digits("AA00//A= // 81"), "AA00//A=  ");
    }
}
