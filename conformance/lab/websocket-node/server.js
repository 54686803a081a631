const http = require("node:http");
const { server: WebSocketServer } = require("websocket");

const httpServer = http.createServer((request, response) => response.writeHead(426).end());
const server = new WebSocketServer({ httpServer, autoAcceptConnections: true });
server.on("connect", (connection) => {
  connection.on("error", () => {});
  connection.on("message", (message) => {
    if (message.type === "utf8") connection.sendUTF(message.utf8Data);
    else connection.sendBytes(message.binaryData);
  });
});
httpServer.listen(Number(process.argv[2]), "127.0.0.1");
