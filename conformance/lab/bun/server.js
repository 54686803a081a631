Bun.serve({
  hostname: "127.0.0.1",
  port: Number(process.argv[2]),
  fetch(request, server) {
    if (!server.upgrade(request)) return new Response("", { status: 426 });
  },
  websocket: {
    perMessageDeflate: true,
    sendPings: false,
    message(socket, message) {
      socket.send(message, true);
    },
  },
});
