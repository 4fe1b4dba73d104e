// What a trace means, in one plain sentence: its class, the spans that prove it, and the one change to try.
//
//   verdictOf(trace)            for any engine's trace; from blame and statistics, with the thresholds below
//   predictGain(…) in whatIf.ts runs the change that a verdict proposes
//
// The classes are asked in the order of VERDICT_CLASSES, the first whose claim holds is the verdict. The order matters:
// whoever is stuck is told so before anything else, and a wait for a lock of the program hides the GIL's part in it.

import { blameOf, forEachBlame, NOBODY, type BlameRow } from './blame';
import { describeTaken, isCrowdedOut, takenShareOf } from './coreShare';
import { LaneState } from './lanes';
import { noticesOf } from './notices';
import { runtimeNamed } from './runtimes';
import { statisticsOf, type LaneStatistics, type TraceStatistics } from './statistics';
import { EventKind, type Trace } from './trace';
import { formatDuration, formatShare, type Nanoseconds } from './units';

/** What kind of story a trace tells, in the order in which the classes are tried. */
export const VERDICT_CLASSES = [
  'stuck',
  'too-small-for-processes',
  'contention-without-gil',
  'lock-contention',
  'long-hold',
  'convoy',
  'serialised',
  'crowded-out',
  'more-threads-than-cores',
  'io-bound',
  'no-problem',
] as const;
export type VerdictClass = (typeof VERDICT_CLASSES)[number];

/** The one change to try. */
export type Change =
  | { readonly kind: 'none' }
  | { readonly kind: 'runtime'; readonly runtime: string; readonly what: string }
  | { readonly kind: 'interval'; readonly switchIntervalNs: Nanoseconds; readonly what: string }
  /** Something in the program itself: nothing that a replay could try. */
  | { readonly kind: 'program'; readonly what: string };

export interface Verdict {
  readonly class: VerdictClass;
  /** What was found, in one sentence for people, and what is missing of the picture. */
  readonly sentence: string;
  /** The first part of `sentence`: what was found. A suggestion refers to it, so it follows it. */
  readonly claim: string;
  /** The rest of `sentence`: what makes the picture incomplete; empty when it is whole. */
  readonly caveats: string;
  readonly change: Change;
  /** The change as a sentence; empty when there is nothing to change. */
  readonly suggestion: string;
  /** Rows of the blame table that prove it, the worst first. */
  readonly evidence: readonly BlameRow[];
}

/** The thresholds, all shares of time. */
export const THRESHOLDS = {
  /** Waiting is a story from this share of the lanes' lives on. */
  muchWaiting: 0.1,
  /** A hold is long when somebody waits for it this many switch intervals: nothing but C code can do that. */
  longHoldIntervals: 3,
  /** Long holds are the story when they are this share of all waiting for the GIL. */
  mostlyLongHolds: 0.5,
  /** An I/O thread starves when it waits this share of its life … */
  starving: 0.3,
  /** … and computes no more than this. */
  littleComputing: 0.2,
  /** Ready without a core. */
  muchReady: 0.15,
  /** Blocked in I/O or sleep. */
  mostlyBlocked: 0.5,
} as const;

const EVIDENCE_ROWS = 5;

/** What the claims look at. */
interface Case {
  readonly trace: Trace;
  readonly statistics: TraceStatistics;
  readonly blame: readonly BlameRow[];
  readonly lifeNs: Nanoseconds;
  /** Lanes but the one that only starts and joins the others. */
  readonly workers: readonly LaneStatistics[];
}

/** A verdict before its suggestion is spelled out. */
type Finding = Omit<Verdict, 'suggestion' | 'claim' | 'caveats'>;

type Claim = (subject: Case) => Finding | undefined;

const CLAIMS: Readonly<Record<Exclude<VerdictClass, 'no-problem'>, Claim>> = {
  stuck,
  'too-small-for-processes': tooSmall,
  'contention-without-gil': contentionWithoutGil,
  'lock-contention': lockContention,
  'long-hold': longHold,
  convoy,
  serialised,
  'crowded-out': crowdedOut,
  'more-threads-than-cores': moreThreadsThanCores,
  'io-bound': ioBound,
};

/** The verdict on a trace. */
export function verdictOf(trace: Trace): Verdict {
  const statistics = statisticsOf(trace);
  const subject: Case = {
    trace,
    statistics,
    blame: blameOf(trace).filter(row => row.culprit !== NOBODY),
    lifeNs: sum(statistics.lanes, lane => lane.lifeNs),
    workers: workersOf(trace, statistics),
  };
  for (const name of VERDICT_CLASSES) {
    const finding = name === 'no-problem' ? noProblem(subject) : CLAIMS[name](subject);
    if (!finding) continue;
    const caveats = noticesOf(trace, finding.sentence).join(' ');
    return {
      ...finding,
      sentence: caveats === '' ? finding.sentence : `${finding.sentence} ${caveats}`,
      claim: finding.sentence,
      caveats,
      suggestion: 'what' in finding.change ? finding.change.what : '',
    };
  }
  throw new Error('the last class takes everything');
}

/** All lanes that live; the main one only if it is alone or does more than start and join. */
function workersOf(trace: Trace, { lanes }: TraceStatistics): LaneStatistics[] {
  const alive = lanes.filter(lane => lane.lifeNs > 0);
  const busy = alive.filter(
    lane => !trace.lanes[lane.lane].main || computed(lane) > lane.lifeNs * 0.05,
  );
  return busy.length > 0 ? busy : alive;
}

function stuck({ trace }: Case): Finding | undefined {
  const why = trace.marks.find(mark =>
    /^(Deadlock|RuntimeError|Stopped.*never gets on)/.test(mark),
  );
  if (why === undefined) return undefined;
  const what = why.startsWith('Stopped')
    ? 'Give the steps of the loop a time, or fewer rounds.'
    : why.includes('lock ')
      ? 'Take the locks in the same order everywhere, or hold one at a time.'
      : 'Make sure that what this thread waits for happens.';
  const sentence = why.endsWith('.') ? why : `${why}.`;
  return { class: 'stuck', sentence, change: { kind: 'program', what }, evidence: [] };
}

function tooSmall({ statistics, trace }: Case): Finding | undefined {
  // A recorded program's own start is no process that somebody chose to start.
  const children = statistics.lanes.filter(({ lane }) => {
    const { main, process, interpreter } = trace.lanes[lane];
    return !main && (process !== 0 || interpreter !== 0); // threads start at once, as far as anybody can tell
  });
  const startingNs = sum(children, lane => lane.startingNs);
  const computedNs = sum(statistics.lanes, computed);
  if (startingNs === 0 || startingNs < computedNs) return undefined;
  // Threads of one process hold one GIL in turn. What takes less than that is quicker in spite of its start.
  if (statistics.wallNs < sum(statistics.lanes, lane => lane.heldNs)) return undefined;
  return {
    class: 'too-small-for-processes',
    sentence:
      `Starting up takes ${formatDuration(startingNs)} of core time, the work itself ${formatDuration(computedNs)}: ` +
      `it is too small for ${trace.header.title.toLowerCase()}.`,
    change: {
      kind: 'runtime',
      runtime: 'gil',
      what: 'Use threads, or keep the processes for more work.',
    },
    evidence: [],
  };
}

function contentionWithoutGil(subject: Case): Finding | undefined {
  const { statistics, trace, lifeNs } = subject;
  const waitedNs = sum(statistics.lanes, lane => lane.waitedForLockNs + lane.waitedNs);
  if (usesGil(trace) || waitedNs < THRESHOLDS.muchWaiting * lifeNs) return undefined;
  const worst = subject.blame.at(0);
  if (!worst) return undefined;
  return {
    class: 'contention-without-gil',
    sentence:
      `There is no GIL to wait for, but the threads spend ${formatShare(waitedNs / lifeNs)} of their time waiting ` +
      `for one another at ${trace.locks[worst.lock].name}.`,
    change: {
      kind: 'program',
      what: 'Give each thread an object of its own and merge them at the end.',
    },
    evidence: subject.blame.slice(0, EVIDENCE_ROWS),
  };
}

/**
 * Whether there is a GIL at all: the runtime says so, however few threads want it. A recording of a free-threaded build
 * has one from when it was turned on; in a run of one, only who stops the world takes it.
 */
function usesGil(trace: Trace): boolean {
  const { runtime, engine } = trace.header;
  if ((runtimeNamed(runtime)?.protocol ?? 'off') !== 'off') return true;
  const { kinds, lanes, locks } = trace.events;
  const takers = new Set<number>();
  for (let i = 0; i < kinds.length; i++) {
    if (kinds[i] === EventKind.acquire && isGil(trace, locks[i])) takers.add(lanes[i]);
  }
  return engine === 'recorded' ? takers.size > 0 : takers.size > trace.lanes.length / 2;
}

function lockContention(subject: Case): Finding | undefined {
  const { trace, lifeNs } = subject;
  const rows = subject.blame.filter(row => row.lock >= 0 && trace.locks[row.lock].kind === 'lock');
  const waitedNs = sum(rows, row => row.ns);
  const gilNs = sum(subject.blame, row => row.ns) - waitedNs;
  if (waitedNs === 0 || waitedNs < THRESHOLDS.muchWaiting * lifeNs || waitedNs < gilNs) {
    return undefined;
  }
  const [worst] = rows;
  return {
    class: 'lock-contention',
    sentence:
      `Lock ${trace.locks[worst.lock].name} is the bottleneck: the threads wait ${formatDuration(waitedNs)} for it, ` +
      `most of all while ${holder(trace, worst)} has it${atLine(trace, worst)}.`,
    change: { kind: 'program', what: 'Hold the lock for less: do the slow part outside of it.' },
    evidence: rows.slice(0, EVIDENCE_ROWS),
  };
}

function longHold(subject: Case): Finding | undefined {
  const { trace } = subject;
  // Where nobody saw the hand-offs, several turns look like a long one.
  if (trace.header.certainty.handOffs.kind === 'estimated') return undefined;
  const gilNs = gilWaiting(subject);
  const limitNs = THRESHOLDS.longHoldIntervals * Math.max(1e6, trace.header.switchIntervalNs);
  const long = new Map<string, number>();
  let longNs = 0;
  forEachBlame(trace, piece => {
    const ns = piece.endNs - piece.startNs;
    if (piece.culprit === NOBODY || ns < limitNs || !isGil(trace, piece.lock)) return;
    longNs += ns;
    const key = `${piece.culprit} ${piece.position}`;
    long.set(key, Math.max(ns, long.get(key) ?? 0));
  });
  if (!muchWaitsForGil(subject) || longNs < THRESHOLDS.mostlyLongHolds * gilNs) return undefined;
  const rows = subject.blame.filter(row => long.has(`${row.culprit} ${row.position}`));
  const worst = rows.at(0);
  if (!worst) return undefined;
  const longestNs = long.get(`${worst.culprit} ${worst.position}`) ?? 0;
  return {
    class: 'long-hold',
    sentence:
      `${holder(trace, worst)} keeps the GIL for up to ${formatDuration(longestNs)} at a time` +
      `${atLine(trace, worst)}: C code cannot be interrupted, and the others wait.`,
    change: {
      kind: 'runtime',
      runtime: 'processes',
      what: 'Call it in smaller pieces, or move that call into a process.',
    },
    evidence: rows.slice(0, EVIDENCE_ROWS),
  };
}

function convoy(subject: Case): Finding | undefined {
  const { trace, statistics } = subject;
  const victim = statistics.lanes
    .filter(lane => isStarvedIoLane(trace, lane))
    .sort((a, b) => b.waitedNs - a.waitedNs)
    .at(0);
  if (!victim) return undefined;
  const rows = subject.blame.filter(row => row.victim === victim.lane && isGil(trace, row.lock));
  const worst = rows.at(0);
  if (!worst || computed(statistics.lanes[worst.culprit]) < victim.waitedNs * 0.3) return undefined;
  const perReturnNs = victim.waitedNs / Math.max(1, returnsOf(trace, victim.lane));
  return {
    class: 'convoy',
    sentence:
      `${trace.lanes[victim.lane].name} is mostly I/O, but after each call it waits about ` +
      `${formatDuration(perReturnNs)} for the GIL, which ${holder(trace, worst)} has${atLine(trace, worst)}.`,
    change: {
      kind: 'interval',
      switchIntervalNs: 500_000,
      what: 'Move the computing out of this process, or shorten the switch interval to 0.5 ms.',
    },
    evidence: rows.slice(0, EVIDENCE_ROWS),
  };
}

/** Comes back from blocking calls again and again, computes little, and waits for the GIL for much of its life. */
function isStarvedIoLane(trace: Trace, lane: LaneStatistics): boolean {
  return (
    lane.waitedNs >= THRESHOLDS.starving * lane.lifeNs &&
    lane.heldNs <= THRESHOLDS.littleComputing * lane.lifeNs &&
    lane.blockedNs > 0 &&
    lane.heldNs <= lane.blockedNs &&
    returnsOf(trace, lane.lane) >= 3
  );
}

/** How often a lane came from a blocking call to a wait for the GIL. */
function returnsOf(trace: Trace, lane: number): number {
  const store = trace.stores[lane];
  let count = 0;
  for (let i = 1; i < store.count; i++) {
    const waits = store.stateOf(i) === LaneState.waitingForGil;
    if (waits && store.stateOf(i - 1) === LaneState.blocked) count++;
  }
  return count;
}

function serialised(subject: Case): Finding | undefined {
  if (!muchWaitsForGil(subject)) return undefined;
  const { trace, statistics } = subject;
  const rows = subject.blame.filter(row => isGil(trace, row.lock));
  return {
    class: 'serialised',
    sentence:
      `The GIL lets one thread compute at a time: the threads spend ${formatShare(statistics.waitingShare)} of their ` +
      `time waiting for it, and ${statistics.effectiveCores.toFixed(1)} of ${trace.header.cores} cores are busy.`,
    change: unshared(trace),
    evidence: rows.slice(0, EVIDENCE_ROWS),
  };
}

function crowdedOut({ trace }: Case): Finding | undefined {
  const share = takenShareOf(trace);
  if (!isCrowdedOut(share)) return undefined;
  const sentence = describeTaken(share);
  return { class: 'crowded-out', sentence, change: { kind: 'none' }, evidence: [] };
}

/** How several may compute at once. */
function unshared({ header }: Trace): Change {
  const isShared = header.runtime === 'subinterpreters-shared';
  const what = isShared
    ? 'Give each interpreter a GIL of its own.'
    : 'Move the computing into processes, or into code that releases the GIL.';
  return { kind: 'runtime', runtime: isShared ? 'subinterpreters' : 'processes', what };
}

function moreThreadsThanCores({ statistics, trace, lifeNs, workers }: Case): Finding | undefined {
  const readyNs = sum(statistics.lanes, lane => lane.readyNs);
  if (readyNs < THRESHOLDS.muchReady * lifeNs) return undefined;
  // Of a recording: then it is other programs that have the cores.
  if (workers.length <= trace.header.cores) return undefined;
  return {
    class: 'more-threads-than-cores',
    sentence:
      `${workers.length} threads want ${trace.header.cores} core${trace.header.cores === 1 ? '' : 's'}: ` +
      `${formatShare(readyNs / lifeNs)} of their time they are ready, but no core is free.`,
    change: {
      kind: 'program',
      what: `Use as many threads as there are cores (${trace.header.cores}).`,
    },
    evidence: [],
  };
}

function ioBound({ workers, statistics }: Case): Finding | undefined {
  const lifeNs = sum(workers, lane => lane.lifeNs);
  const blockedNs = sum(workers, lane => lane.blockedNs);
  if (lifeNs === 0 || blockedNs < THRESHOLDS.mostlyBlocked * lifeNs) return undefined;
  const share = formatShare(blockedNs / lifeNs);
  if (isAlone(statistics)) {
    const sentence = `${ALONE}: it spends ${share} of its time in I/O, sleep or other waits.`;
    return { class: 'io-bound', sentence, change: { kind: 'none' }, evidence: [] };
  }
  return {
    class: 'io-bound',
    sentence:
      `The threads wait for I/O ${share} of the time and for the GIL only ` +
      `${formatShare(statistics.waitingShare)}: threads are the right tool here.`,
    change: { kind: 'none' },
    evidence: [],
  };
}

function noProblem({ trace, statistics, lifeNs }: Case): Finding {
  if (isAlone(statistics)) {
    const sentence = `${ALONE}; ${statistics.effectiveCores.toFixed(1)} of ${trace.header.cores} cores are busy.`;
    return { class: 'no-problem', sentence, change: { kind: 'none' }, evidence: [] };
  }
  return {
    class: 'no-problem',
    sentence:
      lifeNs === 0
        ? 'No thread did anything in this run.'
        : `Nobody waits long for anything: ${statistics.effectiveCores.toFixed(1)} of ${trace.header.cores} cores are ` +
          `busy, and ${formatShare(statistics.waitingShare)} of the time goes into waiting for the GIL.`,
    change: { kind: 'none' },
    evidence: [],
  };
}

const ALONE = 'Only one thread runs, so there is nobody to wait for the GIL';

function isAlone({ lanes }: TraceStatistics): boolean {
  return lanes.filter(({ lifeNs }) => lifeNs > 0).length === 1;
}

/** Much waiting, of all or of one who hardly gets to do anything else. */
function muchWaitsForGil({ statistics, workers }: Case): boolean {
  const lifeNs = sum(workers, lane => lane.lifeNs);
  const waitedNs = sum(workers, lane => lane.waitedNs);
  return (
    lifeNs > 0 &&
    (waitedNs / lifeNs >= THRESHOLDS.muchWaiting ||
      statistics.waitingShare >= THRESHOLDS.muchWaiting)
  );
}

function gilWaiting({ statistics }: Case): Nanoseconds {
  return sum(statistics.lanes, lane => lane.waitedNs);
}

function isGil(trace: Trace, lock: number): boolean {
  return lock >= 0 && trace.locks[lock].kind === 'gil';
}

function holder(trace: Trace, row: BlameRow): string {
  return trace.lanes[row.culprit].name;
}

function atLine(trace: Trace, row: BlameRow): string {
  const { line } = trace.positions[row.position];
  return line > 0 ? ` at line ${line}` : '';
}

function computed(lane: LaneStatistics): Nanoseconds {
  return lane.heldNs + lane.freeNs;
}

function sum<Item>(items: readonly Item[], pick: (item: Item) => number): number {
  return items.reduce((total, item) => total + pick(item), 0);
}
