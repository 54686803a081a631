const http = require("node:http");
const httpProxy = require("http-proxy");

const [port, backend] = process.argv.slice(2).map(Number);
const proxy = httpProxy.createProxyServer({ target: { host: "127.0.0.1", port: backend }, ws: true });
proxy.on("error", (error, request, response) => response.destroy?.());
const server = http.createServer((request, response) => proxy.web(request, response));
server.on("upgrade", (request, socket, head) => {
  socket.on("error", () => {});
  proxy.ws(request, socket, head);
});
server.listen(port, "127.0.0.1");
