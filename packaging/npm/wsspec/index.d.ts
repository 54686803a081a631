/** What can fail a run. */
export type Failing = 'fail' | 'flaky' | 'non-strict';

export interface Options {
  /** Further options of `wsspec run` or `wsspec client`, such as `['--filter', 'close.*']`. */
  args?: string[];
  /** The path of a file of known failures. */
  baseline?: string;
  /** The mildest verdict that counts as a failure; `fail` by default. */
  failOn?: Failing;
}

/** Something that broke. See `Cause` in the JSON Schema of reports for all keys. */
export interface Cause {
  requirement: string;
  clause?: string | null;
  key: string;
  verdict: Failing;
  impact: 'security' | 'data' | 'interop' | 'pedantic';
  reason: string;
  /** The id of its smallest case. */
  case: string;
  cases: string[];
  rows: number;
  rests: number;
  known?: boolean;
}

/** The result of a case. See `CaseResult` in the JSON Schema of reports for all keys. */
export interface CaseResult {
  id: string;
  verdict: 'pass' | 'informational' | 'skipped' | 'error' | Failing;
  [key: string]: unknown;
}

export interface Target {
  name: string;
  url: string;
  summary: Record<CaseResult['verdict'], number>;
  causes?: Cause[];
  cases: CaseResult[];
  [key: string]: unknown;
}

/** The JSON report; its schema is `reports/schema.json` of the project. */
export interface Report {
  version: string;
  complete: boolean;
  targets: Target[];
  [key: string]: unknown;
}

/** The target departs from the standard; the message names each cause and the command that runs its smallest case again. */
export class Nonconformance extends Error {
  report: Report;
  /** What broke, worst first, without what the baseline knows. */
  causes: Cause[];
}

/** There is no result: bad arguments or nothing to judge (2), the target is not there or died (3). */
export class NotJudged extends Error {
  /** The exit code; a word such as `ENOENT` if the program could not be started, or null if it was killed. */
  exitCode: number | string | null;
}

/**
 * Tests the server at this URL; it may run in this process. Takes seconds.
 * @throws {Nonconformance} if it departs from the standard
 * @throws {NotJudged} if there is no result
 */
export function server(url: string, options?: Options): Promise<Report>;

/**
 * Tests a client that echoes: the command is started for each case, `{url}` in it is where to connect.
 * @throws {Nonconformance} if it departs from the standard
 * @throws {NotJudged} if there is no result
 */
export function client(command: string[], options?: Options): Promise<Report>;

/** The path of the program: the environment variable `WSSPEC`, or the one of the package for this platform. */
export function program(): string;
