// An echo server made of the npm package `ws`. Usage: node ws_echo.js PORT
const { WebSocketServer } = require("ws");

const server = new WebSocketServer({ perMessageDeflate: true, host: "127.0.0.1", port: Number(process.argv[2]), maxPayload: 64 << 20 });
server.on("connection", (socket) => {
  socket.on("error", () => {});
  socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
});
