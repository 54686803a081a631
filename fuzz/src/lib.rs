//! What the fuzz targets check beside the properties of core: other implementations that read and
//! write the same bytes.

pub mod zlib;

#[cfg(feature = "differential")]
pub mod differential;
#[cfg(feature = "differential")]
pub mod hpack;
