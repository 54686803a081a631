//! Rules judged on every byte the target sent, whatever a case was about. Each is one row of the report, so
//! that one fault is one finding.

use std::collections::BTreeMap;

use wsspec_core::Role;
use wsspec_core::violation::Violation;
use wsspec_reports::{CaseResult, Impact, Transcript, Verdict};

use crate::exchange::Conclusion;

/// Cases named in a row.
const NAMED: usize = 5;

/// The rules, and how much it matters when the target breaks them.
const RULES: &[(Violation, Impact, &str)] = &[
    (Violation::MaskUnexpected, Impact::Interop, "A server does not mask the frames it sends."),
    (Violation::MaskMissing, Impact::Security, "A client masks every frame it sends."),
    (Violation::RsvSet, Impact::Interop, "Reserved bits are 0 where no extension gives them a meaning."),
    (Violation::OpcodeReserved, Impact::Interop, "Reserved opcodes are not sent."),
    (Violation::ControlFragmented, Impact::Interop, "Control frames are not fragmented."),
    (Violation::ControlTooLong, Impact::Interop, "Control frames carry at most 125 bytes."),
    (Violation::ContinuationOrphan, Impact::Interop, "Continuation frames continue a message."),
    (Violation::MessageInterleaved, Impact::Interop, "A message is finished before the next begins."),
    (Violation::LengthNotMinimal, Impact::Interop, "Payload lengths are written in the fewest bytes."),
    (Violation::LengthTopBit, Impact::Interop, "The top bit of a 64-bit length is 0."),
    (Violation::TextNotUtf8, Impact::Data, "Text messages are UTF-8."),
    (Violation::CloseBodyOneByte, Impact::Interop, "A Close body is empty or holds a whole code."),
    (Violation::CloseCodeForbidden, Impact::Interop, "1005, 1006 and 1015 never appear on the wire."),
    (Violation::CloseCodeUnassigned, Impact::Interop, "Close codes sent have a meaning."),
    (Violation::CloseReasonNotUtf8, Impact::Interop, "Close reasons are UTF-8."),
    (Violation::DataAfterClose, Impact::Interop, "No data frame follows a Close frame."),
];

/// What was seen so far.
#[derive(Debug, Default)]
pub(super) struct Passive(BTreeMap<Violation, Seen>);

#[derive(Debug, Default)]
struct Seen {
    count: usize,
    cases: Vec<String>,
    transcript: Option<Transcript>,
    reason: String,
}

impl Passive {
    /// Takes the faults of one case.
    pub(super) fn note(&mut self, case: &str, conclusion: &Conclusion) {
        for fault in &conclusion.faults {
            let seen = self.0.entry(fault.violation).or_default();
            seen.count += 1;
            if seen.transcript.is_none() {
                seen.transcript = Some(conclusion.transcript.clone());
                seen.reason = format!("{fault} of what the target sent in {case}");
            }
            if seen.cases.len() < NAMED && seen.cases.last().is_none_or(|c| c != case) {
                seen.cases.push(case.to_owned());
            }
        }
    }

    /// A row for each rule that binds `role`.
    pub(super) fn rows(mut self, role: Role) -> Vec<CaseResult> {
        let other = match role {
            Role::Server => Violation::MaskMissing,
            Role::Client => Violation::MaskUnexpected,
        };
        let rules = RULES.iter().filter(|(violation, ..)| *violation != other);
        rules
            .map(|(violation, impact, about)| {
                let seen = self.0.remove(violation).unwrap_or_default();
                CaseResult {
                    id: format!("passive.{}", violation.name()),
                    about: (*about).to_owned(),
                    autobahn: Vec::new(),
                    requirements: vec![violation.requirement().to_owned()],
                    impact: *impact,
                    verdict: if seen.count == 0 { Verdict::Pass } else { Verdict::Fail },
                    reason: seen.reason,
                    expected: None,
                    received: None,
                    duration_ms: 0.0,
                    close: None,
                    transcript: seen.transcript,
                    count: Some(seen.count),
                    seen_in_cases: seen.cases,
                }
            })
            .collect()
    }
}
