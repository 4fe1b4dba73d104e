// Samples of threads that say who has the GIL and who wants it, to a trace. A state lasts from the sample that saw it to
// the thread's next one: when it really changed, somewhere between the two, nobody saw.

import { LaneState } from '../core/model/lanes';
import type { PositionIndex } from '../core/model/program';
import { formatDuration } from '../core/units';
import type { ReadTrace } from './format';
import type { ImportedRun, ImportedThread } from './importedRun';
import type { Losses } from './losses';
import { keepSoleHolders, overlapFacts } from './soleHolders';

/** What a sample says of its thread: bits, as CPython's own sampler writes them. */
export const Status = {
  hasGil: 1,
  onCpu: 2,
  cpuUnknown: 4,
  wantsGil: 8,
} as const;

export interface SampledThread {
  readonly thread: ImportedThread;
  readonly times: number[];
  readonly statuses: number[];
  readonly positions: PositionIndex[];
}

export interface SampledFacts {
  readonly intervalNs: number;
  /** Whether the file tells which threads had a core. */
  readonly hasCpu: boolean;
  readonly subtitle: string;
  readonly cores?: number | undefined;
  readonly notTold: readonly string[];
}

/** A thread that so many looks at the others have not met may have done anything. */
const LONG_UNSEEN = 4;
/** Two holders at once now and then are one sweep that saw a hand-off; this much is a build without a GIL. */
const NO_GIL_SHARE = 0.1;
const GIL_RACE =
  ' Where one look at all threads saw two holders, the earlier one is drawn as not observed.';
const SHORT_HOLDS =
  'The GIL may have changed hands between two samples: shorter holds and waits were not seen.';
const NO_CPU =
  'The file does not tell which threads had a core: a thread that neither had the GIL nor asked for it is drawn as not observed.';

export function sampledTrace(
  run: ImportedRun,
  threads: readonly SampledThread[],
  facts: SampledFacts,
  losses: Losses,
): ReadTrace {
  const lastNs = threads.reduce((last, { times }) => Math.max(last, times.at(-1) ?? last), 0);
  const endNs = lastNs + facts.intervalNs;
  const sweeps = sweepsOf(threads);
  for (const thread of threads) fill(thread, facts, { sweeps, endNs });
  const hasGil = overlapFacts(run.threads).share < NO_GIL_SHARE;
  if (!hasGil) for (const thread of run.threads) withoutGil(thread);
  const { count } = keepSoleHolders(run.threads);
  const sampled = {
    kind: 'sampled',
    intervalNs: Math.max(1, Math.round(facts.intervalNs)),
  } as const;
  const notTold = [
    ...facts.notTold,
    ...(hasGil ? [SHORT_HOLDS + (count > 0 ? GIL_RACE : '')] : []),
    ...(facts.hasCpu ? [] : [NO_CPU]),
    ...gapText(sweeps, facts.intervalNs),
  ];
  const header = {
    runtime: hasGil ? 'gil' : 'free-threaded',
    title: hasGil
      ? 'CPython’s sampler (Tachyon)'
      : 'CPython’s sampler (Tachyon), a build without a GIL',
    subtitle: facts.subtitle,
    certainty: { states: sampled, handOffs: sampled, lines: sampled },
    cores: facts.cores,
    notTold,
  };
  return run.build(header, losses, endNs);
}

interface Clock {
  /** When the sampler looked, in order. */
  readonly sweeps: Float64Array;
  readonly endNs: number;
}

function sweepsOf(threads: readonly SampledThread[]): Float64Array {
  const all = Float64Array.from(threads.flatMap(({ times }) => times)).sort();
  return all.filter((ns, i) => i === 0 || ns !== all[i - 1]);
}

/** How long nobody looked, where that is worth a word. */
function gapText(sweeps: Float64Array, intervalNs: number): readonly string[] {
  let gapNs = 0;
  for (let i = 1; i < sweeps.length; i++) {
    const ns = sweeps[i] - sweeps[i - 1];
    if (ns > LONG_UNSEEN * intervalNs) gapNs += ns;
  }
  if (gapNs === 0) return [];
  return [
    `The sampler did not look for ${formatDuration(gapNs)} in all: what it saw before is drawn on.`,
  ];
}

function fill(sampled: SampledThread, facts: SampledFacts, { sweeps, endNs }: Clock): void {
  const { thread, times, statuses, positions } = sampled;
  thread.hasGil = true;
  let sweep = 0;
  times.forEach((ns, i) => {
    thread.push(ns, stateOf(statuses[i], facts.hasCpu), positions[i]);
    while (sweeps[sweep] <= ns) sweep++;
    const nextNs = times.at(i + 1) ?? endNs;
    const isUnseen = sweep + LONG_UNSEEN < sweeps.length && sweeps[sweep + LONG_UNSEEN] < nextNs;
    const after = i + 1 < times.length ? LaneState.unknown : LaneState.finished;
    if (isUnseen) thread.push(sweeps[sweep], after);
  });
}

function stateOf(status: number, hasCpu: boolean): LaneState {
  if ((status & Status.hasGil) !== 0) return LaneState.runningWithGil;
  if ((status & Status.wantsGil) !== 0) return LaneState.waitingForGil;
  if (!hasCpu || (status & Status.cpuUnknown) !== 0) return LaneState.unknown;
  return (status & Status.onCpu) === 0 ? LaneState.blocked : LaneState.runningWithoutGil;
}

/** In a free-threaded build "has the GIL" means that the thread may run Python code. */
function withoutGil(thread: ImportedThread): void {
  thread.hasGil = false;
  thread.states.forEach((state, i) => {
    if (state === LaneState.runningWithGil) thread.states[i] = LaneState.runningWithoutGil;
    if (state === LaneState.waitingForGil) thread.states[i] = LaneState.unknown;
  });
}
