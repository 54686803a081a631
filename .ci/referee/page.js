// Serves a page that talks to a WebSocket at the same origin, and an echo there; ends when the WebSocket has ended.
// Usage: node page.js PORT MESSAGES clear|h1|h2 [CERT KEY]
const fs = require("fs");
const http = require("http");
const https = require("https");
const http2 = require("http2");
const { WebSocket, WebSocketServer } = require("ws");

const [port, messages, protocol, cert, key] = process.argv.slice(2);
const tls = cert && { cert: fs.readFileSync(cert), key: fs.readFileSync(key) };

// Text and binary by turns, of sizes in each of the three forms of a length.
const page = `<!doctype html><script>
  const sizes = [0, 1, 125, 126, 4000, 70000];
  const message = (n) => n % 2 ? "é".repeat(sizes[n % 6] / 2) : new Uint8Array(sizes[n % 6]);
  const socket = new WebSocket(location.origin.replace("http", "ws"));
  let answered = 0;
  socket.onopen = () => { for (let n = 0; n < ${messages}; n++) socket.send(message(n)); };
  socket.onmessage = () => { if (++answered === ${messages}) socket.close(1000, "done"); };
</script>`;
const headers = { "content-type": "text/html" };

function echo(socket) {
  socket.on("error", () => {});
  socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
  socket.on("close", () => setTimeout(() => process.exit(0), 500));
}

function overHttp2(stream, fields) {
  stream.on("error", () => {});
  if (fields[":protocol"] !== "websocket") {
    stream.respond({ ":status": 200, ...headers });
    return stream.end(page);
  }
  stream.respond({ ":status": 200 });
  stream.setNoDelay = stream.setKeepAlive = () => {};
  const socket = new WebSocket(null, undefined, { autoPong: true });
  socket.setSocket(stream, Buffer.alloc(0), { maxPayload: 64 << 20, skipUTF8Validation: false, allowSynchronousEvents: true });
  echo(socket);
}

function overHttp1(request, response) {
  response.writeHead(200, headers).end(page);
}

if (protocol === "h2") {
  const server = http2.createSecureServer({ ...tls, settings: { enableConnectProtocol: true } });
  server.on("stream", overHttp2).listen(Number(port), "127.0.0.1");
} else {
  const server = tls ? https.createServer(tls, overHttp1) : http.createServer(overHttp1);
  new WebSocketServer({ server, perMessageDeflate: true, maxPayload: 64 << 20 }).on("connection", echo);
  server.listen(Number(port), "127.0.0.1");
}
