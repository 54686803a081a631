//! Variants: legal ways in which a conforming peer may differ from the default one. The suite must
//! not fail any of them.
//!
//! `wsspec echo --variant NAME` serves one (several can be combined), `wsspec mutants` runs the
//! suite against all. A variant is data: it changes one or two of the `VariantSettings` or edits
//! heads. Random choices come from a seed.
//!
//! | module | contents |
//! |---|---|
//! | `variant` | [`Variant`]: one row of the table |
//! | `catalogue` | the table |
//! | `settings` | [`VariantSettings`]: everything that variants can change |
//! | `configured` | [`ConfiguredVariants`]: a combination of variants |
//! | `application` | the echoing application of one connection |
//! | `messages` | how a message becomes frames |
//! | `control` | edits of pongs and Close frames on their way out |
//! | `heads` | edits of heads that keep their meaning |
//! | `random` | random choices |

mod application;
mod catalogue;
mod configured;
mod control;
mod heads;
mod messages;
mod random;
mod settings;
mod variant;

pub(super) use application::VariantApplication;
pub use catalogue::VARIANTS;
pub(super) use configured::ConfiguredVariants;
pub(super) use random::shuffle;
pub use variant::Variant;

impl Variant {
    /// The variant with this name.
    pub fn named(name: &str) -> Option<&'static Variant> {
        VARIANTS.iter().find(|variant| variant.name == name)
    }
}
