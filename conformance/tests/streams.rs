//! The cases over the streams of HTTP/2 and HTTP/3, in memory.

use wsspec::exchange::Setup;
use wsspec::peer::ReferencePeer;
use wsspec::run::runs_over;
use wsspec::wire::memory::{self, Chunking};
use wsspec::wire::stored;
use wsspec_core::Role;
use wsspec_reports::Transport;
use wsspec_vectors::{Case, Corpus, Over};

/// Cases that send this number of bytes, or more, are left out.
const LARGE: u64 = 4 << 10;

/// One in this number of the unchanged cases runs cut at random as well.
const STRIDE: usize = 16;

const OVER: [(Over, Transport); 2] = [(Over::H2, Transport::H2), (Over::H3, Transport::H3)];

fn corpus() -> Corpus {
    Corpus::embedded().unwrap_or_else(|e| panic!("{e:?}"))
}

fn setup(role: Role, over: Transport) -> Setup {
    let mut setup = Setup::new(role, "wsspec.invalid", "/");
    setup.over = over;
    setup.secure = true;
    setup
}

fn peer(case: &Case) -> ReferencePeer {
    ReferencePeer::offering(&case.offered)
}

/// A case that leaves the opening to us has the verdict over streams that it has over TCP.
#[test]
fn unchanged_cases_run_over_streams() {
    let corpus = corpus();
    let small = |case: &&std::sync::Arc<Case>| {
        case.over == Over::Tcp && case.weight() < LARGE && runs_over(case, Transport::H3)
    };
    for (number, case) in corpus.cases.iter().filter(small).enumerate() {
        for role in &case.roles {
            let plain = Setup::new(*role, "wsspec.invalid", "/");
            let over_tcp = memory::run(case, &plain, &peer(case), Chunking::Whole);
            for (_, over) in OVER {
                let setup = setup(*role, over);
                let random = number.is_multiple_of(STRIDE).then_some(Chunking::Random(7));
                for chunking in [Some(Chunking::Whole), random].into_iter().flatten() {
                    let found = memory::run(case, &setup, &peer(case), chunking);
                    assert_eq!(
                        found.verdict, over_tcp.verdict,
                        "{} over {over}, {chunking}: {:?}",
                        case.id, found.reason
                    );
                }
            }
        }
    }
}

/// What was stored of a conversation over streams has the same verdict when it is judged again.
#[test]
fn stored_conversations_over_streams_are_judged_again() {
    let corpus = corpus();
    for (of_case, over) in OVER {
        let mut judged = 0;
        let of_it = |case: &&std::sync::Arc<Case>| case.over == of_case && case.weight() < LARGE;
        for case in corpus.cases.iter().filter(of_it) {
            for role in &case.roles {
                let setup = setup(*role, over);
                for chunking in [Chunking::Whole, Chunking::Random(3)] {
                    let before = memory::run(case, &setup, &peer(case), chunking);
                    let again = stored::judge(case, &setup, &before.transcript);
                    let again = again.map(|again| (again.verdict, again.reason_key()));
                    let before = (before.verdict, before.reason_key());
                    assert_eq!(again, Some(before), "{}", case.id);
                    judged += 1;
                }
            }
        }
        assert!(judged > 100, "{judged} over {over}");
    }
}
