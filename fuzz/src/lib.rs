//! What the fuzz targets hold beside the laws: other implementations that read and write the same bytes.

pub mod zlib;

#[cfg(feature = "differential")]
pub mod differential;
