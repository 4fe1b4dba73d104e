// Reads what eventReporter.cjs writes while the tests run: prints it as it comes, and counts it.
import fs from 'node:fs';
import { stripVTControlCharacters } from 'node:util';

/**
 * One test that did not simply pass.
 * @typedef {{ readonly name: string, readonly detail: string }} Remark
 */

/**
 * The counts of one stage, or of several. `failures` and `skips` name what was counted; `secondTries` names those of
 * the passed that did not pass at their first try.
 * @typedef {object} Tally
 * @property {number} passed
 * @property {readonly Remark[]} secondTries
 * @property {readonly Remark[]} failures
 * @property {readonly Remark[]} skips
 */

/** @type {Tally} */
export const noTests = { passed: 0, secondTries: [], failures: [], skips: [] };

/**
 * @param {Tally} a
 * @param {Tally} b
 * @returns {Tally}
 */
export function addTallies(a, b) {
  return {
    passed: a.passed + b.passed,
    secondTries: [...a.secondTries, ...b.secondTries],
    failures: [...a.failures, ...b.failures],
    skips: [...a.skips, ...b.skips],
  };
}

/**
 * A tally of one failure that no test reported.
 * @param {string} name
 * @param {string} detail
 * @returns {Tally}
 */
export function failed(name, detail) {
  return { ...noTests, failures: [{ name, detail }] };
}

/**
 * The line that ends a run.
 * @param {Tally} tally
 */
export function countLine({ passed, failures, skips }) {
  return `${passed} passed, ${failures.length} failed, ${skips.length} skipped`;
}

/**
 * How many of the passed needed a second try, and which.
 * @param {Tally} tally
 */
export function secondTryLine({ secondTries }) {
  const names = secondTries.map(({ name, detail }) => `${name} (${detail})`);
  return `${secondTries.length} of them on a second try: ${names.join('; ')}`;
}

/**
 * Follows a file of events. `finish` reads the rest and answers with the counts; a run that never reported its end,
 * or in which no test ran, has one failure more.
 * @param {string} file emptied first
 * @param {(line: string) => void} print
 * @returns {{ finish(stage: string, problem?: string): Tally }}
 */
export function followResults(file, print) {
  fs.writeFileSync(file, '');
  let tally = noTests;
  let ended = false;
  let readTo = 0;
  /** Why the running test tried again; empty if it did not. */
  let again = '';
  const read = () => {
    const text = fs.readFileSync(file, 'utf8');
    const upTo = text.lastIndexOf('\n') + 1;
    const lines = text.slice(readTo, upTo).split('\n').filter(Boolean);
    readTo = upTo;
    for (const event of lines.map(parseEvent)) {
      ended ||= event.kind === 'end';
      tally = addTallies(tally, tallyOf(event, again));
      again = event.kind === 'again' ? event.reason : '';
      const line = lineFor(event);
      if (line) print(line);
    }
  };
  const timer = setInterval(read, 200);
  return {
    finish(stage, problem) {
      clearInterval(timer);
      read();
      return addTallies(tally, verdict(stage, { tally, ended, problem }));
    },
  };
}

/**
 * @param {string} stage
 * @param {{ tally: Tally, ended: boolean, problem: string | undefined }} what
 * @returns {Tally}
 */
function verdict(stage, { tally, ended, problem }) {
  if (problem && (tally.failures.length === 0 || !ended))
    return failed(`the ${stage} tests`, problem);
  if (!ended) return failed(`the ${stage} tests`, 'stopped before their end');
  const count = tally.passed + tally.failures.length + tally.skips.length;
  return count === 0 ? noTestRan(stage) : noTests;
}

/**
 * A stage that tested nothing has not passed.
 * @param {string} stage
 */
export function noTestRan(stage) {
  return failed(`the ${stage} tests`, 'there was no test to run');
}

/**
 * @typedef {object} TestEvent
 * @property {'suite' | 'again' | 'pass' | 'fail' | 'skip' | 'end'} kind
 * @property {string} title
 * @property {readonly string[]} path
 * @property {number} depth
 * @property {number} durationMs
 * @property {string} message
 * @property {string} stack
 * @property {string} reason
 */

/** @param {string} line @returns {TestEvent} */
function parseEvent(line) {
  const empty = {
    title: '',
    path: [],
    depth: 0,
    durationMs: 0,
    message: '',
    stack: '',
    reason: '',
  };
  return { ...empty, ...JSON.parse(line, plainText) };
}

/**
 * Playwright colours its messages for terminals, which logs are not.
 * @param {string} _key
 * @param {unknown} value
 */
function plainText(_key, value) {
  return typeof value === 'string' ? stripVTControlCharacters(value) : value;
}

/** @param {TestEvent} event @param {string} again @returns {Tally} */
function tallyOf({ kind, path, message, stack, reason }, again) {
  const name = path.join(' › ');
  if (kind === 'pass')
    return { ...noTests, passed: 1, secondTries: again ? [{ name, detail: again }] : [] };
  if (kind === 'fail')
    return failed(name, stack.includes(message) ? stack : `${message}\n${stack}`);
  if (kind !== 'skip') return noTests;
  if (reason === '') return failed(name, 'was skipped without a reason (use test/support/skip.ts)');
  return { ...noTests, skips: [{ name, detail: reason }] };
}

/** @param {TestEvent} event @returns {string} empty if there is nothing to print */
function lineFor({ kind, title, depth, durationMs, message, reason }) {
  const indent = '  '.repeat(depth);
  const slow = durationMs > 1000 ? ` (${(durationMs / 1000).toFixed(1)} s)` : '';
  if (kind === 'suite') return indent + title;
  if (kind === 'pass') return `${indent}✔ ${title}${slow}`;
  if (kind === 'fail') return `${indent}✘ ${title}: ${message.split('\n', 1)[0]}`;
  if (kind === 'skip') return `${indent}- ${title}: ${reason}`;
  return '';
}
