//! What `curl -v` prints: the lines of both heads, each with a mark before it.

use wsspec_core::Role;

use super::http::is_head;
use super::outcome::{Found, Note, Reading, Side};

/// Reads the heads; a body cannot be told from other output and is skipped.
pub(super) fn read(text: &str) -> Reading {
    let (mut client, mut server) = (String::new(), String::new());
    let mut skipped = 0;
    for line in text.lines() {
        let line = line.trim_end();
        let trimmed = line.trim_start();
        match trimmed.split_at_checked(1) {
            Some((">", head)) => push(&mut client, head),
            Some(("<", head)) => push(&mut server, head),
            // What curl tells of itself, and of the bodies that it does not show.
            None | Some(("*" | "{" | "}", _)) => {}
            Some(_) => skipped += 1,
        }
    }
    let fits = |text: &str| text.is_empty() || is_head(text);
    if !fits(&client) || !fits(&server) || client.is_empty() && server.is_empty() {
        return Ok(Vec::new());
    }
    let sides = [(Role::Client, client), (Role::Server, server)];
    let sides = sides.into_iter().filter(|(_, head)| !head.is_empty());
    let sides = sides.map(|(role, head)| Side {
        sender: Some(role),
        ..Side::new(head.into_bytes())
    });
    Ok(vec![
        Found::sides(sides.collect()).note((skipped > 0).then_some(Note::Skipped(skipped))),
    ])
}

fn push(head: &mut String, line: &str) {
    head.push_str(line.strip_prefix(' ').unwrap_or(line));
    head.push_str("\r\n");
}
