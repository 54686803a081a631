//! Did you mean: names that look like one that does not exist.

/// Names that are shown.
const SHOWN: usize = 3;

/// How alike two names have to be, from 0 to 1 (Jaro-Winkler).
const ALIKE: f64 = 0.8;

/// The names that look most like `word`, or have it in them: the most alike first, at most three.
pub fn near<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut alike: Vec<(f64, &str)> = names
        .into_iter()
        .map(|name| (likeness(word, name), name))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .collect();
    alike.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    alike.dedup_by(|a, b| a.1 == b.1);
    let names = alike.into_iter().map(|(_, name)| name.to_owned());
    names.take(SHOWN).collect()
}

fn likeness(word: &str, name: &str) -> f64 {
    let inside = !word.is_empty() && name.contains(word);
    let alike = strsim::jaro_winkler(word, name);
    // Of names that contain the word, the shortest is the most alike.
    if inside { alike.max(0.9) } else { alike }
}

/// "did you mean …?", or where to look.
pub fn hint(near: &[String], otherwise: &str) -> String {
    match near {
        [] => otherwise.to_owned(),
        [name] => format!("did you mean {name}?"),
        [names @ .., last] => format!("did you mean {} or {last}?", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_alike_come_first() {
        let names = ["frame.mask", "frame.rsv", "message", "frame.mask", "utf8"];
        assert_eq!(near("frame.msk", names)[0], "frame.mask");
        assert_eq!(near("mesage", names), ["message"]);
        assert!(near("xyz", names).is_empty());
    }

    #[test]
    fn a_hint_is_a_question_or_the_way() {
        let names = |n: usize| {
            ["a", "b", "c"][..n]
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
        };
        assert_eq!(hint(&names(0), "see `list`"), "see `list`");
        assert_eq!(hint(&names(1), ""), "did you mean a?");
        assert_eq!(hint(&names(3), ""), "did you mean a, b or c?");
    }
}
