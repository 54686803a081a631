//! One variant, as a row of the table.

use wsspec_core::Role;

use super::heads::HeadEdit;
use super::settings::VariantSettings;

/// One legal way in which a conforming peer may differ from the default one.
#[derive(Debug, Clone, Copy)]
pub struct Variant {
    /// Its name.
    pub name: &'static str,
    /// What the peer does, as the predicate of a sentence about it.
    pub about: &'static str,
    /// The clause that allows it.
    pub clause: &'static str,
    /// The roles in which it shows.
    pub roles: &'static [Role],
    change: Change,
}

/// What a variant changes.
#[derive(Debug, Clone, Copy)]
enum Change {
    Settings(fn(&mut VariantSettings)),
    Head(HeadEdit),
}

impl Variant {
    /// A variant that changes settings.
    pub(super) const fn new(
        name: &'static str,
        roles: &'static [Role],
        set: fn(&mut VariantSettings),
        about: &'static str,
        clause: &'static str,
    ) -> Variant {
        Variant {
            name,
            about,
            clause,
            roles,
            change: Change::Settings(set),
        }
    }

    /// A variant that edits heads.
    pub(super) const fn head(
        name: &'static str,
        roles: &'static [Role],
        edit: HeadEdit,
        about: &'static str,
        clause: &'static str,
    ) -> Variant {
        Variant {
            name,
            about,
            clause,
            roles,
            change: Change::Head(edit),
        }
    }

    /// Changes the settings.
    pub(super) fn apply(&self, settings: &mut VariantSettings) {
        match self.change {
            Change::Settings(set) => set(settings),
            Change::Head(edit) => settings.head_edits.push(edit),
        }
    }
}
