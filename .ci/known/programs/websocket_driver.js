// Echoes with websocket-driver. Usage: websocket_driver.js PORT
const http = require('http');
const websocket = require('websocket-driver');

const server = http.createServer();
server.on('upgrade', (request, socket, body) => {
  socket.on('error', () => socket.destroy());
  if (!websocket.isWebSocket(request)) return socket.destroy();
  const driver = websocket.http(request);
  driver.io.write(body);
  socket.pipe(driver.io).pipe(socket);
  (driver.messages.on ? driver.messages : driver).on('data', (data) => driver.messages.write(data));
  driver.start();
});
server.listen(Number(process.argv.at(-1)), '127.0.0.1');
