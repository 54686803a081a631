//! Whom the suite may try to break: this machine and private networks, and other hosts if the user
//! says so. The default cases ask what any client may ask, and go to any host.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use wsspec_vectors::{Case, Profile};

use super::subject::Subject;
use super::target::Target;

/// A host that is neither this machine nor on a private network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotOwn {
    /// The name of the target.
    pub name: String,
    /// Its address.
    pub address: IpAddr,
}

impl fmt::Display for NotOwn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let NotOwn { name, address } = self;
        write!(
            f,
            "{name}: {address} is neither this machine nor on a private network, and robustness probes \
             try to break a target; if you may test this host, say --i-may-test-this-host"
        )
    }
}

impl std::error::Error for NotOwn {}

impl Subject {
    /// Whether these cases may run against it: a client on this machine may be broken, a server as
    /// [`Target::may_break`] says.
    ///
    /// # Errors
    /// If one of them is a robustness probe, and the server is on a host of others.
    pub fn may_run(&self, cases: &[Arc<Case>]) -> Result<(), NotOwn> {
        match self {
            Subject::Server(target) if cases.iter().any(is_probe) => target.may_break(),
            Subject::Server(_) | Subject::Client(_) => Ok(()),
        }
    }
}

impl Target {
    /// Whether the suite may try to break it: it is on this machine or on a private network, or the
    /// user [may test it](Target::with_consent).
    ///
    /// # Errors
    /// If it is on a host of others.
    pub fn may_break(&self) -> Result<(), NotOwn> {
        let Ok(Some(address)) = self.known_address() else {
            return Ok(());
        };
        let address = address.ip();
        if self.has_consent() || is_own(address) {
            return Ok(());
        }
        Err(NotOwn {
            name: self.shown(),
            address,
        })
    }
}

fn is_probe(case: &Arc<Case>) -> bool {
    case.profile == Profile::Robust
}

/// Whether an address is of this machine, of a private network (RFC 1918, RFC 4193) or of a link.
fn is_own(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            v4.is_loopback() || v4.is_private() || v4.is_link_local() || v4.is_unspecified()
        }
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => is_own(v4.into()),
            None => is_own_v6(v6),
        },
    }
}

fn is_own_v6(address: Ipv6Addr) -> bool {
    address.is_loopback()
        || address.is_unspecified()
        || address.is_unique_local()
        || address.is_unicast_link_local()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(address: &str) -> bool {
        is_own(address.parse().unwrap())
    }

    #[test]
    fn this_machine_and_private_networks_may_be_broken() {
        for address in [
            "127.0.0.1",
            "127.9.8.7",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.1.1",
            "::1",
            "::",
            "fd12:3456::1",
            "fe80::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
        ] {
            assert!(own(address), "{address}");
        }
    }

    #[test]
    fn hosts_of_others_may_not() {
        for address in [
            "93.184.216.34",
            "172.15.0.1",
            "172.32.0.1",
            "192.169.0.1",
            "11.0.0.1",
            "100.64.0.1",
            "2001:db8::1",
            "2606:4700::1111",
            "::ffff:8.8.8.8",
            "64:ff9b::7f00:1",
        ] {
            assert!(!own(address), "{address}");
        }
    }

    #[test]
    fn consent_is_what_opens_other_hosts() {
        let target = Target::new("ws://198.51.100.7/", Vec::new()).unwrap();
        let refused = target.may_break().unwrap_err();
        assert_eq!(refused.address, IpAddr::from([198, 51, 100, 7]));
        assert!(target.with_consent(true).may_break().is_ok());
    }
}
