//! WebSocket conformance vectors, and the language they are written in.
//!
//! The vectors are JSON files, built into this crate: *parse* vectors (bytes in; events or a
//! violation out), *exchange* vectors (a conversation with a server or client under test) and
//! *through* vectors (what goes through a gateway). The README describes the language; the `wsspec`
//! crate runs the exchanges.
//!
//! # Parse vectors in the tests of a parser
//!
//! They need no network and no runner: feed [`ParseCase::stream`] to the parser, cut into reads in
//! any way, and compare. This checks the message reader of `wsspec-core`, byte by byte:
//!
//! ```
//! use wsspec_core::frame::MessageKind;
//! use wsspec_core::message::{Incoming, MessageReader};
//! use wsspec_vectors::Corpus;
//!
//! /// What the parser under test delivered, as the vectors put it.
//! fn event(incoming: Incoming) -> (&'static str, Vec<u8>) {
//!     match incoming {
//!         Incoming::Message(MessageKind::Text, bytes) => ("text", bytes),
//!         Incoming::Message(MessageKind::Binary, bytes) => ("binary", bytes),
//!         Incoming::Ping(bytes) => ("ping", bytes),
//!         Incoming::Pong(bytes) => ("pong", bytes),
//!         Incoming::Close(body) => ("close", body),
//!         Incoming::Reserved(..) => panic!("a reserved opcode was let through"),
//!     }
//! }
//!
//! let corpus = Corpus::embedded()?;
//! // Vectors with a head are for a parser of opening handshakes.
//! for case in corpus.parses.iter().filter(|case| case.head.is_none()) {
//!     let mut parser = MessageReader::new(case.role).compression(case.deflate);
//!     let (mut events, mut violation) = (Vec::new(), None);
//!     'reads: for read in case.stream().chunks_mut(1) {
//!         let mut read = read;
//!         loop {
//!             match parser.read_owned(&mut read) {
//!                 Ok(Some(incoming)) => events.push(event(incoming)),
//!                 Ok(None) => break,
//!                 Err(fault) => {
//!                     violation = Some(fault);
//!                     break 'reads;
//!                 }
//!             }
//!         }
//!     }
//!     let wanted: Vec<_> = case.events.iter().map(|e| (e.name(), e.bytes())).collect();
//!     assert_eq!(events, wanted, "{}: {}", case.id, case.about);
//!     match (violation, case.violation_range()) {
//!         (None, None) => {}
//!         // How early a parser notices is free within a range of offsets.
//!         (Some(fault), Some(range)) => assert!(range.contains(&fault.offset), "{}", case.id),
//!         (found, wanted) => panic!("{}: {found:?}, not {wanted:?}", case.id),
//!     }
//! }
//! # Ok::<(), wsspec_vectors::VectorErrors>(())
//! ```
//!
//! A parser that differs where [`ParseCase::freedom`] is set is not wrong.
//!
//! # How a file is read
//!
//! In three stages, so that a mistake is an error that names the file, the case and the field. The
//! envelope is typed first ([`VectorFile`]). Each case stays plain JSON while its matrix is
//! expanded. The result is typed strictly, as [`Case`] or [`ParseCase`]. [`schema`] derives the
//! JSON Schema from the same types.

mod ability;
mod agree;
pub mod autobahn;
mod case;
mod corpus;
mod costs;
mod disk;
mod error;
mod expand;
mod file;
mod format;
mod frame;
mod head;
pub mod hex;
mod json;
mod known;
mod lint;
mod outcome;
mod parse;
mod payload;
mod place;
mod requirements;
mod role;
pub mod schema;
mod split;
mod step;
mod through;
mod transport;
mod vector;
mod violation_name;

pub use ability::Ability;
pub use agree::{Agree, Agreed, DeflateTerms, Terms, WantedOffer, WantedOffers};
pub use case::{Case, Dial, Manual, Need, Profile};
pub use corpus::{Corpus, requirements_for};
pub use costs::{Costs, Left, Seconds};
pub use disk::vector_files;
pub use error::{VectorError, VectorErrors};
pub use file::{FileKind, VectorFile, is_family};
pub use format::format_file;
pub use frame::{CloseBody, Content, Fragments, Frame, Mask};
pub use head::{Eol, FieldValue, Head};
pub use json::True;
pub use known::{BugSign, KnownBug, KnownBugs, Pattern};
pub use lint::HEAD_NAMES;
pub use outcome::{
    Barrier, CodeSet, Codes, Consumes, Delay, Demand, EndKind, Grade, OpenedFields, Outcome,
    RequestedFields, Silence, Sizes, TimeOut, Traits, Word,
};
pub use parse::{ParseCase, ParseEvent, ParseOpened, ParseViolation, Then};
pub use payload::{Block, Payload};
pub use place::{FieldPath, Segment};
pub use requirements::{ExpectedOutcome, Requirement, Requirements};
pub use split::Split;
pub use step::{Step, Tell};
pub use through::{
    Arrival, Carried, End, Move, Nature, Opens, OpensBy, Sign, ThroughCase, ThroughStep,
};
pub use transport::{
    Certificate, ErrorCode, ErrorCodes, Hello, Over, SettingName, Settings, Signal, Sni, Tls,
    TransportWord, UnknownSetting, WantedSettings,
};
pub use vector::Vector;
pub use wsspec_core::random::SplitMix64;
