const http2 = require("node:http2");
const { WebSocket } = require("ws");

const server = http2.createServer({ settings: { enableConnectProtocol: true } });
server.on("stream", (stream, headers) => {
  stream.on("error", () => {});
  if (headers[":method"] !== "CONNECT" || headers[":protocol"] !== "websocket") {
    stream.respond({ ":status": 400 }, { endStream: true });
    return;
  }
  if (headers["sec-websocket-version"] !== "13") {
    stream.respond({ ":status": 400, "sec-websocket-version": "13" }, { endStream: true });
    return;
  }
  stream.respond({ ":status": 200 });
  // What ws asks of a socket of TCP.
  stream.setNoDelay = () => {};
  stream.setKeepAlive = () => {};
  const socket = new WebSocket(null, undefined, { autoPong: true });
  socket.setSocket(stream, Buffer.alloc(0), { maxPayload: 100 << 20, allowSynchronousEvents: true });
  socket.on("error", () => {});
  socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
});
server.listen(Number(process.argv[2]), "127.0.0.1");
