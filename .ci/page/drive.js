// Drives the HTML report in a headless Chromium: what is seen first, filter by verdict, search, legend, copying,
// navigation, keys, accessibility (axe), reading without JavaScript, and a hostile target.
// Usage: node drive.js CHROMIUM PAGE SMALL_PAGE SCREENSHOTS
"use strict";
const assert = require("node:assert");
const puppeteer = require("puppeteer-core");
const { source: axe } = require("axe-core");
const [chromium, page, small, shots] = process.argv.slice(2);
const url = "file://" + page;
const one = "file://" + small;
const rest = (ms) => new Promise((done) => setTimeout(done, ms));

(async () => {
  const args = process.getuid() === 0 ? ["--no-sandbox"] : [];
  const browser = await puppeteer.launch({ executablePath: chromium, args: [...args, "--disable-gpu"] });
  const tab = await browser.newPage();
  const requests = new Set();
  const errors = [];
  tab.on("request", (request) => requests.add(request.url().split("#")[0]));
  tab.on("pageerror", (error) => errors.push(String(error)));
  tab.on("console", (message) => errors.push(message.text()));
  const rows = () => tab.$$eval("[data-row]", (found) => found.length);
  const hash = () => tab.evaluate(() => decodeURIComponent(location.hash));
  const text = () => tab.$eval("main", (main) => main.innerText);
  const key = async (name) => { await tab.keyboard.press(name); await rest(400); };

  // A report on one target, as most are: one with failures, non-strict and skipped cases.
  const single = async () => {
    await tab.goto(one);
    await tab.waitForSelector("[data-row]");
    await pictures("single"); await tab.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "light" }]); await accessible("single, light"); await tab.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "dark" }]);
    await accessible("single");
    assert.equal(await first(), "causes");
    const links = await tab.$$eval("#causes .rule a", (found) => found.map((a) => a.href));
    assert(links.length > 0 && links.every((href) => /^https:\/\/www\.rfc-editor\.org\/rfc\/rfc\d+#section-[\d.]+$/.test(href)), links.join());
    // Why cases were skipped stands there, and on their pages in place of bytes.
    const reasons = await tab.$$eval("#skipped li", (found) => found.map((li) => li.innerText));
    assert(reasons.length > 0 && reasons.every((reason) => /^\d+ cases? .+/.test(reason)), reasons.join());
    await verdictButton("skipped");
    assert.equal(await tab.$("#causes"), null);
    await tab.click("#skipped a");
    await rest(300);
    await tab.click("main tbody th a");
    await tab.waitForSelector("dl dd");
    await rest(300);
    assert.match(await text(), /No bytes: /);
    await pictures("skipped");
    await accessible("skipped");
    await verdictButton("all");

    // A cause, its smallest case, and the command that runs it again.
    await tab.goto(one + "#cause/0/0");
    await rest(300);
    await pictures("cause");
    await tab.click("main tbody th a");
    await tab.waitForSelector(".wire");
    await pictures("failure");
    await accessible("failure");
    const carets = await tab.$$eval(".wire .hex .fault", (found) => found.map((f) => [f.parentNode.firstChild.data, f.innerText]));
    for (const [hex, caret] of carets) assert(caret.indexOf("▲") % 3 === 0 && caret.length <= hex.length, `${hex}\n${caret}`);
    const { origin } = new URL(one);
    await browser.defaultBrowserContext().overridePermissions(origin === "null" ? one : origin, ["clipboard-read", "clipboard-write"]).catch(() => {});
    await tab.click(".command button");
    await rest(200);
    assert.equal(await tab.$eval("#status", (status) => status.innerText), "Copied");
    const command = await tab.$eval(".command code", (code) => code.innerText);
    assert.match(command, /^wsspec .*--filter/);
    const copied = await tab.evaluate(() => navigator.clipboard.readText().catch(() => null));
    if (copied !== null) assert.equal(copied, command);
  };

  // Reading works without JavaScript: what broke, worst first, with the bytes of a case.
  const withoutScript = async () => {
    await tab.setJavaScriptEnabled(false);
    await tab.goto(one);
    const html = await tab.content();
    assert(html.includes("What broke, worst first"));
    await pictures("plain");
    await tab.setJavaScriptEnabled(true);
  };

  const looks = [["wide-light", 1400, "light"], ["wide-dark", 1400, "dark"], ["narrow-light", 420, "light"], ["narrow-dark", 420, "dark"]];
  const pictures = async (name) => {
    for (const [look, width, scheme] of looks) {
      await tab.setViewport({ width, height: 900 });
      await tab.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
      await tab.screenshot({ path: `${shots}/${name}-${look}.png` });
    }
    await tab.setViewport({ width: 1400, height: 900 });
  };

  // What is wrong for those who cannot see it, or use a keyboard alone.
  const accessible = async (name) => {
    await tab.evaluate(axe);
    const found = await tab.evaluate(async () => {
      const { violations } = await window.axe.run(document, { resultTypes: ["violations"] });
      return violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(" | ")}`);
    });
    assert.deepEqual(found.map((what) => `${name}: ${what}`), []);
  };
  const verdictButton = async (name) => {
    await tab.evaluate((name) => [...document.querySelectorAll("#verdicts button")].find((b) => b.innerText.includes(name)).click(), name);
    await rest(300);
  };

  const began = Date.now();
  await tab.goto(url);
  await tab.waitForSelector("[data-row]");
  await tab.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
  console.log(`interactive in ${Date.now() - began} ms`);
  await pictures("overview");

  // The first thing seen is what broke.
  const first = () => tab.$eval("main", (main) => main.querySelector("ol, ul, table").id);
  assert.equal(await first(), "causes");

  const all = await rows();
  assert(all > 30, `${all} rows`);
  await key("/");
  await tab.keyboard.type("sec-websocket-accept");
  await rest(600);
  const found = await rows();
  assert(found > 0 && found < all, `${found} of ${all} rows after a search`);
  await tab.$eval("#search", (search) => { search.value = ""; search.dispatchEvent(new Event("input")); });
  await key("Escape");
  await rest(300);
  assert.equal(await rows(), all);

  // A click on a verdict shows only that one, a second click all again.
  const marks = () => tab.evaluate(() => [...new Set([...document.querySelectorAll("main [class*=v]")]
    .flatMap((node) => [...node.classList]).filter((name) => /^v\d$/.test(name)))]);
  assert((await marks()).length > 1);
  await verdictButton("fail");
  assert.deepEqual(await marks(), ["v6"]);
  assert.equal(await tab.$$eval("#verdicts [aria-pressed=true]", (on) => on.map((b) => b.innerText).join()), await tab.$eval("#verdicts .v6", (b) => b.innerText));
  await verdictButton("fail");
  assert.equal(await rows(), all);
  await tab.evaluate(() => document.activeElement.blur());

  // The legend has every verdict.
  const legend = await tab.$$eval("footer dt", (terms) => terms.map((dt) => dt.innerText).join());
  for (const name of await tab.evaluate(() => index.verdicts)) assert(legend.includes(name), legend);
  await tab.click("#verdicts .legend");
  await rest(200);
  assert(await tab.$eval("#legend", (h) => { const { top } = h.getBoundingClientRect(); return top >= 0 && top < innerHeight; }));
  assert.equal(await first(), "causes", "the legend is no other page");
  await tab.evaluate(() => scrollTo(0, 0));

  await key("j");
  await key("j");
  await key("Enter");
  assert.match(await hash(), /^#cause\/\d+\/\d+$/);
  await key("u");
  assert.equal(await hash(), "");
  const family = await tab.evaluate(() => [...families.keys()][3]);
  await tab.goto(`${url}#family/${family}`);
  await rest(300);
  assert.match(await hash(), /^#family\//);
  await key("j");
  await key("Enter");
  assert.match(await hash(), /^#case\/.*\/\d+$/);
  const here = await hash();
  await key("l");
  assert.notEqual(await hash(), here, "the next target");
  await key("h");
  assert.equal(await hash(), here);
  await key("u");
  assert.match(await hash(), /^#family\//);
  await pictures("family");
  await accessible("family");

  // What the hostile target said is there as text, and did nothing.
  const id = await tab.evaluate(() => cases.find((c) => targets[0].verdicts[c.n].kind === FAIL).id);
  await tab.goto(`${url}#case/${encodeURIComponent(id)}/0`);
  await tab.waitForSelector(".wire");
  await pictures("case");
  const said = await text();
  assert(said.includes("</script><script>window.pwned=1"), said);
  assert(!said.includes("[object"), said);
  assert(!/[\u0000\u0001\u001b\u202e]/.test(said), "control characters are written out");
  await tab.goto(`${url}#target/0`);
  await tab.waitForSelector("main h2");
  await rest(300);
  await pictures("target");
  await accessible("target");
  assert.equal(await tab.evaluate(() => window.pwned), undefined);
  assert.equal(await tab.title(), "WebSocket conformance");
  assert.equal(await tab.$$eval("main img, main script", (nodes) => nodes.length), 0);
  await single();
  assert.deepEqual([...requests], [url, one]);
  assert.deepEqual(errors, []);
  await withoutScript();
  await browser.close();
  console.log("causes first, filter, search, legend, copying, keys, navigation, axe, no script and the hostile target: as they should be");
})().catch((error) => { console.error(error); process.exit(1); });
