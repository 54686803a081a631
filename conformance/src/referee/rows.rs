//! A tally as a report: one target for each side.

use wsspec_core::Role;
use wsspec_reports::{
    CaseResult, Ending, Impact, Probe, Summary, TargetReport, TargetRole, Transport, Verdict,
    counted,
};

use super::tally::{Sent, Tally};
use super::unjudged::Unjudged;

/// The family of the rows that are no rules.
pub(crate) const TRAFFIC: &str = "traffic";

/// Who a side is in a report.
#[derive(Debug, Clone)]
pub struct Party {
    /// The name shown to people.
    pub name: String,
    /// The URL: of a server, its own; of clients, that to which they connect.
    pub url: String,
    /// What it was reached over.
    pub over: Transport,
}

impl Tally {
    /// The results of one side: a row for each rule that binds it, what it sent, and what of that was not
    /// judged.
    pub fn target(&self, side: Role, party: &Party) -> TargetReport {
        let sent = self.sent_by(side);
        let mut cases = self.rows(side);
        cases.push(CaseResult {
            about: "What went through.".to_owned(),
            reason: sent.to_string(),
            reason_key: TRAFFIC.to_owned(),
            ..CaseResult::new(
                TRAFFIC.to_owned(),
                TRAFFIC,
                Impact::Pedantic,
                Verdict::Informational,
            )
        });
        cases.extend(
            Unjudged::ALL
                .into_iter()
                .filter_map(|why| unjudged(sent, why)),
        );
        TargetReport {
            name: party.name.clone(),
            url: party.url.clone(),
            again: String::new(),
            role: match side {
                Role::Server => TargetRole::Server,
                Role::Client => TargetRole::Client,
            },
            over: party.over,
            probe: Probe::default(),
            ended: Ending::Complete,
            shards: None,
            summary: Summary::of(&cases),
            causes: Vec::new(),
            broken_baseline: Vec::new(),
            usage: None,
            cases,
        }
    }
}

/// The row about bytes that were not judged for this reason.
fn unjudged(sent: &Sent, why: Unjudged) -> Option<CaseResult> {
    let bytes = *sent.unjudged.get(why.name())?;
    Some(CaseResult {
        about: "What went through was judged.".to_owned(),
        reason: format!("{} not judged: {why}", counted(bytes as usize, "byte")),
        reason_key: format!("unjudged.{}", why.name()),
        ..CaseResult::new(
            format!("unjudged.{}", why.name()),
            TRAFFIC,
            Impact::Pedantic,
            Verdict::Skipped,
        )
    })
}
