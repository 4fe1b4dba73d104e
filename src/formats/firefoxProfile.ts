// Profiles of the Firefox Profiler ("processed" format): our own, those of CPython's sampler (`--gecko`), and, as
// context without any claim about the GIL, all others.

import { isRecord } from '../core/checks';
import { UserError } from '../core/errors';
import { LaneState } from '../core/model/lanes';
import { FirefoxStacks, numbersIn, tableOf } from './firefoxTables';
import type { ReadTrace, TraceFormat } from './format';
import { ImportedRun } from './importedRun';
import { Losses } from './losses';
import { Status, sampledTrace, type SampledThread } from './sampledRows';
import type { TraceFile } from './traceFile';
import { ownFirefox } from './writeFirefox';

type Fields = Readonly<Record<string, unknown>>;

const TACHYON = 'Tachyon Sampling Profiler';

export const FIREFOX_PROFILE: TraceFormat = {
  name: 'Firefox Profiler profile',
  extensions: ['json'],
  recognises: file =>
    file.looksLikeJson && file.text.slice(0, 100_000).includes('"preprocessedProfileVersion"'),
  read: readFirefoxProfile,
};

function readFirefoxProfile(file: TraceFile): ReadTrace {
  const losses = new Losses();
  const { problem, isCut } = file.json;
  const root = file.fields;
  if (problem !== '' && !isCut) throw new UserError(`The file is not JSON: ${problem}.`);
  if (isCut) losses.add('file that ends too early', 'its end');
  const meta = tableOf(root, 'meta');
  const run = new ImportedRun();
  const threads = threadsOf(root, losses);
  const own = ownFirefox(root, threads, losses);
  if (own) return own;
  return meta.importedFrom === TACHYON
    ? tachyonTrace(run, { root, meta, threads }, losses)
    : contextTrace(run, { root, meta, threads }, losses);
}

interface Profile {
  readonly root: Fields;
  readonly meta: Fields;
  readonly threads: readonly Fields[];
}

export function threadsOf(root: Fields, losses: Losses): readonly Fields[] {
  const list: readonly unknown[] = Array.isArray(root.threads) ? root.threads : [];
  return list.filter((entry, i): entry is Fields => {
    if (!isRecord(entry)) losses.add('thread that is no object', `threads[${i}]`);
    return isRecord(entry);
  });
}

const REPLAYED =
  'The file says “Off CPU” of all threads at all times: it was replayed from a recording that had not looked. So a thread that neither had the GIL nor asked for it is drawn as not observed.';
const BASE_NAMES =
  'Names of files are in it without their folders, and threads without their names.';

function tachyonTrace(
  run: ImportedRun,
  { root, meta, threads }: Profile,
  losses: Losses,
): ReadTrace {
  const hasCpu = threads.some(thread => intervalsOf(root, thread, 'On CPU').length > 0);
  const process = run.process(String(pidOf(threads)), 'Python');
  const sampled = threads.map((fields, i): SampledThread => {
    const isMain = fields.isMainThread === true;
    const name = typeof fields.name === 'string' ? fields.name : `thread ${i + 1}`;
    const thread = run.thread(isMain ? 'MainThread' : name, process);
    thread.isMain = isMain;
    return { thread, ...rowsOf(new FirefoxStacks(run, root, fields), { root, fields }, losses) };
  });
  const interval = typeof meta.interval === 'number' && meta.interval > 0 ? meta.interval : 1;
  return sampledTrace(
    run,
    sampled,
    {
      intervalNs: hasCpu ? Math.min(interval, 1e6) * 1e6 : 1e6,
      hasCpu,
      subtitle: 'Gecko profile',
      cores: coresOf(meta),
      notTold: [...(hasCpu ? [] : [REPLAYED]), BASE_NAMES],
    },
    losses,
  );
}

function coresOf({ logicalCPUs }: Fields): number | undefined {
  return typeof logicalCPUs === 'number' && Number.isSafeInteger(logicalCPUs) && logicalCPUs > 0
    ? logicalCPUs
    : undefined;
}

/** The sampler writes its own pid; on Linux the target's is that of its main thread. */
function pidOf(threads: readonly Fields[]): number {
  const main = threads.find(({ isMainThread }) => isMainThread === true);
  return typeof main?.tid === 'number' ? main.tid : 0;
}

interface OneThread {
  readonly root: Fields;
  readonly fields: Fields;
}

/** The samples of a thread, each with what its markers say of that time. */
function rowsOf(
  stacks: FirefoxStacks,
  { root, fields }: OneThread,
  losses: Losses,
): Omit<SampledThread, 'thread'> {
  const samples = tableOf(fields, 'samples');
  const stackOf = numbersIn(samples, 'stack');
  const rows: Omit<SampledThread, 'thread'> = { times: [], statuses: [], positions: [] };
  const has = whether(intervalsOf(root, fields, 'Has GIL'));
  const wants = whether(intervalsOf(root, fields, 'Waiting for GIL'));
  const runs = whether(intervalsOf(root, fields, 'On CPU'));
  timesOf(samples).forEach((ms, i) => {
    const isFit = Number.isFinite(ms) && ms * 1e6 >= (rows.times.at(-1) ?? -Infinity);
    if (!isFit) {
      losses.add('sample without a time that fits', `sample ${i + 1}`);
      return;
    }
    const gil = has(ms) ? Status.hasGil : wants(ms) ? Status.wantsGil : 0;
    rows.times.push(ms * 1e6);
    rows.statuses.push(gil | (runs(ms) ? Status.onCpu : 0));
    rows.positions.push(stacks.place(stackOf[i]));
  });
  return rows;
}

/** Times of samples, in ms; some versions tell them as differences. */
export function timesOf(samples: Fields): readonly number[] {
  if (!('timeDeltas' in samples)) return numbersIn(samples, 'time');
  let now = 0;
  return numbersIn(samples, 'timeDeltas').map(delta => (now += delta));
}

interface Interval {
  readonly start: number;
  readonly end: number;
}

/** The markers of a name, by their start. */
function intervalsOf(root: Fields, thread: Fields, name: string): readonly Interval[] {
  const markers = tableOf(thread, 'markers');
  const shared = tableOf(root, 'shared');
  const strings: unknown = 'stringArray' in thread ? thread.stringArray : shared.stringArray;
  const wanted = Array.isArray(strings) ? strings.indexOf(name) : -1;
  const [starts, ends] = [numbersIn(markers, 'startTime'), numbersIn(markers, 'endTime')];
  return numbersIn(markers, 'name')
    .flatMap((index, i) =>
      index === wanted && wanted >= 0 ? [{ start: starts[i], end: ends[i] }] : [],
    )
    .filter(({ start, end }) => start <= end)
    .sort((a, b) => a.start - b.start);
}

/** Whether a time lies in one of the intervals; to be asked in order of time. */
function whether(intervals: readonly Interval[]): (ms: number) => boolean {
  let next = 0;
  let end = -Infinity;
  return ms => {
    for (; next < intervals.length && intervals[next].start <= ms; next++)
      end = Math.max(end, intervals[next].end);
    return ms < end;
  };
}

const TELLS_NOT =
  'This file tells where threads were when they were sampled. It does not tell who held the GIL or waited for it.';

function contextTrace(
  run: ImportedRun,
  { root, meta, threads }: Profile,
  losses: Losses,
): ReadTrace {
  for (const fields of threads) {
    const name = typeof fields.name === 'string' ? fields.name : 'Thread';
    const pid = typeof fields.pid === 'string' || typeof fields.pid === 'number' ? fields.pid : '';
    const command = typeof fields.processName === 'string' ? fields.processName : '';
    const thread = run.thread(name, run.process(String(pid), command));
    thread.isMain = fields.isMainThread === true;
    const rows = rowsOf(new FirefoxStacks(run, root, fields), { root, fields }, losses);
    rows.times.forEach((ns, i) => thread.push(ns, LaneState.unknown, rows.positions[i]));
  }
  const unknown = { kind: 'unknown', why: TELLS_NOT } as const;
  const product = typeof meta.product === 'string' ? meta.product.slice(0, 40) : 'Firefox Profiler';
  const facts = {
    runtime: 'imported',
    title: `${product}: stacks of each thread`,
    subtitle: 'Firefox profile',
    certainty: { states: unknown, handOffs: unknown, lines: unknown },
    cores: coresOf(meta),
    notTold: [],
  };
  return run.build(facts, losses);
}
