// Echoes as a client, with undici. Usage: undici.js URL
const { WebSocket } = require('undici');

const socket = new WebSocket(process.argv.at(-1));
socket.binaryType = 'arraybuffer';
socket.onmessage = (event) => socket.readyState === WebSocket.OPEN && socket.send(event.data);
socket.onerror = () => {};
