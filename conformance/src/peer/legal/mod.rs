//! Legal applications: what an application on a right library may do with messages, but for
//! echoing them. The suite must accuse none of them.
//!
//! `wsspec echo --application NAME` serves one, `wsspec mutants --applications` runs the suite
//! against all, `wsspec mutants --power` plants faults below some of them. An application is data:
//! a reaction, the messages that trigger it, what it does in the background, and a limit. It runs
//! on any [`ReferencePeer`](super::ReferencePeer), also one with a planted fault.
//!
//! | module | contents |
//! |---|---|
//! | `application` | [`LegalApplication`]: the grid |
//! | `catalogue` | the applications with a name of their own |
//! | `drawn` | the applications drawn from the grid |
//! | `session` | an application on one connection |

mod application;
mod catalogue;
mod drawn;
mod session;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

pub use application::{
    Answer, Background, LegalApplication, Limit, Reaction, Ticks, Trigger, Unauthorized,
};
pub(super) use session::Session;

static ALL: LazyLock<Vec<LegalApplication>> = LazyLock::new(|| {
    let mut all = catalogue::rows();
    all.extend(drawn::applications());
    all
});

impl LegalApplication {
    /// Every application of the catalogue: those with a name of their own, then those drawn from
    /// the grid.
    pub fn all() -> &'static [LegalApplication] {
        &ALL
    }

    /// The application with this name.
    pub fn named(name: &str) -> Option<&'static LegalApplication> {
        ALL.iter().find(|application| application.name == name)
    }
}
