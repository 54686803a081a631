//! Property tests: streams that are mostly right, against the laws and against a plain second reader.

mod generate;
mod model;
mod targets;
