//! Reports as users see them: files in every format, shards, baselines, and the commands on stored
//! reports.

mod common;
#[path = "../common/echo.rs"]
mod echo;
mod har;
mod judge;
#[path = "../common/program.rs"]
mod program;
mod run;
mod shards;
#[path = "../common/mod.rs"]
mod shared;
mod stored;
mod targets;
