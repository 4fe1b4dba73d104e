// Runs the stages of stages.mjs one after another, and ends with one line of counts.
import fs from 'node:fs';
import path from 'node:path';
import { requireBrowser } from './findBrowser.mjs';
import { endOnSignals, run } from './processes.mjs';
import { addTallies, countLine, failed, followResults, noTestRan, noTests } from './results.mjs';
import { electronStage, stages } from './stages.mjs';
import { UserError, messageOf } from './userError.mjs';
import { bringPython, fetchPythons } from './fetchPythons.mjs';
import { installVscode } from './vscodeInstall.mjs';

/** @typedef {import('./results.mjs').Tally} Tally */
/** @typedef {import('./stages.mjs').Stage} Stage */

/**
 * @param {readonly string[]} names of stages; all but electron if there are none
 * @returns {Promise<number>} the exit code
 */
export async function main(names) {
  endOnSignals();
  const chosen = names.length === 0 ? stages : choose(names);
  let total = noTests;
  for (const stage of chosen) {
    const tally = await runStage(stage);
    total = addTallies(total, tally);
    if (stage.othersNeedIt && tally.failures.length > 0) break;
  }
  printRemarks(total);
  console.log(countLine(total));
  return total.failures.length === 0 ? 0 : 1;
}

/**
 * @param {readonly string[]} names
 * @returns {readonly Stage[]} in the order in which they make sense
 */
function choose(names) {
  const all = [...stages, electronStage];
  const unknown = names.filter(name => !all.some(stage => stage.name === name));
  if (unknown.length === 0) return all.filter(({ name }) => names.includes(name));
  const known = all.map(({ name }) => name).join(', ');
  throw new UserError(`There is no stage ${unknown.join(', ')}. There are ${known}.`);
}

/**
 * @param {Stage} stage
 * @returns {Promise<Tally>}
 */
async function runStage(stage) {
  console.log(`\n── ${stage.name}`);
  const startedMs = performance.now();
  try {
    const env = bring(stage.needs);
    const tally =
      stage.reports === 'tests' ? await runTests(stage, env) : await runTools(stage, env);
    console.log(`── ${stage.name}: ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
    return tally;
  } catch (error) {
    return failed(stage.name, messageOf(error));
  }
}

/**
 * @param {Stage['needs']} needs
 * @returns {NodeJS.ProcessEnv} what the stage finds in its environment
 */
function bring(needs) {
  if (needs.includes('vscode')) installVscode(process.cwd());
  if (needs.includes('python')) bringPython();
  if (needs.includes('pythons')) fetchPythons();
  return {
    ...process.env,
    ...(process.stdout.isTTY ? {} : { NO_COLOR: '1' }), // a log is no terminal
    ...(needs.includes('browser') ? { CHROMIUM: requireBrowser() } : {}),
  };
}

/**
 * @param {Stage} stage
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Tally>} a failure for each program that failed
 */
async function runTools(stage, env) {
  let tally = noTests;
  for (const args of stage.commands()) {
    const outcome = await run(process.execPath, args, {
      env,
      limitMs: stage.limitMinutes * 60_000,
    });
    const problem = problemOf(outcome);
    if (problem) tally = addTallies(tally, failed(`${stage.name}: ${args.join(' ')}`, problem));
  }
  return tally;
}

/**
 * @param {Stage} stage
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Tally>}
 */
async function runTests(stage, env) {
  let tally = noTests;
  const commands = stage.commands();
  if (commands.length === 0) return noTestRan(stage.name);
  fs.mkdirSync('out/results', { recursive: true });
  const file = path.resolve(`out/results/${stage.name}.jsonl`);
  for (const args of commands) {
    const results = followResults(file, console.log);
    const outcome = await run(process.execPath, args, {
      env: { ...env, GIL_SCOPE_RESULTS: file },
      limitMs: stage.limitMinutes * 60_000,
    });
    tally = addTallies(tally, results.finish(stage.name, problemOf(outcome)));
  }
  return tally;
}

/**
 * @param {{ code: number | null, problem?: string }} outcome
 * @returns {string | undefined}
 */
function problemOf({ code, problem }) {
  return problem ?? (code === 0 ? undefined : `ended with code ${code}`);
}

/** @param {Tally} tally */
function printRemarks({ failures, skips }) {
  console.log('');
  for (const { name, detail } of skips) console.log(`skipped: ${name}: ${detail}`);
  for (const { name, detail } of failures)
    console.log(`FAILED: ${name}\n${detail.replace(/^/gm, '    ')}\n`);
}
