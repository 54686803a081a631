//! How much a test does.

/// Whether slow tests run in full, as in the gate: `WSSPEC_FULL` is set.
pub(crate) fn is_full() -> bool {
    std::env::var_os("WSSPEC_FULL").is_some()
}
