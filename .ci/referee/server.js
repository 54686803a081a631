// An echo server made of the npm package `ws`. When a connection ends, it prints what it received and sent:
// the number of messages, and a hash of their types and payloads. Usage: node server.js PORT
const { createHash } = require("crypto");
const { WebSocketServer } = require("ws");

const server = new WebSocketServer({ perMessageDeflate: true, host: "127.0.0.1", port: Number(process.argv[2]), maxPayload: 64 << 20 });
server.on("connection", (socket) => {
  const [received, sent] = [createHash("sha256"), createHash("sha256")];
  let messages = 0;
  socket.on("error", () => {});
  socket.on("message", (data, isBinary) => {
    messages += 1;
    for (const hash of [received, sent]) hash.update(isBinary ? "b" : "t").update(data);
    socket.send(data, { binary: isBinary });
  });
  socket.on("close", () => console.log(JSON.stringify({ messages, received: received.digest("hex"), sent: sent.digest("hex") })));
});
