// Reads URLs, one on each line, and echoes until each connection ends.
const readline = require("node:readline");
const { WebSocket } = require("ws");

function echo(url) {
  const subprotocols = process.env.WSSPEC_SUBPROTOCOLS;
  const socket = new WebSocket(url, subprotocols ? subprotocols.split(",") : []);
  socket.on("error", () => {});
  socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
}

readline.createInterface({ input: process.stdin }).on("line", echo);
