//! The vector language: files as they stand on disk, and the typed cases they expand to.
//!
//! A file is read in three stages. Its envelope ([`file`]) is typed at once; each case then stays plain JSON
//! while its matrix is expanded ([`expand`]); the expanded JSON is typed strictly ([`Case`], [`ParseCase`]), so
//! that an unknown word is an error that names file, case and field. [`schema`] derives the JSON Schema from
//! these same types.

mod agree;
pub mod autobahn;
mod blocks;
mod case;
mod corpus;
mod expand;
mod file;
mod format;
mod frame;
mod head;
pub mod lint;
mod outcome;
mod parse;
mod payload;
mod requirements;
pub mod schema;
mod step;
mod transport;
mod wants;

pub use agree::{Agree, Agreed, DeflateTerms, Terms, WantedOffer, WantedOffers};
pub use blocks::Block;
pub use case::{Case, Dial, Manual, Need, Profile};
pub use corpus::sources;
pub use corpus::{Corpus, VectorError};
pub use file::{File, Kind};
pub use format::format_file;
pub use frame::{CloseBody, Content, Fragments, Frame, Mask};
pub use head::{Eol, FieldValue, Head, Split};
pub use outcome::{
    Barrier, CodeSet, Codes, Consumes, Delay, Demand, EndKind, Grade, OpenedFields, Outcome,
    RequestedFields, Silence, Traits, Word,
};
pub use parse::{ParseCase, ParseEvent, ParseOpened, ParseViolation, Then};
pub use payload::Payload;
pub use payload::hex_bytes;
pub use requirements::{Requirement, Requirements};
pub use step::{Step, Tell};
pub use transport::{
    Certificate, ErrorCode, ErrorCodes, Hello, Over, SettingName, Settings, Sni, Tls,
    TransportWord, WantedSettings,
};
pub use wants::Ability;
pub use wsspec_core::random::SplitMix64;
