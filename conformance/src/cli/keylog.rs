//! `--keylog FILE`: the secrets of TLS in captures.

use std::collections::BTreeMap;
use std::path::Path;

use wsspec::decode::tls::{KeyLog, Sealed};
use wsspec_reports::counted;

use super::failure::Failure;

/// Reads the file, if one is named.
pub(super) fn key_log(file: Option<&Path>) -> Result<KeyLog, Failure> {
    let Some(file) = file else {
        return Ok(KeyLog::default());
    };
    let bytes = std::fs::read(file).map_err(|error| Failure::file(file, error))?;
    let keys = KeyLog::read(&String::from_utf8_lossy(&bytes));
    if keys.is_empty() {
        return Err(Failure::file(
            file,
            "no secrets in it: lines such as CLIENT_TRAFFIC_SECRET_0, which programs write to the file that \
             SSLKEYLOGFILE names",
        ));
    }
    Ok(keys)
}

/// Says of how many connections of TLS nothing was read, and why.
pub(super) fn tell_sealed(sealed: Vec<Sealed>) {
    let mut reasons: BTreeMap<Sealed, usize> = BTreeMap::new();
    for why in sealed {
        *reasons.entry(why).or_default() += 1;
    }
    for (why, count) in reasons {
        let count = counted(count, "connection");
        anstream::eprintln!("note: {count} of TLS not read: {why}");
    }
}
