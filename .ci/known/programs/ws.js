// Echoes, with any version of ws from 1 on. Usage: ws.js [--typed-close] PORT
const WebSocket = require('ws');

const port = Number(process.argv.at(-1));
const typedClose = process.argv.includes('--typed-close');
const server = new WebSocket.Server({ host: '127.0.0.1', port, perMessageDeflate: true });

// Version 1 hands on an object of flags, versions 2 to 7 nothing, version 8 a boolean.
function isBinary(data, flags) {
  if (typeof flags === 'boolean') return flags;
  return flags ? Boolean(flags.binary) : typeof data !== 'string';
}

server.on('connection', (socket) => {
  socket.on('error', () => {});
  socket.on('message', (data, flags) => {
    if (typedClose && String(data) === 'bye') return socket.close(1000, Uint16Array.from(Buffer.from('good bye')));
    const binary = isBinary(data, flags);
    socket.send(binary ? data : String(data), { binary }, () => {});
  });
});
