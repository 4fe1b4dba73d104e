// Chrome Trace Event files: calls of threads, as VizTracer, PyTorch, Ray and py-spy write them, and what per4m and
// Ascend's tracer see of the GIL. Where no event is about the GIL, nothing of it is claimed.

import { UserError } from '../core/errors';
import type { PositionIndex } from '../core/model/program';
import { place, topsOf, type Call } from './calls';
import { chromeEvents, nameOf, type ChromeEvent } from './chromeEvents';
import { dialectOf, type Dialect } from './chromeDialects';
import type { ReadTrace, TraceFormat } from './format';
import { GilProbes, PROBES_TELL_NOT, type ProbeKind } from './gilProbes';
import { ImportedRun, type ImportedThread } from './importedRun';
import { Losses } from './losses';
import { mixedText } from './perfScript';
import { keepSoleHolders } from './soleHolders';
import type { TraceFile } from './traceFile';
import { ownChrome } from './writeChrome';

export const CHROME_TRACE: TraceFormat = {
  name: 'Chrome trace',
  extensions: ['json'],
  recognises: file =>
    file.looksLikeJson && /"traceEvents"|"ph"\s*:/.test(file.text.slice(0, 100_000)),
  read: readChromeTrace,
};

interface Reading {
  readonly run: ImportedRun;
  readonly losses: Losses;
  readonly dialect: Dialect;
  readonly threads: Map<string, ReadThread>;
}

/** What is known so far of a thread. */
interface ReadThread {
  readonly pid: string;
  readonly tid: string;
  name: string;
  readonly calls: Call[];
  /** Begun, not ended. */
  readonly open: Call[];
  readonly probes: { readonly kind: ProbeKind; readonly ns: number }[];
}

function readChromeTrace(file: TraceFile): ReadTrace {
  const losses = new Losses();
  const own = ownChrome(file.fields, losses);
  if (own) return own;
  const events = chromeEvents(file, losses);
  const dialect = dialectOf(file, events);
  const reading: Reading = { run: new ImportedRun(), losses, dialect, threads: new Map() };
  const baseUs = firstOf(events);
  events.forEach((event, i) => take(reading, event, baseUs, i));
  const endNs = endOf(reading);
  const all = [...reading.threads.values()].filter(
    ({ calls, open, probes }) => calls.length + open.length + probes.length > 0,
  );
  if (all.length === 0) throw new UserError('There is no call and no event of the GIL in it.');
  for (const thread of all) finish(reading, thread, endNs);
  return built(reading, endNs);
}

function built({ run, dialect, losses }: Reading, endNs: number): ReadTrace {
  const exact = { kind: 'exact' } as const;
  const header = { title: dialect.title, subtitle: dialect.subtitle };
  if (run.threads.some(({ hasGil }) => hasGil)) {
    const { count } = keepSoleHolders(run.threads);
    const mixed = count === 0 ? [] : [mixedText(count)];
    const certainty = { states: exact, handOffs: exact, lines: exact };
    const notTold = [PROBES_TELL_NOT, ...mixed];
    return run.build({ ...header, runtime: 'gil', certainty, notTold }, losses, endNs);
  }
  const unknown = { kind: 'unknown', why: dialect.tellsNot } as const;
  const certainty = { states: unknown, handOffs: unknown, lines: exact };
  const facts = { ...header, runtime: 'imported', certainty, notTold: dialect.alsoNot };
  return run.build(facts, losses, endNs);
}

function firstOf(events: readonly ChromeEvent[]): number {
  let first = Infinity;
  for (const { tsUs, ph } of events) if (ph !== 'M' && tsUs < first) first = tsUs;
  return first;
}

function endOf({ threads }: Reading): number {
  let endNs = -Infinity;
  for (const { calls, open, probes } of threads.values()) {
    for (const call of calls) endNs = Math.max(endNs, call.endNs);
    for (const { startNs } of open) endNs = Math.max(endNs, startNs);
    for (const { ns } of probes) endNs = Math.max(endNs, ns);
  }
  return endNs;
}

function take(reading: Reading, event: ChromeEvent, baseUs: number, index: number): void {
  const { losses, dialect } = reading;
  if (event.ph === 'M') {
    takeName(reading, event);
    return;
  }
  if (!'XBEbe'.includes(event.ph) || !dialect.isOfThread(event)) return; // counters, flows, instants: nothing that a lane shows
  const ns = (event.tsUs - baseUs) * 1000;
  if (!Number.isFinite(ns)) losses.add('event without a time', `event ${index + 1}`);
  else if (dialect.probesOf(event).length > 0) takeProbes(reading, event, ns);
  else if ('XBE'.includes(event.ph)) takeCall(reading, event, ns, index);
}

function takeName({ run, threads }: Reading, { name, pid, tid, args }: ChromeEvent): void {
  const said = nameOf(args.name);
  if (said === '') return;
  if (name === 'process_name') run.process(pid, said);
  else if (name === 'thread_name') threadOf(threads, pid, tid).name = said;
}

function takeProbes({ threads, dialect }: Reading, event: ChromeEvent, ns: number): void {
  const thread = threadOf(threads, dialect.processOf(event), event.tid);
  const durNs = Number.isFinite(event.durUs) ? event.durUs * 1000 : 0;
  for (const { kind, atEnd } of dialect.probesOf(event))
    if (kind) thread.probes.push({ kind, ns: ns + (atEnd ? durNs : 0) });
}

function takeCall(reading: Reading, event: ChromeEvent, startNs: number, index: number): void {
  const { losses, threads } = reading;
  const thread = threadOf(threads, event.pid, event.tid);
  if (event.ph === 'E') {
    const begun = thread.open.pop();
    if (begun) thread.calls.push({ ...begun, endNs: startNs });
    else losses.add('end of a call that did not begin', `event ${index + 1}`);
    return;
  }
  const call = { startNs, endNs: Infinity, position: positionOf(reading, thread, event) };
  if (event.ph === 'B') thread.open.push(call);
  else if (event.durUs >= 0) thread.calls.push({ ...call, endNs: startNs + event.durUs * 1000 });
  else losses.add('call without a duration', `event ${index + 1}`);
}

function positionOf(
  { run, dialect }: Reading,
  thread: ReadThread,
  event: ChromeEvent,
): PositionIndex {
  const threadName = dialect.threadNameIn(event);
  if (threadName !== undefined) {
    thread.name = threadName;
    return 0;
  }
  const { file, line, functionName } = dialect.placeOf(event);
  return run.position(file, line, functionName);
}

function threadOf(threads: Map<string, ReadThread>, pid: string, tid: string): ReadThread {
  const key = JSON.stringify([pid, tid]);
  const known = threads.get(key);
  if (known) return known;
  const made = { pid, tid, name: '', calls: [], open: [], probes: [] };
  threads.set(key, made);
  return made;
}

function finish({ run }: Reading, read: ReadThread, endNs: number): void {
  const thread = run.thread(laneName(read), run.process(read.pid));
  thread.isMain = read.pid === read.tid;
  follow(thread, read);
  const calls = [...read.calls, ...read.open].map(call => ({
    ...call,
    endNs: Math.min(call.endNs, endNs),
  }));
  if (calls.length > 0) place(thread, topsOf(calls));
}

function follow(thread: ImportedThread, { probes }: ReadThread): void {
  if (probes.length === 0) return;
  const order: Readonly<Record<ProbeKind, number>> = { take: 0, took: 1, drop: 2, dropped: 3 };
  const gil = new GilProbes(thread);
  for (const { kind, ns } of [...probes].sort(
    (a, b) => a.ns - b.ns || order[a.kind] - order[b.kind],
  ))
    gil.see(kind, ns);
  gil.end();
}

function laneName({ name, tid }: ReadThread): string {
  if (name !== '') return name;
  return /^\d+$/.test(tid) ? `Thread ${tid}` : tid === '' ? 'Thread' : tid.slice(0, 40);
}
