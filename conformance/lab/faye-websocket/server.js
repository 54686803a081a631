const http = require("node:http");
const WebSocket = require("faye-websocket");
const deflate = require("permessage-deflate");

const server = http.createServer((request, response) => response.writeHead(426).end());
server.on("upgrade", (request, socket, head) => {
  if (!WebSocket.isWebSocket(request)) {
    socket.destroy();
    return;
  }
  const connection = new WebSocket(request, socket, head, null, { extensions: [deflate] });
  connection.on("message", (event) => connection.send(event.data));
  connection.on("error", () => {});
});
server.listen(Number(process.argv[2]), "127.0.0.1");
