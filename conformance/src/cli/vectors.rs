//! `wsspec vectors …`: work on the corpus itself.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use wsspec::check;
use wsspec::vector::{Corpus, format_file, schema};

use super::args::{VectorsCommand, VectorsFmt, VectorsSub};
use super::{Done, Exit, Failure, corpus};

pub(super) fn vectors(args: &VectorsCommand) -> Done {
    match &args.command {
        VectorsSub::Check(args) => check(&corpus(&args.vectors)?),
        VectorsSub::Trace(args) => Ok(trace(&corpus(&args.vectors)?)),
        VectorsSub::Stats(args) => Ok(stats(&corpus(&args.vectors)?)),
        VectorsSub::Fmt(args) => fmt(args),
        VectorsSub::New { family } => Ok(new(family)),
        VectorsSub::Schema => {
            println!("{}", serde_json::to_string_pretty(&schema::schema()).unwrap_or_default());
            Ok(Exit::Fine)
        }
        VectorsSub::Seeds { dir, vectors } => seeds(&corpus(vectors)?, dir),
    }
}

fn check(corpus: &Corpus) -> Done {
    let broken = check::corpus(corpus);
    for one in &broken {
        anstream::eprintln!("{one}");
    }
    let others = check::not_run(corpus);
    let exchanges = corpus.cases.len() - others.values().sum::<usize>();
    let held = (exchanges + corpus.parses.len()).saturating_sub(broken.len());
    anstream::println!(
        "{exchanges} exchange and {} parse vectors: {held} hold, {} do not",
        corpus.parses.len(),
        broken.len()
    );
    if !others.is_empty() {
        let parts: Vec<String> = others.iter().map(|(ability, n)| format!("{n} {}", ability.what())).collect();
        let all: usize = others.values().sum();
        anstream::println!("{all} more for other transports: read, not run ({})", parts.join(", "));
    }
    if broken.is_empty() {
        Ok(Exit::Fine)
    } else {
        Err(Failure::usage("some vectors do not hold against the reference endpoint"))
    }
}

fn trace(corpus: &Corpus) -> Exit {
    let mut cases: BTreeMap<&str, usize> = BTreeMap::new();
    let cited = corpus.cases.iter().map(|c| &c.requirements).chain(corpus.parses.iter().map(|c| &c.requirements));
    for id in cited.flatten() {
        *cases.entry(id).or_default() += 1;
    }
    let (mut covered, mut testable) = (0, 0);
    for r in corpus.requirements.iter() {
        let count = cases.get(r.id.as_str()).copied().unwrap_or(0);
        let can = r.wire_testable != "no";
        testable += usize::from(can);
        covered += usize::from(can && count > 0);
        let mark = match (can, count) {
            (true, 0) => "  NO CASE".to_owned(),
            (false, 0) => "  not testable on the wire".to_owned(),
            (_, n) => format!("  {n} cases"),
        };
        println!("{}  {}  {}{mark}", r.id, r.family, r.verdict);
    }
    println!("{covered} of {testable} requirements that can be tested on the wire have a case");
    if covered == testable { Exit::Fine } else { Exit::FellShort }
}

fn stats(corpus: &Corpus) -> Exit {
    let mut families: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for case in &corpus.cases {
        let row = families.entry(&case.family).or_default();
        row[0] += usize::from(case.roles.contains(&wsspec_core::Role::Server));
        row[1] += usize::from(case.roles.contains(&wsspec_core::Role::Client));
    }
    for case in &corpus.parses {
        families.entry(case.id.rsplit_once('.').map_or("", |(f, _)| f)).or_default()[2] += 1;
    }
    println!("{:<32} {:>8} {:>8} {:>8}", "family", "server", "client", "parse");
    let mut total = [0; 3];
    for (family, row) in families {
        println!("{family:<32} {:>8} {:>8} {:>8}", row[0], row[1], row[2]);
        (0..3).for_each(|i| total[i] += row[i]);
    }
    println!("{:<32} {:>8} {:>8} {:>8}", "all", total[0], total[1], total[2]);
    Exit::Fine
}

fn fmt(args: &VectorsFmt) -> Done {
    let mut files = Vec::new();
    for path in &args.paths {
        collect(path, &mut files).map_err(|e| Failure::usage(format!("{}: {e}", path.display())))?;
    }
    let mut differ = 0;
    for file in files {
        let name = file.display();
        let text = fs::read_to_string(&file).map_err(|e| Failure::usage(format!("{name}: {e}")))?;
        let formatted = format_file(&text).map_err(|e| Failure::usage(format!("{name}: {e}")))?;
        if formatted != text {
            differ += 1;
            anstream::println!("{name}");
            if !args.check {
                fs::write(&file, formatted).map_err(|e| Failure::usage(format!("{name}: {e}")))?;
            }
        }
    }
    Ok(if args.check && differ > 0 { Exit::FellShort } else { Exit::Fine })
}

/// Vector files at or below `path`.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if path.is_file() {
        files.push(path.to_path_buf());
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        let path = entry?.path();
        let special = path.ends_with("schema.json") || path.ends_with("requirements.json");
        if path.is_dir() || path.extension().is_some_and(|e| e == "json") && !special {
            collect(&path, files)?;
        }
    }
    files.sort();
    Ok(())
}

fn new(family: &str) -> Exit {
    println!(
        r#"{{
  "$schema": "../schema.json",
  "family": "{family}",
  "kind": "exchange",
  "about": "What this family of cases is about.",
  "impact": "interop",
  "cases": [
    {{
      "id": "first-{{n}}",
      "about": "What a right implementation does, in one sentence.",
      "requirements": ["RFC6455-5.6-2"],
      "matrix": {{"n": [0, 125, 126]}},
      "steps": [
        {{"send": {{"binary": {{"random": "{{n}}"}}}}}},
        {{"expect": "echo"}}
      ]
    }}
  ]
}}"#
    );
    Exit::Fine
}

fn seeds(corpus: &Corpus, dir: &Path) -> Done {
    let mut count = 0;
    for seed in wsspec::seeds::seeds(corpus) {
        let folder = dir.join(seed.target);
        fs::create_dir_all(&folder).map_err(|e| Failure::usage(format!("{}: {e}", folder.display())))?;
        let file = folder.join(&seed.name);
        fs::write(&file, &seed.bytes).map_err(|e| Failure::usage(format!("{}: {e}", file.display())))?;
        count += 1;
    }
    anstream::println!("{count} seeds in {}", dir.display());
    Ok(Exit::Fine)
}
