"use strict";
// The search, the filters of the matrix, and the theme. Pages are complete without them.
const root = document.documentElement.dataset.root;
const by = (id) => document.getElementById(id);

// The theme is kept where the browser allows that.
const THEMES = ["", "dark", "light"];
function stored(value) {
  try {
    if (value === undefined) return localStorage.getItem("theme") ?? "";
    localStorage.setItem("theme", value);
  } catch { /* a page from a file may have no storage */ }
  return value ?? "";
}
const setTheme = (name) => { document.documentElement.className = THEMES.includes(name) ? name : ""; };
setTheme(stored());
by("theme").addEventListener("click", () => {
  const next = THEMES[(THEMES.indexOf(document.documentElement.className) + 1) % THEMES.length];
  setTheme(next);
  stored(next);
});

// The index is a script, which a page from a file may load, and is loaded when someone searches.
const SHOWN = 60;
let entries = null;
let loading = false;
function searchIndex(rows) {
  entries = rows.map(([kind, title, page, text, ids]) => ({ kind, title, page, text, ids: ids ? ids.split(" ") : [], all: `${kind} ${title} ${text} ${ids}`.toLowerCase() }));
  find();
}
function load() {
  if (loading) return;
  loading = true;
  const script = document.createElement("script");
  script.src = root + "search.js";
  script.addEventListener("error", () => { by("count").textContent = "The index of the search could not be loaded."; });
  document.head.append(script);
}

// Titles come before texts, and exact ids before all.
function rank(entry, query) {
  if (entry.ids.includes(query)) return 0;
  const title = entry.title.toLowerCase();
  return title === query ? 1 : title.startsWith(query) ? 2 : title.includes(query) ? 3 : 4;
}
function place(entry, query) {
  if (!entry.ids.includes(query)) return [entry.page, entry.title];
  return [entry.kind === "family" ? `${entry.page}#${query}` : entry.page, query];
}
function find() {
  const query = by("search").value.trim().toLowerCase();
  by("found").hidden = !query;
  if (!query || !entries) return;
  const words = query.split(/\s+/);
  const found = entries.filter((entry) => words.every((word) => entry.all.includes(word)));
  found.sort((a, b) => rank(a, query) - rank(b, query));
  by("count").textContent = found.length > SHOWN ? `${found.length} found, the first ${SHOWN}:` : `${found.length} found`;
  by("found").querySelector("ul").replaceChildren(...found.slice(0, SHOWN).map((entry) => row(entry, query)));
}
function row(entry, query) {
  const [page, title] = place(entry, query);
  const [item, link, kind, text] = ["li", "a", "span", "p"].map((tag) => document.createElement(tag));
  link.href = root + page;
  link.textContent = title;
  kind.className = "faint";
  kind.textContent = ` ${entry.kind}`;
  text.textContent = entry.text.length > 200 ? entry.text.slice(0, 200) + "…" : entry.text;
  item.append(link, kind, text);
  return item;
}
let typing;
by("search").addEventListener("focus", load);
by("search").addEventListener("input", () => { load(); clearTimeout(typing); typing = setTimeout(find, 100); });
by("search").addEventListener("keydown", (event) => {
  if (event.key === "Enter") { find(); by("found").querySelector("a")?.click(); }
  if (event.key === "Escape") { by("search").value = ""; find(); }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, select")) return;
  event.preventDefault();
  by("search").focus();
});
by("tools").hidden = false;

// Rows and columns of the matrix: a word that names an implementation shows its column, any other word rows.
function filter() {
  const word = by("filter").value.trim().toLowerCase();
  const over = by("transport").value;
  let [rows, columns] = [0, 0];
  for (const table of document.querySelectorAll(".filtered")) {
    const heads = [...table.tHead.rows[0].cells].slice(1);
    const reached = heads.map((head) => !over || head.dataset.over.split(" ").includes(over));
    const named = heads.map((head) => word !== "" && head.dataset.name.toLowerCase().includes(word));
    const byName = named.some(Boolean);
    const shown = heads.map((_, n) => reached[n] && (!byName || named[n]));
    heads.forEach((head, n) => { head.hidden = !shown[n]; });
    columns += shown.filter(Boolean).length;
    for (const line of table.tBodies[0].rows) {
      const cells = [...line.cells].slice(1);
      cells.forEach((cell, n) => { cell.hidden = !shown[n]; });
      const differs = cells.some((cell, n) => shown[n] && cell.firstElementChild);
      const wanted = byName || !word || line.cells[0].textContent.toLowerCase().includes(word);
      line.hidden = !wanted || (by("differing").checked && !differs);
      rows += line.hidden ? 0 : 1;
    }
  }
  by("shown").textContent = `${rows} families, ${columns} implementations`;
}
if (by("filters")) {
  by("filters").hidden = false;
  by("filters").addEventListener("input", filter);
  by("filters").addEventListener("submit", (event) => event.preventDefault());
}

// A cause that a link leads to is shown with its bytes.
function open() {
  const target = location.hash.length > 1 && by(decodeURIComponent(location.hash.slice(1)));
  const bytes = target && target.querySelector("details");
  if (bytes) bytes.open = true;
}
addEventListener("hashchange", open);
open();
