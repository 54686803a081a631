// The package against servers made with `ws`: one that conforms but for what is known, one that does not, none.
'use strict';

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const test = require('node:test');
const { WebSocketServer } = require('ws');
const wsspec = require('wsspec');

const SHOUTS = { args: ['--peer', 'echo', '--filter', 'message.plain-*'] };
const CLIENT = `
const socket = new (require('ws'))(process.argv[1]);
socket.on('error', () => {});
socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
`;

/** Serves in this process until the test ends; what a message is answered with is up to the caller. */
async function listening(t, answer) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  server.on('connection', (socket) => {
    socket.on('error', () => {});
    socket.on('message', (data, isBinary) => socket.send(answer(data), { binary: isBinary }));
  });
  await new Promise((resolve) => server.on('listening', resolve));
  t.after(() => {
    server.clients.forEach((socket) => socket.terminate());
    server.close();
  });
  return `ws://127.0.0.1:${server.address().port}/`;
}

const echo = (data) => data;
const shout = (data) => Buffer.concat([data, data.subarray(0, 1)]);

/** The failure that has to come. */
async function nonconformance(url, options) {
  const error = await wsspec.server(url, options).then(() => null, (thrown) => thrown);
  assert(error instanceof wsspec.Nonconformance, String(error));
  return error;
}

test('a conforming server gives the report', async (t) => {
  const report = await wsspec.server(await listening(t, echo), { args: ['--filter', 'close.code.*'] });
  assert.equal(report.targets[0].summary.fail, 0);
  assert(report.targets[0].summary.pass > 30);
});

test('each cause of a failure is named', async (t) => {
  const error = await nonconformance(await listening(t, shout), SHOUTS);
  assert(error.causes.length > 0);
  for (const cause of error.causes) {
    assert.equal(cause.verdict, 'fail');
    assert(error.message.includes(cause.case) && error.message.includes(cause.requirement));
  }
});

test('what is known fails no test', async (t) => {
  const url = await listening(t, shout);
  const { report } = await nonconformance(url, SHOUTS);
  const failed = report.targets[0].cases.filter((one) => one.verdict === 'fail');
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'wsspec-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const baseline = path.join(folder, 'known.json');
  fs.writeFileSync(baseline, JSON.stringify({ known: failed.map(({ id }) => ({ case: id, reason: 'shouts' })) }));
  await wsspec.server(url, { ...SHOUTS, baseline });
});

test('a client is started for each case', async () => {
  const command = [process.execPath, '-e', CLIENT, '{url}'];
  const report = await wsspec.client(command, { args: ['--filter', 'message.plain-*'] });
  assert.equal(report.targets[0].role, 'client');
  assert(report.targets[0].summary.pass >= 4);
});

test('no server is no result', async () => {
  await assert.rejects(wsspec.server('ws://127.0.0.1:1/'), { name: 'NotJudged', exitCode: 3 });
  const none = { args: ['--filter', 'no.such.case'] };
  await assert.rejects(wsspec.server('ws://127.0.0.1:1/', none), { name: 'NotJudged', exitCode: 2 });
  await assert.rejects(wsspec.server('ws://127.0.0.1:1/', { failOn: 'never' }), TypeError);
});

test('the command is the program, with its exit code', () => {
  const command = path.join(path.dirname(require.resolve('wsspec')), 'bin/wsspec.js');
  const through = spawnSync(process.execPath, [command, '--version']);
  assert.deepEqual(through.stdout, spawnSync(wsspec.program(), ['--version']).stdout);
  assert.equal(spawnSync(process.execPath, [command, 'ws://127.0.0.1:1/']).status, 3);
});
