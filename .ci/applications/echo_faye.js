// An echo server made of the npm packages `faye-websocket` and `permessage-deflate`. Usage: node echo_faye.js PORT
const http = require("node:http");
const WebSocket = require("faye-websocket");
const deflate = require("permessage-deflate");

const server = http.createServer((_, response) => response.writeHead(426).end());
server.on("upgrade", (request, socket, head) => {
  if (!WebSocket.isWebSocket(request)) return socket.destroy();
  const connection = new WebSocket(request, socket, head, null, { extensions: [deflate], maxLength: 64 << 20 });
  connection.on("message", (event) => connection.send(event.data));
  connection.on("error", () => {});
});
server.listen(Number(process.argv[2]), "127.0.0.1");
