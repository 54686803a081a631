use std::path::Path;

use wsspec_reports::{TargetRole, Transport};

use super::install::Installer;
use super::manifest::{Manifest, Package, Registry};
use super::resemblance::resembling;
use super::results::StoredRun;
use super::versions::{from_cargo, from_npm, from_pip};
use super::{agreement, builtin, units};

const SERVER: &str = "[[server]]\ncommand = [\"node\", \"server.js\", \"{port}\"]\n";

fn parsed(text: &str) -> Manifest {
    Manifest::parse("wsspec.toml", text).unwrap()
}

fn refused(text: &str) -> (Option<usize>, String) {
    let error = Manifest::parse("wsspec.toml", text).unwrap_err();
    assert_eq!(error.file, "wsspec.toml");
    (error.line, error.message)
}

#[test]
fn every_built_in_manifest_can_be_read_and_has_its_own_ids() {
    let entries = builtin().unwrap();
    let ids = entries
        .iter()
        .flat_map(|entry| units(&entry.name, &entry.manifest));
    let mut ids: Vec<String> = ids.map(|unit| unit.id).collect();
    let number = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), number);
    for entry in &entries {
        let package = entry.manifest.package.as_ref();
        assert!(package.is_some(), "{}: no package", entry.name);
        assert!(
            !entry.manifest.language.is_empty(),
            "{}: no language",
            entry.name
        );
    }
}

#[test]
fn a_manifest_that_is_wrong_is_refused_at_its_line() {
    assert_eq!(refused("language = \"C\"\nlanguge = \"C\"\n").0, Some(2));
    assert_eq!(
        refused("[[server]]\ncommand = [\"a\"]\nport = \"x\"\n").0,
        Some(3)
    );
    assert_eq!(
        refused("[limits]\nmax-mesage = 1\n[[server]]\nurl = \"ws://x/\"\n").0,
        Some(2)
    );
    for whole in [
        "",
        "[[server]]\npath = \"/\"\n",
        "[[server]]\ncommand = [\"a\"]\nurl = \"ws://127.0.0.1/\"\n",
        "[[client]]\ncommand = []\n",
        "[[client]]\ncommand = [\"a\"]\n[[unsupported]]\nfeature = \"x\"\nwhy = \" \"\n",
    ] {
        assert_eq!(refused(whole).0, None, "{whole}");
    }
}

#[test]
fn a_manifest_becomes_command_lines() {
    let text = format!(
        "baseline = \"known.json\"\noptions = [\"--timeout\", \"2\"]\n{SERVER}jobs = 4\n\
         [[server]]\nurl = \"ws://127.0.0.1:1/\"\ntransport = \"h2\"\n\
         [[client]]\ncommand = [\"client\"]\nkeep = true\n\
         [[gateway]]\ncommand = [\"gateway\", \"{{backend}}\"]\n\
         [[unsupported]]\nfeature = \"x\"\nwhy = \"not planned\"\ncases = [\"a.*\", \"b\"]\n\
         [limits]\nmax-message = \"64k\"\nidle-timeout = 2.5\n"
    );
    let manifest = parsed(&text);
    let units = units("echo", &manifest);
    let lines: Vec<String> = units
        .iter()
        .map(|unit| {
            unit.arguments(Path::new("/p"), &["--quiet".to_owned()])
                .join(" ")
        })
        .collect();
    let shared = "--exclude a.* --exclude b --max-message 64k --idle-timeout 2.5 \
                  --baseline /p/known.json --timeout 2 --quiet";
    assert_eq!(
        lines[0],
        format!("server --jobs 4 {shared} -- node server.js {{port}}")
    );
    assert_eq!(
        lines[1],
        format!("run ws://127.0.0.1:1/ --transport h2 {shared}")
    );
    assert_eq!(lines[2], format!("client --keep {shared} -- client"));
    let gateway = "through --exclude a.* --exclude b --baseline /p/known.json --timeout 2 --quiet";
    assert_eq!(lines[3], format!("{gateway} -- gateway {{backend}}"));
    let ids: Vec<&str> = units.iter().map(|unit| unit.id.as_str()).collect();
    assert_eq!(ids, ["echo", "echo-h2", "echo-client", "echo-gateway"]);
}

#[test]
fn each_registry_has_its_own_steps() {
    let installer = Installer::new("/cache".into(), std::time::Duration::from_secs(1), 1);
    let steps = |registry, with: &[&str]| {
        let package = Package {
            registry,
            name: "it".into(),
            version: "1".into(),
            with: with.iter().map(|&name| name.to_owned()).collect(),
            shared: Vec::new(),
            needs: Vec::new(),
            build: Vec::new(),
        };
        let steps = installer.steps(&package, "2");
        steps.last().map_or(String::new(), |words| words.join(" "))
    };
    assert!(steps(Registry::PyPi, &["other==3"]).ends_with("it==2 other==3"));
    assert!(steps(Registry::Npm, &["other@3"]).ends_with("it@2 other@3"));
    assert!(steps(Registry::CratesIo, &[]).ends_with("--target-dir /cache/cargo-target"));
    assert_eq!(steps(Registry::Debian, &["other"]), "");
}

#[test]
fn releases_are_read_from_what_the_clients_print() {
    let pip = "ws (17.4)\nAvailable versions: 17.4, 17.3.post1, 17.0rc1, 9.1\n  INSTALLED: 17.4\n";
    assert_eq!(from_pip(pip), ["17.4", "17.3.post1", "9.1"]);
    assert_eq!(
        from_npm(r#"["8.9.0", "8.10.0", "9.0.0-beta.1"]"#),
        ["8.9.0", "8.10.0"]
    );
    assert_eq!(from_npm(r#""1.0.0""#), ["1.0.0"]);
    assert_eq!(
        from_cargo("it #x\nversion: 0.29.0 (latest 0.30.0)\n").as_deref(),
        Some("0.30.0")
    );
    assert_eq!(
        from_cargo("it\nversion: 0.30.0\n").as_deref(),
        Some("0.30.0")
    );
}

/// The run of a server that fails these cases of 100.
fn run(name: &str, fails: &[usize]) -> StoredRun {
    let cases = (0..100).map(|n| (format!("case.{n:02}"), fails.contains(&n)));
    StoredRun::of_verdicts(name, TargetRole::Server, Transport::Tcp, cases)
}

#[test]
fn who_stands_alone_and_what_is_disputed() {
    // The careful half is the first three; a case needs five of them to be disputed.
    let fails: [&[usize]; 10] = [
        &[1],
        &[1],
        &[1],
        &[1, 2],
        &[],
        &[1, 3, 4],
        &[5, 6, 3],
        &[5, 6, 3],
        &[5, 6, 3],
        &[5, 6, 3],
    ];
    let runs: Vec<StoredRun> = fails
        .iter()
        .enumerate()
        .map(|(n, fails)| run(&format!("server-{n}"), fails))
        .collect();
    let found = agreement(&runs);
    let [servers] = &found[..] else {
        panic!("one role, one transport: {found:?}");
    };
    let disputed: Vec<&str> = servers.disputed.iter().map(|d| d.case.as_str()).collect();
    assert_eq!(disputed, ["case.01"]);
    assert_eq!(servers.disputed[0].fail.len(), 5);
    let alone: Vec<(&str, &[String])> = servers
        .alone
        .iter()
        .map(|alone| (alone.implementation.as_str(), &alone.cases[..]))
        .collect();
    let (two, four) = (["case.02".to_owned()], ["case.04".to_owned()]);
    assert_eq!(alone, [("server-3 1", &two[..]), ("server-5 1", &four[..])]);
}

#[test]
fn the_most_alike_shares_the_rarest_failures() {
    let common = [1, 2, 3, 4, 5];
    let mut runs: Vec<StoredRun> = (0..6)
        .map(|n| run(&format!("common-{n}"), &common))
        .collect();
    runs.push(run("cousin", &[1, 2, 3, 40, 41]));
    runs.push(run("flawless", &[]));
    let unknown = run("unknown", &[1, 40, 41]);
    let alike = resembling(&unknown, &runs);
    assert_eq!(alike[0].implementation, "cousin 1");
    assert_eq!(alike[0].shared_departures, 3);
    assert!(alike[0].likeness > alike[1].likeness);
    let same = resembling(&run("unknown", &[1, 2, 3, 40, 41]), &runs);
    assert!((same[0].likeness - 1.0).abs() < f64::EPSILON);
}
