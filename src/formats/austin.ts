// Austin's files, MOJO and text: sampled stacks of threads. Each sample says how long ago the thread's last one was, so
// each thread has a clock of its own, which begins with its first sample.

import { UserError } from '../core/errors';
import { LaneState } from '../core/model/lanes';
import type { PositionIndex } from '../core/model/program';
import { mojoSamples } from './austinMojo';
import type { AustinSample } from './austinSample';
import type { ReadTrace, TraceFormat } from './format';
import { ImportedRun, type ImportedThread } from './importedRun';
import { Losses } from './losses';
import { linesOf } from './perfScript';
import type { TraceFile } from './traceFile';

const TELLS_NOT =
  'This file tells where threads were when they were sampled. It does not tell who held the GIL or waited for it: “idle” is all time without a core, and a thread that waits for the GIL is idle, too.';
const CLOCKS =
  'Each thread is drawn from its own first sample on: when it started, the file does not tell.';

export const AUSTIN_MOJO: TraceFormat = {
  name: 'Austin MOJO file',
  extensions: ['mojo', 'austin'],
  recognises: ({ bytes }) => bytes[0] === 0x4d && bytes[1] === 0x4f && bytes[2] === 0x4a,
  read: file => {
    const losses = new Losses();
    return built(mojoSamples(file.bytes, losses), losses);
  },
};

export const AUSTIN_TEXT: TraceFormat = {
  name: 'Austin text file',
  extensions: ['austin', 'txt'],
  recognises: ({ head }) => /^# austin: /m.test(head) || /^P\d+;T(?:\d+:)?\w+[; ]/m.test(head),
  read: readText,
};

function readText(file: TraceFile): ReadTrace {
  const losses = new Losses();
  return built(textSamples(file, losses), losses);
}

function* textSamples(file: TraceFile, losses: Losses): Generator<AustinSample> {
  let number = 0;
  for (const line of linesOf(file.text)) {
    number++;
    if (line === '' || line.startsWith('#')) continue;
    const sample = line.length < 100_000 ? textSample(line) : undefined;
    if (sample) yield sample;
    else losses.add('line that Austin does not write', `line ${number}`);
  }
}

/** `P12;T0:34;file:function:line;… 1000`, or with `time,idle,memory` at its end. */
function textSample(line: string): AustinSample | undefined {
  const blank = line.lastIndexOf(' ');
  const [pid, thread = '', ...frames] = line.slice(0, blank).split(';');
  const metric = /^(\d+)(?:,[01],-?\d+)?$/.exec(line.slice(blank + 1));
  const named = /^T(?:(\d+):)?(\w+)$/.exec(thread);
  if (!/^P\d+$/.test(pid) || !metric || !named) return undefined;
  const [, iid = '0', tid] = named;
  const frame = frames.filter(text => text !== '').at(-1) ?? '';
  const [, file = '', functionName = frame, lineNumber = '0'] =
    /^(.*):([^:]*):(\d+)$/.exec(frame) ?? [];
  const place = { file, functionName, line: Number(lineNumber) };
  return { pid: pid.slice(1), interpreter: Number(iid), tid, ...place, us: Number(metric[1]) };
}

interface Clocked {
  readonly thread: ImportedThread;
  nowNs: number;
}

function built(samples: Iterable<AustinSample>, losses: Losses): ReadTrace {
  const run = new ImportedRun();
  const threads = new Map<string, Clocked>();
  let endNs = 0;
  for (const sample of samples) {
    const clock = clockOf(run, threads, sample);
    const position: PositionIndex = run.position(sample.file, sample.line, sample.functionName);
    clock.thread.push(clock.nowNs, LaneState.unknown, position);
    clock.nowNs += sample.us * 1000;
    endNs = Math.max(endNs, clock.nowNs);
  }
  if (threads.size === 0) throw new UserError('There is no sample in it.');
  for (const { thread, nowNs } of threads.values()) thread.push(nowNs, LaneState.unknown);
  const unknown = { kind: 'unknown', why: TELLS_NOT } as const;
  const facts = {
    runtime: 'imported',
    title: 'Austin: stacks of each thread',
    subtitle: 'sampled from outside',
    certainty: { states: unknown, handOffs: unknown, lines: unknown },
    notTold: [CLOCKS],
  };
  return run.build(facts, losses, endNs);
}

function clockOf(run: ImportedRun, threads: Map<string, Clocked>, sample: AustinSample): Clocked {
  const { pid, interpreter, tid } = sample;
  const key = `${pid} ${interpreter} ${tid}`;
  const known = threads.get(key);
  if (known) return known;
  const thread = run.thread(`Thread ${tid}`, run.process(pid));
  thread.isMain = tid === pid;
  thread.interpreter = Number.isSafeInteger(interpreter) ? interpreter : 0;
  const made = { thread, nowNs: 0 };
  threads.set(key, made);
  return made;
}
