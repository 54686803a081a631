//! The guide: Markdown files of the repository as pages.

use std::collections::BTreeMap;

use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

use super::model::GuideFile;

/// The pages of the guide, by the paths of their files.
pub(super) struct Guide<'a> {
    files: &'a [GuideFile],
    pages: BTreeMap<&'a str, String>,
    repository: &'a str,
}

/// A page of the guide.
pub(super) struct Page {
    pub(super) title: String,
    /// Its address below the site.
    pub(super) to: String,
    /// The headings of its second level: anchor and text.
    pub(super) sections: Vec<(String, String)>,
    /// Its text, as HTML.
    pub(super) html: String,
}

impl<'a> Guide<'a> {
    pub(super) fn new(files: &'a [GuideFile], repository: &'a str) -> Guide<'a> {
        Guide {
            files,
            pages: files
                .iter()
                .map(|file| (file.path.as_str(), page_of(&file.path)))
                .collect(),
            repository,
        }
    }

    pub(super) fn pages(&self) -> Vec<Page> {
        self.files.iter().map(|file| self.page(file)).collect()
    }

    fn page(&self, file: &GuideFile) -> Page {
        let mut events: Vec<Event<'_>> =
            Parser::new_ext(&file.text, Options::ENABLE_TABLES).collect();
        let headings = name_headings(&mut events);
        let mut shown = Vec::with_capacity(events.len());
        for event in events {
            match event {
                Event::InlineHtml(text) if anchor(&text).is_some() => {
                    let id = anchor(&text).unwrap_or_default();
                    shown.push(Event::Html(format!("<a id=\"{id}\"></a>").into()));
                }
                Event::InlineHtml(text) if &*text == "</a>" => {}
                // Any other markup of a file is text, wherever the file is from.
                Event::Html(text) | Event::InlineHtml(text) => shown.push(Event::Text(text)),
                Event::Start(Tag::Link {
                    link_type,
                    dest_url,
                    title,
                    id,
                }) => {
                    let dest_url = self.address(&file.path, &dest_url).into();
                    shown.push(Event::Start(Tag::Link {
                        link_type,
                        dest_url,
                        title,
                        id,
                    }));
                }
                // A picture would be loaded from elsewhere.
                Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => {}
                Event::Start(Tag::Table(_)) => {
                    let open =
                        "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Table\">";
                    shown.extend([Event::Html(open.into()), event]);
                }
                Event::End(TagEnd::Table) => shown.extend([event, Event::Html("</div>\n".into())]),
                other => shown.push(other),
            }
        }
        let mut text = String::new();
        html::push_html(&mut text, shown.into_iter());
        let first = headings.first().map(|(_, _, text)| text.clone());
        let second = headings
            .into_iter()
            .filter(|(level, _, _)| *level == HeadingLevel::H2);
        Page {
            title: first.unwrap_or_else(|| file.path.clone()),
            to: page_of(&file.path),
            sections: second.map(|(_, id, text)| (id, text)).collect(),
            // Code that is wider than the page is scrolled with the keyboard too.
            html: text.replace("<pre>", "<pre tabindex=\"0\">"),
        }
    }

    /// Where a link of a file leads: to a page of the guide, or to a file of the repository.
    fn address(&self, from: &str, to: &str) -> String {
        if ["#", "https://", "http://"]
            .iter()
            .any(|start| to.starts_with(start))
        {
            return to.to_owned();
        }
        let (path, anchor) = to
            .split_once('#')
            .map_or((to, ""), |(path, anchor)| (path, anchor));
        let path = joined(from, path);
        let anchor = if anchor.is_empty() {
            String::new()
        } else {
            format!("#{anchor}")
        };
        match self.pages.get(path.as_str()) {
            Some(page) => format!("../{page}{anchor}"),
            None => format!("{}/blob/main/{path}{anchor}", self.repository),
        }
    }
}

/// A relative path, from a file of the repository.
fn joined(from: &str, to: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in to.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The address of the page of a file: `docs/tls.md` is `guide/tls.html`.
fn page_of(path: &str) -> String {
    let stem = path.trim_end_matches(".md").to_ascii_lowercase();
    let name = stem.strip_prefix("docs/").unwrap_or(&stem);
    let name = name.strip_suffix("/readme").unwrap_or(name);
    let name = if name == "readme" { "index" } else { name };
    format!("guide/{}.html", name.replace('/', "-"))
}

/// Gives each heading the anchor that it has on GitHub. Returns level, anchor and text of each.
fn name_headings(events: &mut [Event<'_>]) -> Vec<(HeadingLevel, String, String)> {
    let mut used: BTreeMap<String, usize> = BTreeMap::new();
    let mut headings = Vec::new();
    for start in 0..events.len() {
        let Event::Start(Tag::Heading { level, .. }) = events[start] else {
            continue;
        };
        let inside = events[start..]
            .iter()
            .take_while(|event| !matches!(event, Event::End(TagEnd::Heading(_))));
        let text: String = inside.filter_map(words).collect();
        let mut anchor = slug(&text);
        let before = used.entry(anchor.clone()).or_default();
        if *before > 0 {
            anchor = format!("{anchor}-{before}");
        }
        *before += 1;
        if let Event::Start(Tag::Heading { id, .. }) = &mut events[start] {
            *id = Some(CowStr::from(anchor.clone()));
        }
        headings.push((level, anchor, text));
    }
    headings
}

/// The name in `<a id="NAME">`, the one piece of markup that the guide uses.
fn anchor(markup: &str) -> Option<&str> {
    let name = markup.strip_prefix("<a id=\"")?.strip_suffix("\">")?;
    name.chars()
        .all(|c| c.is_ascii_alphanumeric() || c == '-')
        .then_some(name)
}

fn words<'e>(event: &'e Event<'_>) -> Option<&'e str> {
    match event {
        Event::Text(text) | Event::Code(text) => Some(text),
        _ => None,
    }
}

/// The anchor of a heading.
fn slug(text: &str) -> String {
    let kept = text
        .chars()
        .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c })
        .collect::<String>()
        .to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(path: &str, text: &str) -> Page {
        let files = [
            ("README.md", "# One"),
            ("docs/tls.md", "# Two"),
            (path, text),
        ]
        .map(|(path, text)| GuideFile {
            path: path.into(),
            text: text.into(),
        });
        Guide::new(&files, "https://example.org/r")
            .pages()
            .remove(2)
    }

    #[test]
    fn links_lead_to_pages_or_to_the_repository() {
        let page = page(
            "docs/a.md",
            "# T\n[a](tls.md#x) [b](../README.md) [c](../.ci/run) [d](#t) [e](https://a/b)",
        );
        for link in [
            "../guide/tls.html#x",
            "../guide/index.html",
            "https://example.org/r/blob/main/.ci/run",
            "#t",
            "https://a/b",
        ] {
            assert!(
                page.html.contains(&format!("href=\"{link}\"")),
                "{link}: {}",
                page.html
            );
        }
    }

    #[test]
    fn markup_of_a_file_is_text() {
        let page = page(
            "docs/a.md",
            "# T\n<script>x</script>\n\nb <img src=x onerror=y> ![p](http://a/b.png)",
        );
        assert!(
            !page.html.contains("<script") && !page.html.contains("<img"),
            "{}",
            page.html
        );
    }

    #[test]
    fn an_anchor_of_a_file_is_kept() {
        let html = page(
            "docs/a.md",
            "# T\n<a id=\"growth\"></a>**G** <a id=\"x\" onclick=y>",
        )
        .html;
        assert!(html.contains("<a id=\"growth\"></a><strong>G"), "{html}");
        assert!(!html.contains("<a id=\"x"), "{html}");
    }

    #[test]
    fn anchors_are_those_of_github() {
        let page = page(
            "docs/a.md",
            "# A title\n## `--filter` & more\n## Twice\n## Twice",
        );
        let anchors: Vec<&str> = page.sections.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(anchors, ["--filter--more", "twice", "twice-1"]);
        assert_eq!(page.title, "A title");
    }
}
