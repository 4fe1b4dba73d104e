// What changes were predicted to bring, and what they brought: every pair is recorded once, then really run, before and
// after in turn. Prints the table of docs/whatif.md.
//
// Where a control group can be made, both programs and the recorder get a weight that puts other programs of the machine
// aside. GILSCOPE_PYTHON names the Python, GILSCOPE_KEEP a folder for the traces, words on the command line the pairs.

import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { predictionOf, subjectOfWhatIf } from '../../src/core/replay/predict';
import { endText } from '../../src/core/replay/whatIfText';
import { readTrace } from '../../src/formats/formats';
import { readPairs, type Pair } from './pairs';

const RUNS = 5;
const PYTHON = process.env.GILSCOPE_PYTHON ?? 'python3';
const GROUP = '/sys/fs/cgroup/cpu/gilscope-bench';
/** Two programs of which one is at most this much slower are equally good. */
const EQUAL = 0.08;

interface Result {
  readonly pair: Pair;
  readonly text: string;
  /** Predicted over true end; NaN without a figure. */
  readonly error: number;
  readonly inRange: boolean;
  readonly directionIsRight: boolean;
}

function main(): void {
  const words = process.argv.slice(2);
  const kept = process.env.GILSCOPE_KEEP;
  const folder = kept ?? fs.mkdtempSync(path.join(os.tmpdir(), 'gilscope-whatif-'));
  fs.mkdirSync(folder, { recursive: true });
  const pairs = readPairs().filter(
    ({ name }) => words.length === 0 || words.some(word => name.includes(word)),
  );
  const isWeighted = joinGroup();
  const version = execFileSync(PYTHON, ['--version'], { encoding: 'utf8' }).trim();
  const load = os.loadavg()[0].toFixed(1);
  console.log(
    `${version}, ${os.cpus().length} cores, load ${load}, ${isWeighted ? 'weighted' : 'nothing weighted'}\n`,
  );
  console.log('| pair | before | after | predicted | error | range | direction |');
  console.log('| --- | --: | --: | --: | --: | --- | --- |');
  const results = pairs.map(pair => measured(pair, folder));
  summary(results);
  if (kept === undefined) fs.rmSync(folder, { recursive: true });
}

/** This process and its children put the rest of the machine aside, if that can be. */
function joinGroup(): boolean {
  try {
    fs.mkdirSync(GROUP, { recursive: true });
    fs.writeFileSync(path.join(GROUP, 'cpu.shares'), '200000');
    fs.writeFileSync(path.join(GROUP, 'cgroup.procs'), String(process.pid));
    return true;
  } catch {
    return false;
  }
}

function measured(pair: Pair, folder: string): Result {
  const file = path.join(folder, `${pair.name}.json`);
  const command = [PYTHON, pair.file, 'before'];
  spawnSync(process.execPath, ['dist/cli.js', 'record', '--trace', file, '--', ...command], {
    stdio: 'ignore',
  });
  const befores: number[] = [];
  const afters: number[] = [];
  for (let i = 0; i < RUNS; i++) {
    befores.push(timeOf(pair.file, 'before'));
    afters.push(timeOf(pair.file, 'after'));
  }
  const result = judged(pair, file, median(befores), median(afters));
  console.log(result.text);
  return result;
}

function timeOf(file: string, which: 'before' | 'after'): number {
  const startMs = performance.now();
  const { status } = spawnSync(PYTHON, [file, which], { stdio: 'ignore' });
  if (status !== 0) throw new Error(`${file} ${which} failed`);
  return performance.now() - startMs;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

function judged(pair: Pair, file: string, beforeMs: number, afterMs: number): Result {
  const { trace } = readTrace(pair.name, fs.readFileSync(file, 'utf8'));
  const prediction = predictionOf(subjectOfWhatIf(trace), pair.changes);
  const name = `${pair.name.replaceAll('_', ' ')}${pair.isKeptAside ? ' (kept aside)' : ''}`;
  const times = `| ${name} | ${beforeMs.toFixed(0)} | ${afterMs.toFixed(0)} |`;
  if ('why' in prediction)
    return {
      pair,
      text: `${times} – | – | ${prediction.why} | – |`,
      error: NaN,
      inRange: false,
      directionIsRight: false,
    };
  const { afterNs, beforeNs, fromNs, toNs } = prediction;
  const error = afterNs / 1e6 / afterMs - 1;
  const inRange = fromNs !== toNs && afterMs >= fromNs / 1e6 && afterMs <= toNs / 1e6;
  const directionIsRight = signOf(afterNs / beforeNs) === signOf(afterMs / beforeMs);
  const range = fromNs === toNs ? '–' : endText(prediction);
  const text = `${times} ${(afterNs / 1e6).toFixed(0)} (before: ${(beforeNs / 1e6).toFixed(0)}) | ${percent(error)} | ${range} | ${directionIsRight ? 'right' : 'wrong'} |`;
  return { pair, text, error, inRange, directionIsRight };
}

/** Whether a change makes it faster, slower, or neither. */
function signOf(ratio: number): number {
  return Math.abs(ratio - 1) <= EQUAL ? 0 : Math.sign(ratio - 1);
}

function percent(share: number): string {
  return `${share > 0 ? '+' : ''}${(share * 100).toFixed(0)} %`;
}

function summary(results: readonly Result[]): void {
  for (const isKeptAside of [false, true]) {
    const some = results.filter(({ pair }) => pair.isKeptAside === isKeptAside);
    if (some.length === 0) continue;
    const errors = some.map(({ error }) => (Number.isNaN(error) ? Infinity : Math.abs(error)));
    const within = errors.filter(error => error <= 0.25).length;
    const right = some.filter(({ directionIsRight }) => directionIsRight).length;
    console.log(
      `\n${isKeptAside ? 'kept aside' : 'others'}: median error ${(median(errors) * 100).toFixed(0)} %, ` +
        `${within} of ${some.length} within 25 %, direction right in ${right} of ${some.length}`,
    );
  }
}

main();
