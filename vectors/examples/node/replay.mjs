// Cuts the bytes of a vector in several ways, feeds them to a parser and says where it differs. Knows no library.
//
// A parser has `async feed(piece)`, which gives `{ events, failure }`: events as pairs of word and bytes, and what it
// says when it fails the connection. A feed that throws has crashed.
import { isDeepStrictEqual } from 'node:util';

export const ways = ['whole', 'each byte', 'random 1', 'random 2', 'random 3'];

/** The bytes whole, byte by byte, or cut at random; each piece a copy that the parser may scribble on. */
function* pieces(data, how, seed) {
  let state = [...seed].reduce((sum, char) => (sum * 31 + char.charCodeAt(0)) >>> 0, 1);
  const dice = () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return 1 + ((state >>> 16) % 7);
  };
  const size = { whole: () => data.length, 'each byte': () => 1 }[how] ?? dice;
  for (let at = 0, n; at < data.length; at += n) {
    n = size();
    yield Buffer.from(data.subarray(at, at + n));
  }
}

/** The difference, as kind and words, or undefined. */
export async function replay(vector, parser, how) {
  const came = [];
  let failure, start, end = 0;
  for (const piece of pieces(Buffer.concat([vector.head, vector.frames]), how, vector.id + how)) {
    [start, end] = [end, end + piece.length];
    try {
      const fed = await parser.feed(piece);
      came.push(...fed.events);
      failure = fed.failure;
    } catch (error) {
      return ['crashes', `${error} within the first ${end} bytes`];
    }
    if (failure) break;
  }
  const wanted = vector.violation;
  const said = `${failure} in bytes ${start} to ${end - 1}`;
  if (failure && !wanted) return ['refuses', said];
  if (wanted && !failure) return ['accepts', `no failure but ${show(came)}, instead of ${wanted.is} at ${wanted.at}`];
  if (wanted) {
    const head = vector.head.length;
    const last = wanted.by ?? (wanted.at < head ? head : head + vector.frames.length) - 1;
    const words = `${said}, instead of ${wanted.at} to ${last}`;
    if (end <= wanted.at) return ['early', words];
    if (start > last) return ['late', words];
  }
  if (!isDeepStrictEqual(came, vector.events)) return ['events', `${show(came)} instead of ${show(vector.events)}`];
  return undefined;
}

const show = (events) => `[${events.map(([word, bytes]) => `${word} ${JSON.stringify(String(bytes))}`).join(', ')}]`;
