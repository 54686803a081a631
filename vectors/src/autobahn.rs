//! The ids of the cases of Autobahn|Testsuite 25.10.1.

/// Each sub-group and the number of its cases, in Autobahn's order.
const GROUPS: &[(&str, u32)] = &[
    ("1.1", 8),
    ("1.2", 8),
    ("2", 11),
    ("3", 7),
    ("4.1", 5),
    ("4.2", 5),
    ("5", 20),
    ("6.1", 3),
    ("6.2", 4),
    ("6.3", 2),
    ("6.4", 4),
    ("6.5", 5),
    ("6.6", 11),
    ("6.7", 4),
    ("6.8", 2),
    ("6.9", 4),
    ("6.10", 3),
    ("6.11", 5),
    ("6.12", 8),
    ("6.13", 5),
    ("6.14", 10),
    ("6.15", 1),
    ("6.16", 3),
    ("6.17", 5),
    ("6.18", 5),
    ("6.19", 5),
    ("6.20", 7),
    ("6.21", 8),
    ("6.22", 34),
    ("6.23", 7),
    ("7.1", 6),
    ("7.3", 6),
    ("7.5", 1),
    ("7.7", 13),
    ("7.9", 9),
    ("7.13", 2),
    ("9.1", 6),
    ("9.2", 6),
    ("9.3", 9),
    ("9.4", 9),
    ("9.5", 6),
    ("9.6", 6),
    ("9.7", 6),
    ("9.8", 6),
    ("10.1", 1),
    ("12.1", 18),
    ("12.2", 18),
    ("12.3", 18),
    ("12.4", 18),
    ("12.5", 18),
    ("13.1", 18),
    ("13.2", 18),
    ("13.3", 18),
    ("13.4", 18),
    ("13.5", 18),
    ("13.6", 18),
    ("13.7", 18),
];

/// All ids, in Autobahn's order.
pub fn ids() -> impl Iterator<Item = String> {
    GROUPS
        .iter()
        .flat_map(|(group, count)| (1..=*count).map(move |n| format!("{group}.{n}")))
}

/// The ids that are not in `carried`; consecutive ones of a sub-group as a range: `12.1.1-18`.
pub fn missing(carried: &[&str]) -> Vec<String> {
    let mut ranges = Vec::new();
    for (group, count) in GROUPS {
        let mut numbers = (1..=*count)
            .filter(|n| !carried.contains(&format!("{group}.{n}").as_str()))
            .peekable();
        while let Some(first) = numbers.next() {
            let mut last = first;
            while let Some(next) = numbers.next_if(|n| *n == last + 1) {
                last = next;
            }
            ranges.push(if last > first {
                format!("{group}.{first}-{last}")
            } else {
                format!("{group}.{first}")
            });
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_517() {
        assert_eq!(ids().count(), 517);
    }

    #[test]
    fn missing_ids_are_ranges() {
        let carried: Vec<String> = ids()
            .filter(|id| !["3.7", "9.1.2", "9.1.3", "13.7.18"].contains(&id.as_str()))
            .collect();
        let carried: Vec<&str> = carried.iter().map(String::as_str).collect();
        assert_eq!(missing(&carried), ["3.7", "9.1.2-3", "13.7.18"]);
    }
}
