//! The schema and the types accept the same files.

use std::path::Path;

use serde_json::{Value, json};
use wsspec_vectors::{FileKind, VectorFile, schema};

use crate::files;
use crate::validator::Schema;

/// With WSSPEC_UPDATE set, writes the file.
#[test]
fn the_schema_of_reports_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../reports/schema.json");
    let schema = serde_json::to_string_pretty(&wsspec_reports::json::schema()).unwrap() + "\n";
    if std::env::var_os("WSSPEC_UPDATE").is_some() {
        std::fs::write(&path, &schema).unwrap();
    }
    assert!(
        std::fs::read_to_string(&path).unwrap_or_default() == schema,
        "reports/schema.json is out of date: run the tests once with WSSPEC_UPDATE=1"
    );
}

#[test]
fn every_file_fits_the_schema() {
    let schema = Schema::new(&schema::schema());
    for (path, file) in files() {
        if let Some(complaint) = schema.complaint(&file) {
            panic!("{}: {complaint:.2000}", path.display());
        }
    }
}

/// One change at a time: both refuse it.
#[test]
fn schema_and_types_agree_on_exchanges() {
    let exchange = json!({
        "family": "mine", "kind": "exchange", "about": "A family of my own.", "impact": "interop", "group": "mine",
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
            ("/group", json!("Mine!")),
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

/// The same for the words about compression.
#[test]
fn schema_and_types_agree_on_compression() {
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

/// The same for the words about a client under test.
#[test]
fn schema_and_types_agree_on_clients() {
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

/// The same for parse vectors.
#[test]
fn schema_and_types_agree_on_parse_vectors() {
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

/// `valid` is accepted by both, and refused by both with each of the changes.
fn refuse_the_same(valid: &Value, changes: &[(&str, Value)]) {
    let schema = Schema::new(&schema::schema());
    assert_eq!(schema.complaint(valid), None);
    assert!(is_typed(valid));
    for (place, value) in changes {
        let mut file = valid.clone();
        if let Some(old) = file.pointer_mut(place) {
            *old = value.clone();
        } else {
            let (parent, key) = place.rsplit_once('/').unwrap();
            file.pointer_mut(parent).unwrap()[key] = value.clone();
        }
        assert!(!is_typed(&file), "the types accept {value} at {place}");
        assert!(
            schema.complaint(&file).is_some(),
            "the schema accepts {value} at {place}"
        );
    }
}

fn is_typed(file: &Value) -> bool {
    let name = "mine.json";
    VectorFile::read(name, &file.to_string()).is_ok_and(|f| match f.kind {
        FileKind::Exchange => f.exchanges(name).1.is_empty(),
        FileKind::Parse => f.parses(name).1.is_empty(),
        FileKind::Through => f.throughs(name).1.is_empty(),
    })
}
