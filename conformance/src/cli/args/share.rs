//! The share of the cases that has to be judged.

use std::fmt;

use wsspec_reports::TargetReport;

/// A share of the cases, in percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Share(u8);

/// Why a text is no share.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotAShare;

/// Too few cases were judged.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooLittle {
    judged: usize,
    cases: usize,
    wanted: Share,
}

impl Share {
    /// Reads `50%`, or `50`.
    pub(crate) fn read(text: &str) -> Result<Share, NotAShare> {
        let number = text.strip_suffix('%').unwrap_or(text);
        match number.parse() {
            Ok(percent @ 0..=100) => Ok(Share(percent)),
            _ => Err(NotAShare),
        }
    }

    /// What is wrong if less of the cases of a target was judged, or nothing was. Of a shard nothing
    /// is: only the whole tells.
    pub(crate) fn missed_by(self, report: &TargetReport) -> Option<TooLittle> {
        if report.shards.is_some() {
            return None;
        }
        let cases = report.selected();
        self.missed(cases.judged(), cases.total())
    }

    fn missed(self, judged: usize, cases: usize) -> Option<TooLittle> {
        let too_few = judged == 0 || judged * 100 < cases * usize::from(self.0);
        too_few.then_some(TooLittle {
            judged,
            cases,
            wanted: self,
        })
    }
}

impl fmt::Display for NotAShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not from 0% to 100%")
    }
}

impl std::error::Error for NotAShare {}

impl fmt::Display for TooLittle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TooLittle {
            judged,
            cases,
            wanted: Share(percent),
        } = self;
        write!(f, "cases judged: {judged} of {cases}")?;
        if *judged > 0 {
            write!(f, ", less than --min-judged {percent}%")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_a_percentage() {
        assert_eq!(Share::read("50%"), Ok(Share(50)));
        assert_eq!(Share::read("100"), Ok(Share(100)));
        for text in ["", "%", "101%", "-1", "0.5", "50 %"] {
            assert_eq!(Share::read(text), Err(NotAShare), "{text}");
        }
    }

    #[test]
    fn nothing_judged_is_always_too_little() {
        for (percent, judged, cases, enough) in [
            (0, 0, 10, false),
            (0, 1, 10, true),
            (50, 5, 10, true),
            (50, 4, 9, false),
            (100, 9, 10, false),
            (100, 10, 10, true),
        ] {
            let missed = Share(percent).missed(judged, cases);
            assert_eq!(missed.is_none(), enough, "{percent}% of {judged}/{cases}");
        }
    }
}
