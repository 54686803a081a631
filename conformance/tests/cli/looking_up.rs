//! What is there: cases, requirements, and names that are nearly right.

use std::fs;
use std::path::Path;

use super::run;

#[test]
fn a_mistyped_name_is_answered_with_a_question() {
    for (args, meant) in [
        (&["lst"][..], "'list'"),
        (&["--filter", "frame.msk"], "did you mean frame.mask"),
        (
            &["show", "control.ping-txt"],
            "did you mean control.ping-text",
        ),
        (&["explain", "RFC6455-5.1-22"], "did you mean RFC6455-5.1-2"),
        (&["--fail-on", "neverr"], "'never'"),
    ] {
        let (code, _, stderr) = run(args);
        assert_eq!(code, Some(2), "{args:?}: {stderr}");
        assert!(stderr.contains(meant), "{args:?}: {stderr}");
    }
}

#[test]
fn a_requirement_is_explained_by_id_and_by_section() {
    let (code, stdout, _) = run(&["explain", "RFC6455-5.1-2"]);
    assert_eq!(code, Some(0));
    for part in [
        "RFC6455-5.1-2  RFC 6455 §5.1  MUST, binds servers",
        "passes: ",
        "fails: ",
        "frame.mask.wrong-text-empty",
        "https://wsspec.github.io/wsspec/requirements/RFC6455-5.1-2.html",
        "wsspec list --requirement RFC6455-5.1-2",
    ] {
        assert!(stdout.contains(part), "no {part:?} in:\n{stdout}");
    }
    let (code, section, _) = run(&["explain", "RFC6455", "5.1"]);
    assert_eq!(code, Some(0));
    assert!(section.contains(&stdout) && section.contains("RFC6455-5.1-5 "));
    for none in [&["RFC6455", "5.99"][..], &["6455"], &["mask"]] {
        let (code, stdout, stderr) = run(&[&["explain"], none].concat());
        let is_rfc = none == ["6455"];
        assert_eq!(code, Some(if is_rfc { 0 } else { 2 }), "{none:?}: {stderr}");
        assert_eq!(stdout.is_empty(), !is_rfc);
    }
}

#[test]
fn a_site_has_the_vectors_the_requirements_and_the_commands() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let family = root.join("vectors/exchange/frame.mask.json");
    let to = Path::new(env!("CARGO_TARGET_TMPDIR")).join("site");
    let _ = fs::remove_dir_all(&to);
    let (family, to_name, root) = (family.to_str(), to.to_str(), root.to_str());
    let args = [
        "site",
        to_name.unwrap(),
        "--vectors",
        family.unwrap(),
        "--guide",
        root.unwrap(),
    ];
    let (code, stdout, stderr) = run(&args);
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stdout.contains("index.html"), "{stdout}");
    let page = |name: &str| fs::read_to_string(to.join(name)).unwrap();
    let families = page("families/frame.mask.html");
    assert!(families.contains("id=\"frame.mask.wrong-text-empty\""));
    // The bytes of a case, as the suite sends them.
    assert!(page("cases/frame.mask.wrong-binary-empty.html").contains("82 00"));
    assert!(page("requirements/RFC6455-5.1-2.html").contains("cases/frame.mask."));
    assert!(page("commands/site-check.html").contains("FOLDER"));
    assert!(page("guide/index.html").contains("href=\"../guide/site.html\""));
    // A folder of others is refused.
    let (code, _, stderr) = run(&["site", root.unwrap(), "--vectors", family.unwrap()]);
    assert_eq!(code, Some(2), "{stderr}");
}

#[test]
fn cases_are_shown_with_their_bytes_and_their_json() {
    let (code, stdout, _) = run(&["show", "control.ping-text", "message.plain-*"]);
    assert_eq!(code, Some(0));
    for part in [
        "control.ping-text  (interop)",
        "message.plain-empty-text  (",
        "ping \"answer me\" (9 bytes, masked",
        "\"ping\": \"answer me\"",
    ] {
        assert!(stdout.contains(part), "no {part:?} in:\n{stdout}");
    }
    assert!(!stdout.contains("null"));
}

#[test]
fn list_show_and_decode() {
    let (code, stdout, _) = run(&["list", "--filter", "frame.rsv.*"]);
    assert_eq!(code, Some(0));
    let id = stdout.split_whitespace().next().unwrap();
    let (code, stdout, _) = run(&["show", id]);
    assert_eq!(code, Some(0));
    assert!(
        stdout.starts_with(id) && stdout.contains("RFC 6455"),
        "{stdout}"
    );
    assert_eq!(run(&["show", "no.such.case"]).0, Some(2));
    let (code, stdout, _) = run(&["decode", "81 85 37fa213d 7f9f4d5158"]);
    assert_eq!(code, Some(0));
    assert!(
        stdout.contains("text \"Hello\" (5 bytes, masked 37 fa 21 3d)"),
        "{stdout}"
    );
}
