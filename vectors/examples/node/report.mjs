// Replays every vector and prints each difference that is neither allowed nor free. Knows no library.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { replay, ways } from './replay.mjs';
import { load } from './vectors.mjs';

const matches = (pattern, id) => new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`).test(id);

/** `make(vector)` gives a fresh parser; `skip(vector)` the reason to leave a vector out, or undefined. */
export async function main(name, make, skip) {
  const corpus = fileURLToPath(new URL('../../parse', import.meta.url));
  const options = { vectors: { type: 'string', default: corpus }, allow: { type: 'string' }, free: { type: 'boolean' } };
  const { vectors: folder, allow, free } = parseArgs({ options }).values;
  const lines = allow ? readFileSync(allow, 'utf8').split('\n').filter((line) => /^[^#]/.test(line)) : [];
  const allowed = lines.map((line) => line.split(/\s+/, 2));
  const requirements = JSON.parse(readFileSync(join(folder, '../requirements.json'), 'utf8'));
  const verdict = Object.fromEntries(requirements.map((r) => [r.id, r.verdict]));
  const count = { vectors: 0, replays: 0, agree: 0, free: 0, known: 0, differ: 0 };
  const [skipped, used] = [new Map(), new Set()];
  for (const vector of load(folder)) {
    count.vectors += 1;
    const reason = skip(vector);
    if (reason) {
      skipped.set(reason, (skipped.get(reason) ?? 0) + 1);
      continue;
    }
    const found = new Map();
    for (const how of ways) {
      count.replays += 1;
      const [kind, words] = (await replay(vector, make(vector), how)) ?? [];
      if (kind && !found.has(kind)) found.set(kind, `${words.slice(0, 300)}; ${how}`);
    }
    let result = found.size ? 'free' : 'agree';
    for (const [kind, words] of found) {
      if (vector.freedom && kind !== 'crashes') {
        if (free) console.log(`free: ${vector.id} ${kind}\n    ${words}\n    ${vector.freedom}`);
        continue;
      }
      const known = allowed.filter((a) => a[1] === kind && matches(a[0], vector.id));
      known.forEach((a) => used.add(a));
      if (result === 'free') result = 'known';
      if (known.length) continue;
      result = 'differ';
      const clauses = vector.requirements.map((id) => `${id} (${verdict[id]})`).join(', ');
      console.log(`${vector.id} ${kind}\n    ${words}\n    ${clauses}`);
    }
    count[result] += 1;
  }
  allowed.filter((a) => !used.has(a)).forEach((a) => console.log(`allowed but not seen: ${a.join(' ')}`));
  for (const [reason, n] of skipped) console.log(`skipped ${n}: ${reason}`);
  const left = [...skipped.values()].reduce((sum, n) => sum + n, 0);
  console.log(`${name}: ${count.vectors} vectors, ${count.replays} replays, ${count.agree} agree, `
    + `${count.free} differ freely, ${count.known} differ as allowed, ${count.differ} differ, ${left} skipped`);
  process.exitCode = count.differ ? 1 : 0;
}
