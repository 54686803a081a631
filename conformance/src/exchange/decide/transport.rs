//! Words that only some transports have.

use wsspec_core::dissect::printable;
use wsspec_vectors::{ErrorCodes, Grade, Hello, Sni, TransportWord, WantedSettings};

use super::{Assessment, Evidence, Impossible, Matches, Open, impossible, soft};
use crate::binding::carrier::Aborted;
use crate::binding::{Carrier, EndOfStream, ErrorNumber};
use crate::exchange::reason::{ClosingReason, Lost, Reason, TransportReason};

pub(super) fn transport(word: &TransportWord, e: &Evidence<'_>) -> Assessment {
    match word {
        TransportWord::Reset(codes) => reset(codes, e),
        TransportWord::Aborted(codes) => aborted(codes, e),
        TransportWord::Settings(wanted) => settings(wanted, e),
        TransportWord::Hello(hello) => self::hello(hello, e),
        TransportWord::Alert => alert(e),
        TransportWord::Canary => Impossible(Reason::NotOnThisTransport(word.clone())),
    }
}

/// The target reset the stream alone. One that only refuses to read more of it has reset its half.
fn reset(codes: &ErrorCodes, e: &Evidence<'_>) -> Assessment {
    match e.view.end {
        Some(EndOfStream::Cancelled(code)) => coded(codes, Some(code)),
        Some(end) => impossible(Lost::Ended(end)),
        None if e.is_all() => match e.view.stopped {
            Some(code) => coded(codes, Some(code)),
            None => impossible(ClosingReason::NotEnded),
        },
        None => Open,
    }
}

/// The target ended the whole connection.
fn aborted(codes: &ErrorCodes, e: &Evidence<'_>) -> Assessment {
    let aborted = e.carrier.and_then(Carrier::aborted);
    match (aborted, e.view.end) {
        (Some(Aborted { code }), _) | (None, Some(EndOfStream::Aborted(code))) => {
            coded(codes, code)
        }
        (None, Some(end)) => impossible(Lost::Ended(end)),
        (None, None) if e.is_all() => impossible(ClosingReason::NotEnded),
        (None, None) => Open,
    }
}

fn coded(codes: &ErrorCodes, code: Option<ErrorNumber>) -> Assessment {
    match codes {
        ErrorCodes::Any => Matches(None),
        ErrorCodes::These(listed)
            if code
                .and_then(ErrorNumber::name)
                .is_some_and(|name| listed.contains(&name)) =>
        {
            Matches(None)
        }
        ErrorCodes::These(_) => soft(Grade::NonStrict, TransportReason::OtherError(code)),
    }
}

/// The client began with TLS, and named this host.
fn hello(wanted: &Hello, e: &Evidence<'_>) -> Assessment {
    let Some(hello) = &e.view.hello else {
        return match e.view.end {
            _ if e.view.head.is_some() || e.view.garbage.is_some() => {
                impossible(TransportReason::NoHello)
            }
            Some(end) => impossible(Lost::Ended(end)),
            None if e.late => impossible(TransportReason::NoHello),
            None => Open,
        };
    };
    let found = hello.server_name.as_deref();
    let met = match &wanted.sni {
        None => true,
        Some(None) => found.is_none(),
        Some(Some(Sni::Any(_))) => found.is_some(),
        Some(Some(Sni::Name(name))) => found == Some(name.as_bytes()),
    };
    if met {
        return Matches(None);
    }
    impossible(TransportReason::ServerName(found.map(printable)))
}

/// The target ended TLS with an alert.
fn alert(e: &Evidence<'_>) -> Assessment {
    match (e.view.alert, e.view.lost()) {
        (Some(_), _) => Matches(None),
        (None, Some(lost)) => impossible(lost),
        (None, None) if e.late => impossible(TransportReason::NoAlert),
        (None, None) => Open,
    }
}

/// These settings of the target are in force.
fn settings(wanted: &WantedSettings, e: &Evidence<'_>) -> Assessment {
    let Some(in_force) = e.carrier.and_then(Carrier::in_force) else {
        return match e.view.end {
            Some(end) => impossible(Lost::Ended(end)),
            None if e.late => impossible(TransportReason::NoSettings),
            None => Open,
        };
    };
    let unmet = wanted.iter().find_map(|(name, values)| {
        let found = in_force.get(&name.number()).copied();
        (!values.contains(&found)).then(|| TransportReason::Setting {
            name: name.clone(),
            found,
        })
    });
    unmet.map_or(Matches(None), impossible)
}
