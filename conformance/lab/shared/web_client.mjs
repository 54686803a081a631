// A client with the API of browsers: reads URLs, one on each line, and echoes until each connection ends.
import { createInterface } from "node:readline";

const offered = globalThis.process?.env.WSSPEC_SUBPROTOCOLS;
const subprotocols = offered ? offered.split(",") : [];

function echo(url) {
  const socket = new WebSocket(url, subprotocols);
  socket.binaryType = "arraybuffer";
  socket.onerror = () => {};
  socket.onmessage = (event) => socket.send(event.data);
}

createInterface({ input: globalThis.process.stdin }).on("line", echo);
