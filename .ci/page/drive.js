// Drives the HTML report in a headless Chromium: filter, search, navigation, keys, and a hostile target.
// Usage: node drive.js CHROMIUM PAGE SCREENSHOTS
"use strict";
const assert = require("node:assert");
const puppeteer = require("puppeteer-core");
const [chromium, page, shots] = process.argv.slice(2);
const url = "file://" + page;
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
  const rows = () => tab.$$eval("tr[data-row]", (found) => found.length);
  const hash = () => tab.evaluate(() => decodeURIComponent(location.hash));
  const text = () => tab.$eval("main", (main) => main.innerText);
  const key = async (name) => { await tab.keyboard.press(name); await rest(400); };

  const looks = [["wide-light", 1400, "light"], ["wide-dark", 1400, "dark"], ["narrow-light", 420, "light"], ["narrow-dark", 420, "dark"]];
  const pictures = async (name) => {
    for (const [look, width, scheme] of looks) {
      await tab.setViewport({ width, height: 900 });
      await tab.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
      await tab.screenshot({ path: `${shots}/${name}-${look}.png` });
    }
    await tab.setViewport({ width: 1400, height: 900 });
  };

  const began = Date.now();
  await tab.goto(url);
  await tab.waitForSelector("tr[data-row]");
  await tab.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
  console.log(`interactive in ${Date.now() - began} ms`);
  await pictures("overview");

  const families = await rows();
  assert(families > 30, `${families} families`);
  await key("/");
  await tab.keyboard.type("sec-websocket-accept");
  await rest(600);
  const found = await rows();
  assert(found > 0 && found < families, `${found} of ${families} families after a search`);
  await tab.$eval("#search", (search) => { search.value = ""; search.dispatchEvent(new Event("input")); });
  await key("Escape");
  await rest(300);
  assert.equal(await rows(), families);

  const before = await text();
  await tab.click("#verdicts button");
  await rest(300);
  assert.notEqual(await text(), before, "a verdict that is not shown changes the counts");
  await tab.click("#verdicts button");
  await rest(300);
  assert.equal(await text(), before);
  await tab.$eval("#verdicts button", (button) => button.blur());

  await key("j");
  await key("j");
  await key("Enter");
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
  assert.equal(await tab.evaluate(() => window.pwned), undefined);
  assert.equal(await tab.title(), "WebSocket conformance");
  assert.equal(await tab.$$eval("main img, main script", (nodes) => nodes.length), 0);
  assert.deepEqual([...requests], [url]);
  assert.deepEqual(errors, []);
  await browser.close();
  console.log("filter, search, keys, navigation and the hostile target: as they should be");
})().catch((error) => { console.error(error); process.exit(1); });
