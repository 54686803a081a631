//! Which cases run: by id, by Autobahn id, by profile.

use std::fmt;
use std::sync::Arc;

use globset::{Glob, GlobMatcher};
use wsspec_core::Role;

use super::Shard;
use crate::wire::tcp;
use wsspec_vectors::{Case, Profile};

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    filter: Vec<Pattern>,
    exclude: Vec<Pattern>,
    /// Also, or only, robustness probes.
    pub profiles: Vec<Profile>,
    /// Only this part of them.
    pub shard: Option<Shard>,
}

#[derive(Debug, Clone)]
struct Pattern {
    text: String,
    glob: GlobMatcher,
    autobahn: bool,
}

/// Why nothing can be selected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelectionError(pub String);

impl fmt::Display for SelectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SelectionError {}

impl Selection {
    /// Patterns to include (none means all) and to leave out; `autobahn:6.*` speaks of Autobahn ids.
    pub fn new(
        filter: &[String],
        exclude: &[String],
        profiles: Vec<Profile>,
    ) -> Result<Selection, SelectionError> {
        Ok(Selection {
            filter: patterns(filter)?,
            exclude: patterns(exclude)?,
            profiles,
            shard: None,
        })
    }

    /// Whether something is left out by name, or is for another shard.
    pub fn is_part(&self) -> bool {
        self.shard.is_some() || !self.filter.is_empty() || !self.exclude.is_empty()
    }

    /// The cases selected. A pattern that matches nothing is an error, so that a typing mistake is never a
    /// green run.
    pub fn select(&self, cases: &[Arc<Case>]) -> Result<Vec<Arc<Case>>, SelectionError> {
        Ok(self.part(self.chosen(cases)?))
    }

    /// Those that test a target of this role over TCP. Where there are such cases, a shard may still hold none.
    pub fn select_for(
        &self,
        cases: &[Arc<Case>],
        target: Role,
    ) -> Result<Vec<Arc<Case>>, SelectionError> {
        let mut chosen = self.chosen(cases)?;
        chosen.retain(|case| case.roles.contains(&target));
        let Some(first) = chosen.first() else {
            let other = if target == Role::Server {
                "clients; `wsspec client`"
            } else {
                "servers; `wsspec run`"
            };
            return Err(SelectionError(format!(
                "the selected cases test {other} runs them"
            )));
        };
        let wants = first.wants_beyond(tcp::ABILITIES);
        chosen.retain(|case| case.wants_beyond(tcp::ABILITIES).is_none());
        match wants {
            Some(wanted) if chosen.is_empty() => Err(SelectionError(format!(
                "no selected case can be run over TCP; the first {}",
                wanted.lacking()
            ))),
            _ => Ok(self.part(chosen)),
        }
    }

    fn part(&self, mut cases: Vec<Arc<Case>>) -> Vec<Arc<Case>> {
        cases.retain(|case| self.shard.is_none_or(|shard| shard.holds(&case.id)));
        cases
    }

    fn chosen(&self, cases: &[Arc<Case>]) -> Result<Vec<Arc<Case>>, SelectionError> {
        let mut ids = cases.iter();
        if let Some(lost) = self
            .filter
            .iter()
            .find(|p| !ids.clone().any(|c| p.matches(c)))
        {
            return Err(SelectionError(format!(
                "--filter {:?} matches no case; `wsspec list` shows all ids",
                lost.text
            )));
        }
        if let Some(lost) = self.exclude.iter().find(|p| !ids.any(|c| p.matches(c))) {
            return Err(SelectionError(format!(
                "--exclude {:?} matches no case; `wsspec list` shows all ids",
                lost.text
            )));
        }
        let wanted = |c: &&Arc<Case>| {
            (self.filter.is_empty() || self.filter.iter().any(|p| p.matches(c)))
                && !self.exclude.iter().any(|p| p.matches(c))
                && self.profiles.contains(&c.profile)
        };
        let found: Vec<Arc<Case>> = cases.iter().filter(wanted).cloned().collect();
        if found.is_empty() {
            return Err(SelectionError(
                "no case is selected; robustness probes run with --profile robust or all".into(),
            ));
        }
        Ok(found)
    }
}

impl Pattern {
    fn matches(&self, case: &Case) -> bool {
        if self.autobahn {
            case.autobahn.iter().any(|id| self.glob.is_match(id))
        } else {
            self.glob.is_match(&case.id)
        }
    }
}

fn patterns(texts: &[String]) -> Result<Vec<Pattern>, SelectionError> {
    texts
        .iter()
        .map(|text| {
            let (autobahn, glob) = text
                .strip_prefix("autobahn:")
                .map_or((false, text.as_str()), |rest| (true, rest));
            let glob = Glob::new(glob)
                .map_err(|e| SelectionError(format!("{text:?} is no pattern: {e}")))?;
            Ok(Pattern {
                text: text.clone(),
                glob: glob.compile_matcher(),
                autobahn,
            })
        })
        .collect()
}
