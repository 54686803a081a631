// Runs the WebSocket conformance suite in your own tests; see index.d.ts.
'use strict';

const { execFile } = require('node:child_process');

// What can fail a run, from the mildest.
const VERDICTS = ['non-strict', 'flaky', 'fail'];
// Bytes of a report; one with a failure in every case has tens of MB.
const LARGEST_REPORT = 1 << 30;

class NotJudged extends Error {
  constructor(exitCode, why) {
    super(why.trim() || `wsspec ended with exit code ${exitCode}`);
    this.name = 'NotJudged';
    this.exitCode = exitCode;
  }
}

class Nonconformance extends Error {
  constructor(report, causes) {
    const target = report.targets[0];
    const cases = new Map(target.cases.map((one) => [one.id, one]));
    const lines = [`${target.name} departs from the standard (wsspec ${report.version})`];
    causes.forEach((cause, index) => {
      const smallest = cases.get(cause.case);
      lines.push('', `${index + 1}. ${cause.verdict}, ${cause.impact}: ${cause.clause ?? ''} [${cause.requirement}]`);
      lines.push(`   ${cause.reason} (in ${cause.rows} of the results, the smallest ${cause.case})`);
      for (const key of ['sent', 'expected', 'received']) {
        if (smallest[key]) lines.push(`   ${key.padEnd(9)} ${smallest[key]}`);
      }
      lines.push(`   again     npx ${target.again.replaceAll('{case}', () => cause.case)}`);
      lines.push(`   the rule  npx wsspec explain ${cause.requirement}`);
    });
    lines.push('', ...(target.broken_baseline ?? []));
    if (causes.length > 0) {
      // The server of a test is gone when its message is read.
      lines.push(`Here, one alone: { args: ['--filter', '${causes[0].case}'] }; a page with all: ['--html', FILE].`);
    }
    super(lines.join('\n'));
    this.name = 'Nonconformance';
    this.report = report;
    this.causes = causes;
  }
}

function program() {
  if (process.env.WSSPEC) return process.env.WSSPEC;
  const exe = process.platform === 'win32' ? '.exe' : '';
  const name = `@wsspec/${process.platform}-${process.arch}`;
  try {
    return require.resolve(`${name}/wsspec${exe}`);
  } catch {
    throw new Error(`${name} is not installed: install wsspec with optional dependencies, or set WSSPEC to a program`);
  }
}

function run(command, target, { args = [], baseline, failOn = 'fail' } = {}) {
  if (!VERDICTS.includes(failOn)) throw new TypeError(`failOn is one of ${VERDICTS.join(', ')}`);
  const known = baseline ? ['--baseline', baseline] : [];
  const all = [command, '--json', '-', '--quiet', '--fail-on', failOn, ...known, ...args, '--', ...target];
  return new Promise((resolve, reject) => {
    const child = execFile(program(), all, { maxBuffer: LARGEST_REPORT }, (error, stdout, stderr) => {
      if (error && error.code !== 1) return reject(new NotJudged(error.code, stderr || error.message));
      const report = JSON.parse(stdout);
      if (!error) return resolve(report);
      const counted = VERDICTS.slice(VERDICTS.indexOf(failOn));
      const causes = report.targets[0].causes ?? [];
      reject(new Nonconformance(report, causes.filter((cause) => counted.includes(cause.verdict) && !cause.known)));
    });
    child.stdin?.end();
  });
}

const server = async (url, options) => run('run', [url], options);
const client = async (command, options) => run('client', command, options);

module.exports = { Nonconformance, NotJudged, client, program, server };
