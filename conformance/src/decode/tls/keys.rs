//! Key logs, as browsers and libraries write them for `SSLKEYLOGFILE` (RFC 9850).

use std::collections::HashMap;

use wsspec_vectors::hex::decode;

/// The random bytes of a ClientHello, by which a connection is found.
pub(super) type Random = [u8; 32];

/// Secrets of connections.
#[derive(Debug, Clone, Default)]
pub struct KeyLog(HashMap<Random, Secrets>);

/// The secrets of a connection, as far as they are in the log.
#[derive(Debug, Clone, Default)]
pub(super) struct Secrets {
    /// Those that data of client and server is under at first.
    pub(super) traffic: [Option<Vec<u8>>; 2],
    /// The client has sent data before the handshake was over.
    pub(super) early: bool,
}

impl KeyLog {
    /// Reads the lines of a log. Other lines are skipped.
    pub fn read(text: &str) -> KeyLog {
        let mut log = KeyLog::default();
        for line in text.lines() {
            log.add(line);
        }
        log
    }

    /// Adds the secrets of another log.
    pub fn extend(&mut self, other: KeyLog) {
        for (random, secrets) in other.0 {
            let known = self.0.entry(random).or_default();
            for (known, other) in known.traffic.iter_mut().zip(secrets.traffic) {
                *known = known.take().or(other);
            }
            known.early |= secrets.early;
        }
    }

    /// Whether there are no secrets in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn of(&self, random: &Random) -> Option<&Secrets> {
        self.0.get(random)
    }

    fn add(&mut self, line: &str) -> Option<()> {
        let mut words = line.split_ascii_whitespace();
        let label = words.next()?;
        let random = decode(words.next()?).ok()?.try_into().ok()?;
        let secret = decode(words.next()?).ok()?;
        let secrets = self.0.entry(random).or_default();
        match label {
            "CLIENT_TRAFFIC_SECRET_0" => secrets.traffic[0] = Some(secret),
            "SERVER_TRAFFIC_SECRET_0" => secrets.traffic[1] = Some(secret),
            "CLIENT_EARLY_TRAFFIC_SECRET" => secrets.early = true,
            _ => {}
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_are_none_of_a_log_are_skipped() {
        let random = "01".repeat(32);
        let text = format!(
            "# made by hand\r\nCLIENT_TRAFFIC_SECRET_0 {random} ABcd\r\n\
             SERVER_TRAFFIC_SECRET_0 {random} 0\nSERVER_TRAFFIC_SECRET_0 01 02\nRSA 0102\n"
        );
        let log = KeyLog::read(&text);
        let secrets = log.of(&[1; 32]).unwrap();
        assert_eq!(secrets.traffic, [Some(vec![0xab, 0xcd]), None]);
        assert!(KeyLog::read("nothing").is_empty());
    }
}
