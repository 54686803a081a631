"use strict";
// What peers sent is only ever set as text, never as markup.
const index = JSON.parse(document.getElementById("index").textContent);
const packed = [...document.querySelectorAll("script.details")];
const view = document.getElementById("view");
const search = document.getElementById("search");
const PEERS = { echo: "echoed", silent: "not answered", talks: "answered with others" };
const MARKS = index.marks;
const [NON_STRICT, SKIPPED, FLAKY, ERROR, FAIL] = [2, 3, 4, 5, 6];
// The order of causes, worst first.
const RANK = { [FAIL]: 0, [NON_STRICT]: 1, [FLAKY]: 2 };
const ROWS = 600;
// Targets named beside a cause.
const SOME = 4;

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
const markText = (v) => MARKS[v.kind] + (v.known ? "·" : "");
const mark = (v) => el("span", { class: "v" + v.kind, title: word(v) }, markText(v));

// The only verdict shown, or null for all, and the words searched for.
let only = null;
const isShown = (kind) => only === null || kind === only;
const wanted = (c) => {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  return words.every((w) => c.text.includes(w));
};
const visible = (c, t) => {
  const v = t.verdicts[c.n];
  return v && isShown(v.kind);
};
const kept = (list, ts) => list.filter((c) => wanted(c) && ts.some((t) => visible(c, t)));

function counts(list, t) {
  const found = index.verdicts.map(() => 0);
  for (const c of list) {
    const v = t.verdicts[c.n];
    if (v && isShown(v.kind)) found[v.kind] += 1;
  }
  return found;
}

// The counts, worst first; each leads to the cases it counts.
function countsText(found, family, t) {
  const kinds = [...found.keys()].reverse().filter((kind) => found[kind] > 0);
  return kinds.map((kind) => [link(["cases", index.verdicts[kind], t.n, family], `${MARKS[kind]} ${found[kind]}`,
    { class: "count v" + kind, title: index.verdicts[kind], "aria-label": `${MARKS[kind]} ${found[kind]} ${index.verdicts[kind]}, ${family || "all families"}, ${t.name}` }), " "]);
}

function tone(found) {
  if (found[FAIL] > 0 || found[FLAKY] > 0 || found[ERROR] > 0) return "some-fail";
  if (found[NON_STRICT] > 0) return "some-soft";
  return found[0] > 0 ? "all-pass" : "";
}

function matrix(head, rows) {
  return el("div", { class: "scroll" }, el("table", { class: "matrix" },
    el("thead", null, el("tr", null, head.map((cell) => el("th", { scope: "col" }, cell)))),
    el("tbody", null, rows)));
}

const targetHead = (t) => [link(["target", t.n], t.name, { class: "target", title: t.url }),
  t.ended ? el("span", { class: "bad", title: t.ended }, " !") : null];

// The first page: what broke, worst first; then what was skipped, and last the families.
function overview() {
  if (targets.length === 1) return target(0, true);
  return [causeList(merged(), "What broke, worst first"), errorList(targets), listOfOnly(targets), targetTable(), familyTable(targets)].flat();
}

function targetTable() {
  const all = cases.filter(wanted);
  const rows = targets.map((t) => {
    const found = counts(all, t);
    return el("tr", { "data-row": true }, el("th", { scope: "row" }, targetHead(t)), el("td", { class: tone(found) }, countsText(found, "", t)));
  });
  return [el("h2", null, "Targets"), matrix(["target", "cases"], rows)];
}

function familyTable(some) {
  const rows = [];
  for (const [family, list] of families) {
    const here = kept(list, some);
    if (!here.length) continue;
    rows.push(el("tr", { "data-row": true }, el("th", { scope: "row" }, link(["family", family, ...(some.length === 1 ? [some[0].n] : [])], family)),
      some.map((t) => { const found = counts(here, t); return el("td", { class: tone(found) }, countsText(found, family, t)); })));
  }
  if (!rows.length) return [el("p", { class: "faint" }, "No case matches.")];
  return [el("h2", null, "Families"), matrix(["family", ...(some.length === 1 ? ["cases"] : some.map(targetHead))], rows)];
}

// Where a single verdict is shown, its cases, without their families.
function listOfOnly(some) {
  if (only === null || only === SKIPPED && some.length === 1) return [];
  const list = kept(cases, some);
  return [el("h2", null, `${counted(list.length, "case")}: ${index.verdicts[only]}`), caseTable(list, some)];
}

// What broke down is no cause, and is listed by itself.
function errorList(some) {
  if (only !== null) return [];
  const list = cases.filter((c) => wanted(c) && some.some((t) => t.verdicts[c.n]?.kind === ERROR && !t.verdicts[c.n].known));
  return list.length ? [el("h2", null, counted(list.length, "error")), caseTable(list, some)] : [];
}

const counted = (n, noun) => `${n} ${noun}${n === 1 ? "" : "s"}`;

function about(t) {
  const probed = [["Server", t.server], ["extensions", t.extensions],
    ["messages", PEERS[t.peer]], ["round trip", t.roundTrip !== null && `${(t.roundTrip / 1000).toFixed(2)} ms`]];
  const facts = [["url", t.url], ...(t.role === "gateway" ? [] : probed)];
  return [el("p", { class: "facts" }, facts.filter(([, v]) => v).map(([k, v]) => [el("span", null, el("span", { class: "faint" }, k + " "), v), " "])),
    t.ended ? el("p", { class: "bad" }, `Results are incomplete: ${t.ended}.`) : null,
    t.trouble ? el("p", { class: "bad" }, `No plain connection works: ${t.trouble}.`) : null,
    t.baseline.map((line) => el("p", { class: "bad" }, `Baseline: ${line}`))].flat();
}

// What the processes took over the run: a line for memory and one for the processor, and the same in words.
function usage({ text, moments }) {
  const end = moments.at(-1)?.[0];
  if (!end || moments.length < 2) return el("p", { class: "facts" }, text);
  const memory = moments.map(([at, kib]) => [at, kib / 1024]);
  const processor = moments.slice(1).map(([at, , ms], i) => [at, (100 * ms) / Math.max(1, at - moments[i][0])]);
  return [el("h2", null, "Processes"), el("p", { class: "facts" }, text),
    plot("Memory", "MiB", memory, end), plot("Processor", "% of one", processor, end)];
}

// A line chart, as wide and high as that of the template.
const WIDE = 600, HIGH = 80;

function plot(title, unit, points, end) {
  const most = Math.max(...points.map(([, value]) => value), 1);
  const line = points.map(([at, value]) => `${((at / end) * WIDE).toFixed(1)},${(HIGH - (value / most) * HIGH).toFixed(1)}`).join(" ");
  const label = `${title} over ${(end / 1000).toFixed(1)} seconds, at most ${most.toFixed(0)} ${unit}`;
  const svg = document.getElementById("plot").content.firstElementChild.cloneNode(true);
  svg.setAttribute("aria-label", label);
  svg.querySelector("polyline").setAttribute("points", line);
  return el("figure", null, el("figcaption", null, label), svg);
}

// The causes of one target, each with the place where its page is.
const causesOf = (t) => t.causes.map((cause, i) => ({ ...cause, on: [{ t, i }] }));

// The causes of all targets: what is the same in several is one.
function merged() {
  const found = new Map();
  for (const cause of targets.flatMap(causesOf)) {
    const identity = JSON.stringify([cause.verdict, cause.requirement, cause.key, cause.known]);
    const same = found.get(identity);
    if (same) same.on.push(...cause.on);
    else found.set(identity, cause);
  }
  const order = ({ known, verdict, impact, on }) => [Number(known), RANK[verdict], index.impacts.indexOf(impact), -on.length];
  return [...found.values()].sort((a, b) => {
    const [x, y] = [order(a), order(b)];
    const i = x.findIndex((n, i) => n !== y[i]);
    return i < 0 ? 0 : x[i] - y[i];
  });
}

// Causes as a flat list: each with its reason, its clause and the cases that show it.
function causeList(list, title) {
  const here = list.filter((cause) => isShown(cause.verdict) && cause.cases.some((n) => wanted(cases[n])));
  if (!here.length) return [];
  const shown = here.slice(0, ROWS);
  return [el("h2", null, title), el("ol", { class: "flat", id: "causes" }, shown.map(causeItem)), more(here)].flat();
}

function causeItem(cause) {
  const { t, i } = cause.on[0];
  const [smallest] = cause.cases.map((n) => cases[n]);
  const others = targets.length > 1 ? [" on ", cause.on.slice(0, SOME).map(({ t, i }, n) =>
    [n ? ", " : "", link(["cause", t.n, i], t.name)]), cause.on.length > SOME ? ` and ${cause.on.length - SOME} more` : null] : null;
  return el("li", { "data-row": true },
    el("p", { class: "why" }, link(["cause", t.n, i], cause.reason)),
    el("p", null, verdictWord({ kind: cause.verdict, known: cause.known }), `, ${cause.impact}: `,
      cause.cases.length > 1 ? [counted(cause.cases.length, "case"), ", the smallest "] : null,
      link(["case", smallest.id, t.n], breakable(smallest.id)), others,
      cause.rests ? el("span", { class: "faint" }, `; ${counted(cause.rests, "more case")} not judged for it`) : null),
    el("p", { class: "rule" }, clauseText(cause.requirement)));
}

// Why cases were skipped: one line for each thing that they needed.
function skippedList(t) {
  if (!isShown(SKIPPED)) return [];
  const groups = t.skipped.map((group, i) => [group, i]).filter(([group]) => group.cases.some((n) => wanted(cases[n])));
  if (!groups.length) return [];
  return [el("h2", null, "Skipped"), el("ul", { class: "flat", id: "skipped" }, groups.map(([group, i]) => el("li", { "data-row": true },
    link(["skipped", t.n, i], counted(group.cases.length, "case")), group.needs ? [" ", el("b", null, group.needs + ":")] : null, " ", group.why)))];
}

// The cases that were skipped for one reason.
function skipped(n, i) {
  const t = targets[n];
  const group = t?.skipped[i];
  if (!group) return missing();
  return [crumbs(t.name, ["target", t.n]), el("h2", null, `${counted(group.cases.length, "case")} skipped: ${group.why}`),
    caseTable(group.cases.map((n) => cases[n]), [t])].flat();
}

// The link to a requirement's section, and its words.
function clauseText(id) {
  const [clause, level, text, address] = index.requirements[id] ?? [];
  if (!clause) return id;
  const shown = address ? el("a", { href: address, rel: "noreferrer" }, clause) : clause;
  return [shown, ` ${level}: ${text} `, el("span", { class: "faint" }, `[${id}]`)];
}

const verdictWord = (v) => el("span", { class: "v" + v.kind }, `${MARKS[v.kind]} ${word(v)}`);

// The rows of one cause, the smallest first.
function cause(n, i) {
  const t = targets[n];
  const found = t?.causes[i];
  if (!found) return missing();
  return [crumbs(t.name, ["target", t.n]), el("h2", null, found.reason),
    el("p", null, verdictWord({ kind: found.verdict, known: found.known }), `, ${found.impact}. `, el("span", { class: "faint" }, found.key)),
    el("p", { class: "rule" }, clauseText(found.requirement)),
    found.again ? command("smallest", found.again) : null,
    found.requirement ? command("rule", `wsspec explain ${found.requirement}`) : null,
    caseTable(found.cases.map((n) => cases[n]), [t])].flat();
}

// One target: what broke, worst first, why cases were skipped, and its families.
function target(n, alone) {
  const t = targets[n];
  if (!t) return missing();
  return [alone ? null : crumbs(t.name), el("h2", { class: "name" }, t.name), about(t), causeList(causesOf(t), "What broke, worst first"), errorList([t]),
    skippedList(t), t.usage && only === null ? usage(t.usage) : [], listOfOnly([t]), only === null ? familyTable([t]) : []].flat();
}

// An id that breaks after its dots, where it has to.
const breakable = (id) => id.split(/(?<=\.)/).flatMap((part, i) => (i ? [el("wbr"), part] : [part]));

// A flat table of cases.
function caseTable(list, some) {
  const rows = list.slice(0, ROWS).map((c) => el("tr", { "data-row": true },
    el("th", { scope: "row", title: c.about }, link(["case", c.id, some.length === 1 ? some[0].n : firstBad(c)], breakable(c.id))),
    some.map((t) => {
      const v = t.verdicts[c.n];
      return el("td", null, v && (some.length === 1 || isShown(v.kind)) ? link(["case", c.id, t.n], mark(v), { "aria-label": `${markText(v)} ${word(v)}, ${c.id}, ${t.name}` }) : el("span", { class: "none" }, "·"));
    }),
    some.length <= 2 ? el("td", { class: "faint" }, c.about) : null));
  return [matrix(["case", ...(some.length === 1 ? ["verdict"] : some.map(targetHead)), ...(some.length <= 2 ? ["about"] : [])], rows), more(list)].flat();
}

const more = (list) => list.length > ROWS ? [el("p", { class: "faint" }, `… and ${list.length - ROWS} more; search or filter to see them.`)] : [];

// The worst verdicts first.
function sorted(list, some) {
  const worst = (c) => Math.max(...some.map((t) => t.verdicts[c.n]?.kind ?? 0));
  return [...list].sort((a, b) => worst(b) - worst(a) || a.n - b.n);
}

function family(name, n) {
  const list = families.get(name);
  if (!list) return missing();
  const some = n === undefined ? targets : targets.filter((t) => t.n === Number(n));
  return [crumbs(name), el("h2", null, name), caseTable(sorted(kept(list, some), some), some)].flat();
}

// The cases with one verdict on a target, of one family or of all.
function casesView(verdict, n, name) {
  const [kind, t] = [index.verdicts.indexOf(verdict), targets[n]];
  if (kind < 0 || !t) return missing();
  const list = (name ? families.get(name) ?? [] : cases).filter((c) => wanted(c) && t.verdicts[c.n]?.kind === kind);
  return [crumbs(t.name, ["target", t.n]), el("h2", null, `${counted(list.length, "case")}: ${verdict}${name ? ", " + name : ""}`), caseTable(list, [t])].flat();
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
  const broken = detail?.broken ?? (v?.kind >= NON_STRICT && v?.kind !== SKIPPED ? c.requirements[0] : null);
  const facts = [["reason", detail?.reason], ["rests on", detail?.on && (byId.has(detail.on) ? link(["case", detail.on, t.n], detail.on) : detail.on)],
    ["broken", broken && clauseText(broken)], ["known", detail?.known], ["answers", detail?.like], ["sent", detail?.sent], ["expected", detail?.expected],
    ["received", detail?.received], ["stderr", detail?.stderr], ["usage", detail?.usage], ["growth", detail?.growth],
    ["seen", detail?.seen && `${counted(detail.count, "time")}, first in ${detail.seen.join(", ")}`],
    ["close", detail?.close && closeText(detail.close)], ["about", c.about],
    ...c.requirements.filter((r) => r !== broken).map((r) => ["clause", clauseText(r)]), ["impact", c.impact],
    ["Autobahn", c.autobahn.join(", ")], ["key", detail?.key], ["cause", detail?.cause], ["duration", detail && `${detail.ms} ms`]];
  return [crumbs(c.family, ["family", c.family]), el("h2", null, c.id),
    targets.length > 1 ? el("p", null, targets.filter((o) => o.verdicts[c.n]).map((o) =>
      el("span", { class: "count" }, mark(o.verdicts[c.n]), " ", o === t ? el("b", null, o.name) : link(["case", c.id, o.n], o.name), " "))) : null,
    el("p", { class: "verdict" }, targets.length > 1 ? t.name + ": " : null, v ? verdictWord(v) : "not run"),
    el("dl", null, facts.filter(([, x]) => x).map(([k, x]) => [el("dt", null, k), el("dd", null, x)])),
    detail?.again ? command("again", detail.again) : null,
    broken ? command("rule", `wsspec explain ${broken}`) : null,
    bytes(detail, v)].flat();
}

// The wire logs; where there are none, why.
function bytes(detail, v) {
  const logs = [detail?.wire && wire(detail.wire, "Wire log"),
    detail?.alone && wire(detail.alone, "Wire log of the case run alone, with the other verdict")].filter(Boolean);
  if (logs.length || !v) return logs;
  if (v.kind === SKIPPED) return [el("p", { class: "faint" }, `No bytes: ${detail?.reason ?? "it was skipped"}.`)];
  return v.kind === 0 ? [el("p", { class: "faint" }, "It passed; run with --transcripts all to keep its bytes too.")] : [];
}

// A command, with a button that copies it.
function command(label, text) {
  const button = el("button", { type: "button", "aria-label": `Copy: ${label}` }, "Copy");
  button.addEventListener("click", () => copy(text, button));
  return el("div", { class: "command" }, el("span", { class: "faint" }, label), el("code", { tabindex: 0 }, text), button);
}

async function copy(text, button) {
  const done = await navigator.clipboard?.writeText(text).then(() => true, () => false) || copySelected(button);
  const said = done ? "Copied" : "Press Ctrl-C";
  document.getElementById("status").textContent = said;
  button.textContent = said;
  setTimeout(() => { button.textContent = "Copy"; }, 2000);
}

// Where a page may not write to the clipboard, the command is selected and copied as if by hand.
function copySelected(button) {
  getSelection().selectAllChildren(button.parentNode.querySelector("code"));
  return document.execCommand("copy");
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
      el("td", { class: "hex" }, hex, carets(faults)),
      el("td", null, meaning, faults.map(([what, clause, address, inHex, column]) => el("div", { class: "fault" },
        (inHex ? "" : " ".repeat(column)) + `▲ ${what} (`, address ? el("a", { href: address, rel: "noreferrer" }, clause) : clause, ")"))));
  });
  return el("section", null, el("h3", null, title), el("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": title }, el("table", { class: "wire" },
    el("thead", null, el("tr", null, ["ms", "from", "at byte", "hex", "meaning"].map((h, i) =>
      el("th", { scope: "col", class: ["", "", "offset", "hex", ""][i] }, h)))), el("tbody", null, rows))));
}

// A row of carets, each under the byte that breaks a rule.
function carets(faults) {
  const columns = faults.filter(([, , , inHex]) => inHex).map(([, , , , column]) => column);
  if (!columns.length) return null;
  const row = Array.from({ length: Math.max(...columns) + 1 }, (_, i) => (columns.includes(i) ? "▲" : " "));
  return el("div", { class: "fault", "aria-hidden": "true" }, row.join(""));
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
  const views = { family, target: (n) => target(n), cause, skipped, cases: casesView, case: caseView };
  const content = await (Object.hasOwn(views, page) ? views[page](...rest) : overview());
  if (mine === drawing) view.replaceChildren(...content.flat(Infinity).filter(Boolean));
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
  if (page === "target" && name !== undefined) {
    location.hash = `target/${(Number(name) + step + targets.length) % targets.length}`;
  } else if ((page === "case" || page === "family") && n !== undefined) {
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

// A click on a verdict shows only that one, and a second click all of them again.
const buttons = [null, ...[...index.verdicts.keys()].reverse()].map((kind) => {
  const count = targets.reduce((sum, t) => sum + t.verdicts.filter((v) => v && (kind === null || v.kind === kind)).length, 0);
  if (!count) return null;
  const text = kind === null ? `all ${count}` : `${MARKS[kind]} ${count} ${index.verdicts[kind]}`;
  const button = el("button", { type: "button", class: kind === null ? null : "v" + kind }, text);
  button.addEventListener("click", () => { only = only === kind ? null : kind; press(); draw(); });
  return { button, kind };
}).filter(Boolean);
const press = () => buttons.forEach(({ button, kind }) => button.setAttribute("aria-pressed", String(kind === only)));
press();
const verdicts = document.getElementById("verdicts");
verdicts.append(...buttons.flatMap(({ button }) => [button, " "]), el("a", { href: "#legend", class: "legend" }, "Legend"));
verdicts.lastChild.addEventListener("click", (event) => {
  event.preventDefault();
  document.getElementById("legend").scrollIntoView();
});
verdicts.hidden = false;
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
