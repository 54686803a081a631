//! The rules that hold in every case, whatever it is about.

use wsspec_core::Violation;
use wsspec_vectors::End;

use super::decide::Hops;
use super::reason::Reason;
use crate::run::requirement_of_carried;

/// A tunnel relays without changing what is sent (RFC 9110 §3.7).
const RELAY: &str = "RFC9110-3.7-1";

/// A rule that the gateway broke, and the requirement: one of HTTP/2 or HTTP/3, or one on a way on which
/// nothing was wrong when we sent it, where a WebSocket is open on both sides.
pub(super) fn broken_rule(hops: &Hops) -> Option<(Reason, &'static str)> {
    of_streams(hops).or_else(|| of_websockets(hops))
}

fn of_streams(hops: &Hops) -> Option<(Reason, &'static str)> {
    [End::Client, End::Server].into_iter().find_map(|end| {
        let breach = *hops.at(end).breaches.first()?;
        let requirement = requirement_of_carried(breach.rule);
        Some((Reason::BrokeCarrier(end, breach), requirement))
    })
}

fn of_websockets(hops: &Hops) -> Option<(Reason, &'static str)> {
    if !(hops.client.is_open() && hops.server.is_open()) {
        return None;
    }
    [End::Client, End::Server].into_iter().find_map(|end| {
        let (sent, came) = (&hops.at(end.other()).ours, &hops.at(end).theirs);
        if !sent.faults.is_empty() {
            return None;
        }
        if let Some(fault) = came
            .faults
            .iter()
            .find(|fault| is_of_frames(fault.violation))
        {
            return Some((Reason::Broke(end, *fault), fault.violation.requirement()));
        }
        let mut sent = sent.messages();
        let other = came.messages().position(|came| sent.next() != Some(came))?;
        let reason = Reason::Message {
            at: end,
            number: other + 1,
        };
        Some((reason, RELAY))
    })
}

/// Whether a violation is seen in frames: heads are judged where they are expected.
fn is_of_frames(violation: Violation) -> bool {
    !violation.is_of_a_head()
}
