"""Follows every link of a site: each leads to a page, and to an anchor of it.

Usage: links.py SITE
"""

import html.parser
import os
import sys
import urllib.parse


class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.ids, self.links = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name == "id":
                self.ids.append(value)
            elif name in ("href", "src") and not value.startswith(("data:", "http://", "https://")):
                self.links.append(value)


def read(site):
    pages = {}
    for folder, _, names in os.walk(site):
        for name in names:
            path = os.path.join(folder, name)
            text = open(path, encoding="utf-8").read() if name.endswith(".html") else ""
            pages[os.path.relpath(path, site)] = Page(text)
    return pages


def main():
    pages = read(sys.argv[1])
    wrong, followed = [], 0
    for name, page in pages.items():
        wrong += [f"{name}: two anchors are called {id}" for id in set(page.ids) if page.ids.count(id) > 1]
        for link in page.links:
            path, _, anchor = map(urllib.parse.unquote, link.partition("#"))
            to = os.path.normpath(os.path.join(os.path.dirname(name), path)) if path else name
            followed += 1
            if to not in pages or anchor and anchor not in pages[to].ids:
                wrong.append(f"{name}: {link}")
    print(f"{len(pages)} files, {followed} links, {len(wrong)} lead nowhere")
    print(*wrong[:40], sep="\n")
    sys.exit(bool(wrong) or followed == 0)


main()
