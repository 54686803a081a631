//! Which implementations, in which of their ways.

use std::sync::Arc;

use clap::Args;
use globset::{Glob, GlobMatcher};
use wsspec::lab::{Entry, Unit, units};
use wsspec::near::{hint, near};
use wsspec::run::Shard;
use wsspec_reports::TargetRole;

use super::super::failure::Failure;

/// Which implementations, in which of their ways.
#[derive(Debug, Args)]
pub(crate) struct ChoiceArgs {
    /// Implementations by name, or one of their ways by its id (ws-client); * and ? stand for letters, NAME@VERSION
    /// for another version than the pinned one; by default, all
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Test servers; with --clients or --gateways, these as well
    #[arg(long)]
    servers: bool,
    /// Test clients
    #[arg(long)]
    clients: bool,
    /// Test gateways
    #[arg(long)]
    gateways: bool,
    /// Test only the I-th of N parts of the implementations
    #[arg(long, value_name = "I/N", value_parser = str::parse::<Shard>)]
    shard: Option<Shard>,
}

/// An implementation, and what of it is tested.
#[derive(Debug, Clone)]
pub(super) struct Chosen {
    pub(super) entry: Arc<Entry>,
    /// The version, if it is not the pinned one.
    pub(super) version: Option<String>,
    /// The ids of its ways.
    pub(super) units: Vec<String>,
}

/// An argument: a pattern and a version.
struct Wanted {
    text: String,
    pattern: GlobMatcher,
    version: Option<String>,
}

impl ChoiceArgs {
    /// What was asked for, by name.
    ///
    /// # Errors
    /// If a name is that of no implementation, or nothing is left.
    pub(super) fn choose(&self, entries: &[Arc<Entry>]) -> Result<Vec<Chosen>, Failure> {
        let mut chosen = Vec::new();
        if self.names.is_empty() {
            let all = entries.iter().map(|entry| self.of(entry, None, |_| true));
            chosen.extend(all);
        }
        for name in &self.names {
            let wanted = wanted(name)?;
            let of_name: Vec<Chosen> = entries
                .iter()
                .map(|entry| {
                    let whole = wanted.pattern.is_match(&entry.name);
                    let by_id = |unit: &Unit<'_>| whole || wanted.pattern.is_match(&unit.id);
                    self.of(entry, wanted.version.clone(), by_id)
                })
                .filter(|chosen| !chosen.units.is_empty())
                .collect();
            if of_name.is_empty() {
                return Err(self.unknown(&wanted.text, entries));
            }
            of_name.into_iter().for_each(|one| add(&mut chosen, one));
        }
        chosen.retain(|chosen| {
            let here = self
                .shard
                .is_none_or(|shard| shard.holds(&chosen.entry.name));
            here && !chosen.units.is_empty()
        });
        if chosen.is_empty() && self.shard.is_none() {
            return Err(Failure::usage("no implementation is selected"));
        }
        Ok(chosen)
    }

    fn of(
        &self,
        entry: &Arc<Entry>,
        version: Option<String>,
        wanted: impl Fn(&Unit<'_>) -> bool,
    ) -> Chosen {
        let ways = units(&entry.name, &entry.manifest);
        let ways = ways
            .into_iter()
            .filter(|unit| self.takes(unit.role) && wanted(unit));
        Chosen {
            entry: entry.clone(),
            version,
            units: ways.map(|unit| unit.id).collect(),
        }
    }

    fn takes(&self, role: TargetRole) -> bool {
        let ChoiceArgs {
            servers,
            clients,
            gateways,
            ..
        } = self;
        let any = !(servers | clients | gateways);
        any || match role {
            TargetRole::Server => *servers,
            TargetRole::Client => *clients,
            TargetRole::Gateway => *gateways,
        }
    }

    fn unknown(&self, name: &str, entries: &[Arc<Entry>]) -> Failure {
        let names = entries.iter().map(|entry| entry.name.as_str());
        let near = near(name, names);
        let hint = hint(&near, "`wsspec lab --list` lists them");
        let roles = if self.servers | self.clients | self.gateways {
            " in the roles that are asked for"
        } else {
            ""
        };
        Failure::usage(format!("no implementation is named {name}{roles}; {hint}"))
    }
}

/// Adds what two arguments name only once: an implementation at a version is installed in one folder.
fn add(chosen: &mut Vec<Chosen>, more: Chosen) {
    let same = chosen
        .iter_mut()
        .find(|one| one.entry.name == more.entry.name && one.version == more.version);
    let Some(same) = same else {
        return chosen.push(more);
    };
    for unit in more.units {
        if !same.units.contains(&unit) {
            same.units.push(unit);
        }
    }
}

fn wanted(argument: &str) -> Result<Wanted, Failure> {
    let (text, version) = match argument.rsplit_once('@') {
        Some((name, version)) => (name, Some(version.to_owned())),
        None => (argument, None),
    };
    let pattern = Glob::new(text).map_err(Failure::usage)?;
    Ok(Wanted {
        text: text.to_owned(),
        pattern: pattern.compile_matcher(),
        version,
    })
}

#[cfg(test)]
mod tests {
    use wsspec::lab::builtin;

    use super::*;

    fn chosen(names: &[&str]) -> Vec<(String, Option<String>, Vec<String>)> {
        let entries: Vec<_> = builtin().unwrap().into_iter().map(Arc::new).collect();
        let choice = ChoiceArgs {
            names: names.iter().map(ToString::to_string).collect(),
            servers: false,
            clients: false,
            gateways: false,
            shard: None,
        };
        let chosen = choice.choose(&entries).unwrap().into_iter();
        chosen
            .map(|one| (one.entry.name.clone(), one.version, one.units))
            .collect()
    }

    #[test]
    fn what_is_named_twice_is_tested_once() {
        let both = vec!["ws".to_owned(), "ws-client".to_owned()];
        let expected = [("ws".to_owned(), None, both.clone())];
        assert_eq!(chosen(&["ws"]), expected);
        assert_eq!(chosen(&["ws-client", "ws"])[0].2, ["ws-client", "ws"]);
        assert_eq!(chosen(&["ws", "ws-client", "w[s]"]), expected);
        let old = ("ws".to_owned(), Some("8.17.1".to_owned()), both);
        assert_eq!(chosen(&["ws", "ws@8.17.1"]), [expected[0].clone(), old]);
    }
}
