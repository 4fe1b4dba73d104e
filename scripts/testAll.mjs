// `npm test`: runs the stages of stages.mjs, side by side where they do not disturb each other, and ends with one line
// of counts.
import fs from 'node:fs';
import path from 'node:path';
import { requireBrowser } from './findBrowser.mjs';
import { bringPython, fetchPythons } from './fetchPythons.mjs';
import { endOnSignals } from './processes.mjs';
import {
  addTallies,
  afterSecondRun,
  countLine,
  failed,
  noTestRan,
  noTests,
  secondTryLine,
} from './results.mjs';
import { deepOnlyFiles, electronStage, rebuildingFiles, stages } from './stages.mjs';
import { runJob, sideBySide } from './jobs.mjs';
import { UserError, messageOf } from './userError.mjs';
import { installVscode } from './vscodeInstall.mjs';

/** @typedef {import('./results.mjs').Tally} Tally */
/** @typedef {import('./stages.mjs').Stage} Stage */
/** @typedef {{ readonly stage: Stage, readonly env: NodeJS.ProcessEnv, readonly deep: boolean }} Prepared */

/** How many jobs run at a time: each keeps about one core busy. */
const lanes = 2;

/** Of how many files with failures each runs once more. */
const mostSecondRuns = 10;

/**
 * @param {readonly string[]} args names of stages (all that a newcomer needs if there are none), and `--deep`
 * @returns {Promise<number>} the exit code
 */
export async function main(args) {
  endOnSignals();
  const deep = args.includes('--deep');
  const names = args.filter(arg => arg !== '--deep');
  const chosen =
    names.length === 0 ? stages.filter(stage => deep || !stage.deepOnly) : choose(names);
  const total = await runAgain(await runAll(chosen, deep), deep);
  printRemarks(total);
  if (!deep && names.length === 0)
    console.log(
      `\`npm test -- --deep\` also runs ${[...deepOnlyFiles, ...rebuildingFiles].join(', ')}, and more of what is drawn at random.`,
    );
  if (total.secondTries.length > 0) console.log(secondTryLine(total));
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
 * First what the others need, then most of them side by side, last what must be alone.
 * @param {readonly Stage[]} chosen
 * @param {boolean} deep
 * @returns {Promise<Tally>}
 */
async function runAll(chosen, deep) {
  let total = noTests;
  const first = chosen.filter(stage => stage.othersNeedIt);
  const last = chosen.filter(stage => stage.alone);
  const middle = chosen.filter(stage => !first.includes(stage) && !last.includes(stage));
  for (const group of [...first.map(stage => [stage]), middle, ...last.map(stage => [stage])]) {
    for (const tally of await runGroup(group, deep)) total = addTallies(total, tally);
    if (group.some(stage => stage.othersNeedIt) && total.failures.length > 0) break;
  }
  return total;
}

/**
 * Runs each file with a failure once more, alone: what is wrong in the code comes out again, what the rest of the machine
 * disturbed does not. The last lines of a run name what passed only then. Many failures are no chance: they stay.
 * @param {Tally} total
 * @param {boolean} deep
 * @returns {Promise<Tally>}
 */
async function runAgain(total, deep) {
  const files = [...new Set(total.failures.map(({ file }) => file))].filter(Boolean);
  if (files.length > mostSecondRuns) return total;
  for (const file of files) {
    const stage = stages.find(stage => stage.jobs(deep).flat(2).includes(file));
    if (stage === undefined) continue; // the extension's host has its own way of running tests
    const jobs = stage
      .jobs(deep)
      .flat()
      .filter(program => program.includes(file))
      .map(program => [program.filter(word => word === file || !word.endsWith('.test.cjs'))]);
    const [again] = await runGroup(
      [{ ...stage, name: `${stage.name} again`, jobs: () => jobs }],
      deep,
    );
    if (again !== undefined) total = afterSecondRun(total, [file], again);
  }
  return total;
}

/**
 * @param {readonly Stage[]} group
 * @param {boolean} deep
 * @returns {Promise<readonly Tally[]>}
 */
async function runGroup(group, deep) {
  /** @type {Tally[]} */
  const early = [];
  const jobs = group.flatMap(stage => {
    try {
      const prepared = { stage, env: bring(stage.needs, deep), deep };
      const found = jobsOf(prepared);
      if (found.length === 0) early.push(noTestRan(stage.name));
      return found;
    } catch (error) {
      early.push(failed(stage.name, messageOf(error)));
      return [];
    }
  });
  return [...early, ...(await sideBySide(jobs, lanes))];
}

/**
 * @param {Prepared} prepared
 * @returns {readonly (() => Promise<Tally>)[]}
 */
function jobsOf({ stage, env, deep }) {
  const jobs = stage.jobs(deep);
  return jobs.map((programs, index) => {
    const name = jobs.length === 1 ? stage.name : `${stage.name} ${index + 1}`;
    const file = path.resolve(`out/results/${name.replaceAll(' ', '-')}.jsonl`);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    return () => runJob({ name, programs, env, file, stage });
  });
}

/**
 * @param {Stage['needs']} needs
 * @param {boolean} deep
 * @returns {NodeJS.ProcessEnv} what the stage finds in its environment
 */
function bring(needs, deep) {
  if (needs.includes('vscode')) installVscode(process.cwd());
  if (needs.includes('python')) bringPython();
  if (needs.includes('pythons')) fetchPythons();
  return {
    ...process.env,
    ...(deep ? { GIL_SCOPE_DEEP: '1' } : {}),
    ...(process.stdout.isTTY ? {} : { NO_COLOR: '1' }), // a log is no terminal
    ...(needs.includes('browser') ? { CHROMIUM: requireBrowser() } : {}),
  };
}

/** @param {Tally} tally */
function printRemarks({ failures, skips }) {
  console.log('');
  for (const { name, detail } of skips) console.log(`skipped: ${name}: ${detail}`);
  for (const { name, detail } of failures)
    console.log(`FAILED: ${name}\n${detail.replace(/^/gm, '    ')}\n`);
}
