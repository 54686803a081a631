//! Forms: a right peer that goes about it in another legal way. None of them may ever be called a failure.
//!
//! `wsspec echo --form NAME` serves one (several go together), `wsspec mutants` runs the suite against all. A form is
//! data: it sets one or two [`Habits`]. What is random in them comes from a seed.

mod application;
mod catalogue;
mod frames;
mod heads;
mod messages;

use std::sync::Arc;

use wsspec_core::Role;
use wsspec_core::deflate::negotiation::{Parameters, Support};
use wsspec_core::endpoint::{ClientConfig, ServerConfig};
use wsspec_core::policy::Policy;

use super::Peer;
use super::mutators::Tamper;
use wsspec_vectors::SplitMix64;

pub(super) use application::Manner;
pub use catalogue::FORMS;

/// One legal way to go about it.
#[derive(Debug, Clone, Copy)]
pub struct Form {
    /// Its name.
    pub name: &'static str,
    /// What the peer does.
    pub about: &'static str,
    /// Where that is allowed.
    pub clause: &'static str,
    /// The roles in which it shows.
    pub roles: &'static [Role],
    set: Set,
}

/// What a form sets.
#[derive(Debug, Clone, Copy)]
enum Set {
    Habits(fn(&mut Habits)),
    Head(heads::Edit),
}

impl Form {
    /// The form with this name.
    pub fn named(name: &str) -> Option<&'static Form> {
        FORMS.iter().find(|form| form.name == name)
    }
}

impl Peer {
    /// The right peer in all of these forms, of which a later one overrides what an earlier one says otherwise.
    pub fn in_form<'a>(forms: impl IntoIterator<Item = &'a Form>, seed: u64) -> Peer {
        let mut habits = Habits::default();
        for form in forms {
            match form.set {
                Set::Habits(set) => set(&mut habits),
                Set::Head(edit) => habits.heads.push(edit),
            }
        }
        let mut peer = Peer::right();
        peer.policy = habits.policy.clone();
        peer.subprotocols.clone_from(&habits.subprotocols);
        peer.compression = habits.support.is_some();
        peer.tamper = habits.reads.map(Tamper::HeadIn);
        peer.forms = Some(Forms {
            habits: Arc::new(habits),
            seed,
        });
        peer
    }
}

/// The habits of a peer, and what is random in them.
#[derive(Debug, Clone)]
pub(super) struct Forms {
    habits: Arc<Habits>,
    seed: u64,
}

impl Forms {
    pub(super) fn server(&self, config: &mut ServerConfig) {
        config.compression = self.habits.support;
        config.max_head = self.habits.max_head.unwrap_or(config.max_head);
    }

    pub(super) fn client(&self, config: &mut ClientConfig) {
        config.compression.clone_from(&self.habits.offers);
    }

    /// How one connection is gone about.
    pub(super) fn manner(&self, role: Role, connection: u64) -> Manner {
        Manner::new(
            self.habits.clone(),
            role,
            SplitMix64(self.seed ^ connection.rotate_left(32)),
        )
    }
}

/// All that forms can be particular about.
#[derive(Debug, Clone)]
struct Habits {
    policy: Policy,
    /// What a server takes on of permessage-deflate.
    support: Option<Support>,
    /// What a client offers of it, the best first.
    offers: Vec<Parameters>,
    subprotocols: Vec<String>,
    max_head: Option<usize>,
    /// What a server makes of a request before it reads it.
    reads: Option<fn(&str) -> String>,
    /// How its head is written.
    heads: Vec<heads::Edit>,
    /// How messages are cut.
    cut: messages::Cut,
    /// Empty fragments at the front, in between and at the end of a message.
    empty: [bool; 3],
    deflating: messages::Deflating,
    unasked: messages::Unasked,
    late: messages::Late,
    /// What becomes of its pongs.
    pongs: frames::Pongs,
    /// The body of a Close that fails the connection.
    failing: Option<frames::Closing>,
    /// The body of a Close that answers ours.
    answering: Option<frames::Closing>,
    /// Ends TCP when the closing handshake is done, also as a client.
    ends: bool,
}

impl Default for Habits {
    fn default() -> Self {
        Habits {
            policy: Policy::rfc(),
            support: Some(Support::default()),
            offers: vec![Parameters {
                client_max_window_bits: Some(None),
                ..Parameters::default()
            }],
            subprotocols: Vec::new(),
            max_head: None,
            reads: None,
            heads: Vec::new(),
            cut: messages::Cut::Whole,
            empty: [false; 3],
            deflating: messages::Deflating::default(),
            unasked: messages::Unasked::default(),
            late: messages::Late::Never,
            pongs: frames::Pongs::All,
            failing: None,
            answering: None,
            ends: false,
        }
    }
}

/// A number below `n`.
fn below(random: &mut SplitMix64, n: usize) -> usize {
    (random.next() >> 16) as usize % n.max(1)
}

/// Heads or tails.
fn coin(random: &mut SplitMix64) -> bool {
    below(random, 2) == 0
}

/// Changes the order.
fn shuffle<T>(items: &mut [T], random: &mut SplitMix64) {
    for i in (1..items.len()).rev() {
        items.swap(i, below(random, i + 1));
    }
}
