//! `wsspec wstest`: what programs around Autobahn|Testsuite rely on.

mod clients;
mod common;
mod servers;
#[path = "../common/mod.rs"]
mod shared;
