//! The guide, and the reference of the commands.

use std::io;

use askama::Template;

use super::folder::Folder;
use super::guide::{self, Guide};
use super::model::Command;
use super::search::Entry;
use super::{All, Frame, SECTIONS, page};

#[derive(Template)]
#[template(path = "site/guide.html")]
struct GuideList<'a> {
    frame: Frame,
    pages: &'a [guide::Page],
    repository: &'a str,
}

#[derive(Template)]
#[template(path = "site/text.html")]
struct Text<'a> {
    frame: Frame,
    pages: &'a [guide::Page],
    shown: &'a guide::Page,
}

#[derive(Template)]
#[template(path = "site/commands.html")]
struct Commands<'a> {
    frame: Frame,
    commands: &'a [Command],
}

#[derive(Template)]
#[template(path = "site/command.html")]
struct CommandPage<'a> {
    frame: Frame,
    command: &'a Command,
}

pub(super) fn write(all: &All<'_>, to: &mut Folder, found: &mut Vec<Entry>) -> io::Result<()> {
    let site = all.site;
    let pages = Guide::new(&site.guide, &site.repository).pages();
    for shown in &pages {
        let sections: Vec<&str> = shown
            .sections
            .iter()
            .map(|(_, text)| text.as_str())
            .collect();
        found.push(Entry {
            kind: "guide",
            title: shown.title.clone(),
            page: shown.to.clone(),
            text: sections.join(", "),
            ids: Vec::new(),
        });
        let text = Text {
            frame: all.frame(1, "Guide", &shown.title),
            pages: &pages,
            shown,
        };
        page(to, &shown.to, &text)?;
    }
    let list = GuideList {
        frame: all.frame(0, "Guide", "Guide"),
        pages: &pages,
        repository: &site.repository,
    };
    page(to, "guide.html", &list)?;
    for command in &site.commands {
        found.push(Entry {
            kind: "command",
            title: command.name.clone(),
            page: command.page(),
            text: words(command),
            ids: Vec::new(),
        });
        let shown = CommandPage {
            frame: all.frame(1, "Commands", &command.name),
            command,
        };
        page(to, &command.page(), &shown)?;
    }
    let commands = Commands {
        frame: all.frame(0, "Commands", "Commands"),
        commands: &site.commands,
    };
    page(to, "commands.html", &commands)
}

/// What a command is found by: its purpose and its arguments.
fn words(command: &Command) -> String {
    let arguments = command.groups.iter().flat_map(|(_, arguments)| arguments);
    let names = arguments.map(|argument| argument.names.as_str());
    let words: Vec<&str> = [command.about.as_str()].into_iter().chain(names).collect();
    words.join(" ")
}

impl Command {
    /// The address of its page below the site: `wsspec vectors check` is `commands/vectors-check.html`.
    fn page(&self) -> String {
        let name = self.name.split_once(' ').map_or("wsspec", |(_, name)| name);
        format!("commands/{}.html", name.replace(' ', "-"))
    }
}
