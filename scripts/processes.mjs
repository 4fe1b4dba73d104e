// Starts programs so that they, and everything they start, can be ended for certain.
//
// A process group is not enough: browsers and VS Code's server make groups of their own, and what a killed test
// runner leaves behind belongs to nobody. So each program gets a mark in its environment, which all its descendants
// inherit, and ending means: end whoever carries the mark.
import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';

const markName = 'GIL_SCOPE_RUN';

/** What was started here and not yet ended. @type {Set<Started>} */
const running = new Set();

/** Aborted once a signal has asked this program to end. */
const stopping = new AbortController();

/**
 * A started program. `ended` never rejects: a program that cannot be started ends with code null and a `problem`.
 * `end` ends it with all its descendants and resolves when they are gone.
 * @typedef {object} Started
 * @property {import('node:child_process').ChildProcess} process
 * @property {Promise<{ code: number | null, signal: string | null, problem?: string }>} ended
 * @property {() => Promise<void>} end
 */

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions & { endFirst?: () => void }} [options] `endFirst` is called
 *   before the program is ended, for what it has started out of reach
 * @returns {Started}
 */
export function start(command, args, { endFirst, ...options } = {}) {
  const mark = randomUUID();
  // Marks add up, so that ending an outer program finds what its inner ones have started.
  const marks = [process.env[markName], mark].filter(Boolean).join(' ');
  const env = { ...(options.env ?? process.env), [markName]: marks };
  const child = spawn(command, args, {
    ...options,
    env,
    detached: process.platform !== 'win32', // or Ctrl+C in the terminal would reach it before us
  });
  /** @type {Started['ended']} */
  const ended = new Promise(resolve => {
    child.once('error', error => resolve({ code: null, signal: null, problem: error.message }));
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const started = {
    process: child,
    ended,
    end: async () => {
      endFirst?.();
      await end(child, mark, ended);
      running.delete(started);
    },
  };
  running.add(started);
  return started;
}

/**
 * Runs a program to its end, or to `limitMs`. Resolves when it and all its descendants are gone.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions & {
 *   limitMs: number,
 *   whenStarted?: (child: import('node:child_process').ChildProcess) => void,
 * }} options
 * @returns {Promise<{ code: number | null, problem?: string }>} `problem` is a sentence if it could not end by itself
 */
export async function run(command, args, { limitMs, whenStarted, ...options }) {
  const started = start(command, args, { stdio: ['ignore', 'inherit', 'inherit'], ...options });
  whenStarted?.(started.process);
  const limit = new AbortController();
  const outcome = await Promise.race([started.ended, afterMs(limitMs, limit.signal)]);
  limit.abort();
  await started.end();
  if (stopping.signal.aborted) return new Promise(() => {}); // nothing more is to be begun
  if (outcome === undefined)
    return { code: null, problem: `hung, and was ended after ${limitMs / 1000} s` };
  if (outcome.problem) return { code: null, problem: `could not be started: ${outcome.problem}` };
  if (outcome.signal) return { code: null, problem: `was ended by ${outcome.signal}` };
  return { code: outcome.code };
}

/**
 * From now on Ctrl+C, a request to stop and a closed terminal end all that was started here, then exit as a shell
 * expects (130, 143, 129).
 * @param {() => void} [cleanUp] called when all is ended
 */
export function endOnSignals(cleanUp = () => {}) {
  for (const [signal, code] of /** @type {const} */ ([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ])) {
    process.once(signal, () => {
      stopping.abort();
      process.exitCode = code;
      void Promise.all([...running].map(started => started.end())).then(() => {
        cleanUp();
        process.exit(code);
      });
    });
  }
}

/**
 * Ends a program politely, then with all its descendants by force.
 * @param {import('node:child_process').ChildProcess} child
 * @param {string} mark
 * @param {Started['ended']} ended
 */
async function end(child, mark, ended) {
  if (process.platform === 'win32') {
    if (child.pid) spawnSync('taskkill', ['/pid', String(child.pid), '/T', '/F']);
    return;
  }
  child.kill('SIGTERM');
  await Promise.race([ended, afterMs(2000)]);
  // Children may still be writing their last lines; a second is what they get.
  for (let tries = 0; tries < 10 && processesMarked(mark).length > 0; tries++) await afterMs(100);
  for (let left = processesMarked(mark); left.length > 0; left = processesMarked(mark)) {
    left.forEach(kill);
    await afterMs(20);
  }
}

/** @param {number} pid */
function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error; // already gone
  }
}

/**
 * The processes that carry the mark, this one left out.
 * @param {string} mark
 * @returns {number[]}
 */
function processesMarked(mark) {
  const marked = process.platform === 'linux' ? markedInProc(mark) : markedByPs(mark);
  return marked.filter(pid => pid !== process.pid);
}

/** @param {string} mark */
function markedInProc(mark) {
  return fs
    .readdirSync('/proc')
    .filter(name => /^\d+$/.test(name) && environmentOf(name).includes(mark))
    .map(Number);
}

/** @param {string} pid */
function environmentOf(pid) {
  try {
    return fs.readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return ''; // it ended meanwhile, or is another user's
  }
}

/** @param {string} mark */
function markedByPs(mark) {
  const { stdout } = spawnSync('ps', ['axeww', '-o', 'pid=,command='], { encoding: 'utf8' });
  return stdout
    .split('\n')
    .filter(line => line.includes(mark))
    .map(line => Number.parseInt(line, 10));
}

/**
 * @param {number} milliseconds
 * @param {AbortSignal} [signal]
 * @returns {Promise<undefined>}
 */
function afterMs(milliseconds, signal) {
  return new Promise(resolve => {
    const timer = setTimeout(() => resolve(undefined), milliseconds);
    signal?.addEventListener('abort', () => clearTimeout(timer));
  });
}
