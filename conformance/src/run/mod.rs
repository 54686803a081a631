//! A whole run against one target: probe, many cases at once, what failed again alone, the report.

mod applicable;
mod begin;
mod client;
mod confirm;
mod connections;
mod consent;
mod death;
mod each;
mod gauge;
mod growth;
mod health;
mod keeper;
mod limiter;
mod load;
mod passive;
mod probe;
mod process;
mod queue;
mod results;
mod route;
mod schedule;
mod secrets;
mod select;
mod shard;
mod shell;
mod subject;
mod target;
mod time;
mod traits;
mod watch;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;
use wsspec_reports::{
    CaseResult, Ending, Limits, MessageBehaviour, Probe, Summary, TargetReport, Verdict,
};
use wsspec_vectors::Case;

use crate::control::Weigher;
use crate::exchange::{Conclusion, Reason, Setup};
use confirm::Kind;
use death::Deaths;
use time::{Part, TimeLimit};
use watch::Watch;

pub use crate::exchange::{AllowedOrigin, NoOrigin};
pub(crate) use applicable::{consequence, without_running};
pub use client::{Client, ClientError, Launch, run_client};
pub use connections::CONNECTIONS;
pub use consent::NotOwn;
#[cfg(feature = "load")]
pub(crate) use gauge::Gauge;
pub use keeper::{Keeper, StartError};
pub(crate) use passive::{
    Passive, broken_rule, failed as failed_passively, passive_rules, requirement_of_carried,
    requirement_of_close_code, requirement_of_request, requirements_of, row_id,
};
pub(crate) use probe::{Probed, in_memory as probe_in_memory, plain_case};
#[cfg(feature = "lab")]
pub(crate) use process::{end_group, kill_group};
pub(crate) use results::result;
pub use results::{every_id, nothing_yet, now, report, report_head};
pub(crate) use secrets::{Secrets, is_secret};
pub use select::{Marks, Selectable, Selection, SelectionError, runs_over};
pub use shard::{Shard, ShardError};
pub use shell::{Argument, CommandLine, quote};
pub use subject::Subject;
pub(crate) use subject::skipped;
pub use target::{ResolveError, Target, TargetError, field_argument, masked_url, url_argument};

/// Bytes of memory for the transcripts of a run; once they are used up, further ones are cut to
/// [`CUT_BYTES`].
const TRANSCRIPT_BYTES: usize = 16 << 20;

/// Bytes of memory for a transcript when there is no room for a complete one.
const CUT_BYTES: usize = 8 << 10;

/// How to run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Cases at once.
    pub jobs: usize,
    /// How often a case that failed is run again alone. The first retry that does not fail makes it
    /// flaky; it fails if every one does. 0 believes the first verdict.
    pub retries: u32,
    /// The deadline of an expectation when a case runs alone.
    pub timeout: Duration,
    /// Fixes everything random.
    pub seed: u64,
    /// What the target does with messages, where the user knows better than the probe.
    pub peer: Option<MessageBehaviour>,
    /// The part of the cases that these are, for the report.
    pub shard: Option<Shard>,
    /// The command that runs a case again, with `{case}` for its id; `None` for [`Subject::rerun`].
    pub rerun: Option<String>,
    /// Tell the whole conversation of each case as its result comes, of passes too. It is kept no
    /// longer than without this.
    pub conversations: bool,
    /// How long a target may take to end TCP after the closing handshake, where more than the
    /// verdict is told of it.
    pub linger: Option<Duration>,
    /// How long a run may take against a server that is near, with the usual timeout. What there was
    /// no time for is skipped. Clients, and servers that have to be spared or started again, take what
    /// they take. Time-outs of the target are waited for after that.
    pub time: Duration,
    /// After this many cases that fail for certain, no further one is begun.
    pub max_fail: Option<usize>,
    /// Limits claimed for the target; exceeding one is a failure.
    pub limits: Limits,
    /// Connections to open at once at the end, to find out how many a server serves; `None` for no
    /// more than a claimed limit takes.
    pub connections: Option<u32>,
}

impl<'a> RunEvent<'a> {
    fn finished(result: &'a CaseResult) -> Self {
        RunEvent::Finished {
            result,
            whole: result,
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Options {
            jobs: 24,
            retries: 1,
            timeout: Duration::from_secs(6),
            seed: 0,
            peer: None,
            shard: None,
            rerun: None,
            conversations: false,
            linger: None,
            time: Duration::from_secs(105),
            max_fail: None,
            limits: Limits::default(),
            connections: None,
        }
    }
}

/// What happens in a run, as it happens.
#[derive(Debug)]
pub enum RunEvent<'a> {
    /// The target was probed; the number of cases that follow.
    Probed(&'a Probe, usize),
    /// A case has its final verdict.
    Finished {
        /// As it is kept for the report.
        result: &'a CaseResult,
        /// The same with the whole conversation, where [`Options::conversations`] asks for it.
        whole: &'a CaseResult,
    },
}

/// How long it may take until the end of a process is known that takes no connection or answers none.
const ENDED_SOON: Duration = Duration::from_secs(1);

/// How a run ends before its first case: a server that we watch may have died of our first
/// connection.
async fn ended_early(subject: &Subject, otherwise: Ending) -> Ending {
    let Some(keeper) = subject.keeper() else {
        return otherwise;
    };
    match timeout(ENDED_SOON, keeper.until_ended()).await {
        Ok((death, _)) => Ending::Died(death.to_string()),
        Err(_) => otherwise,
    }
}

/// Runs `cases` against `subject` until all have a verdict or `stop` resolves.
pub async fn run(
    cases: &[Arc<Case>],
    subject: &Subject,
    options: &Options,
    stop: impl Future<Output = ()>,
    mut on: impl FnMut(RunEvent<'_>),
) -> TargetReport {
    let mut stop: Stop<'_> = Box::pin(stop);
    let setup = Setup {
        seed: options.seed,
        limits: options.limits,
        ..subject.setup()
    };
    let mut report = nothing_yet(subject, options);
    let watch = Watch::begin(subject);
    let time = TimeLimit::new(subject, options);
    let connected = tokio::select! {
        connected = Box::pin(connect(subject, setup, options)) => connected,
        () = &mut stop => return report,
    };
    let (setup, probed) = match connected {
        Ok(connected) => connected,
        Err(reason) => {
            report.ended = ended_early(subject, Ending::Unreachable(reason)).await;
            return report;
        }
    };
    report.probe = probed.found.clone();
    if let Some(answer) = &report.probe.answer {
        report.ended = ended_early(subject, Ending::NoEndpoint(answer.to_string())).await;
        return report;
    }
    on(RunEvent::Probed(&report.probe, cases.len()));
    let weigher = Weigher::new(
        &confirm::alone(&setup, options),
        subject.clone(),
        Arc::new(cases.iter().map(|case| case.id.clone()).collect()),
        probed.trouble.is_some(),
    );
    let mut run = Run {
        cases,
        subject,
        options,
        probed: &probed,
        time: time.learn(&setup),
        part: Part::Confirming,
        setup: Arc::new(setup),
        weigher: Arc::new(weigher),
        judged: BTreeMap::new(),
        passive: Passive::default(),
        transcript_bytes: 0,
        failed_connections: 0,
        crowd: None,
        died: None,
        deaths: Deaths::default(),
        tried_at_load: 0,
        late: BTreeSet::new(),
        slow_kinds: BTreeSet::new(),
        stop,
        on: &mut on,
    };
    report.ended = Box::pin(run.run_all()).await;
    report.cases = run.rows(&report.ended);
    report.summary = Summary::of(&report.cases);
    report.usage = watch.and_then(|watch| watch.seen());
    report
}

/// Finds out what the target is, and what a conversation with it goes by. The error says why it
/// cannot be reached.
pub(crate) async fn connect(
    subject: &Subject,
    mut setup: Setup,
    options: &Options,
) -> Result<(Setup, Probed), String> {
    let mut probed = Box::pin(probe::probe(subject, &setup, options)).await?;
    probed.found.trouble = probed.trouble.as_ref().map(|reason| subject.masked(reason));
    setup.learn(&probed.found);
    setup.timing.pace = probed.pace;
    setup.timing.linger = options.linger.unwrap_or(setup.timing.linger);
    Ok((setup, probed))
}

/// Resolves when the run is to be stopped.
type Stop<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// The run was stopped.
struct Stopped;

struct Run<'a> {
    cases: &'a [Arc<Case>],
    subject: &'a Subject,
    options: &'a Options,
    probed: &'a Probed,
    time: TimeLimit,
    /// What is being done.
    part: Part,
    setup: Arc<Setup>,
    weigher: Arc<Weigher<Subject>>,
    /// By the place of the case.
    judged: BTreeMap<usize, Judged>,
    passive: Passive,
    /// Memory that the transcripts take.
    transcript_bytes: usize,
    /// Consecutive connections that did not open.
    failed_connections: usize,
    /// What came of opening many connections at once.
    crowd: Option<connections::Crowd>,
    /// How the target died, if it did.
    died: Option<String>,
    deaths: Deaths,
    /// Cases that were tried again among many.
    tried_at_load: usize,
    /// Those that turned out to be late among many, and right.
    late: BTreeSet<usize>,
    /// Kinds of cases that take too long to confirm.
    slow_kinds: BTreeSet<Kind>,
    stop: Stop<'a>,
    on: &'a mut dyn FnMut(RunEvent<'_>),
}

/// Whether a failure has to be confirmed to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Certain {
    Yes,
    No,
}

/// The result of a case so far.
struct Judged {
    result: CaseResult,
    reason: Option<Reason>,
    /// It was made known and stands.
    stands: bool,
    /// A wait was ended by its deadline.
    timed_out: bool,
    /// The application may be the reason for the outcome: it sees how many connections there are, and
    /// what they say.
    may_be_the_application: bool,
}

impl Run<'_> {
    /// Runs every case, and says how that ended.
    async fn run_all(&mut self) -> Ending {
        self.note_workers().await;
        if self.all_cases().await.is_err()
            || self.time_outs().await.is_err()
            || self.late_deaths().await.is_err()
        {
            self.give_up_unconfirmed();
            return Ending::Interrupted;
        }
        self.crowd().await;
        if self.died.is_none() && self.probed.trouble.is_none() {
            let mut stop = std::mem::replace(&mut self.stop, Box::pin(std::future::pending()));
            let served = tokio::select! {
                served = self.serves() => served,
                () = &mut stop => true,
            };
            self.died =
                (!served).then(|| "it serves no connection any more after the last case".into());
        }
        if let Some(how) = self.died.take() {
            self.blame_death(&how);
            return Ending::Died(how);
        }
        self.give_up_the_rest();
        Ending::Complete
    }

    /// Runs the cases, and what failed again; where the run is to end at a number of failures, what
    /// seems enough of them before the rest.
    async fn all_cases(&mut self) -> Result<(), Stopped> {
        loop {
            let before = self.judged.len();
            self.all_at_once().await?;
            self.confirm().await?;
            let stuck = self.judged.len() == before;
            if stuck || self.died.is_some() || self.has_enough(Certain::Yes) || !self.is_cut_short()
            {
                return Ok(());
            }
        }
    }

    /// Whether cases are left that have had no turn because enough seemed to fail.
    fn is_cut_short(&self) -> bool {
        self.options.max_fail.is_some() && self.judged.len() < self.cases.len()
    }

    /// Whether as many cases fail as the run is to bear.
    fn has_enough(&self, certain: Certain) -> bool {
        self.options.max_fail.is_some_and(|most| {
            let failing = self.judged.values().filter(|judged| {
                judged.result.verdict == Verdict::Fail && (judged.stands || certain == Certain::No)
            });
            failing.count() >= most
        })
    }

    /// A row for each case that has a verdict, and for each passive rule.
    fn rows(mut self, ended: &Ending) -> Vec<CaseResult> {
        let mut rows: Vec<CaseResult> = self
            .judged
            .into_values()
            .map(|judged| judged.result)
            .collect();
        if *ended != Ending::Interrupted && !self.probed.mute {
            let passive = self.passive.rows(self.setup.target, &rows);
            rows.extend(passive);
            rows.extend(traits::rows(&self.probed.found));
            let crowd = self
                .crowd
                .map(|crowd| connections::row(crowd, self.options.limits.connections));
            rows.extend(crowd);
        }
        rows.extend(self.deaths.row(self.subject));
        rows.sort_by(|a, b| a.id.cmp(&b.id));
        rows
    }

    /// The result of a case that will not be run again.
    fn stands(&mut self, i: usize, result: CaseResult) {
        let judged = Judged {
            result,
            reason: None,
            stands: true,
            timed_out: false,
            may_be_the_application: false,
        };
        self.judged.insert(i, judged);
    }

    /// Keeps no more of the transcript of a case than there is room for.
    fn keep(&mut self, conclusion: &mut Conclusion) {
        if conclusion.verdict == Verdict::Pass && conclusion.observed.faults.is_empty() {
            return;
        }
        if self.transcript_bytes > TRANSCRIPT_BYTES {
            conclusion.transcript = conclusion.transcript.shortened(CUT_BYTES).into();
        }
        self.transcript_bytes += conclusion.transcript.cost();
    }
}
