// Echoes with SockJS; its raw WebSockets are at /echo/websocket. Usage: sockjs.js PORT
const http = require('http');
const sockjs = require('sockjs');

const echo = sockjs.createServer({ log: () => {} });
echo.on('connection', (connection) => connection && connection.on('data', (data) => connection.write(data)));
const server = http.createServer();
echo.installHandlers(server, { prefix: '/echo' });
server.listen(Number(process.argv.at(-1)), '127.0.0.1');
