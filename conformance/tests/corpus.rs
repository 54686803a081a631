//! The corpus: schema and types agree, every vector holds in memory, and it is as large as it should be.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use wsspec::check;
use wsspec::drive::memory::{self, Chunking};
use wsspec::exchange::Setup;
use wsspec::peer::{PlantedFault, ReferencePeer};
use wsspec::seeds::{self, Seed};
use wsspec::trace;
use wsspec_core::{Role, Violation, properties};
use wsspec_reports::Verdict;
use wsspec_vectors::{Corpus, File, Kind, Step, Word, format_file, schema};

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors")
}

fn files() -> Vec<(PathBuf, Value)> {
    let folders = ["exchange", "parse"].map(|f| vectors().join(f));
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

/// Compares a committed file with what the code makes of it; with WSSPEC_UPDATE set, writes it.
fn committed(path: &Path, made: &Value) {
    let text = format!("{}\n", serde_json::to_string_pretty(made).unwrap());
    if std::env::var_os("WSSPEC_UPDATE").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        found == text,
        "{} is not what the types say; run the tests with WSSPEC_UPDATE=1 once",
        path.display()
    );
}

#[test]
fn the_schemas_are_those_of_the_types() {
    committed(&vectors().join("schema.json"), &schema::schema());
    let reports = Path::new(env!("CARGO_MANIFEST_DIR")).join("../reports/schema.json");
    committed(&reports, &wsspec_reports::json::schema());
}

#[test]
fn every_file_fits_the_schema() {
    let validator = jsonschema::draft202012::new(&schema::schema()).unwrap();
    for (path, file) in files() {
        let errors: Vec<String> = validator
            .iter_errors(&file)
            .map(|e| format!("{} ({:?})", e.instance_path(), e.kind()))
            .collect();
        assert!(
            errors.is_empty(),
            "{}: {}",
            path.display(),
            errors.join("\n").chars().take(2000).collect::<String>()
        );
    }
}

/// What the schema refuses the types refuse, too, and the other way round: one change at a time.
#[test]
fn schema_and_types_refuse_the_same() {
    let exchange = json!({
        "family": "mine", "kind": "exchange", "about": "A family of my own.", "impact": "interop",
        "cases": [{"id": "one", "about": "Something that is long enough.", "requirements": ["RFC6455-5.6-2"], "steps": [
            {"send": {"text": "a", "rsv": [1], "key": "01020304", "length": 1, "fragments": [1]}, "split": "each-byte"},
            {"open": {"headers": {"Host": null, "X": ["a", "b"], "Y": {"value": "z", "times": 2}}, "eol": "lf", "glued": [{"ping": ""}]}},
            {"expect": [{"failed": [1002]}, {"alive": true, "verdict": "non-strict", "why": "because"}]},
            {"end": "fin"}, {"read": "stop"}, {"times": 2, "do": [{"expect": "echo"}]},
            {"tell": {"close": 1000}}, {"on": 2, "expect": {"reset": ["CANCEL"]}}, {"settings": {"ENABLE_PUSH": 0}},
            {"expect": {"refused": ["4xx", null], "headers": {"Location": {"like": "ws:*"}, "Upgrade": null}}}
        ]}]
    });
    refuse_the_same(
        &exchange,
        &[
            ("/cases/0/over", json!("udp")),
            ("/cases/0/tls", json!({"certificate": "forged"})),
            ("/cases/0/steps/6/tell/close", json!("now")),
            ("/cases/0/steps/7/expect/reset", json!(["CANCELED"])),
            ("/cases/0/steps/7/on", json!(0)),
            ("/cases/0/steps/8/settings/ENABLE_PUSH", json!("on")),
            ("/cases/0/steps/9/expect/refused", json!("9xx")),
            ("/cases/0/steps/9/expect/refused/0", json!("4XX")),
            (
                "/cases/0/steps/9/expect/headers/Location",
                json!({"likes": "ws:*"}),
            ),
            ("/cases/0/steps/9/expect/headers/Location/like", json!(7)),
            ("/cases/0/steps/9/expect/headers/Upgrade", json!(false)),
            ("/family", json!("Mine!")),
            ("/kind", json!("chat")),
            ("/impact", json!("big")),
            ("/cases", json!("none")),
            ("/cases/0/id", json!(7)),
            ("/cases/0/roles", json!(["proxy"])),
            ("/cases/0/needs", json!(["luck"])),
            ("/cases/0/manual", json!(["ping"])),
            (
                "/cases/0/freedom",
                json!("Only parse vectors have this word."),
            ),
            ("/cases/0/surprise", json!(1)),
            ("/cases/0/steps/0/send", json!({"text": "a", "binary": "b"})),
            ("/cases/0/steps/0/send", json!({"fin": true})),
            ("/cases/0/steps/0/send/rsv", json!([4])),
            ("/cases/0/steps/0/send/key", json!("xyz")),
            ("/cases/0/steps/0/send/length", json!(-1)),
            ("/cases/0/steps/0/send/length_bits", json!(8)),
            ("/cases/0/steps/0/send/mask", json!("maybe")),
            ("/cases/0/steps/0/send/text", json!({"hexx": "00"})),
            ("/cases/0/steps/0/split", json!(0)),
            ("/cases/0/steps/1/open/eol", json!("lfcr")),
            ("/cases/0/steps/1/open/headers/Host", json!(5)),
            ("/cases/0/steps/2/expect/0", json!("fine")),
            ("/cases/0/steps/2/expect/0/failed", json!("some")),
            ("/cases/0/steps/2/expect/1/verdict", json!("meh")),
            ("/cases/0/steps/3/end", json!("rest")),
            ("/cases/0/steps/5/times", json!(1.5)),
            ("/cases/0/steps/5", json!({"expect": "echo", "end": "fin"})),
        ],
    );
}

/// The same of the words about compression.
#[test]
fn schema_and_types_refuse_the_same_compression() {
    let deflate = json!({
        "family": "mine", "kind": "exchange", "about": "A family of my own.", "impact": "interop",
        "cases": [{"id": "one", "about": "Something that is long enough.", "requirements": ["RFC7692-6-1"],
            "agree": {"deflate": {"ours": {"takeover": false, "window": 9}, "theirs": {}}}, "steps": [
            {"send": {"text": "a", "deflate": true}},
            {"send": {"text": {"blocks": [{"stored": "a"}, {"fixed": ["ab", {"copy": [3, 2]}], "last": true}, {"flush": true}]}, "rsv": [1]}},
            {"send": {"binary": {"words": ["a", {"hex": "00"}], "size": 9, "seed": 1}}}
        ]}]
    });
    refuse_the_same(
        &deflate,
        &[
            ("/cases/0/agree", json!({})),
            ("/cases/0/agree/brotli", json!({})),
            ("/cases/0/agree/deflate/mine", json!({})),
            ("/cases/0/agree/deflate/ours/takeover", json!(1)),
            ("/cases/0/agree/deflate/ours/level", json!(9)),
            ("/cases/0/steps/0/send/deflate", json!("yes")),
            ("/cases/0/steps/1/send/text/blocks", json!("stored")),
            (
                "/cases/0/steps/1/send/text/blocks/0",
                json!({"huffman": "a"}),
            ),
            ("/cases/0/steps/1/send/text/blocks/1/last", json!(1)),
            (
                "/cases/0/steps/1/send/text/blocks/1/fixed/1/copy",
                json!([3]),
            ),
            (
                "/cases/0/steps/1/send/text/blocks/1/fixed/1/copy",
                json!([-3, 2]),
            ),
            ("/cases/0/steps/2/send/binary/words", json!("a")),
            ("/cases/0/steps/2/send/binary/size", json!("much")),
            ("/cases/0/steps/2/send/binary/seed", json!(-1)),
        ],
    );
}

/// The same of the words about a client under test.
#[test]
fn schema_and_types_refuse_the_same_of_clients() {
    let client = json!({
        "family": "mine", "kind": "exchange", "about": "A family of my own.", "impact": "interop",
        "cases": [{"id": "one", "about": "Something that is long enough.", "requirements": ["RFC6455-4.1-1"],
            "dial": {"url": "ws://{host}/a", "subprotocols": ["a"], "proxy": false, "times": 2},
            "offered": {"permessage-deflate": {"client_max_window_bits": true}, "x": null}, "steps": [
            {"expect": {"requested": {"method": "GET", "without": ["host-missing"], "delay": "some", "headers": {"Host": true}}}},
            {"accept": {"status": 101}},
            {"expect": {"opened": {"subprotocol": null, "deflate": true}}}
        ]}]
    });
    refuse_the_same(
        &client,
        &[
            ("/cases/0/dial/url", json!(80)),
            ("/cases/0/dial/host", json!("a")),
            ("/cases/0/dial/subprotocols", json!("a")),
            ("/cases/0/dial/proxy", json!("http")),
            ("/cases/0/dial/times", json!(-1)),
            ("/cases/0/offered", json!(["permessage-deflate"])),
            ("/cases/0/offered/x", json!(false)),
            (
                "/cases/0/offered/permessage-deflate/client_max_window_bits",
                json!(9),
            ),
            ("/cases/0/steps/0/expect/requested", json!(false)),
            ("/cases/0/steps/0/expect/requested/path", json!("/")),
            (
                "/cases/0/steps/0/expect/requested/without",
                json!(["host-misspelt"]),
            ),
            ("/cases/0/steps/0/expect/requested/delay", json!("long")),
            ("/cases/0/steps/0/expect/requested/headers/Host", json!(5)),
            ("/cases/0/steps/1/accept/status", json!("101")),
            ("/cases/0/steps/2/expect/opened/deflate", json!(false)),
            (
                "/cases/0/steps/2/expect/opened/deflate",
                json!({"window": 9}),
            ),
        ],
    );
}

/// The same of parse vectors.
#[test]
fn schema_and_types_refuse_the_same_of_parse_vectors() {
    let parse = json!({
        "family": "mine", "kind": "parse", "about": "A family of my own.",
        "cases": [{"id": "one", "about": "Something that is long enough.", "requirements": ["RFC6455-5.6-2"],
            "freedom": "RFC 6455 5.2 binds the sender.", "role": "client", "deflate": {"window": 9}, "bytes": ["8100 | empty"],
            "events": [{"text": ""}], "violation": {"is": "rsv-set", "code": 1002, "at": 0, "by": 1}, "then": "end"}]
    });
    refuse_the_same(
        &parse,
        &[
            ("/impact", json!("interop")),
            ("/cases/0/freedom", json!(true)),
            ("/cases/0/freedoms", json!("RFC 6455 5.2 binds the sender.")),
            ("/cases/0/role", json!("proxy")),
            ("/cases/0/deflate/windows", json!(9)),
            ("/cases/0/bytes", json!(81)),
            ("/cases/0/events/0", json!({"texts": ""})),
            ("/cases/0/events/0", json!({"text": "", "binary": ""})),
            ("/cases/0/violation/is", json!("rsv-unset")),
            ("/cases/0/violation/at", json!(-1)),
            ("/cases/0/violation/until", json!(1)),
            ("/cases/0/then", json!("wait")),
            ("/cases/0/steps", json!([{"expect": "echo"}])),
        ],
    );
}

/// `right` is taken by both, and refused by both with each of the changes.
fn refuse_the_same(right: &Value, wrong: &[(&str, Value)]) {
    let validator = jsonschema::draft202012::new(&schema::schema()).unwrap();
    let typed = |file: &Value| {
        let name = "mine.json";
        File::read(name, &file.to_string()).is_ok_and(|f| match f.kind {
            Kind::Exchange => f.exchanges(name).1.is_empty(),
            Kind::Parse => f.parses(name).1.is_empty(),
        })
    };
    let complaint = validator.validate(right).err().map(|e| e.to_string());
    assert!(validator.is_valid(right) && typed(right), "{complaint:?}");
    for (place, value) in wrong {
        let mut file = right.clone();
        if let Some(old) = file.pointer_mut(place) {
            *old = value.clone();
        } else {
            let (parent, key) = place.rsplit_once('/').unwrap();
            file.pointer_mut(parent).unwrap()[key] = value.clone();
        }
        assert!(!typed(&file), "the types take {value} at {place}");
        assert!(
            !validator.is_valid(&file),
            "the schema takes {value} at {place}"
        );
    }
}

#[test]
fn every_vector_holds_against_the_reference_endpoint() {
    let corpus = Corpus::embedded().unwrap_or_else(|e| panic!("{e:?}"));
    let broken: Vec<String> = check::corpus(&corpus)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// The reference endpoint passes. What is softer than a pass is so because the case says it of this behaviour: a word
/// finds nothing odd about a right peer of itself.
#[test]
fn what_is_no_plain_pass_stands_in_the_case() {
    let corpus = Corpus::embedded().unwrap_or_else(|e| panic!("{e:?}"));
    let light = corpus
        .cases
        .iter()
        .filter(|c| c.wants_beyond(memory::ABILITIES).is_none() && c.weight() < 70_000);
    for (case, role) in light.flat_map(|case| case.roles.iter().map(move |role| (case, *role))) {
        let conclusion = check::in_memory(
            case,
            role,
            &ReferencePeer::offering(&case.offered),
            Chunking::Whole,
        );
        let alternatives = case.steps.iter().flat_map(|step| match step {
            Step::Expect(alternatives) => &alternatives[..],
            _ => &[],
        });
        let mut stated = alternatives.filter_map(|outcome| outcome.why.as_deref());
        let (verdict, reason) = (conclusion.verdict, conclusion.reason);
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

/// RFC 6455 §5.5.1: the suite answers a Close as any peer has to, unless the case does it.
#[test]
fn the_suite_answers_a_close() {
    let corpus = Corpus::embedded().unwrap_or_else(|e| panic!("{e:?}"));
    let told = corpus
        .cases
        .iter()
        .filter(|c| c.id.starts_with("close.start") && c.manual.is_empty());
    let told = told.filter(|c| c.wants_beyond(memory::ABILITIES).is_none());
    let mut seen = 0;
    for (case, role) in told.flat_map(|case| case.roles.iter().map(move |role| (case, *role))) {
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

/// Silence takes time: a target that does nothing is quiet, but not because nothing has come so far.
#[test]
fn a_silence_is_waited_for() {
    let corpus = Corpus::embedded().unwrap_or_else(|e| panic!("{e:?}"));
    let stalls = PlantedFault::named("stalls-always").unwrap().peer();
    let setup = Setup::new(Role::Client, "wsspec.invalid", "/");
    let cases = corpus
        .cases
        .iter()
        .filter(|c| c.wants_beyond(memory::ABILITIES).is_none());
    let mut seen = 0;
    for case in cases.filter(|c| c.roles.contains(&Role::Client)) {
        let alternatives = case.steps.iter().flat_map(|step| match step {
            Step::Expect(alternatives) => &alternatives[..],
            _ => &[],
        });
        let mut quiet = alternatives
            .filter(|o| o.word == Word::Quiet && o.why.is_some())
            .peekable();
        if quiet.peek().is_none() {
            continue;
        }
        let conclusion = memory::run(case, &setup, &stalls, Chunking::Whole);
        if quiet.any(|o| o.why.as_deref() == Some(&conclusion.reason)) {
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

/// Words of one transport in a case for another, and what has no meaning where it stands.
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
        let errors = Corpus::from_file(&path).err().unwrap_or_default();
        errors
            .into_iter()
            .filter_map(|e| e.field)
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

/// A compressed stream is a seed as well, and none breaks the law of its target.
#[test]
fn seeds_of_compressed_streams_keep_the_laws() {
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
fn the_files_are_laid_out_in_the_one_way() {
    for (path, _) in files() {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(
            format_file(&text).unwrap() == text,
            "{}: run `wsspec vectors fmt`",
            path.display()
        );
    }
}

/// Every requirement that the wire can show has a case, and the table of them is fresh.
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
        "vectors/TRACE.md is stale: WSSPEC_UPDATE=1 makes it anew"
    );
    assert_eq!(trace::orphans(&corpus), [""; 0]);
    let missing: Vec<&str> = traced
        .iter()
        .filter(|t| t.is_missing())
        .map(|t| t.requirement.id.as_str())
        .collect();
    assert!(missing.is_empty(), "no case for {missing:?}");
}
