// An Engine.IO server that answers each message. Usage: engine_io.js PORT
const engine = require('engine.io');

const http = require('http').createServer((_request, response) => response.end());
const server = engine.attach(http);
server.on('connection', (socket) => socket.on('message', (data) => socket.send(data)));
http.listen(Number(process.argv.at(-1)), '127.0.0.1');
