//! Does a report name what is wrong? Of the rows that a planted fault makes fail, how many cite a
//! requirement that it breaks, and is the first cause the planted one?

use wsspec_core::Role;
use wsspec_reports::{CaseResult, Cause, causes};

use crate::peer::{Breaks, PlantedFault};

/// What the failing rows of one mutant name.
#[derive(Debug, Clone)]
pub struct Attribution {
    /// The fault.
    pub fault: &'static PlantedFault,
    /// The role of the faulty peer.
    pub role: Role,
    /// What the fault breaks.
    pub breaks: Breaks,
    /// What its failing rows name, the worst first.
    pub causes: Vec<Cause>,
}

/// How many rows name the right thing, over many mutants.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AttributionFigures {
    /// Mutants with a failing row.
    pub mutants: usize,
    /// Those whose first cause is the planted one.
    pub first_right: usize,
    /// Failing rows.
    pub rows: usize,
    /// Those that cite a requirement that the fault breaks.
    pub by_requirement: usize,
    /// Those that cite a section of which the fault breaks a requirement.
    pub by_section: usize,
    /// Causes of a mutant: the median.
    pub median_causes: usize,
}

/// Whether a part is at least so large a share of the whole, in percent.
const fn is_share(part: usize, whole: usize, percent: usize) -> bool {
    100 * part >= percent * whole
}

/// The RFC and the section of the id of a requirement.
fn section(requirement: &str) -> &str {
    requirement
        .rsplit_once('-')
        .map_or(requirement, |(section, _)| section)
}

impl Attribution {
    /// What `rows` name: those that `fault` makes fail in a peer of this role, and those that rest
    /// on them. `None` if none fails, or if the fault is none.
    pub fn of(
        fault: &'static PlantedFault,
        role: Role,
        rows: &[CaseResult],
    ) -> Option<Attribution> {
        let breaks = fault.breaks(role)?;
        let causes = causes(rows);
        (!causes.is_empty()).then_some(Attribution {
            fault,
            role,
            breaks,
            causes,
        })
    }

    /// Whether the fault breaks the requirement that these rows cite.
    pub fn cites_right(&self, cause: &Cause) -> bool {
        self.breaks
            .requirements
            .contains(&cause.requirement.as_str())
    }

    /// Whether the fault breaks a requirement of the section that these rows cite.
    pub fn cites_section(&self, cause: &Cause) -> bool {
        let cited = section(&cause.requirement);
        self.breaks
            .requirements
            .iter()
            .any(|broken| section(broken) == cited)
    }

    /// Whether these rows cite a requirement that the fault breaks, and show it as it shows.
    pub fn is_planted(&self, cause: &Cause) -> bool {
        let shown = self
            .breaks
            .symptoms
            .iter()
            .any(|symptom| symptom.is_shown_by(&cause.key));
        shown && self.cites_right(cause)
    }

    /// Whether the first cause is the planted one.
    pub fn first_is_planted(&self) -> bool {
        self.causes
            .first()
            .is_some_and(|cause| self.is_planted(cause))
    }

    /// The number of failing rows for which `is` holds.
    pub fn rows_where(&self, is: impl Fn(&Cause) -> bool) -> usize {
        let causes = self.causes.iter();
        causes.filter(|c| is(c)).map(|c| c.rows).sum()
    }
}

impl AttributionFigures {
    /// Whether failures name what is wrong: of the failing rows, 97% cite a requirement that the
    /// fault breaks and 98% a section; the first cause is the planted one for 98% of the mutants;
    /// and half of them have no other cause.
    pub fn suffice(&self) -> bool {
        self.mutants > 0
            && is_share(self.by_requirement, self.rows, 97)
            && is_share(self.by_section, self.rows, 98)
            && is_share(self.first_right, self.mutants, 98)
            && self.median_causes <= 1
    }

    /// The figures of these mutants.
    pub fn of<'a>(attributions: impl IntoIterator<Item = &'a Attribution>) -> AttributionFigures {
        let mut figures = AttributionFigures::default();
        let mut causes = Vec::new();
        for attribution in attributions {
            figures.mutants += 1;
            figures.first_right += usize::from(attribution.first_is_planted());
            figures.rows += attribution.rows_where(|_| true);
            figures.by_requirement += attribution.rows_where(|c| attribution.cites_right(c));
            figures.by_section += attribution.rows_where(|c| attribution.cites_section(c));
            causes.push(attribution.causes.len());
        }
        causes.sort_unstable();
        figures.median_causes = causes.get(causes.len() / 2).copied().unwrap_or_default();
        figures
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A failing row.
    fn row(id: &str, requirement: &str, key: &str, impact: &str) -> CaseResult {
        serde_json::from_value(json!({
            "id": id, "about": "", "autobahn": [], "requirements": [requirement],
            "broken": requirement, "impact": impact, "verdict": "fail", "reason": "", "reason_key": key,
            "duration_ms": 0.0, "close": null, "transcript": null,
        }))
        .unwrap_or_else(|e| panic!("{e}"))
    }

    fn of(fault: &str, failed: &[CaseResult]) -> Attribution {
        let fault = PlantedFault::named(fault).unwrap_or_else(|| panic!("no fault {fault}"));
        Attribution::of(fault, Role::Server, failed).unwrap_or_else(|| panic!("nothing failed"))
    }

    const MASK: &str = "RFC6455-5.1-2";
    const PONG: &str = "RFC6455-5.5.2-2";

    #[test]
    fn a_cause_is_planted_if_requirement_and_reason_are() {
        let rows = |requirement, key| of("no-pong", &[row("a", requirement, key, "interop")]);
        assert!(rows(PONG, "not-survived/ping.unanswered").first_is_planted());
        assert!(!rows(PONG, "message.missing").first_is_planted());
        assert!(!rows(MASK, "ping.unanswered").first_is_planted());
    }

    #[test]
    fn figures_count_rows_by_requirement_and_by_section() {
        let attributions = [
            of(
                "no-pong",
                &[
                    row("a", PONG, "pong.none", "interop"),
                    row("b", "RFC6455-5.5.2-4", "pong.none", "interop"),
                    row("c", MASK, "pong.none", "interop"),
                ],
            ),
            of(
                "mask-ignored",
                &[row("d", MASK, "closing.still-open", "security")],
            ),
        ];
        let figures = AttributionFigures::of(&attributions);
        assert_eq!(
            figures,
            AttributionFigures {
                mutants: 2,
                first_right: 2,
                rows: 4,
                by_requirement: 2,
                by_section: 3,
                median_causes: 3,
            }
        );
    }

    #[test]
    fn figures_suffice_if_each_share_is_large_enough() {
        let enough = AttributionFigures {
            mutants: 100,
            first_right: 98,
            rows: 1000,
            by_requirement: 970,
            by_section: 980,
            median_causes: 1,
        };
        assert!(enough.suffice());
        for short in [
            AttributionFigures::default(),
            AttributionFigures {
                first_right: 97,
                ..enough
            },
            AttributionFigures {
                by_requirement: 969,
                ..enough
            },
            AttributionFigures {
                by_section: 979,
                ..enough
            },
            AttributionFigures {
                median_causes: 2,
                ..enough
            },
        ] {
            assert!(!short.suffice(), "{short:?}");
        }
    }

    #[test]
    fn nothing_is_attributed_where_nothing_fails_or_nothing_is_wrong() {
        let named = |name| PlantedFault::named(name).unwrap_or_else(|| panic!("no fault {name}"));
        let failed = [row("a", MASK, "pong.none", "interop")];
        assert!(Attribution::of(named("no-pong"), Role::Server, &[]).is_none());
        assert!(Attribution::of(named("greets"), Role::Server, &failed).is_none());
    }
}
