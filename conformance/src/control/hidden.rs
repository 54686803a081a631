//! Fields that a request hides behind white space at the beginning of a line, or behind a CR alone: a
//! server that opens may have taken them for fields, or have no need of them.

use std::sync::Arc;

use wsspec_vectors::{Case, Step};

/// The case without what its requests hide; `None` if they hide nothing.
pub(super) fn without_hidden_fields(case: &Case) -> Option<Case> {
    let mut plainer = case.clone();
    for step in &mut plainer.steps {
        if let Step::Open(head) = step
            && let Some(lines) = &mut Arc::make_mut(head).lines
        {
            lines.retain(|line| !line.starts_with([' ', '\t']));
            for line in lines {
                let end = line.find('\r').unwrap_or(line.len());
                line.truncate(end);
            }
        }
    }
    (plainer.steps != case.steps).then_some(plainer)
}

#[cfg(test)]
mod tests {
    use wsspec_vectors::Corpus;

    use super::*;

    /// The lines of the opening request.
    fn lines(case: &Case) -> Vec<String> {
        let heads = case.steps.iter().filter_map(|step| match step {
            Step::Open(head) => head.lines.clone(),
            _ => None,
        });
        heads.flatten().collect()
    }

    #[test]
    fn what_is_left_hides_nothing() {
        let corpus = Corpus::embedded().unwrap();
        let hiding = ["fold-hides-", "cr-hides-", "space-first-"];
        let cases = corpus.cases.iter().filter(|case| {
            let name = case.id.rsplit('.').next().unwrap_or_default();
            !case.id.starts_with("client") && hiding.iter().any(|prefix| name.starts_with(prefix))
        });
        let mut count = 0;
        for case in cases {
            let plainer = without_hidden_fields(case).unwrap_or_else(|| panic!("{}", case.id));
            let (before, after) = (lines(case).concat(), lines(&plainer));
            assert!(after.concat().len() < before.len(), "{}", case.id);
            assert!(
                !after
                    .iter()
                    .any(|line| line.starts_with(' ') || line.contains('\r')),
                "{}",
                case.id
            );
            count += 1;
        }
        assert!(count > 10, "{count}");
        let plain = corpus
            .cases
            .iter()
            .find(|case| case.id == "handshake.key.missing");
        assert_eq!(plain.and_then(|case| without_hidden_fields(case)), None);
    }
}
