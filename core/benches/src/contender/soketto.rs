//! soketto, with a `BufReader`: it reads no more than it needs, often a few bytes, and leaves
//! buffering to its input.

use futures::io::BufReader;
use soketto::connection::Builder;
use soketto::{Incoming, Mode};
use wsspec_core::Role;

use super::Contender;
use crate::seen::Seen;
use crate::source::{Source, block_on};
use crate::workload::READ;

/// `Receiver::receive`.
pub struct Soketto;

impl Contender for Soketto {
    const NAME: &'static str = "soketto";
    const NOTE: &'static str =
        "Receiver::receive behind a BufReader, into one reused Vec; answers and hides pings";

    fn decode<S: Seen>(source: Source<'_>, reader: Role, seen: &mut S) -> Result<(), String> {
        let mode = match reader {
            Role::Server => Mode::Server,
            Role::Client => Mode::Client,
        };
        let (_sender, mut receiver) =
            Builder::new(BufReader::with_capacity(READ, source), mode).finish();
        let mut message = Vec::new();
        block_on(async {
            while !seen.enough() {
                message.clear();
                match receiver
                    .receive(&mut message)
                    .await
                    .map_err(|error| error.to_string())?
                {
                    Incoming::Data(_) => seen.data(&message, true),
                    Incoming::Pong(payload) => seen.control(payload),
                    Incoming::Closed(reason) => return Err(format!("{reason:?}")),
                }
            }
            Ok(())
        })
    }
}
