//! `wsspec vectors new`: a first case to start from.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use wsspec_vectors::{is_family, schema};

use super::super::exit::Exit;
use super::super::failure::{Done, Failure};
use super::super::out::{self, out};

/// Where the schema of this version is published.
const SCHEMA_URL: &str = concat!(
    "https://raw.githubusercontent.com/wsspec/wsspec/v",
    env!("CARGO_PKG_VERSION"),
    "/vectors/schema.json"
);

/// The name of the schema beside the files that refer to it.
const SCHEMA_FILE: &str = "schema.json";

#[derive(Debug, Args)]
pub(super) struct NewArgs {
    /// The family, for example chat.limits: the name of the file without .json
    #[arg(value_parser = family)]
    family: String,
    /// Write FAMILY.json to this folder, with the schema for editors beside it
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// Reads the name of a family.
fn family(text: &str) -> Result<String, String> {
    if is_family(text) {
        return Ok(text.to_owned());
    }
    let words = text.to_ascii_lowercase();
    let words = words.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let rule = "words of a-z and 0-9 with '.' or '-' between them";
    Err(match words.as_slice() {
        [] => rule.to_owned(),
        words => format!("{rule}, for example {}", words.join("-")),
    })
}

pub(super) fn new(args: &NewArgs) -> Done {
    let Some(dir) = &args.dir else {
        out::text(format_args!("{}", first_case(&args.family, SCHEMA_URL)));
        return Ok(Exit::Fine);
    };
    fs::create_dir_all(dir).map_err(|error| Failure::file(dir, error))?;
    let path = dir.join(format!("{}.json", args.family));
    let text = first_case(&args.family, &format!("./{SCHEMA_FILE}"));
    write_new(&path, &text).map_err(|error| Failure::file(&path, error))?;
    let schema = dir.join(SCHEMA_FILE);
    fs::write(&schema, schema_text() + "\n").map_err(|error| Failure::file(&schema, error))?;
    out!("{}", path.display());
    Ok(Exit::Fine)
}

/// Writes a file that does not exist.
fn write_new(path: &Path, text: &str) -> io::Result<()> {
    fs::File::create_new(path)?.write_all(text.as_bytes())
}

/// The schema of vector files.
pub(super) fn schema_text() -> String {
    serde_json::to_string_pretty(&schema::schema()).unwrap_or_default()
}

fn first_case(family: &str, schema: &str) -> String {
    format!(
        r#"{{
  "$schema": "{schema}",
  "family": "{family}",
  "kind": "exchange",
  "about": "What this family of cases is about.",
  "impact": "interop",
  "cases": [
    {{
      "id": "first-{{n}}",
      "about": "What a conforming implementation does, in one sentence.",
      "requirements": ["RFC6455-5.6-2"],
      "matrix": {{"n": [0, 125, 126]}},
      "steps": [
        {{"send": {{"binary": {{"random": "{{n}}"}}}}}},
        {{"expect": "echo"}}
      ]
    }}
  ]
}}
"#
    )
}
