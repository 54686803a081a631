//! The page of results that is committed, `RESULTS.md`.

use std::fs;
use std::process::Command;

use jiff::Timestamp;

/// The page.
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/RESULTS.md");

/// Writes the page: where and when it was measured, and the tables.
pub fn write(report: &str) -> Result<(), String> {
    let page = format!(
        "# Results\n\n\
        Written by `cargo run --release --manifest-path core/benches/Cargo.toml -- --write`; [README.md](README.md) says what \
        is measured.\n\n\
        - Date: {}\n- Processor: {}\n- System: {} {}\n- Compiler: {}\n\n{report}",
        Timestamp::now().strftime("%Y-%m-%d"),
        processor().unwrap_or("unknown".to_owned()),
        std::env::consts::OS,
        std::env::consts::ARCH,
        compiler().unwrap_or("unknown".to_owned()),
    );
    fs::write(PAGE, page).map_err(|error| format!("cannot write {PAGE}: {error}"))
}

/// The name of the processor, where Linux says it.
fn processor() -> Option<String> {
    let info = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = info.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// The version of the compiler in the path.
fn compiler() -> Option<String> {
    let output = Command::new("rustc").arg("--version").output().ok()?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}
