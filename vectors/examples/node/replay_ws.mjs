// Replays the parse vectors against the Receiver of ws, both roles, frames only: ws leaves the opening handshake to
// the http module of Node.
//
//     npm install --no-save ws
//     node replay_ws.mjs --allow ws.txt
import { readFileSync } from 'node:fs';
import { PerMessageDeflate, Receiver } from 'ws';
import { main } from './report.mjs';
import { closeBody } from './vectors.mjs';

class Parser {
  events = [];
  closed = false;

  constructor(vector) {
    this.receiver = new Receiver({ isServer: vector.role === 'server', extensions: deflate(vector) });
    this.receiver.on('error', () => {}); // the callback of write tells
    this.receiver.on('message', (data, binary) => this.events.push([binary ? 'binary' : 'text', data]));
    this.receiver.on('ping', (data) => this.events.push(['ping', data]));
    this.receiver.on('pong', (data) => this.events.push(['pong', data]));
    this.receiver.on('conclude', (code, reason) => {
      this.closed = true;
      this.events.push(['close', code === 1005 ? reason : closeBody(code, reason)]);
    });
  }

  async feed(piece) {
    // Behind a Close ws ends the stream and reads no further.
    const error = this.closed ? null : await new Promise((done) => this.receiver.write(piece, done));
    return { events: this.events.splice(0), failure: error && `${error.code} (${error.message})` };
  }
}

/** The extension, agreed on as the vector says; the terms bind the sender, so our peer. */
function deflate({ deflate: terms, role }) {
  if (!terms) return {};
  const peer = role === 'client' ? 'server' : 'client';
  const agreed = { [`${peer}_max_window_bits`]: [String(terms.window ?? 15)] };
  if (terms.takeover === false) agreed[`${peer}_no_context_takeover`] = [true];
  const extension = new PerMessageDeflate({ isServer: role === 'server' });
  extension.accept([agreed]);
  return { 'permessage-deflate': extension };
}

const skip = (vector) => (vector.head.length ? 'an opening handshake, which ws leaves to the http module' : undefined);

const { version } = JSON.parse(readFileSync(new URL(import.meta.resolve('ws/package.json')), 'utf8'));
await main(`ws ${version}`, (vector) => new Parser(vector), skip);
