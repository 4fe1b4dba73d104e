// The changes that make sense for a run: those that something in the run speaks for. Which of them are worth it, the
// predictions tell.

import { timePerState } from '../model/timePerState';
import { LaneState } from '../model/lanes';
import type { Program, Step } from '../model/program';
import type { WhatIf } from './change';
import { predictionOf, type NoPrediction, type Prediction, type WhatIfSubject } from './predict';
import { workersOf } from './workers';

/** Shorter waits for the GIL are no reason to change anything. */
const LEAST_SHARE = 0.02;
const SHORT_INTERVAL_NS = 500_000;
const PIECE_NS = 1_000_000;
const MOST_LINES = 2;
const MOST_LOCKS = 3;

/** What to try, in no order. */
export function proposalsFor({ trace, scenario }: WhatIfSubject): readonly WhatIf[] {
  const sums = timePerState(trace.stores, 0, trace.nowNs);
  const waitsForGil = sums[LaneState.waitingForGil] > LEAST_SHARE * trace.nowNs;
  const { program, conditions } = scenario;
  return [
    ...(waitsForGil && scenario.runtime === 'gil' ? worlds() : []),
    ...(waitsForGil && conditions.switchIntervalNs > SHORT_INTERVAL_NS
      ? [{ kind: 'interval', switchIntervalNs: SHORT_INTERVAL_NS } as const]
      : []),
    ...(waitsForGil ? lineChanges(program) : []),
    ...lockChanges(program),
    ...(waitsInBetween(program) ? [{ kind: 'together' } as const] : []),
    ...workerChanges(program),
    { kind: 'cores', cores: conditions.cores * 2 },
  ];
}

function worlds(): WhatIf[] {
  return ['processes-fork', 'processes-spawn', 'subinterpreters', 'free-threaded'].map(runtime => ({
    kind: 'runtime',
    runtime,
  }));
}

/** Lines that keep the GIL the longest: to release it there; in pieces where one call keeps it. */
function lineChanges({ threads, positions }: Program): WhatIf[] {
  const held = new Map<number, number>();
  for (const { body } of threads) addUp(body, 1, held);
  const longest = (lines: ReadonlyMap<number, number>): number[] =>
    [...lines]
      .filter(([at, ns]) => at > 0 && ns > PIECE_NS)
      .sort((a, b) => b[1] - a[1])
      .slice(0, MOST_LINES)
      .map(([at]) => at);
  return longest(held).flatMap((at): WhatIf[] => {
    const { file, line } = positions[at];
    return [
      { kind: 'pieces', file, line, ns: PIECE_NS },
      { kind: 'release', file, line },
    ];
  });
}

function addUp(body: readonly Step[], times: number, held: Map<number, number>): void {
  for (const step of body) {
    if (step.kind === 'repeat') addUp(step.body, times * step.times, held);
    if (step.kind === 'native' && step.gil === 'holds')
      held.set(step.at, (held.get(step.at) ?? 0) + step.ns * times);
  }
}

function lockChanges({ locks, threads }: Program): WhatIf[] {
  return locks.slice(0, MOST_LOCKS).flatMap((lock, index): WhatIf[] => {
    const isOverIo = threads.some(({ body }) => isHeldOverIo(body, index));
    return [
      ...(isOverIo ? [{ kind: 'lock', lock, how: 'not-over-io' } as const] : []),
      { kind: 'lock', lock, how: 'none' },
    ];
  });
}

function isHeldOverIo(body: readonly Step[], lock: number): boolean {
  let isHeld = false;
  for (const step of body) {
    if (step.kind === 'lock' && step.lock === lock) isHeld = true;
    else if (step.kind === 'unlock' && step.lock === lock) isHeld = false;
    else if (isHeld && step.kind === 'block') return true;
  }
  return false;
}

/** Whether a thread starts others one after another and waits for each before it starts the next. */
function waitsInBetween({ threads }: Program): boolean {
  return threads.some(({ body }) => {
    const starts = body.flatMap((step, i) => (step.kind === 'start' ? [i] : []));
    const last = starts.at(-1) ?? -1;
    const joins = body.filter((step, i) => step.kind === 'join' && i < last).length;
    return starts.length > 2 && joins >= starts.length / 2;
  });
}

/** Twice and half as many, where workers wait for I/O. */
function workerChanges(program: Program): WhatIf[] {
  const workers = workersOf(program);
  const blocks = workers.some(worker =>
    program.threads[worker].body.some(({ kind }) => kind === 'block'),
  );
  if (!blocks) return [];
  const counts = [workers.length * 2, Math.floor(workers.length / 2)].filter(count => count > 0);
  return counts.map(count => ({ kind: 'threads', count }));
}

/** All proposals with what they would bring, the most promising first; none where nothing can be predicted. */
export function predictAll(subject: WhatIfSubject): readonly (Prediction | NoPrediction)[] {
  if (subject.problem !== undefined) return [];
  return inOrder(proposalsFor(subject).map(change => predictionOf(subject, [change])));
}

export function inOrder(
  predictions: readonly (Prediction | NoPrediction)[],
): readonly (Prediction | NoPrediction)[] {
  const endOf = (prediction: Prediction | NoPrediction): number =>
    'why' in prediction ? Infinity : prediction.afterNs;
  return [...predictions].sort((a, b) => (endOf(a) === endOf(b) ? 0 : endOf(a) - endOf(b)));
}
