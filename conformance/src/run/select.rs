//! Selects the cases of a run: by id, by Autobahn id, by requirement, by profile and by shard.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use globset::{Glob, GlobMatcher};
use wsspec_core::Role;
use wsspec_reports::Transport;
use wsspec_vectors::{Ability, Case, Over, Profile, Requirements, ThroughCase};

use super::shard::Shard;
use super::traits;
use crate::near::{hint, near};
use crate::wire::tcp;

/// Which cases to run.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    filter: Vec<Pattern>,
    exclude: Vec<Pattern>,
    /// Ids of requirements of which a case cites one; none means any.
    citing: BTreeSet<String>,
    /// Ids of cases of which these are; `None` means any.
    among: Option<BTreeSet<String>>,
    /// The profiles a case may have.
    pub profiles: Vec<Profile>,
    /// Only this part of the selected cases.
    pub shard: Option<Shard>,
}

/// A case that can be selected.
pub trait Selectable {
    /// What it is selected by.
    fn marks(&self) -> Marks<'_>;
}

/// What cases are selected by.
#[derive(Debug, Clone, Copy)]
pub struct Marks<'a> {
    id: &'a str,
    family: &'a str,
    /// Ids of the requirements that it cites.
    requirements: &'a [String],
    /// The profile of a run that includes it.
    profile: Profile,
    /// Ids of the Autobahn cases that it covers.
    autobahn: &'a [String],
}

impl Selectable for Case {
    fn marks(&self) -> Marks<'_> {
        Marks {
            id: &self.id,
            family: &self.family,
            requirements: &self.requirements,
            profile: self.profile,
            autobahn: &self.autobahn,
        }
    }
}

impl Selectable for ThroughCase {
    fn marks(&self) -> Marks<'_> {
        Marks {
            id: &self.id,
            family: &self.family,
            requirements: &self.requirements,
            profile: self.profile,
            autobahn: &[],
        }
    }
}

#[derive(Debug, Clone)]
struct Pattern {
    text: String,
    glob: GlobMatcher,
    /// The same as the name of a family: what all its ids begin with.
    family: String,
    /// The pattern is for Autobahn ids.
    autobahn: bool,
}

/// Why no case can be selected. The user asked for something that is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SelectionError {
    /// The text is not a glob pattern.
    BadPattern {
        /// The text.
        text: String,
        /// What is wrong with it.
        why: String,
    },
    /// No case matches this pattern to include.
    FilterMatchesNothing {
        /// The pattern.
        text: String,
        /// Ids and families that look like it.
        near: Vec<String>,
    },
    /// No case matches this pattern to leave out.
    ExcludeMatchesNothing {
        /// The pattern.
        text: String,
        /// Ids and families that look like it.
        near: Vec<String>,
    },
    /// No requirement is meant by this.
    NoRequirement {
        /// The text.
        text: String,
        /// Ids that look like it.
        near: Vec<String>,
    },
    /// The patterns and profiles together leave no case.
    NothingSelected,
    /// Every selected case tests an endpoint of the other role; this is the role that was asked
    /// for.
    OtherRole(Role),
    /// No selected case can run over this transport; this is what the first one runs over.
    NotOver(Transport, Over),
    /// No selected case can run; this is what the first one needs.
    Needs(Ability),
}

impl fmt::Display for SelectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SelectionError::BadPattern { text, why } => {
                write!(f, "{text:?} is not a pattern: {why}")
            }
            SelectionError::FilterMatchesNothing { text, near } => {
                write!(f, "--filter {text:?} matches no case; ")?;
                f.write_str(&hint(near, "`wsspec list` shows all ids"))
            }
            SelectionError::ExcludeMatchesNothing { text, near } => {
                write!(f, "--exclude {text:?} matches no case; ")?;
                f.write_str(&hint(near, "`wsspec list` shows all ids"))
            }
            SelectionError::NoRequirement { text, near } => {
                write!(f, "--requirement {text:?} is no requirement; ")?;
                f.write_str(&hint(
                    near,
                    "`wsspec explain 'RFC6455 5'` shows those of a section",
                ))
            }
            SelectionError::NothingSelected => f.write_str(
                "no case is selected; robustness probes run with --profile robust or all",
            ),
            SelectionError::OtherRole(Role::Server) => {
                f.write_str("the selected cases test clients; run them with `wsspec client`")
            }
            SelectionError::OtherRole(Role::Client) => {
                f.write_str("the selected cases test servers; run them with `wsspec run`")
            }
            SelectionError::NotOver(over, first) => write!(
                f,
                "no selected case can run over {over}; the first runs with --transport {}",
                first.name()
            ),
            SelectionError::Needs(ability) => {
                write!(
                    f,
                    "no selected case can run; the first {}",
                    ability.lacking()
                )
            }
        }
    }
}

impl std::error::Error for SelectionError {}

impl Selection {
    /// Selects by patterns to include (none means all) and to leave out. A pattern that starts with
    /// `autobahn:`, such as `autobahn:6.*`, is matched against Autobahn ids.
    ///
    /// # Errors
    /// If a pattern is malformed.
    pub fn new(
        filter: &[String],
        exclude: &[String],
        profiles: Vec<Profile>,
    ) -> Result<Selection, SelectionError> {
        Ok(Selection {
            filter: patterns(filter)?,
            exclude: patterns(exclude)?,
            citing: BTreeSet::new(),
            among: None,
            profiles,
            shard: None,
        })
    }

    /// Of these, only the cases that cite one of the requirements that are meant: by an id, the
    /// beginning of one, or a section ([`Requirements::matching`]).
    ///
    /// # Errors
    /// If no requirement is meant by one of them.
    pub fn citing(
        mut self,
        wanted: &[String],
        requirements: &Requirements,
    ) -> Result<Selection, SelectionError> {
        for text in wanted {
            let found = requirements.matching(text);
            if found.is_empty() {
                let ids = requirements.iter().map(|r| r.id.as_str());
                return Err(SelectionError::NoRequirement {
                    near: near(text, ids),
                    text: text.clone(),
                });
            }
            self.citing.extend(found.iter().map(|r| r.id.clone()));
        }
        Ok(self)
    }

    /// Of these, only the cases with one of these ids.
    #[must_use]
    pub fn among(mut self, ids: BTreeSet<String>) -> Selection {
        self.among = Some(ids);
        self
    }

    /// Whether cases are left out by a pattern, a requirement, a list of ids or a shard.
    pub fn is_part(&self) -> bool {
        self.shard.is_some()
            || !self.filter.is_empty()
            || !self.exclude.is_empty()
            || !self.citing.is_empty()
            || self.among.is_some()
    }

    /// The selected cases.
    ///
    /// # Errors
    /// If a pattern matches no case (so that a typing mistake never gives a green run), or nothing
    /// is selected.
    pub fn select<C: Selectable>(&self, cases: &[Arc<C>]) -> Result<Vec<Arc<C>>, SelectionError> {
        Ok(self.part(self.chosen(cases)?))
    }

    /// The selected cases that test an endpoint of the role `target` over a transport. A shard of them
    /// may be empty.
    ///
    /// # Errors
    /// As [`select`](Self::select), and if no selected case tests this role, or none can run over
    /// TCP.
    pub fn select_for(
        &self,
        cases: &[Arc<Case>],
        target: Role,
        over: Transport,
    ) -> Result<Vec<Arc<Case>>, SelectionError> {
        let mut chosen = self.chosen(cases)?;
        chosen.retain(|case| case.roles.contains(&target));
        let Some(first) = chosen.first() else {
            if self.names_traits() {
                return Ok(chosen);
            }
            return Err(SelectionError::OtherRole(target));
        };
        let first = Arc::clone(first);
        chosen.retain(|case| runs_over(case, over) && case.wants_beyond(tcp::ABILITIES).is_none());
        if !chosen.is_empty() {
            return Ok(self.part(chosen));
        }
        Err(match first.wants_beyond(tcp::ABILITIES) {
            Some(ability) => SelectionError::Needs(ability),
            None => SelectionError::NotOver(over, first.over),
        })
    }

    fn part<C: Selectable>(&self, mut cases: Vec<Arc<C>>) -> Vec<Arc<C>> {
        cases.retain(|case| self.shard.is_none_or(|shard| shard.holds(case.marks().id)));
        cases
    }

    fn chosen<C: Selectable>(&self, cases: &[Arc<C>]) -> Result<Vec<Arc<C>>, SelectionError> {
        if let Some(text) = unmatched(&self.filter, cases) {
            return Err(SelectionError::FilterMatchesNothing {
                near: near_pattern(&text, cases),
                text,
            });
        }
        if let Some(text) = unmatched(&self.exclude, cases) {
            return Err(SelectionError::ExcludeMatchesNothing {
                near: near_pattern(&text, cases),
                text,
            });
        }
        let found: Vec<Arc<C>> = cases
            .iter()
            .filter(|case| self.wants(case.marks()))
            .cloned()
            .collect();
        if found.is_empty() && !self.names_traits() {
            return Err(SelectionError::NothingSelected);
        }
        Ok(found)
    }

    /// Whether only rows about the target are asked for, which every run has.
    fn names_traits(&self) -> bool {
        !self.filter.is_empty() && self.filter.iter().all(Pattern::names_trait)
    }

    fn wants(&self, case: Marks<'_>) -> bool {
        let cites = |id: &String| self.citing.contains(id);
        (self.filter.is_empty() || self.filter.iter().any(|p| p.matches(case)))
            && !self.exclude.iter().any(|p| p.matches(case))
            && (self.citing.is_empty() || case.requirements.iter().any(cites))
            && self.among.as_ref().is_none_or(|ids| ids.contains(case.id))
            && self.profiles.contains(&case.profile)
    }
}

impl Pattern {
    fn parse(text: &str) -> Result<Pattern, SelectionError> {
        let (autobahn, glob) = text
            .strip_prefix("autobahn:")
            .map_or((false, text), |rest| (true, rest));
        let glob = Glob::new(glob).map_err(|error| SelectionError::BadPattern {
            text: text.to_owned(),
            why: error.to_string(),
        })?;
        Ok(Pattern {
            text: text.to_owned(),
            glob: glob.compile_matcher(),
            family: format!("{text}."),
            autobahn,
        })
    }

    /// Whether it means a row about what the target does that no rule forbids.
    fn names_trait(&self) -> bool {
        traits::row_ids().any(|id| self.glob.is_match(id))
    }

    fn matches(&self, case: Marks<'_>) -> bool {
        if self.autobahn {
            case.autobahn.iter().any(|id| self.glob.is_match(id))
        } else {
            self.glob.is_match(case.id) || case.id.starts_with(&self.family)
        }
    }
}

/// Whether a case can run over a transport: one that is about it, or one that is about what every
/// transport carries.
pub fn runs_over(case: &Case, over: Transport) -> bool {
    match (case.over, over) {
        (Over::Tcp, Transport::Tcp) => true,
        (Over::Tcp, Transport::Tls | Transport::Unix) => {
            let urls = case.dial.as_ref().and_then(|dial| dial.url.as_ref());
            urls.is_none()
        }
        (Over::Tcp, Transport::H2 | Transport::H3) => case.leaves_opening(),
        (Over::Tls, Transport::Tls) | (Over::H2, Transport::H2) | (Over::H3, Transport::H3) => true,
        (Over::Tls | Over::H2 | Over::H3, _) => false,
    }
}

fn patterns(texts: &[String]) -> Result<Vec<Pattern>, SelectionError> {
    texts.iter().map(|text| Pattern::parse(text)).collect()
}

/// Ids and families of cases that look like a pattern.
fn near_pattern(text: &str, cases: &[Arc<impl Selectable>]) -> Vec<String> {
    let families = cases.iter().map(|case| case.marks().family);
    let ids = cases.iter().map(|case| case.marks().id);
    near(text.trim_end_matches(['*', '.']), families.chain(ids))
}

/// The first pattern that matches no case.
fn unmatched(patterns: &[Pattern], cases: &[Arc<impl Selectable>]) -> Option<String> {
    patterns
        .iter()
        .find(|pattern| {
            !pattern.names_trait() && !cases.iter().any(|case| pattern.matches(case.marks()))
        })
        .map(|pattern| pattern.text.clone())
}
