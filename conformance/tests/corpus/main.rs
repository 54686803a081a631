//! The corpus: schema and types agree, every vector holds in memory, and it is complete.

#[path = "../common/full.rs"]
mod full;
mod schema;
#[path = "../common/schema.rs"]
mod validator;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use wsspec::check;
use wsspec::exchange::Setup;
use wsspec::peer::{PlantedFault, ReferencePeer};
use wsspec::seeds::{self, Seed};
use wsspec::trace;
use wsspec::wire::memory::{self, Chunking};
use wsspec_core::{Role, Violation, properties};
use wsspec_reports::Verdict;
use wsspec_vectors::{Corpus, Step, format_file};

use full::is_full;

/// A test run plays every n-th vector; a full run plays all.
const USUAL_STEP: usize = 5;

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors")
}

fn files() -> Vec<(PathBuf, Value)> {
    let folders = ["exchange", "parse", "through"].map(|f| vectors().join(f));
    let paths = folders
        .iter()
        .flat_map(|f| std::fs::read_dir(f).unwrap())
        .map(|e| e.unwrap().path());
    paths
        .map(|p| {
            (
                p.clone(),
                serde_json::from_str(&std::fs::read_to_string(p).unwrap()).unwrap(),
            )
        })
        .collect()
}

#[test]
fn every_vector_holds_against_the_reference_endpoint() {
    let mut corpus = Corpus::embedded().unwrap_or_else(|e| panic!("{e:?}"));
    if !is_full() {
        let mut places = 0..corpus.cases.len();
        let every = |_: &_| places.next().is_some_and(|place| place % USUAL_STEP == 0);
        corpus.cases.retain(every);
    }
    let broken: Vec<String> = check::corpus(&corpus)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// The reference endpoint passes. Any milder verdict has a reason that the case states for this
/// behaviour; none comes from the word itself.
#[test]
fn milder_verdicts_of_the_reference_endpoint_are_stated() {
    let corpus = Corpus::embedded().unwrap_or_else(|e| panic!("{e:?}"));
    let light = corpus
        .cases
        .iter()
        .filter(|c| c.wants_beyond(memory::ABILITIES).is_none() && c.weight() < 70_000)
        // Of a time-out, the word itself tells a fact.
        .filter(|c| !c.awaits_time_out());
    for (case, role) in light.flat_map(|case| case.roles.iter().map(move |role| (case, *role))) {
        let conclusion = check::in_memory(case, role, &check::conforming(case), Chunking::Whole);
        let alternatives = case.steps.iter().flat_map(|step| match step.bare() {
            Step::Expect(alternatives) => &alternatives[..],
            _ => &[],
        });
        let mut stated = alternatives.filter_map(|outcome| outcome.why.as_deref());
        let (verdict, reason) = (conclusion.verdict, conclusion.explanation());
        let passes = verdict == Verdict::Pass && reason.is_empty();
        let stated = verdict < Verdict::Skipped && stated.any(|why| why == reason);
        assert!(
            passes || stated,
            "{} as {}: {} {reason}",
            case.id,
            role.name(),
            verdict.name()
        );
    }
}

/// RFC 6455 §5.5.1: the suite answers a Close as any peer has to, unless the case does.
#[test]
fn the_suite_answers_a_close() {
    let corpus = Corpus::embedded().unwrap_or_else(|e| panic!("{e:?}"));
    let cases = corpus
        .cases
        .iter()
        .filter(|c| c.id.starts_with("close.start") && c.manual.is_empty());
    let cases = cases.filter(|c| c.wants_beyond(memory::ABILITIES).is_none());
    let mut seen = 0;
    for (case, role) in cases.flat_map(|case| case.roles.iter().map(move |role| (case, *role))) {
        let close =
            check::in_memory(case, role, &ReferencePeer::conforming(), Chunking::Whole).close;
        assert!(
            close.is_some_and(|close| close.clean),
            "{} as {}",
            case.id,
            role.name()
        );
        seen += 1;
    }
    assert!(seen > 1);
}

/// A target is quiet only after the quiet time, not as soon as nothing has arrived.
#[test]
fn silence_takes_the_quiet_time() {
    let corpus = Corpus::embedded().unwrap_or_else(|e| panic!("{e:?}"));
    let stalls = PlantedFault::named("stalls-always").unwrap().peer();
    let setup = Setup::new(Role::Client, "wsspec.invalid", "/");
    let cases = corpus
        .cases
        .iter()
        .filter(|c| c.wants_beyond(memory::ABILITIES).is_none());
    let mut seen = 0;
    for case in cases.filter(|c| c.roles.contains(&Role::Client)) {
        let alternatives = case.steps.iter().flat_map(|step| match step.bare() {
            Step::Expect(alternatives) => &alternatives[..],
            _ => &[],
        });
        let mut quiet = alternatives
            .filter(|o| o.word.is_silence() && o.why.is_some())
            .peekable();
        if quiet.peek().is_none() {
            continue;
        }
        let conclusion = memory::run(case, &setup, &stalls, Chunking::Whole);
        if quiet.any(|o| o.why.as_deref() == Some(&conclusion.explanation())) {
            assert!(
                conclusion.duration >= setup.timing.quiet,
                "{} after {:?}",
                case.id,
                conclusion.duration
            );
            seen += 1;
        }
    }
    assert!(seen > 10, "{seen}");
}

/// Words of one transport in a case for another, and keys that have no meaning where they are.
#[test]
fn words_of_another_transport_are_refused() {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("other-transports");
    std::fs::create_dir_all(&dir).unwrap();
    let fields = |case: Value| {
        let mut whole = json!({"id": "one", "about": "Something that is long enough.", "requirements": ["RFC8441-5-1"]});
        whole
            .as_object_mut()
            .unwrap()
            .extend(case.as_object().unwrap().clone());
        let file = json!({"family": "mine", "kind": "exchange", "about": "A family of my own.", "impact": "interop", "cases": [whole]});
        let path = dir.join("mine.json");
        std::fs::write(&path, file.to_string()).unwrap();
        let errors = Corpus::from_file(&path).err();
        errors
            .into_iter()
            .flatten()
            .filter_map(|e| e.field.map(|field| field.to_string()))
            .collect::<Vec<_>>()
    };
    let steps = |over: &str, steps: Value| fields(json!({"over": over, "steps": steps}));
    let reset = json!([{"expect": {"reset": "CANCEL"}}]);
    assert_eq!(steps("h2", reset.clone()), [""; 0]);
    assert_eq!(steps("h3", reset.clone()), ["steps[0]"]);
    assert_eq!(steps("tcp", reset), ["steps[0]"]);
    assert_eq!(
        steps("h2", json!([{"open": {"headers": {"X-A": "b"}}}])),
        ["steps[0]"]
    );
    assert_eq!(steps("h2", json!([{"open": {"eol": "lf"}}])), ["steps[0]"]);
    assert_eq!(
        steps("h3", json!([{"send": {"text": "a"}, "pad": 3}])),
        ["steps[0]"]
    );
    assert_eq!(
        steps(
            "tls",
            json!([{"expect": {"settings": {"ENABLE_CONNECT_PROTOCOL": 1}}}])
        ),
        ["steps[0]"]
    );
    assert_eq!(steps("h2", json!([{"on": 3, "open": {}}])), ["steps[0]"]);
    assert_eq!(
        steps("tcp", json!([{"expect": {"ended": "notify"}}])),
        ["steps[0]"]
    );
    assert_eq!(
        fields(json!({"tls": {"clear": true}, "steps": [{"open": {}}]})),
        ["tls"]
    );
    assert_eq!(
        fields(json!({"dial": {"url": "ws://{hots}/"}, "steps": [{"accept": {}}]})),
        ["dial"]
    );
}

/// Compressed streams are seeds as well, and each has the property that its target checks.
#[test]
fn seeds_of_compressed_streams_have_the_properties() {
    let corpus = Corpus::embedded().unwrap_or_else(|e| panic!("{e:?}"));
    let seeds = seeds::seeds(&corpus);
    let of = |target, part| {
        seeds
            .iter()
            .filter(|s| s.target == target && s.name.contains(part))
            .count()
    };
    assert!(of("inflate", "") >= 200, "{}", of("inflate", ""));
    for target in ["endpoint_server", "endpoint_client"] {
        assert!(
            of(target, "-deflate") >= 200,
            "{target}: {}",
            of(target, "-deflate")
        );
    }
    for (target, law) in properties::ALL {
        let ends = |s: &Seed| s.name.ends_with("-deflate") || s.name.ends_with("-offer");
        let compressed = |s: &&Seed| s.target == *target && (*target == "inflate" || ends(s));
        seeds.iter().filter(compressed).for_each(|s| law(&s.bytes));
    }
}

/// What goes over streams is a seed for the readers of HTTP/2, HPACK and HTTP/3, each of which has the
/// property.
#[test]
fn seeds_over_streams_have_the_properties() {
    let corpus = Corpus::embedded().unwrap_or_else(|e| panic!("{e:?}"));
    let seeds = seeds::seeds(&corpus);
    for (target, least) in [("h2_frames", 100), ("hpack_fields", 100), ("h3_frames", 50)] {
        let (_, law) = properties::ALL
            .iter()
            .find(|(name, _)| *name == target)
            .unwrap();
        let own: Vec<&Seed> = seeds.iter().filter(|seed| seed.target == target).collect();
        assert!(own.len() >= least, "{target}: {}", own.len());
        own.iter().for_each(|seed| law(&seed.bytes));
    }
}

#[test]
fn every_violation_cites_a_requirement_that_exists() {
    let corpus = Corpus::embedded().unwrap_or_else(|e| panic!("{e:?}"));
    for v in Violation::ALL {
        assert!(
            corpus.requirements.get(v.requirement()).is_some(),
            "{} cites {}",
            v.name(),
            v.requirement()
        );
    }
}

#[test]
fn the_corpus_is_complete_enough() {
    let corpus = Corpus::embedded().unwrap_or_else(|e| panic!("{e:?}"));
    let server = corpus
        .cases
        .iter()
        .filter(|c| c.roles.contains(&Role::Server))
        .count();
    assert!(server >= 350, "{server}");
    let families: BTreeSet<&str> = corpus.cases.iter().map(|c| c.family.as_str()).collect();
    for family in [
        "handshake.key",
        "handshake.version",
        "frame.length",
        "frame.mask",
        "frame.rsv",
        "frame.opcode",
        "fragmentation",
        "control",
        "utf8",
        "close.code",
        "client.response",
    ] {
        assert!(families.contains(family), "no family {family}");
    }
    let mut seen = BTreeSet::new();
    for id in corpus.cases.iter().flat_map(|c| &c.autobahn) {
        assert!(id.split('.').all(|n| n.parse::<u32>().is_ok()), "{id}");
        seen.insert(id);
    }
    assert!(seen.len() >= 200, "{} Autobahn ids", seen.len());
}

#[test]
fn files_are_formatted() {
    for (path, _) in files() {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(
            format_file(&text).unwrap() == text,
            "{}: run `wsspec vectors fmt`",
            path.display()
        );
    }
}

/// Every requirement that can be tested on the wire has a case, and the table of them is up to
/// date.
#[test]
fn every_testable_requirement_has_a_case() {
    let corpus = Corpus::embedded().unwrap_or_else(|e| panic!("{e:?}"));
    let traced = trace::requirements(&corpus);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors/TRACE.md");
    let table = trace::markdown(&traced);
    if std::env::var_os("WSSPEC_UPDATE").is_some() {
        std::fs::write(path, &table).unwrap();
    }
    assert!(
        std::fs::read_to_string(path).unwrap() == table,
        "vectors/TRACE.md is out of date: run the tests once with WSSPEC_UPDATE=1"
    );
    assert_eq!(trace::orphans(&corpus), [""; 0]);
    let missing: Vec<&str> = traced
        .iter()
        .filter(|t| t.is_missing())
        .map(|t| t.requirement.id.as_str())
        .collect();
    assert!(missing.is_empty(), "no case for {missing:?}");
}

/// What vectors/README.md tells the author of another runner.
#[test]
fn the_readme_has_the_numbers_of_the_exchange() {
    let readme = std::fs::read_to_string(vectors().join("README.md")).unwrap();
    let timing = Setup::new(Role::Server, "wsspec.invalid", "/").timing;
    for (name, value) in [
        ("GRACE", timing.grace),
        ("QUIET", timing.quiet),
        ("DEADLINE", timing.deadline),
        ("LINGER", timing.linger),
    ] {
        let row = format!("| {name} | {} ms |", value.as_millis());
        assert!(readme.contains(&row), "{row}");
    }
    let row = format!("| ROUND_TRIPS | {} |", timing.round_trips);
    assert!(readme.contains(&row), "{row}");
    assert!(readme.contains("--fault rsv-ignored") && PlantedFault::named("rsv-ignored").is_some());
}
