// Runs jobs, a few at a time: each line that a job prints says whose it is.
import readline from 'node:readline';
import { run } from './processes.mjs';
import { addTallies, failed, followResults, noTests } from './results.mjs';

/** @typedef {import('./results.mjs').Tally} Tally */

/**
 * @typedef {object} Job
 * @property {string} name
 * @property {readonly (readonly string[])[]} programs arguments of node, one program after another
 * @property {NodeJS.ProcessEnv} env
 * @property {string} file where its tests report
 * @property {import('./stages.mjs').Stage} stage
 */

/**
 * Runs functions, at most `lanes` at a time, in their order.
 * @template T
 * @param {readonly (() => Promise<T>)[]} jobs
 * @param {number} lanes
 * @returns {Promise<readonly T[]>} in the order of the jobs
 */
export async function sideBySide(jobs, lanes) {
  /** @type {T[]} */
  const results = [];
  const waiting = [...jobs.entries()];
  const lane = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift())
      results[next[0]] = await next[1]();
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}

/**
 * @param {Job} job
 * @returns {Promise<Tally>}
 */
export async function runJob(job) {
  const startedMs = performance.now();
  console.log(`── ${job.name}`);
  let tally = noTests;
  for (const program of job.programs)
    tally = addTallies(
      tally,
      await (job.stage.reports === 'tests' ? runTests : runTool)(job, program),
    );
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.log(`── ${job.name}: ${seconds} s, ${tally.failures.length} failed`);
  return tally;
}

/**
 * @param {Job} job
 * @param {readonly string[]} program
 * @returns {Promise<Tally>} a failure if the program failed
 */
async function runTool(job, program) {
  const problem = await problemOfProgram(job, program, job.env);
  return problem ? failed(`${job.name}: ${program.join(' ')}`, problem) : noTests;
}

/**
 * @param {Job} job
 * @param {readonly string[]} program
 * @returns {Promise<Tally>}
 */
async function runTests(job, program) {
  const results = followResults(job.file, line => printOf(job.name, line));
  const env = { ...job.env, GIL_SCOPE_RESULTS: job.file };
  return results.finish(job.name, await problemOfProgram(job, program, env));
}

/**
 * @param {Job} job
 * @param {readonly string[]} program
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string | undefined>} a sentence if it did not end well
 */
async function problemOfProgram({ name, stage }, program, env) {
  const { code, problem } = await run(process.execPath, program, {
    env,
    limitMs: stage.limitMinutes * 60_000,
    stdio: ['ignore', 'pipe', 'pipe'],
    whenStarted: child => {
      for (const stream of [child.stdout, child.stderr])
        if (stream) readline.createInterface(stream).on('line', line => printOf(name, line));
    },
  });
  return problem ?? (code === 0 ? undefined : `ended with code ${code}`);
}

/** @param {string} name @param {string} line */
function printOf(name, line) {
  console.log(`${name.padEnd(9)} │ ${line}`);
}
