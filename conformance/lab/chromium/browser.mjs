// Starts a browser with a page that echoes: browser.mjs PROGRAM. The page takes the URLs of standard input, one on each
// line, from here.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const offered = (process.env.WSSPEC_SUBPROTOCOLS ?? "").split(",").filter(Boolean);
const page = `<script>
  new EventSource("/urls").onmessage = ({ data: url }) => {
    const socket = new WebSocket(url, ${JSON.stringify(offered)});
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => socket.send(data);
  };
</script>`;

const waiting = [];
let send = (url) => waiting.push(url);
const server = createServer((request, response) => {
  if (request.url !== "/urls") {
    response.setHeader("Content-Type", "text/html").end(page);
    return;
  }
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  send = (url) => response.write(`data: ${url}\n\n`);
  waiting.splice(0).forEach(send);
});
server.listen(0, "127.0.0.1", () => {
  const profile = mkdtempSync(join(tmpdir(), "wsspec-browser-"));
  const options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"];
  const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync"];
  // Nothing of its own reaches beyond this machine.
  quiet.push("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost, EXCLUDE *.wsspec.test");
  const url = `http://127.0.0.1:${server.address().port}/`;
  const words = [...options, ...quiet, `--user-data-dir=${profile}`, url];
  const browser = spawn(process.argv[2], words, { stdio: "ignore" });
  browser.on("exit", () => process.exit());
  process.on("SIGTERM", () => browser.kill());
  process.on("exit", () => rmSync(profile, { recursive: true, force: true, maxRetries: 3 }));
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (line) => send(line));
  lines.on("close", () => browser.kill());
});
