// Reads URLs, one on each line, and echoes until each connection ends.
const readline = require("node:readline");
const WebSocket = require("faye-websocket");
const deflate = require("permessage-deflate");

function echo(url) {
  const offered = process.env.WSSPEC_SUBPROTOCOLS;
  const connection = new WebSocket.Client(url, offered ? offered.split(",") : [], { extensions: [deflate] });
  connection.on("message", (event) => connection.send(event.data));
  connection.on("error", () => {});
}

readline.createInterface({ input: process.stdin }).on("line", echo);
