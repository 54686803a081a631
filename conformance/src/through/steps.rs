//! The steps of a case, with what it leaves out written out.

use wsspec_reports::Impact;
use wsspec_vectors::{
    Arrival, End, EndKind, Head, Move, Opens, Profile, Sign, ThroughCase, ThroughStep,
};

/// The steps of a case with the opening handshake written out.
pub(super) fn steps(case: &ThroughCase) -> Vec<ThroughStep> {
    let mut steps = Vec::new();
    if !case.states_opening() {
        steps.extend(opening(Head::default()));
    }
    steps.extend(case.steps.iter().cloned());
    steps
}

/// A case in which nothing is sent after the opening, and the gateway may end the connection.
pub(super) fn idle_case() -> ThroughCase {
    let ended = [plain(Sign::Ended(EndKind::Any))];
    ThroughCase {
        id: "through.idle".into(),
        family: "through.idle".into(),
        about: "How long a tunnel lives on which nothing is sent.".into(),
        requirements: Vec::new(),
        impact: Impact::Interop,
        profile: Profile::default(),
        control: false,
        deflate: false,
        opens: Opens::default(),
        seen_in: Vec::new(),
        steps: vec![step(End::Client, Move::Expect(ended.into()))],
    }
}

/// A plain opening: the request arrives, is accepted, and the answer arrives.
fn opening(request: Head) -> [ThroughStep; 4] {
    [
        step(End::Client, Move::Open(request.into())),
        step(End::Server, Move::Expect([plain(Sign::Requested)].into())),
        step(End::Server, Move::Accept(Head::default().into())),
        step(End::Client, Move::Expect([plain(Sign::Opened)].into())),
    ]
}

const fn step(at: End, does: Move) -> ThroughStep {
    ThroughStep { at, does }
}

fn plain(sign: Sign) -> Arrival {
    Arrival {
        sign,
        at: None,
        of: None,
        headers: Vec::new(),
        target: None,
        body: None,
        verdict: None,
        why: None,
    }
}
