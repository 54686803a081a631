"use strict";
// What peers sent is only ever set as text, never as markup.
const index = JSON.parse(document.getElementById("index").textContent);
const packed = [...document.querySelectorAll("script.details")];
const view = document.getElementById("view");
const search = document.getElementById("search");
const PEERS = { echo: "echoed", silent: "not answered", talks: "answered with others" };
const MARKS = ["✓", "i", "~", "–", "?", "!", "✗"];
const FAIL = 6;
const ROWS = 600;

const cases = index.cases.map(([id, family, about, autobahn, requirements, impact], n) => {
  const clauses = requirements.map((r) => index.requirements[r]?.[0] ?? "");
  const text = [id, about, ...autobahn, ...requirements, ...clauses].join(" ").toLowerCase();
  return { n, id, family, about, autobahn, requirements, impact, text };
});
const byId = new Map(cases.map((c) => [c.id, c]));
const families = Map.groupBy ? Map.groupBy(cases, (c) => c.family) : group(cases);
const targets = index.targets.map((t, n) => ({ ...t, n, verdicts: [...t.grid].map(verdict) }));

function group(list) {
  const groups = new Map();
  for (const c of list) groups.set(c.family, [...(groups.get(c.family) ?? []), c]);
  return groups;
}

// A digit is a verdict, a letter that of a known failure.
function verdict(mark) {
  if (mark === ".") return null;
  const known = mark >= "a";
  return { kind: mark.charCodeAt(0) - (known ? 97 : 48), known };
}

function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  const shown = children.flat(Infinity).filter((child) => child != null);
  node.append(...shown.map((child) => (child instanceof Node ? child : plain(child))));
  return node;
}

// Control characters, and those that change the direction of text, are escaped.
const plain = (untrusted) => String(untrusted).replace(/[\p{Cc}\p{Cf}]/gu, (c) => `\\u{${c.codePointAt(0).toString(16)}}`);

const link = (parts, text, attributes) => el("a", { href: "#" + parts.map(encodeURIComponent).join("/"), ...attributes }, text);
const word = (v) => index.verdicts[v.kind] + (v.known ? ", known" : "");
const mark = (v) => el("span", { class: "v" + v.kind, title: word(v) }, MARKS[v.kind] + (v.known ? "·" : ""));

// The verdicts shown, and the words searched for.
const shown = new Set(index.verdicts.keys());
const wanted = (c) => {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  return words.every((w) => c.text.includes(w));
};
const visible = (c, t) => {
  const v = t.verdicts[c.n];
  return v && shown.has(v.kind);
};
const kept = (list, ts) => list.filter((c) => wanted(c) && ts.some((t) => visible(c, t)));

function counts(list, t) {
  const found = index.verdicts.map(() => 0);
  for (const c of list) {
    const v = t.verdicts[c.n];
    if (v && shown.has(v.kind)) found[v.kind] += 1;
  }
  return found;
}

function countsText(found) {
  const parts = [...found.keys()].reverse().filter((kind) => found[kind] > 0);
  return parts.map((kind) => el("span", { class: "count v" + kind, title: index.verdicts[kind] }, `${MARKS[kind]} ${found[kind]}`));
}

function tone(found) {
  if (found[FAIL] > 0 || found[4] > 0 || found[5] > 0) return "some-fail";
  if (found[2] > 0) return "some-soft";
  return found[0] > 0 ? "all-pass" : "";
}

function matrix(head, rows) {
  return el("div", { class: "scroll" }, el("table", { class: "matrix" },
    el("thead", null, el("tr", null, head.map((cell) => el("th", { scope: "col" }, cell)))),
    el("tbody", null, rows)));
}

const targetHead = (t) => [link(["target", t.n], t.name, { class: "target", title: t.url }),
  t.ended ? el("span", { class: "bad", title: t.ended }, " !") : null];

function overview() {
  const rows = [];
  const all = kept(cases, targets);
  rows.push(el("tr", null, el("th", { scope: "row" }, "all cases"),
    targets.map((t) => { const found = counts(all, t); return el("td", { class: tone(found) }, countsText(found)); })));
  for (const [family, list] of families) {
    const here = kept(list, targets);
    if (!here.length) continue;
    rows.push(el("tr", { "data-row": true }, el("th", { scope: "row" }, link(["family", family], family)),
      targets.map((t) => {
        const found = counts(here, t);
        return el("td", { class: tone(found) }, link(["family", family, t.n], countsText(found)));
      })));
  }
  return [targets.length === 1 ? about(targets[0]) : null, matrix(["family", ...targets.map(targetHead)], rows)];
}

function about(t) {
  const facts = [["url", t.url], ["Server", t.server], ["extensions", t.extensions],
    ["messages", PEERS[t.peer]], ["round trip", `${(t.roundTrip / 1000).toFixed(2)} ms`]];
  return el("section", null,
    el("dl", null, facts.filter(([, v]) => v).map(([k, v]) => [el("dt", null, k), el("dd", null, v)])),
    t.ended ? el("p", { class: "bad" }, `Results are incomplete: ${t.ended}.`) : null,
    t.trouble ? el("p", { class: "bad" }, `No plain connection works: ${t.trouble}.`) : null,
    t.baseline.map((line) => el("p", { class: "bad" }, `Baseline: ${line}`)),
    causes(t));
}

// What broke, worst first: each cause with the clause, its reason, its smallest case and its rows.
function causes(t) {
  const rows = t.causes.map((cause, i) => {
    const list = cause.cases.map((n) => cases[n]);
    if (!shown.has(cause.verdict) || !list.some(wanted)) return null;
    return el("tr", { "data-row": true },
      el("td", null, mark({ kind: cause.verdict, known: cause.known })), el("td", null, cause.impact),
      el("td", null, clauseText(cause.requirement), el("br"), cause.reason),
      el("td", null, link(["case", list[0].id, t.n], list[0].id),
        list.length > 1 ? [el("br"), link(["cause", t.n, i], `all ${list.length} cases`)] : null,
        cause.rests ? el("div", { class: "faint" }, `${cause.rests} not judged for it`) : null));
  }).filter(Boolean);
  if (!rows.length) return null;
  return [el("h3", null, "What broke, worst first"), el("div", { class: "scroll" }, el("table", null,
    el("thead", null, el("tr", null, ["", "impact", "what broke", "cases"].map((h) => el("th", null, h)))), el("tbody", null, rows)))];
}

function clauseText(id) {
  const [clause, level, text] = index.requirements[id] ?? [];
  return clause ? `${clause} ${level}: ${text} [${id}]` : id;
}

// The rows of one cause, the smallest first.
function cause(n, i) {
  const t = targets[n];
  const found = t?.causes[i];
  if (!found) return missing();
  const rows = found.cases.map((n) => cases[n]).slice(0, ROWS).map((c) => el("tr", { "data-row": true },
    el("th", { scope: "row" }, link(["case", c.id, t.n], c.id)), el("td", null, mark(t.verdicts[c.n])), el("td", { class: "faint" }, c.about)));
  return [crumbs(t.name, ["target", t.n]), el("h2", null, found.reason), el("p", null, clauseText(found.requirement)),
    el("p", { class: "faint" }, found.key), matrix(["case", targetHead(t), "about"], rows),
    found.cases.length > ROWS ? el("p", { class: "faint" }, `… and ${found.cases.length - ROWS} more.`) : null];
}

// One target: what broke, worst first, and its families.
function target(n) {
  const t = targets[n];
  if (!t) return missing();
  const perFamily = [...families].map(([family, list]) => [family, kept(list, [t])]).filter(([, list]) => list.length);
  return [crumbs(t.name), el("h2", null, t.name), about(t),
    el("h3", null, "Families"),
    matrix(["family", "cases"], perFamily.map(([family, list]) => {
      const found = counts(list, t);
      return el("tr", { "data-row": true }, el("th", { scope: "row" }, link(["family", family, t.n], family)),
        el("td", { class: tone(found) }, countsText(found)));
    }))].flat();
}

function family(name, n) {
  const list = families.get(name);
  if (!list) return missing();
  const some = n === undefined ? targets : targets.filter((t) => t.n === Number(n));
  const here = kept(list, some);
  // The worst verdicts first.
  const worst = (c) => Math.max(...some.map((t) => t.verdicts[c.n]?.kind ?? 0));
  here.sort((a, b) => worst(b) - worst(a) || a.n - b.n);
  const rows = here.slice(0, ROWS).map((c) => el("tr", { "data-row": true },
    el("th", { scope: "row", title: c.about }, link(["case", c.id, some.length === 1 ? some[0].n : firstBad(c)], c.id)),
    some.map((t) => {
      const v = t.verdicts[c.n];
      return el("td", null, v ? link(["case", c.id, t.n], mark(v)) : el("span", { class: "none" }, "·"));
    }),
    some.length <= 2 ? el("td", { class: "faint" }, c.about) : null));
  const head = ["case", ...some.map(targetHead), ...(some.length <= 2 ? ["about"] : [])];
  return [crumbs(name), el("h2", null, name), matrix(head, rows),
    here.length > ROWS ? el("p", { class: "faint" }, `… and ${here.length - ROWS} more; search or filter to see them.`) : null];
}

function firstBad(c) {
  const worst = (t) => t.verdicts[c.n]?.kind ?? -1;
  return targets.reduce((a, b) => (worst(b) > worst(a) ? b : a), targets[0])?.n ?? 0;
}

const unpacked = new Map();
function details(t) {
  if (!unpacked.has(t.n)) {
    const bytes = Uint8Array.from(atob(packed[t.n].textContent), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    unpacked.set(t.n, new Response(stream).json());
  }
  return unpacked.get(t.n);
}

async function caseView(id, n) {
  const c = byId.get(id);
  const t = targets[n ?? firstBad(c ?? {})];
  if (!c || !t) return missing();
  const detail = (await details(t))[c.n];
  const v = t.verdicts[c.n];
  const clauses = c.requirements.map(clauseText);
  const facts = [["about", c.about], ...clauses.map((text) => ["clause", text]), ["impact", c.impact],
    ["Autobahn", c.autobahn.join(", ")]];
  const here = [["broken", detail?.broken && clauseText(detail.broken)], ["reason", detail?.reason],
    ["rests on", detail?.on && (byId.has(detail.on) ? link(["case", detail.on, t.n], detail.on) : detail.on)],
    ["key", detail?.key], ["cause", detail?.cause], ["known", detail?.known], ["sent", detail?.sent], ["expected", detail?.expected],
    ["received", detail?.received], ["stderr", detail?.stderr], ["seen", detail?.seen && `${detail.count} ${detail.count === 1 ? "time" : "times"}, first in ${detail.seen.join(", ")}`],
    ["close", detail?.close && closeText(detail.close)], ["duration", detail && `${detail.ms} ms`], ["again", detail?.again]];
  const list = (pairs) => el("dl", null, pairs.filter(([, x]) => x).map(([k, x]) =>
    [el("dt", null, k), el("dd", { class: k === "again" ? "mono" : null }, x)]));
  return [crumbs(c.family, ["family", c.family]), el("h2", null, c.id), list(facts),
    targets.length > 1 ? el("p", null, targets.filter((o) => o.verdicts[c.n]).map((o) =>
      el("span", { class: "count" }, mark(o.verdicts[c.n]), " ", o === t ? el("b", null, o.name) : link(["case", c.id, o.n], o.name)))) : null,
    el("h3", null, t.name + ": ", v ? el("span", { class: "v" + v.kind }, `${MARKS[v.kind]} ${word(v)}`) : "not run"),
    list(here),
    detail?.wire ? wire(detail.wire, "Wire log") : detail ? el("p", { class: "faint" }, "The bytes of a passing case are not kept.") : null,
    detail?.alone ? wire(detail.alone, "Wire log of the case run alone, with the other verdict") : null];
}

function closeText({ code, reason, clean }) {
  return [code ?? "no code", reason && JSON.stringify(reason), clean ? "clean" : "not clean"].filter(Boolean).join(", ");
}

function wire(lines, title) {
  const rows = lines.map((line) => {
    if (typeof line === "number") return el("tr", null, el("td", { colspan: 5, class: "faint" }, `… ${line} more …`));
    const [us, who, offset, hex, meaning, faults] = line;
    return el("tr", { class: who ? "peer" : "suite" },
      el("td", { class: "number" }, (us / 1000).toFixed(3)),
      el("td", { class: "from", title: who ? "sent by the target" : "sent by the suite" }, who ? "← target" : "→ suite"),
      el("td", { class: "number offset" }, offset ?? ""),
      el("td", { class: "hex" }, hex),
      el("td", null, meaning, faults.map((fault) => el("div", { class: "fault" }, "▲ " + fault))));
  });
  return el("section", null, el("h3", null, title), el("div", { class: "scroll" }, el("table", { class: "wire" },
    el("thead", null, el("tr", null, ["ms", "from", "at byte", "hex", "meaning"].map((h, i) =>
      el("th", { class: ["", "", "offset", "hex", ""][i] }, h)))), el("tbody", null, rows))));
}

function crumbs(text, parts) {
  return el("nav", { class: "faint" }, link([""], "all"), " / ", parts ? link(parts, text) : text);
}

const missing = () => [el("p", null, "Not found in this report.")];

// The number of the latest drawing; one that was overtaken while it waited is dropped.
let drawing = 0;
async function draw() {
  const mine = ++drawing;
  const [page = "", ...rest] = location.hash.slice(1).split("/").map(decodeURIComponent);
  const views = { family, target, cause, case: caseView };
  const content = await (Object.hasOwn(views, page) ? views[page](...rest) : overview());
  if (mine === drawing) view.replaceChildren(...content.flat().filter(Boolean));
}

function move(step) {
  const rows = [...view.querySelectorAll("[data-row]")];
  if (!rows.length) return;
  const old = rows.findIndex((row) => row.classList.contains("at"));
  rows[old]?.classList.remove("at");
  const row = rows[Math.min(Math.max(old + step, 0), rows.length - 1)];
  row.classList.add("at");
  row.scrollIntoView({ block: "nearest" });
  row.querySelector("a")?.focus({ preventScroll: true });
}

function otherTarget(step) {
  const [page, name, n] = location.hash.slice(1).split("/");
  if ((page === "case" || page === "family") && n !== undefined) {
    location.hash = `${page}/${name}/${(Number(n) + step + targets.length) % targets.length}`;
  }
}

function up() {
  const [page, name] = location.hash.slice(1).split("/");
  const c = page === "case" && byId.get(decodeURIComponent(name));
  location.hash = c ? "family/" + encodeURIComponent(c.family) : "";
}

const help = document.getElementById("help");
function toggleHelp() {
  const keys = document.getElementById("keys");
  keys.hidden = !keys.hidden;
  help.setAttribute("aria-expanded", String(!keys.hidden));
}

const KEYS = {
  "/": () => search.focus(), j: () => move(1), k: () => move(-1), u: up,
  h: () => otherTarget(-1), l: () => otherTarget(1), "?": toggleHelp,
};
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.target === search) {
    if (event.key === "Escape" || event.key === "Enter") search.blur();
    return;
  }
  const action = KEYS[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

index.verdicts.forEach((name, kind) => {
  if (!targets.some((t) => t.verdicts.some((v) => v?.kind === kind))) return;
  const button = el("button", { type: "button", "aria-pressed": "true", class: "v" + kind }, `${MARKS[kind]} ${name}`);
  button.addEventListener("click", () => {
    if (!shown.delete(kind)) shown.add(kind);
    button.setAttribute("aria-pressed", String(shown.has(kind)));
    draw();
  });
  document.getElementById("verdicts").append(button, " ");
});
const themes = ["", "dark", "light"];
let theme = 0;
document.getElementById("theme").addEventListener("click", () => {
  theme = (theme + 1) % themes.length;
  document.documentElement.className = themes[theme];
});
help.addEventListener("click", toggleHelp);
let typing;
search.addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(draw, 120); });
addEventListener("hashchange", () => { draw(); scrollTo(0, 0); });
document.getElementById("run").textContent = `${index.tool} ${index.version}, ${index.started.slice(0, 19)}Z, ` +
  `${index.seconds.toFixed(1)} s, seed ${index.seed}${index.complete ? "" : ", interrupted"}`;
document.getElementById("tools").hidden = false;
draw();
