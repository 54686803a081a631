//! Laws like those of [`wsspec_core::properties`], for what reads vectors and what judges by them.

mod judge;
mod vector_file;

pub use judge::{hostile, judge};
pub use vector_file::vector_file;
