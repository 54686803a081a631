//! The headings of options in the help.

pub(crate) const WHICH_CASES: &str = "Which cases";
pub(crate) const REQUESTS: &str = "Requests";
pub(crate) const TLS: &str = "TLS and other transports";
pub(crate) const APPLICATIONS: &str = "Applications that are no echo";
pub(crate) const LIMITS: &str = "Limits claimed for the target (exceeding one is a failure)";
pub(crate) const ROBUSTNESS: &str = "Robustness probes";
pub(crate) const STARTING: &str = "Starting and watching the target";
pub(crate) const HOW: &str = "How cases are run";
pub(crate) const FAILING: &str = "What makes it fail";
pub(crate) const PRINTED: &str = "What is printed";
pub(crate) const REPORTS: &str = "Reports (- is stdout)";
