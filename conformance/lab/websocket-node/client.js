// Reads URLs, one on each line, and echoes until each connection ends.
const readline = require("node:readline");
const { client: WebSocketClient } = require("websocket");

function echo(url) {
  const client = new WebSocketClient();
  client.on("connectFailed", () => {});
  client.on("connect", (connection) => {
    connection.on("error", () => {});
    connection.on("message", (message) => {
      if (message.type === "utf8") connection.sendUTF(message.utf8Data);
      else connection.sendBytes(message.binaryData);
    });
  });
  const offered = process.env.WSSPEC_SUBPROTOCOLS;
  client.connect(url, offered ? offered.split(",") : []);
}

readline.createInterface({ input: process.stdin }).on("line", echo);
