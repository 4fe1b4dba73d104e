// Reads what eventReporter.cjs writes while the tests run: prints it as it comes, and counts it.
import fs from 'node:fs';
import { stripVTControlCharacters } from 'node:util';

/**
 * One test and what there is to say of it. `file` is the bundle that it stands in, empty for what is no test.
 * @typedef {{ readonly name: string, readonly file: string, readonly detail: string }} Remark
 */

/**
 * The outcomes of one stage, or of several. `secondTries` are those of the passed that did not pass at their first try.
 * @typedef {object} Tally
 * @property {readonly Remark[]} passes
 * @property {readonly Remark[]} secondTries
 * @property {readonly Remark[]} failures
 * @property {readonly Remark[]} skips
 */

/** @type {Tally} */
export const noTests = { passes: [], secondTries: [], failures: [], skips: [] };

/**
 * @param {Tally} a
 * @param {Tally} b
 * @returns {Tally}
 */
export function addTallies(a, b) {
  return {
    passes: [...a.passes, ...b.passes],
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
  return { ...noTests, failures: [{ name, file: '', detail }] };
}

/**
 * The outcomes after some files ran once more: what they said first is forgotten, except that a test which failed first
 * and passes now is a second try.
 * @param {Tally} first
 * @param {readonly string[]} files
 * @param {Tally} again the outcomes of these files
 * @returns {Tally}
 */
export function afterSecondRun(first, files, again) {
  const others = (/** @type {readonly Remark[]} */ list) =>
    list.filter(({ file }) => !files.includes(file));
  const failsStill = new Set(again.failures.map(({ name }) => name));
  const mended = first.failures.filter(
    ({ name, file }) => files.includes(file) && !failsStill.has(name),
  );
  return {
    passes: [...others(first.passes), ...again.passes],
    secondTries: [...others(first.secondTries), ...again.secondTries, ...mended],
    failures: [...others(first.failures), ...again.failures],
    skips: [...others(first.skips), ...again.skips],
  };
}

/**
 * The line that ends a run.
 * @param {Tally} tally
 */
export function countLine({ passes, failures, skips }) {
  return `${passes.length} passed, ${failures.length} failed, ${skips.length} skipped`;
}

/**
 * How many of the passed needed a second try, and which.
 * @param {Tally} tally
 */
export function secondTryLine({ secondTries }) {
  const names = secondTries.map(({ name, detail }) => `${name} (${detail.split('\n', 1)[0]})`);
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
      tally =
        event.kind === 'seen'
          ? withSeen(tally, event.text)
          : addTallies(tally, tallyOf(event, again));
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
  const count = tally.passes.length + tally.failures.length + tally.skips.length;
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
 * @property {'suite' | 'again' | 'pass' | 'fail' | 'seen' | 'skip' | 'end'} kind
 * @property {string} title
 * @property {readonly string[]} path
 * @property {string} file
 * @property {string} text
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
    file: '',
    text: '',
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
function tallyOf({ kind, path, file, message, stack, reason }, again) {
  const told = (/** @type {string} */ detail) => [{ name: path.join(' › '), file, detail }];
  if (kind === 'pass')
    return { ...noTests, passes: told(''), secondTries: again ? told(again) : [] };
  if (kind === 'fail')
    return { ...noTests, failures: told(stack.includes(message) ? stack : `${message}\n${stack}`) };
  if (kind !== 'skip') return noTests;
  if (reason === '')
    return {
      ...noTests,
      failures: told('was skipped without a reason (use test/support/skip.ts)'),
    };
  return { ...noTests, skips: told(reason) };
}

/**
 * Adds to the last failure what was seen when the test had failed.
 * @param {Tally} tally
 * @param {string} text
 * @returns {Tally}
 */
function withSeen(tally, text) {
  const last = tally.failures.at(-1);
  if (last === undefined) return tally;
  const seen = { ...last, detail: `${last.detail}\n${text}` };
  return { ...tally, failures: [...tally.failures.slice(0, -1), seen] };
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
