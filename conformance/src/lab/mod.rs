//! Implementations that others wrote: how each is installed, started and tested.
//!
//! A [`Manifest`] (`wsspec.toml`) says how to test an implementation; those of the lab stand in
//! `conformance/lab/`, a folder each, with the small program that makes an echo of the library. The same file
//! beside somebody's own code says how to test that.
//!
//! One way to test an implementation is a [`Unit`]: the server over HTTP/1.1, the same over HTTP/2, the client. A unit
//! becomes a command line of `wsspec`, so that each run is a process of its own: no failure of one stops the others.
//!
//! | module | purpose |
//! |---|---|
//! | `manifest` | the file `wsspec.toml` |
//! | `catalogue` | the manifests that are built in, or those of a folder |
//! | `unit` | from a manifest to command lines |
//! | `install` | into the cache, at one version |
//! | `versions` | which versions a registry has |
//! | `process` | one program, with a limit of time and its output in a file |
//! | `disk` | the size of the cache, kept below a limit |
//! | `work` | the tasks, several at a time |
//! | `results` | the folder of results |
//! | `agreement` | cases in which an implementation stands alone, or most disagree with us |
//! | `resemblance` | whose verdicts look like these |

mod agreement;
mod catalogue;
mod disk;
mod install;
mod manifest;
mod process;
mod resemblance;
mod results;
mod unit;
mod versions;
mod work;

#[cfg(test)]
mod tests;

pub use agreement::{Agreement, Alone, Disputed, agreement};
pub use catalogue::{CatalogueError, Entry, builtin, from_dir};
pub use install::{InstallError, Installation, Installer};
pub use manifest::{
    Client, FILE, Gateway, LimitName, Manifest, ManifestError, Package, Registry, Scalar, Server,
    Unsupported,
};
pub use process::{Ended, ProcessError, Program};
pub use resemblance::{Likeness, resembling};
pub use results::{Head, Results, RunFacts, StoredRun, read_runs};
pub use unit::{Unit, units};
pub use versions::{VersionsError, latest, versions};
pub use work::{Event, Lab, Outcome, State, Task, Work, carry_out};
