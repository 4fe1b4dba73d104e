// What changes would bring to a run: its program, run again without and with them.
//
//   const subject = subjectOfWhatIf(trace)       read and run once
//   predictionOf(subject, [change, …])           a figure, a range, or the reason why there is none
//
// Of what the run without a change misses of the recording, a part is the recorder's own cost and no part of the
// program, and the rest is missed with a change, too: figures are scaled by half of it (as a factor: its root). How much
// is missed also says how far a figure can be trusted.

import { livedIn, timePerState } from '../model/timePerState';
import { LaneState } from '../model/lanes';
import type { Trace } from '../model/trace';
import { DEFAULT_COSTS, type Costs } from '../worlds/costs';
import type { Nanoseconds } from '../units';
import { withChange } from './applyChange';
import type { WhatIf } from './change';
import { outcomeOf, scenarioOf, type Outcome, type ReadScenario, type Scenario } from './scenario';

export interface Prediction {
  readonly changes: readonly WhatIf[];
  /** When the same work ends without and with the changes, other programs’ load taken out. */
  readonly beforeNs: Nanoseconds;
  readonly afterNs: Nanoseconds;
  /** Between which the end lies; both are `afterNs` where nothing had to be guessed. */
  readonly fromNs: Nanoseconds;
  readonly toNs: Nanoseconds;
  /** What it rests on and what was guessed, as sentences. */
  readonly doubts: readonly string[];
  /** The run with the changes. */
  readonly after: Trace;
}

export interface NoPrediction {
  readonly changes: readonly WhatIf[];
  /** A sentence. */
  readonly why: string;
}

export interface WhatIfSubject {
  readonly trace: Trace;
  readonly scenario: ReadScenario;
  readonly before: Outcome | undefined;
  /** Why nothing can be predicted of this run; undefined if something can. */
  readonly problem: string | undefined;
  /** Shares of the threads' lives: what no look saw, what other programs took, waits that nothing explains. */
  readonly unobserved: number;
  readonly crowded: number;
  readonly unexplained: number;
}

const MOST_UNOBSERVED = 0.5;
const MOST_UNEXPLAINED = 0.6;
const MOST_CROWDED = 0.35;
/** From so much on a doubt is told. */
const WORTH_TELLING = 0.05;
/** A replay without a change that misses the recording by more than this is no ground for a figure. */
const MOST_MISSED = 0.4;
/** Up to this much a figure is told as one number. */
const GOOD_ENOUGH = 0.12;
/** The error that predictions have in measured pairs where nothing had to be guessed (docs/whatif.md). */
const USUAL_ERROR = 0.08;
const MOST_THREADS = 5_000;

export function subjectOfWhatIf(trace: Trace, costs: Costs = DEFAULT_COSTS): WhatIfSubject {
  const shares = sharesOf(trace);
  const early =
    trace.lanes.length > MOST_THREADS
      ? 'It has too many threads to be run again.'
      : problemOfTrace(trace, shares);
  const { scenario, before } = replayed(trace, costs, early === undefined);
  const unexplained = (scenario.recorded?.unexplainedNs ?? 0) / Math.max(1, shares.livedNs);
  const subject = {
    trace,
    scenario,
    before,
    unobserved: shares.unobserved,
    crowded: shares.crowded,
    unexplained,
  };
  return { ...subject, problem: early ?? problemOfReplay(subject) };
}

/** The run without a change. Read so that threads wait for each other in a circle, it is read the other way. */
function replayed(
  trace: Trace,
  costs: Costs,
  isToBeRun: boolean,
): Pick<WhatIfSubject, 'scenario' | 'before'> {
  const scenario = scenarioOf(trace, costs);
  const before = isToBeRun ? outcomeOf(scenario) : undefined;
  if (before || !isToBeRun || !scenario.recorded) return { scenario, before };
  const other = scenarioOf(trace, costs, true);
  return { scenario: other, before: outcomeOf(other) };
}

interface TraceShares {
  readonly livedNs: Nanoseconds;
  readonly unobserved: number;
  readonly crowded: number;
  readonly foreign: number;
}

function sharesOf({ stores, nowNs }: Trace): TraceShares {
  const sums = timePerState(stores, 0, nowNs);
  const livedNs = livedIn(sums);
  const share = (ns: number): number => (livedNs > 0 ? ns / livedNs : 0);
  return {
    livedNs,
    unobserved: share(sums[LaneState.unknown]),
    crowded: share(sums[LaneState.ready]),
    foreign: share(sums[LaneState.waitingForProcess]),
  };
}

function problemOfTrace(trace: Trace, shares: TraceShares): string | undefined {
  if (shares.livedNs === 0) return 'No thread of it did anything.';
  if (shares.unobserved > MOST_UNOBSERVED)
    return 'More than half of the threads’ time was not observed. Record it again on a quieter machine.';
  if (shares.foreign > MOST_UNEXPLAINED)
    return 'The program mostly waits for another process, which this recording does not show.';
  const contended = new Set<number>();
  trace.stores.forEach((store, lane) => {
    const sums = timePerState([store], 0, trace.nowNs);
    if (sums[LaneState.waitingForGil] > WORTH_TELLING * trace.nowNs)
      contended.add(trace.lanes[lane].process);
  });
  const isReal = trace.header.engine === 'recorded' || trace.header.engine === 'imported';
  return isReal && contended.size > 1
    ? 'Threads wait for the GIL in several of its processes at once, and only one such process can be run again.'
    : undefined;
}

function problemOfReplay(subject: Omit<WhatIfSubject, 'problem'>): string | undefined {
  const { before, unexplained } = subject;
  if (!before)
    return 'Run again without a change, the work that was read from it does not end: which thread waits for which is not known well enough.';
  if (unexplained > MOST_UNEXPLAINED)
    return 'Its threads mostly wait for something that the recording does not show.';
  if (missedBy(subject) > MOST_MISSED && subject.crowded < MOST_CROWDED)
    return `Run again without a change it takes ${Math.round(missedBy(subject) * 100)} % more or less than it did, so no figure with a change could be trusted.`;
  return undefined;
}

/** How far the run without a change is from what was recorded. */
function missedBy({ trace, before }: Pick<WhatIfSubject, 'trace' | 'before'>): number {
  return before ? Math.abs(before.endNs / trace.nowNs - 1) : 0;
}

/** Many changes are made one after another; each works on what the one before left. */
export function predictionOf(
  subject: WhatIfSubject,
  changes: readonly WhatIf[],
): Prediction | NoPrediction {
  const { before, problem, scenario } = subject;
  if (problem !== undefined || !before)
    return { changes, why: problem ?? 'It cannot be run again.' };
  const why = changes
    .map(change => problemOfChange(subject, change))
    .find(text => text !== undefined);
  if (why !== undefined) return { changes, why };
  const changed = changes.reduce<Scenario>(withChange, scenario);
  const after = changed === scenario ? before : outcomeOf(changed);
  if (!after)
    return { changes, why: 'With this change the work that was read from the run does not end.' };
  return { ...figuresOf(subject, before, after, changes), changes, after: after.trace };
}

function problemOfChange({ trace, scenario }: WhatIfSubject, change: WhatIf): string | undefined {
  const { program } = scenario;
  if (change.kind === 'lock' && !program.locks.includes(change.lock))
    return `No thread was seen to wait for a lock called ${change.lock}.`;
  if (
    change.kind === 'runtime' &&
    trace.lanes.some(({ process, native }) => process > 0 && native !== true)
  )
    return 'It has several processes already.';
  if (change.kind === 'release' || change.kind === 'pieces') {
    const isThere = program.positions.some(
      ({ file, line }) => line === change.line && file.endsWith(change.file),
    );
    if (!isThere)
      return `No thread was seen at line ${change.line}${change.file === '' ? '' : ` of ${change.file}`}.`;
  }
  return undefined;
}

function figuresOf(
  subject: WhatIfSubject,
  before: Outcome,
  after: Outcome,
  changes: readonly WhatIf[],
): Omit<Prediction, 'changes' | 'after'> {
  // What a busy machine added to the recording is no part of the program: then only the replays are comparable.
  const isBusy = subject.crowded > WORTH_TELLING;
  const isExact = subject.scenario.recorded === undefined;
  const scale = isBusy || isExact ? 1 : Math.sqrt(subject.trace.nowNs / before.endNs);
  const afterNs = Math.round(after.endNs * scale);
  const error = isExact ? 0 : errorOf(subject) + errorOfChanges(changes);
  const isOneNumber = error <= GOOD_ENOUGH;
  return {
    beforeNs: Math.round(before.endNs * scale),
    afterNs,
    fromNs: isOneNumber ? afterNs : Math.round(afterNs * (1 - error)),
    toNs: isOneNumber ? afterNs : Math.round(afterNs * (1 + error)),
    doubts: [...doubtsOf(subject), ...changes.flatMap(doubtsOfChange)],
  };
}

function errorOf(subject: WhatIfSubject): number {
  const { unobserved, unexplained, crowded } = subject;
  return USUAL_ERROR + unobserved / 2 + unexplained / 2 + crowded / 2 + missedBy(subject) / 4;
}

function errorOfChanges(changes: readonly WhatIf[]): number {
  return changes.reduce((sum, { kind }) => sum + (EXTRA_ERROR[kind] ?? 0), 0);
}

const EXTRA_ERROR: Partial<Record<WhatIf['kind'], number>> = {
  threads: 0.05,
  lock: 0.05,
  release: 0.05,
  together: 0.05,
};

function doubtsOf({ scenario, unobserved, unexplained, crowded, trace }: WhatIfSubject): string[] {
  const percent = (share: number): string => `${Math.round(share * 100)} %`;
  const names = [...scenario.elastic].map(thread => scenario.program.threads[thread].name);
  return [
    ...scenario.notes,
    ...(unobserved > WORTH_TELLING
      ? [`${percent(unobserved)} of the threads’ time was not observed.`]
      : []),
    ...(unexplained > WORTH_TELLING
      ? [
          `${percent(unexplained)} of the threads’ time are waits for something that was not seen: they keep their length.`,
        ]
      : []),
    ...(crowded > WORTH_TELLING
      ? [
          `Other programs had the cores ${percent(crowded)} of the time: the figures are those of a machine without them.`,
        ]
      : []),
    ...(names.length > 0
      ? [
          `${names.join(', ')} seems to run until it is told to stop: it does as much as there is time for.`,
        ]
      : []),
    ...(trace.done ? [] : ['The run has not ended: the figures are for what it has done so far.']),
  ];
}

function doubtsOfChange(change: WhatIf): string[] {
  if (change.kind === 'threads') return ['Where one task ends and the next begins was guessed.'];
  if (change.kind === 'release')
    return ['The call is taken to last as long without the GIL as with it.'];
  if (change.kind === 'together')
    return ['Nothing is taken to need a result before the last one is asked for.'];
  if (change.kind !== 'runtime') return [];
  return change.runtime.startsWith('free-threaded')
    ? ['How much slower bytecode is there, and what threads share, was not measured here.']
    : [
        'What arguments and results cost to send is not known from a recording; memory is taken to be fast enough for all.',
      ];
}
