//! `wsspec server`: servers that something kills are started again, the case that kills them is
//! named, and all others are judged.
#![cfg(unix)]

#[path = "../common/rows.rs"]
mod rows;
#[path = "../common/mod.rs"]
mod shared;

mod costs;
mod killers;
mod origins;
mod planted_costs;
mod restarts;
mod run;
