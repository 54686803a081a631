// Echoes, with any version of ws from 1 on. Usage: ws.js [--typed-close] PORT
//
// With --typed-close, the message "bye" makes it close with a reason that is an array of 16-bit numbers.
const WebSocket = require('ws');

const port = Number(process.argv.at(-1));
const typedClose = process.argv.includes('--typed-close');
const server = new WebSocket.Server({ host: '127.0.0.1', port, perMessageDeflate: true });

// Version 1 hands on an object of flags, versions 2 to 7 nothing, version 8 a boolean.
function isBinary(data, flags) {
  if (typeof flags === 'boolean') return flags;
  return flags ? Boolean(flags.binary) : typeof data !== 'string';
}

function close(socket) {
  try {
    socket.close(1000, Uint16Array.from(Buffer.from('good bye')));
  } catch (error) {
    socket.terminate(); // Fixed versions refuse such a reason.
  }
}

server.on('connection', (socket) => {
  socket.on('error', () => {});
  socket.on('message', (data, flags) => {
    if (typedClose && String(data) === 'bye') return close(socket);
    const binary = isBinary(data, flags);
    socket.send(binary ? data : String(data), { binary }, () => {});
  });
});
