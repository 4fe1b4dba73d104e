// Who writes Chrome Trace Event files, how each names its calls, and what its files cannot tell.

import { isRecord } from '../core/checks';
import type { SourcePosition } from '../core/model/program';
import { nameOf, numberOf, type ChromeEvent } from './chromeEvents';
import type { ProbeKind } from './gilProbes';
import type { TraceFile } from './traceFile';

/** A probe at the beginning of an event, or at its end. `kind` undefined: the event is about the GIL and adds nothing. */
export interface EventProbe {
  readonly kind: ProbeKind | undefined;
  readonly atEnd: boolean;
}

export interface Dialect {
  readonly title: string;
  readonly subtitle: string;
  /** What it cannot tell of the GIL, in a sentence. */
  readonly tellsNot: string;
  /** More sentences of that kind. */
  readonly alsoNot: readonly string[];
  readonly placeOf: (event: ChromeEvent) => SourcePosition;
  /** The name of the thread, where an event only tells that. */
  threadNameIn(event: ChromeEvent): string | undefined;
  probesOf(event: ChromeEvent): readonly EventProbe[];
  processOf(event: ChromeEvent): string;
  /** Whether an event belongs to a thread of the program. */
  isOfThread(event: ChromeEvent): boolean;
}

const CONTEXT: Dialect = {
  title: 'Chrome trace',
  subtitle: 'calls of threads',
  tellsNot:
    'This file tells which calls ran when. It does not tell who held the GIL or waited for it, nor whether a thread ran at all.',
  alsoNot: [],
  placeOf: ({ name, args }) => {
    const file = nameOf(args.filename);
    return { file, line: numberOf(args.line), functionName: name };
  },
  threadNameIn: () => undefined,
  probesOf: () => [],
  processOf: ({ pid }) => pid,
  isOfThread: () => true,
};

/** `function (file:line)`. */
const VIZTRACER_CALL = /^(.{1,500}) \((.{1,2000}):(\d+)\)$/;

const VIZTRACER: Dialect = {
  ...CONTEXT,
  title: 'VizTracer: calls of each thread',
  subtitle: 'every call, traced',
  placeOf: ({ name }) => {
    const [, functionName = name, file = '', line = '0'] = VIZTRACER_CALL.exec(name) ?? [];
    return { file, line: Number(line), functionName };
  },
};

/** `file(line): function`. */
const TORCH_CALL = /^(.{1,2000})\((\d+)\): (.{1,500})$/;

const TORCH: Dialect = {
  ...CONTEXT,
  title: 'PyTorch profiler: operations of each thread',
  subtitle: 'operations and calls',
  alsoNot: [
    'PyTorch records the thread that started the profiler alone, unless it was told to profile all threads.',
  ],
  placeOf: ({ name }) => {
    const [, file = '', line = '0', functionName = name] = TORCH_CALL.exec(name) ?? [];
    return { file, line: Number(line), functionName };
  },
  // It also writes lanes of its own, of graphics cards, and of what the profiler itself costs.
  isOfThread: ({ pid, tid }) => /^\d+$/.test(pid) && /^\d+$/.test(tid) && Number(pid) > 9,
};

/** The pseudo frame at the bottom of each stack: `thread (number): name`. */
const PYSPY_THREAD = /^thread \((\w+)\)(?:: (.*))?$/;

const PYSPY: Dialect = {
  ...CONTEXT,
  title: 'py-spy: stacks of each thread',
  subtitle: 'sampled from outside',
  alsoNot: [
    'py-spy keeps a stack open until it sees the thread again, so a thread that ended or was idle may seem to go on.',
  ],
  threadNameIn: ({ name, args }) => {
    const pseudo = nameOf(args.filename) === '' ? PYSPY_THREAD.exec(name) : null;
    if (!pseudo) return undefined;
    const [, number, said = `Thread ${number}`] = pseudo;
    return said;
  },
};

const RAY: Dialect = {
  ...CONTEXT,
  title: 'Ray: tasks of each worker',
  subtitle: 'one lane for each worker process',
  tellsNot:
    'This file tells which task ran in which worker process. It does not tell of threads inside them, nor of any GIL.',
};

/** The events of per4m; those that its others repeat add nothing. */
const PER4M_EVENTS: Readonly<Record<string, ProbeKind | undefined>> = {
  'take_gil b': 'take',
  'take_gil e': 'took',
  'LOCK b': 'took',
  'LOCK e': 'drop',
  'drop_gil e': 'dropped',
};

const PER4M: Dialect = {
  ...CONTEXT,
  title: 'per4m: who holds the GIL',
  subtitle: 'probes on take_gil and drop_gil',
  probesOf: ({ cat, name, ph }) => {
    if (cat !== 'GIL state') return [];
    return [{ kind: PER4M_EVENTS[`${name} ${ph.toLowerCase()}`], atEnd: false }];
  },
  processOf: ({ pid }) => pid.replace(/-GIL$/, ''),
};

const ASCEND: Dialect = {
  ...CONTEXT,
  title: 'Ascend GIL tracer: who holds the GIL',
  subtitle: 'probes on take_gil and drop_gil',
  probesOf: ({ name, ph }) => {
    if (ph !== 'X') return [];
    if (name === 'take_gil') return both('take', 'took');
    if (name === 'hold_gil') return both('took', 'drop');
    return name === 'drop_gil' ? [{ kind: 'dropped', atEnd: true }] : [];
  },
};

function both(first: ProbeKind, last: ProbeKind): readonly EventProbe[] {
  return [
    { kind: first, atEnd: false },
    { kind: last, atEnd: true },
  ];
}

/** Who wrote a file. Files of several, merged, are read as that of the one which tells of the GIL. */
export function dialectOf(file: TraceFile, events: readonly ChromeEvent[]): Dialect {
  const { value } = file.json;
  const fields = isRecord(value) ? value : {};
  const isFromViztracer = 'viztracer_metadata' in fields;
  const names = isFromViztracer ? VIZTRACER : CONTEXT;
  if (events.some(({ cat, name }) => cat === 'GIL state' && name === 'LOCK'))
    return { ...PER4M, placeOf: names === VIZTRACER ? VIZTRACER.placeOf : PER4M.placeOf };
  if (events.some(({ name, ph }) => name === 'hold_gil' && ph === 'X')) return ASCEND;
  if (isFromViztracer) return VIZTRACER;
  if ('schemaVersion' in fields && 'traceEvents' in fields) return TORCH;
  if (events.some(({ cat }) => cat === 'py-spy')) return PYSPY;
  return events.some(({ cat }) => cat.startsWith('task::')) ? RAY : CONTEXT;
}
