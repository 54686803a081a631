// Looks at a site in a headless Chromium: each kind of page at two widths, light and dark, with axe; that nothing is wider
// than the window; the search, the filters, and reading without JavaScript. The pages are files: no server is needed.
// Usage: node drive.js CHROMIUM SITE SCREENSHOTS
"use strict";
const assert = require("node:assert");
const fs = require("node:fs");
const path = require("node:path");
const puppeteer = require("puppeteer-core");
const { source: axe } = require("axe-core");
const [chromium, site, shots] = process.argv.slice(2);

// The first, the largest and the last page of a folder.
function some(folder) {
  const names = fs.readdirSync(path.join(site, folder), { withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => path.join(folder, entry.name)).sort();
  const largest = [...names].sort((a, b) => fs.statSync(path.join(site, b)).size - fs.statSync(path.join(site, a)).size)[0];
  return [...new Set([names[0], largest, names.at(-1)])].filter(Boolean);
}
const FOLDERS = ["implementations", "families", "cases", "requirements", "guide", "commands"];
const PAGES = ["index.html", "families.html", "requirements.html", "guide.html", "commands.html"];
const LOOKS = [["wide", 1400, "light"], ["wide", 1400, "dark"], ["narrow", 420, "light"], ["narrow", 420, "dark"]];

(async () => {
  const args = process.getuid() === 0 ? ["--no-sandbox"] : [];
  const browser = await puppeteer.launch({ executablePath: chromium, args: [...args, "--disable-gpu"] });
  const tab = await browser.newPage();
  const errors = [];
  const elsewhere = new Set();
  tab.on("pageerror", (error) => errors.push(String(error)));
  tab.on("console", (message) => errors.push(message.text()));
  tab.on("request", (request) => { if (!/^(file|data):/.test(request.url())) elsewhere.add(request.url()); });
  const go = (name) => tab.goto("file://" + path.join(site, name));
  const until = (what, ...rest) => tab.waitForFunction(what, { polling: 50, timeout: 60000 }, ...rest);
  const look = async ([, width, scheme]) => {
    await tab.setViewport({ width, height: 900 });
    await tab.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  };

  const pages = PAGES.concat(...FOLDERS.filter((folder) => fs.existsSync(path.join(site, folder))).map(some)).filter((name) => fs.existsSync(path.join(site, name)));
  const wrong = [];
  for (const name of pages) {
    for (const one of LOOKS) {
      await look(one);
      await go(name);
      const [width, scheme] = [one[0], one[2]];
      await tab.screenshot({ path: path.join(shots, `${name.replaceAll("/", "_")}-${width}-${scheme}.png`) });
      // Closed parts are read as well.
      await tab.evaluate(() => document.querySelectorAll("details").forEach((part) => { part.open = true; }));
      const beyond = await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (beyond > 0) wrong.push(`${name}, ${width}: ${beyond} pixels wider than the window`);
      await tab.evaluate(axe);
      const found = await tab.evaluate(async () => {
        const { violations } = await window.axe.run(document, { resultTypes: ["violations"], preload: false });
        return violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 200)).join(" | ")}`);
      });
      wrong.push(...found.map((what) => `${name}, ${width}, ${scheme}: ${what}`));
    }
  }
  assert.deepEqual(wrong, []);

  // An id is found whole, a word of a text too, and Enter opens the first.
  await look(LOOKS[0]);
  await go("index.html");
  await tab.keyboard.press("/");
  await tab.keyboard.type("frame.mask.wrong-text-empty");
  await until(() => document.querySelector("#found a")?.textContent === "frame.mask.wrong-text-empty");
  await Promise.all([tab.waitForNavigation(), tab.keyboard.press("Enter")]);
  assert.match(tab.url(), /\/cases\/frame\.mask\./);
  assert((await tab.$$(".wire tbody tr")).length > 2, "the bytes of the case");
  await tab.focus("#search");
  await tab.keyboard.type("server closes the connection on an unmasked");
  await until(() => /requirements\/RFC6455-5\.1/.test(document.querySelector("#found a")?.href));

  // The filters of the matrix, where there is one.
  await go("index.html");
  if (await tab.$("#filters")) {
    const shown = () => tab.$$eval(".filtered tbody tr", (rows) => rows.filter((row) => !row.hidden).length);
    const all = await shown();
    await tab.type("#filter", "frame.");
    const some = await shown();
    assert(some > 0 && some < all, `${some} of ${all}`);
    await tab.$eval("#filter", (input) => { input.value = ""; input.dispatchEvent(new Event("input", { bubbles: true })); });
    assert.equal(await shown(), all);
    await tab.select("#transport", "h3");
    const columns = await tab.$$eval(".filtered thead th", (heads) => heads.filter((head) => !head.hidden).length);
    const every = await tab.$$eval(".filtered thead th", (heads) => heads.length);
    assert(columns < every, `${columns} of ${every}`);
    // A cell leads to what was seen.
    await go("index.html");
    const [to] = await tab.$$eval(".filtered td a", (links) => links.map((link) => link.href));
    if (to) {
      await tab.goto(to);
      assert(await tab.evaluate(() => document.getElementById(decodeURIComponent(location.hash.slice(1))) !== null), to);
    }
  }

  // Everything but the search and the filters is there without JavaScript.
  await tab.setJavaScriptEnabled(false);
  await go("families.html");
  assert((await tab.content()).includes("frame.mask"));
  assert.equal(await tab.$eval("#tools", (tools) => tools.hidden), true);
  await tab.setJavaScriptEnabled(true);

  assert.deepEqual([...elsewhere], [], "a page loads nothing from elsewhere");
  assert.deepEqual(errors, []);
  await browser.close();
  console.log(`${pages.length} pages at 1400 and 420 pixels, light and dark: axe finds nothing; search, filters and no script: as they should be`);
})().catch((error) => { console.error(error); process.exit(1); });
