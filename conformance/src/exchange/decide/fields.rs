//! What a case demands of the fields of a head.

use globset::Glob;
use wsspec_vectors::Demand;

use super::Evidence;
use crate::exchange::reason::FieldReason;

/// Fields whose values are compared without regard to case (RFC 6455 §4.1, §4.2.1).
const CASELESS: [&str; 2] = ["upgrade", "connection"];

/// The first demand that the head does not meet.
pub(super) fn unmet(demands: &[(String, Demand)], e: &Evidence<'_>) -> Option<FieldReason> {
    demands.iter().find_map(|(name, demand)| {
        let lines: Vec<&[u8]> = e.view.field(name).collect();
        unmet_by(name, demand, &lines, |value| e.binding.fill(value, e.setup))
    })
}

/// The demand, if the lines of its field do not meet it. `fill` fills in the names in a value.
pub(crate) fn unmet_by(
    name: &str,
    demand: &Demand,
    lines: &[&[u8]],
    fill: impl Fn(&str) -> String,
) -> Option<FieldReason> {
    let first = lines.first().map(|line| text(line));
    let missing = || FieldReason::Missing(name.to_owned());
    match demand {
        Demand::Absent => first.map(|found| FieldReason::Present {
            name: name.to_owned(),
            found,
        }),
        Demand::Present => first.is_none().then(missing),
        Demand::Like(pattern) => {
            // It was compiled once when the vector was read.
            let glob = Glob::new(pattern).ok()?.compile_matcher();
            let there = lines.iter().any(|line| glob.is_match(text(line)));
            (!there).then(|| match first {
                Some(found) => FieldReason::Unlike {
                    name: name.to_owned(),
                    found,
                    pattern: pattern.clone(),
                },
                None => missing(),
            })
        }
        Demand::Lists(value) => {
            let value = fill(value);
            let there = lines.iter().any(|line| lists(name, line, &value));
            (!there).then(|| match first {
                Some(found) => FieldReason::Value {
                    name: name.to_owned(),
                    found: Some(found),
                    wanted: Some(value),
                },
                None => missing(),
            })
        }
    }
}

/// Whether a line of a field is this value, or has it as a member of its list.
fn lists(name: &str, line: &[u8], value: &str) -> bool {
    is(name, line, value)
        || wsspec_core::handshake::list(line).any(|member| is(name, member, value))
}

fn is(name: &str, found: &[u8], value: &str) -> bool {
    let caseless = CASELESS
        .iter()
        .any(|caseless| name.eq_ignore_ascii_case(caseless));
    found == value.as_bytes() || caseless && found.eq_ignore_ascii_case(value.as_bytes())
}

pub(super) fn text(value: &[u8]) -> String {
    String::from_utf8_lossy(value).into_owned()
}
