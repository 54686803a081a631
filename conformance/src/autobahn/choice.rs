//! The cases that a configuration file of Autobahn selects.
//!
//! An entry with `*` is a regular expression in which `.` stands for itself and `*` for any text;
//! the rest is as in regular expressions, so that `[1-7].*` and `(1|2).1*` are patterns too. Without
//! `*`, an entry is an id.

use std::fmt;

use fancy_regex::{Regex, RegexBuilder};

use super::spec::Choice;
use crate::near::near;

/// Most steps that a pattern may take to match an id.
const MAX_STEPS: usize = 100_000;

/// Why a file selects no cases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChoiceError {
    /// It has no `cases`.
    NoCases,
    /// It names an id that no case has; ids that are alike.
    Unknown(String, Vec<String>),
    /// It has a pattern that is no regular expression; what is wrong with it.
    BadPattern(String, String),
}

impl fmt::Display for ChoiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ChoiceError::NoCases => {
                f.write_str("the key \"cases\" is missing; [\"*\"] selects all")
            }
            ChoiceError::Unknown(id, near) => {
                write!(f, "no case has the id {id:?}")?;
                if let Some(near) = near.first() {
                    write!(f, ", but {near} exists")?;
                }
                write!(
                    f,
                    "; `wsspec list --autobahn` shows them, and \"{id}.*\" is a pattern"
                )
            }
            ChoiceError::BadPattern(pattern, error) => {
                write!(f, "the pattern {pattern:?} cannot be read: {error}")
            }
        }
    }
}

impl std::error::Error for ChoiceError {}

/// A choice of cases whose patterns are understood.
#[derive(Debug, Clone)]
pub struct Chosen {
    cases: Vec<Entry>,
    excluded: Vec<Entry>,
    by_agent: Vec<(Regex, Vec<Regex>)>,
}

/// An entry of a list of cases.
#[derive(Debug, Clone)]
enum Entry {
    Id(String),
    Pattern(Regex),
}

impl Entry {
    fn read(text: &str) -> Result<Entry, ChoiceError> {
        if text.contains('*') {
            // Matching the front of an id is enough.
            pattern(text, |body| format!("^(?:{body})")).map(Entry::Pattern)
        } else {
            Ok(Entry::Id(text.to_owned()))
        }
    }

    fn read_all(list: &[String]) -> Result<Vec<Entry>, ChoiceError> {
        list.iter().map(|text| Entry::read(text)).collect()
    }

    fn selects(&self, id: &str) -> bool {
        match self {
            Entry::Id(of) => of == id,
            Entry::Pattern(regex) => matches(regex, id),
        }
    }
}

/// Reads a pattern; `anchored` says what of a text has to match.
fn pattern(text: &str, anchored: impl Fn(&str) -> String) -> Result<Regex, ChoiceError> {
    let body = text.replace('.', r"\.").replace('*', ".*");
    RegexBuilder::new(&anchored(&body))
        .backtrack_limit(MAX_STEPS)
        .build()
        .map_err(|error| ChoiceError::BadPattern(text.to_owned(), error.to_string()))
}

/// Reads a pattern that has to match the whole of a text.
fn whole_pattern(text: &str) -> Result<Regex, ChoiceError> {
    pattern(text, |body| format!("^(?:^{body}$)"))
}

/// What takes too many steps does not match.
fn matches(regex: &Regex, text: &str) -> bool {
    regex.is_match(text).unwrap_or(false)
}

impl Choice {
    /// Understands the patterns.
    ///
    /// # Errors
    ///
    /// If the file has no `cases`, or a pattern that is no regular expression.
    pub fn read(&self) -> Result<Chosen, ChoiceError> {
        let cases = self.cases.as_ref().ok_or(ChoiceError::NoCases)?;
        let by_agent = self.exclude_agent_cases.iter().map(|(agent, cases)| {
            let cases = cases.iter().map(|text| whole_pattern(text));
            Ok((whole_pattern(agent)?, cases.collect::<Result<_, _>>()?))
        });
        Ok(Chosen {
            cases: Entry::read_all(cases)?,
            excluded: Entry::read_all(&self.exclude_cases)?,
            by_agent: by_agent.collect::<Result<_, _>>()?,
        })
    }
}

impl Chosen {
    /// Those of `ids` that are selected, in the same order. A pattern may match nothing (`8.*` has
    /// no cases).
    ///
    /// # Errors
    ///
    /// If `cases` has an id that is not among `ids`.
    pub fn select<'a>(&self, ids: &[&'a str]) -> Result<Vec<&'a str>, ChoiceError> {
        for entry in &self.cases {
            if let Entry::Id(id) = entry
                && !ids.contains(&id.as_str())
            {
                let near = near(id, ids.iter().copied());
                return Err(ChoiceError::Unknown(id.clone(), near));
            }
        }
        Ok(ids
            .iter()
            .copied()
            .filter(|id| self.cases.iter().any(|entry| entry.selects(id)))
            .filter(|id| !self.excluded.iter().any(|entry| entry.selects(id)))
            .collect())
    }

    /// Entries without `*` of `exclude-cases` that leave nothing out, because no case has that id.
    pub fn idle_exclusions<'a>(&'a self, ids: &[&str]) -> Vec<&'a str> {
        let exact = self.excluded.iter().filter_map(|entry| match entry {
            Entry::Id(id) => Some(id.as_str()),
            Entry::Pattern(_) => None,
        });
        exact.filter(|id| !ids.contains(id)).collect()
    }

    /// Whether this case is left out for `agent`.
    pub fn excludes(&self, agent: &str, id: &str) -> bool {
        let of_agent = self.by_agent.iter().filter(|(of, _)| matches(of, agent));
        of_agent
            .flat_map(|(_, cases)| cases)
            .any(|pattern| matches(pattern, id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wsspec_vectors::autobahn;

    fn count(cases: &[&str], exclude: &[&str]) -> Result<usize, ChoiceError> {
        let strings = |of: &[&str]| of.iter().map(ToString::to_string).collect::<Vec<_>>();
        let choice = Choice {
            cases: Some(strings(cases)),
            exclude_cases: strings(exclude),
            ..Choice::default()
        };
        let ids: Vec<String> = autobahn::ids().collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        choice.read()?.select(&ids).map(|found| found.len())
    }

    #[test]
    fn patterns_work_as_in_autobahn() {
        assert_eq!(count(&["*"], &[]), Ok(517));
        assert_eq!(count(&["*"], &["9.*", "12.*", "13.*"]), Ok(247));
        assert_eq!(count(&["1.*", "8.*", "11.*"], &[]), Ok(16));
        assert_eq!(count(&["1*"], &["13.*", "12.*"]), Ok(17));
        assert_eq!(count(&["6.4.*", "1.1.1", "1.1.1"], &["6.4.4"]), Ok(4));
        assert_eq!(count(&["*.1.1"], &[]), Ok(26));
    }

    #[test]
    fn patterns_are_regular_expressions() {
        assert_eq!(
            count(&["[1-7].*"], &[]),
            count(&["*"], &["9.*", "1[0-3].*"])
        );
        assert_eq!(count(&["(1|2).1*"], &[]), Ok(8 + 3));
        assert_eq!(count(&["1.*|2.*"], &[]), Ok(16 + 11));
        assert_eq!(count(&["(?!9|1[0-3])*"], &[]), Ok(246));
        assert_eq!(count(&["*"], &["(9|12|13).*"]), Ok(247));
    }

    #[test]
    fn without_a_star_an_entry_is_an_id() {
        assert_eq!(count(&["1*"], &["13", "12."]), count(&["1*"], &[]));
        let unknown = count(&["7.1"], &[]).unwrap_err();
        assert!(matches!(unknown, ChoiceError::Unknown(id, _) if id == "7.1"));
        assert!(matches!(
            Choice::default().read(),
            Err(ChoiceError::NoCases)
        ));
    }

    #[test]
    fn what_is_no_pattern_is_named() {
        for bad in ["(1.*", "[1-.*"] {
            let error = count(&[bad], &[]).unwrap_err();
            assert!(matches!(error, ChoiceError::BadPattern(of, _) if of == bad));
        }
        // What takes for ever on other engines ends.
        assert_eq!(count(&[r"(\d*)*\1x*"], &[]), Ok(0));
    }

    #[test]
    fn cases_are_left_out_for_an_agent_only_on_a_whole_match() {
        let cases = vec!["9.*".to_owned(), "6.4".to_owned()];
        let choice = Choice {
            cases: Some(Vec::new()),
            exclude_agent_cases: [("Mine*".to_owned(), cases)].into(),
            ..Choice::default()
        };
        let chosen = choice.read().unwrap();
        assert!(chosen.excludes("Mine/1", "9.1.1"));
        assert!(!chosen.excludes("Mine/1", "6.4.1") && !chosen.excludes("Not Mine", "9.1.1"));
    }
}
