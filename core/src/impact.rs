//! How much a breach of a rule matters to the people who use an implementation.

/// The harm of a breach, worst first.
///
/// Vectors state it for each case, and reports order by it. With the feature `serde` it is written
/// in lower case: `"security"`, `"data"`, `"interop"`, `"pedantic"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema),
    serde(rename_all = "lowercase")
)]
pub enum Impact {
    /// An attacker can use it.
    Security,
    /// Messages are lost or changed.
    Data,
    /// Conforming peers cannot talk to it.
    Interop,
    /// Small in effect.
    Pedantic,
}

impl Impact {
    /// The word in vectors and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Impact::Security => "security",
            Impact::Data => "data",
            Impact::Interop => "interop",
            Impact::Pedantic => "pedantic",
        }
    }
}
