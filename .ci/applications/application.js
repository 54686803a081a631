// A legal application made of the npm package `ws`; grid.py says what the words mean.
//
// Usage: node application.js PORT [--reaction W] [--trigger W] [--background W] [--limit W] [--seed N]
//        node application.js PORT --echo
const { parseArgs } = require("node:util");
const { WebSocket, WebSocketServer } = require("ws");

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    echo: { type: "boolean" },
    reaction: { type: "string", default: "echo" },
    trigger: { type: "string", default: "all" },
    background: { type: "string", default: "none" },
    limit: { type: "string", default: "none" },
    seed: { type: "string", default: "0" },
  },
});
const [reaction, code] = values.reaction.split(":");
const [trigger, bound] = values.trigger.split(":");
const [background, otherwise] = values.background.split(":");
const [limit, most] = values.limit.split(":");

// Numbers from 0 to 1 (xorshift).
let state = (Number(values.seed) + 0x9e3779b9) >>> 0;
function random() {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) / 2 ** 32;
}

// The value of a JSON text, in an array; null if the text is no JSON.
function parsed(data) {
  try {
    return [JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data))];
  } catch {
    return null;
  }
}

function isLogin(data) {
  const value = parsed(data)?.[0];
  return typeof value === "object" && value !== null && !Array.isArray(value) && "login" in value;
}

const about = (data, isBinary) => JSON.stringify({ kind: isBinary ? "binary" : "text", bytes: data.length });
const upper = (data, isBinary) => (isBinary ? data.map((byte) => byte ^ 0xff) : data.toString().toUpperCase());

class Conversation {
  received = 0;
  reacted = 0;
  loggedIn = background !== "login";
  arrivals = [];
  due = 0;
  timers = [];

  constructor(socket) {
    this.socket = socket;
    socket.on("message", (data, isBinary) => this.listen(data, isBinary));
    socket.on("close", () => this.timers.forEach(clearTimeout));
    if (background === "greets") socket.send('{"greeting":"hello"}');
    if (background === "pushes") this.push();
    if (background === "pings") this.every(150, () => socket.ping());
    if (limit === "life") this.timers.push(setTimeout(() => socket.close(1001, "end of life"), most * 1000));
  }

  // Calls back until the socket starts to close.
  every(milliseconds, call) {
    const timer = setInterval(() => (this.socket.readyState === WebSocket.OPEN ? call() : clearInterval(timer)), milliseconds);
    this.timers.push(timer);
  }

  push() {
    let number = 0;
    this.every(100, () => this.socket.send(JSON.stringify({ push: ++number })));
  }

  listen(data, isBinary) {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    if (limit === "rate" && this.isTooFast()) return this.socket.close(1008, "too many messages");
    if (!this.loggedIn) return this.logIn(data);
    this.received += 1;
    if (!this.triggers(data, isBinary)) return this.socket.send(data, { binary: isBinary });
    this.reacted += 1;
    this.react(data, isBinary);
  }

  isTooFast() {
    const now = performance.now();
    this.arrivals.push(now);
    while (this.arrivals[0] <= now - 1000) this.arrivals.shift();
    return this.arrivals.length > most;
  }

  logIn(data) {
    this.loggedIn = isLogin(data);
    if (this.loggedIn) this.socket.send('{"welcome":true}');
    else if (otherwise === "close") this.socket.close(4401, "login first");
  }

  triggers(data, isBinary) {
    switch (trigger) {
      case "all":
        return true;
      case "text":
        return !isBinary;
      case "binary":
        return isBinary;
      case "not-json":
        return parsed(data) === null;
      case "nth":
        return this.received === Number(bound);
      case "size":
        return data.length > bound;
    }
  }

  react(data, isBinary) {
    const socket = this.socket;
    switch (reaction) {
      case "echo":
        return socket.send(data, { binary: isBinary });
      case "other":
        return socket.send(about(data, isBinary));
      case "upper":
        return socket.send(upper(data, isBinary), { binary: isBinary });
      case "two":
        socket.send(about(data, isBinary));
        return socket.send(data, { binary: isBinary });
      case "third":
        return this.reacted % 3 === 0 && socket.send(JSON.stringify({ seen: this.reacted }));
      case "others":
        return conversations.forEach((other) => other !== this && other.socket.send(data, { binary: isBinary }));
      case "late":
        return this.sendLate(data, isBinary);
      case "close":
        return socket.close(Number(code), "closing");
    }
  }

  // Late messages keep their order.
  sendLate(data, isBinary) {
    const now = performance.now();
    this.due = Math.max(this.due + 1, now + 50 + random() * 350);
    this.timers.push(setTimeout(() => this.socket.send(data, { binary: isBinary }), this.due - now));
  }
}

const conversations = new Set();
const isFull = () => conversations.size >= most;

const server = new WebSocketServer({
  perMessageDeflate: true,
  host: "127.0.0.1",
  port: Number(positionals[0]),
  maxPayload: limit === "size" ? Number(most) : 64 << 20,
  verifyClient: limit === "refuse" ? (_, answer) => answer(!isFull(), 503, "too many connections") : undefined,
});
server.on("connection", (socket) => {
  socket.on("error", () => {});
  if (limit === "away" && isFull()) return socket.close(1013, "too many connections");
  const conversation = new Conversation(socket);
  conversations.add(conversation);
  socket.on("close", () => conversations.delete(conversation));
});
