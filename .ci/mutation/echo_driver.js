// An echo server made of the npm packages `websocket-driver` and `permessage-deflate`. Usage: node echo_driver.js PORT
//
// A library that throws ends that connection, not the server.
const http = require("node:http");
const websocket = require("websocket-driver");
const deflate = require("permessage-deflate");

process.on("uncaughtException", (error) => console.error(error));

const server = http.createServer((_, response) => response.writeHead(426).end());
server.on("upgrade", (request, socket, head) => {
  socket.on("error", () => {});
  try {
    serve(request, socket, head);
  } catch {
    socket.destroy();
  }
});

function serve(request, socket, head) {
  const driver = websocket.http(request, { maxLength: 64 << 20 });
  driver.addExtension(deflate);
  driver.on("message", (event) => (typeof event.data === "string" ? driver.text(event.data) : driver.binary(event.data)));
  driver.on("close", () => socket.end());
  driver.on("error", () => {});
  driver.io.on("data", (bytes) => socket.writable && socket.write(bytes));
  socket.on("data", (bytes) => {
    try {
      driver.io.write(bytes);
    } catch {
      socket.destroy();
    }
  });
  socket.on("end", () => driver.io.end());
  driver.start();
  if (head.length > 0) driver.io.write(head);
}

server.listen(Number(process.argv[2]), "127.0.0.1");
