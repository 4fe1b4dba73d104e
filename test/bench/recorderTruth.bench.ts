// How true a recording is: the kernel logs every hand-off of the same program (uprobes), and each thread's held and
// waited time and the hand-offs are compared. The figures of docs/recording.md, "Against an independent count".
//   recorderTruth.bench.cjs [--runs N] [--mode M] [--work W] [--pinned]
// Pinned: the recorder has the first core and the program the second one, and both a weight that puts others aside.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { record, RECORDING_MODES, type RecordingMode } from '../../src/engines/recorded';
import { findInterpreters } from '../engines/recorder/interpreters';
import {
  buildRecorder,
  programFile,
  readToEnd,
  type Finished,
} from '../engines/recorder/recordings';
import { startGilTrace, whyNoGilTrace } from '../support/gilTrace';
import { compare, type Comparison } from '../support/gilTruth';
import { makeTemporaryFolder } from '../support/temporaryFolder';

const SECONDS = 2;

interface Setup {
  readonly recorderFile: string;
  readonly python: string;
  readonly library: string;
  readonly folder: string;
  readonly isPinned: boolean;
}

/** What work.py tells of itself. */
interface Outcome {
  readonly ids: Readonly<Record<string, number>>;
}

async function oneRun(
  setup: Setup,
  kind: string,
  mode: RecordingMode,
): Promise<[Finished, Comparison]> {
  const output = path.join(setup.folder, 'outcome.json');
  const log = startGilTrace(setup.library);
  const script = [programFile('work.py'), kind, String(SECONDS), output];
  const pinning = setup.isPinned ? ['/usr/bin/taskset', '-c', '1'] : [];
  const [python, ...args] = [...pinning, setup.python, ...script];
  const recording = await record(
    {
      python,
      run: { kind: 'command' },
      args,
      cwd: setup.folder,
      env: { LD_LIBRARY_PATH: path.dirname(setup.library) },
      mode,
    },
    new AbortController().signal,
    { recorderFile: setup.recorderFile },
  );
  // Whoever reads along takes a core: here it reads when all is over.
  if (setup.isPinned) await new Promise(resolve => setTimeout(resolve, SECONDS * 1000 + 300));
  const finished = await readToEnd(recording);
  const acts = log.stop();
  const { ids } = JSON.parse(fs.readFileSync(output, 'utf8')) as Outcome;
  return [finished, compare(finished.trace, acts, ids)];
}

/** A library of its own, so that no other program of the machine is logged. */
function prepare(folder: string, isPinned: boolean): Setup | string {
  for (const { path: python, minor } of findInterpreters()) {
    if (minor !== 13) continue;
    const name = 'libpython3.13.so.1.0';
    const original = path.join(path.dirname(python), '../lib', name);
    if (!fs.existsSync(original)) continue;
    const library = path.join(folder, name);
    fs.copyFileSync(original, library);
    const why = whyNoGilTrace(library);
    return why ?? { recorderFile: buildRecorder(), python, library, folder, isPinned };
  }
  return 'no CPython 3.13 with a shared library was found';
}

/** This process and its children get a core each and nearly all of both. */
function pin(): void {
  const group = '/sys/fs/cgroup/cpu/gilscope-bench';
  fs.mkdirSync(group, { recursive: true });
  fs.writeFileSync(path.join(group, 'cpu.shares'), '200000');
  fs.writeFileSync(path.join(group, 'cgroup.procs'), String(process.pid));
  execFileSync('taskset', ['-a', '-c', '-p', '0', String(process.pid)], { stdio: 'ignore' });
}

function report(
  kind: string,
  mode: string,
  runs: readonly (readonly [Finished, Comparison])[],
): void {
  console.log(`${kind}, ${mode}`);
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
  for (const [{ result }, found] of runs) {
    const groups = found.groups.map(
      g =>
        `${g.name}: held ±${percent(g.heldError)} (of ${(g.heldNs / 1e6).toFixed(0)} ms, sum ${percent(g.heldSumError)}) waited ±${percent(g.waitedError)} (of ${(g.waitedNs / 1e6).toFixed(0)} ms, sum ${percent(g.waitedSumError)})`,
    );
    console.log(
      `  hand-offs ${found.handOffs} true, ${result.handOffsCounted} counted, ` +
        `${percent(result.handOffsSeen / result.handOffsCounted)} seen; ` +
        `blind ${percent(result.blindShare)}, core ${percent(result.recorderCpuShare)}; ` +
        `threads: held ±${percent(found.heldError)}, waited ±${percent(found.waitedError)}\n    ${groups.join('\n    ')}`,
    );
  }
}

function option(name: string): string | undefined {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? undefined : process.argv[at + 1];
}

async function main(): Promise<void> {
  const temporary = makeTemporaryFolder();
  try {
    const isPinned = process.argv.includes('--pinned');
    const setup = prepare(temporary.folder, isPinned);
    if (typeof setup === 'string') {
      console.log(`not measured: ${setup}`);
      return;
    }
    if (isPinned) pin();
    console.log(
      `${os.cpus()[0].model}, ${os.cpus().length} cores, load ${os.loadavg()[0].toFixed(1)}`,
    );
    const modes = RECORDING_MODES.filter(mode => (option('mode') ?? mode) === mode);
    const kinds = ['cpu', 'mixed'].filter(kind => (option('work') ?? kind) === kind);
    for (const kind of kinds)
      for (const mode of modes) {
        const runs = [];
        for (let i = 0; i < Number(option('runs') ?? 2); i++)
          runs.push(await oneRun(setup, kind, mode));
        report(kind, mode, runs);
      }
  } finally {
    temporary.dispose();
  }
}

void main();
