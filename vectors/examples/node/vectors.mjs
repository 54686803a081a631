// Reads the parse vectors: every case of every file, its matrix expanded, its bytes and events made.
// Knows no library; copy it into any test suite.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const NAME = /\{([a-z][a-z0-9-]*)(?:\.([a-z0-9_-]+))?\}/g;
const ALONE = new RegExp(`^${NAME.source}$`);

export function* load(folder) {
  for (const name of readdirSync(folder).filter((n) => n.endsWith('.json')).sort()) {
    const file = JSON.parse(readFileSync(join(folder, name), 'utf8'));
    for (const written of file.cases) {
      for (const vector of expand(written)) yield finish(file.family, vector);
    }
  }
}

/** One case for each combination of the axes, with the names filled in. */
function* expand({ id, matrix = {}, except = [], ...rest }) {
  let rows = [{ labels: {}, values: {} }];
  for (const [name, axis] of Object.entries(matrix)) {
    const points = Array.isArray(axis) ? axis.map((value) => [label(value), value]) : Object.entries(axis);
    rows = rows.flatMap(({ labels, values }) =>
      points.map(([word, value]) => ({ labels: { ...labels, [name]: word }, values: { ...values, [name]: value } })));
  }
  const leftOut = (labels) => (out) => Object.entries(out).every(([axis, value]) => labels[axis] === label(value));
  for (const { labels, values } of rows) {
    if (!except.some(leftOut(labels))) yield { ...fill(rest, values), id: fill(id, labels) };
  }
}

const label = (value) => (Array.isArray(value) ? value.map(label).join('-') || 'none' : String(value));

function fill(node, values) {
  const known = (axis) => Object.hasOwn(values, axis);
  const lookUp = (axis, field) => (field ? values[axis][field] : values[axis]);
  if (typeof node === 'string') {
    const alone = ALONE.exec(node);
    if (alone && known(alone[1])) return lookUp(alone[1], alone[2]);
    return node.replace(NAME, (all, axis, field) => (known(axis) ? label(lookUp(axis, field)) : all));
  }
  if (Array.isArray(node)) {
    // A name that stands alone in a list and means a list is spliced.
    return node.flatMap((item) => (typeof item === 'string' ? fill(item, values) : [fill(item, values)]));
  }
  if (node === null || typeof node !== 'object') return node;
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [fill(key, values), fill(value, values)]));
}

/** `head` and `frames` as bytes, `events` as pairs of word and bytes (`opened` keeps its object). */
function finish(family, vector) {
  const hex = [vector.bytes ?? []].flat().map((line) => line.split('|')[0]).join('').replace(/\s/g, '');
  return {
    key: 'dGhlIHNhbXBsZSBub25jZQ==',
    ...vector,
    id: `${family}.${vector.id}`,
    head: Buffer.from([vector.head ?? []].flat().join('')),
    frames: Buffer.from(hex, 'hex'),
    events: vector.events.flatMap(Object.entries).map(([word, value]) => [word, content(word, value)]),
  };
}

function content(word, value) {
  if (word === 'opened') return value;
  if (word !== 'close') return payload(value);
  if (value === null) return Buffer.alloc(0);
  return value.body === undefined ? closeBody(value.code ?? value, payload(value.reason ?? '')) : payload(value.body);
}

export const closeBody = (code, reason) => Buffer.concat([Buffer.from([code >> 8, code & 0xff]), reason]);

function payload(value) {
  if (typeof value === 'string') return Buffer.from(value);
  if ('hex' in value) return Buffer.from(value.hex.replace(/\s/g, ''), 'hex');
  if ('base64' in value) return Buffer.from(value.base64, 'base64');
  if ('concat' in value) return Buffer.concat(value.concat.map(payload));
  return Buffer.alloc(value.size, payload(value.repeat));
}
