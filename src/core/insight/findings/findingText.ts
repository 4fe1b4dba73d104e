// Findings in words: what happened, who did it, where, and how much. The only place that makes sentences of them.

import type { Trace } from '../../model/trace';
import { shortName } from '../../names';
import { formatDuration, formatShare } from '../../units';
import { NOBODY } from '../blame';
import { stepsInWords } from '../chainText';
import { describeTaken } from '../coreShare';
import { placeText } from '../placeText';
import type { Finding, FindingKind } from './finding';

/** The kinds as people call them, for lists. */
export const FINDING_NAMES: Readonly<Record<FindingKind, string>> = {
  failed: 'failed',
  stuck: 'stuck',
  deadlock: 'deadlock',
  hang: 'hang',
  'cpu-limit': 'CPU limit',
  'event-loop-stalled': 'event loop stood still',
  'garbage-collection': 'garbage collection',
  'sleeps-with-gil': 'C code sleeps with the GIL',
  'long-hold': 'C code keeps the GIL',
  convoy: 'convoy',
  serialised: 'serialised by the GIL',
  'work-too-small': 'work too small for a pool',
  stalls: 'stalls',
  'contention-without-gil': 'contention without a GIL',
  'lock-contention': 'lock contention',
  'lock-convoy': 'lock convoy through the GIL',
  'c-lock-contention': 'lock inside of C code',
  'not-parallel': 'one after the other',
  'too-small-for-processes': 'work too small for processes',
  'processes-cost': 'cost of processes',
  'crowded-out': 'crowded out',
  'more-threads-than-cores': 'more threads than cores',
};

export const FINDING_KINDS = Object.keys(FINDING_NAMES) as readonly FindingKind[];

type Sentences = {
  readonly [Kind in FindingKind]: (finding: Finding<Kind>, trace: Trace) => string;
};

const SENTENCES: Sentences = {
  failed: ({ exitCode }) => `The program ended with an error (exit code ${exitCode}).`,
  stuck: ({ why }) => (why.endsWith('.') ? why : `${why}.`),
  deadlock: deadlockText,
  hang: (finding, trace) =>
    `Nothing got on for ${formatDuration(finding.lastedNs)}${finding.untilTheEnd ? ', until the end' : ''}: ` +
    `${threadsText(finding, trace)} ${finding.threads.length === 1 ? 'waits' : 'wait'} for ` +
    `${finding.forLock ? 'a lock that nobody lets go' : 'one another, and nobody has anything to do'}${at(finding, trace)}.`,
  'cpu-limit': ({ costNs, cores }) =>
    `A CPU limit stopped this program for ${formatDuration(costNs)}, summed over cores` +
    `${cores === null ? '' : `; it had ${cores.toFixed(1)} cores on average`}.`,
  'event-loop-stalled': (finding, trace) =>
    `The event loop of ${laneName(trace, finding.threads[0])} stood still ${times(finding.count)}, for up to ` +
    `${formatDuration(finding.longestNs)}, ${formatDuration(finding.costNs)} in all: ${LOOP_WAYS[finding.how](finding, trace)}.`,
  'garbage-collection': (finding, trace) =>
    `Garbage collections keep the GIL for up to ${formatDuration(finding.longestNs)}: ${threadsText(finding, trace)} ` +
    `${waits(finding)} ${formatDuration(finding.costNs)} for them, most of all while ${laneName(trace, finding.culprit)} makes objects${at(finding, trace)}.`,
  'sleeps-with-gil': (finding, trace) =>
    `${laneName(trace, finding.culprit)} waits in a system call and keeps the GIL meanwhile, for up to ` +
    `${formatDuration(finding.longestNs)} at a time${at(finding, trace)}: nobody else can run.`,
  'long-hold': (finding, trace) =>
    `${laneName(trace, finding.culprit)} keeps the GIL for up to ${formatDuration(finding.longestNs)} at a time` +
    `${at(finding, trace)}: ${uninterrupted(trace)} cannot be interrupted, and the others wait.`,
  convoy: (finding, trace) =>
    `${laneName(trace, finding.threads[0])} is mostly I/O, but after each call it waits about ` +
    `${formatDuration(finding.perReturnNs)} for the GIL, which ${laneName(trace, finding.culprit)} has${at(finding, trace)}.`,
  serialised: (finding, trace) =>
    `The GIL lets one thread compute at a time: ${threadsText(finding, trace)} ${waits(finding)} ` +
    `${formatDuration(finding.costNs)} for it, ${formatShare(finding.share)} of the time in which the threads had something to do` +
    `${mostlyFor(finding, trace)}.`,
  'work-too-small': (finding, trace) =>
    `The tasks are too small for a pool: ${threadsText(finding, trace)} ${waits(finding)} ` +
    `${formatDuration(finding.overheadNs)} for the GIL in order to get a task or to hand in a result, and compute ` +
    `${formatDuration(finding.workNs)} in all.`,
  stalls: (finding, trace) =>
    `${threadsText(finding, trace)} stood still ${times(finding.count)}, for up to ${formatDuration(finding.longestNs)}, ` +
    `waiting for the GIL${mostlyFor(finding, trace)}.`,
  'contention-without-gil': ({ share, lock }) =>
    `There is no GIL to wait for, but the threads spend ${formatShare(share)} of their time waiting ` +
    `for one another at ${shortName(lock)}.`,
  'lock-contention': (finding, trace) =>
    finding.lock === ''
      ? `Threads wait for a lock of the program: ${threadsText(finding, trace)} ${waits(finding)} ` +
        `${formatDuration(finding.costNs)}${at(finding, trace)}, ${formatShare(finding.share)} of the time in which they had something to do.`
      : `Lock ${shortName(finding.lock)} is the bottleneck: threads wait ${formatDuration(finding.waitedNs)} for it` +
        `${HOLDER_WAYS[finding.does](finding, trace)}.`,
  'lock-convoy': finding =>
    `Lock ${shortName(finding.lock)} makes a convoy: threads wait ${formatDuration(finding.waitedNs)} for it, ` +
    `${formatDuration(finding.doesNs)} of that while its holder itself waits for the GIL: ${stepsInWords(finding.chain)}.`,
  'c-lock-contention': (finding, trace) =>
    `Threads wait for a lock inside of C code, not for the GIL: ${threadsText(finding, trace)} ${waits(finding)} ` +
    `${formatDuration(finding.costNs)}${at(finding, trace)}, ${formatShare(finding.share)} of the time in which they had something to do.`,
  'not-parallel': (finding, trace) =>
    finding.how === 'joined'
      ? `${finding.count} threads run one after the other: ${laneName(trace, finding.threads[0])} waits for each${at(finding, trace)} before it starts the next.`
      : `The tasks of the pool run one after the other: ${laneName(trace, finding.threads[0])} waits for each result${at(finding, trace)}, ` +
        `${finding.count} times, and never do two of them run at once.`,
  'too-small-for-processes': ({ startingNs, computedNs }, trace) =>
    `Starting up takes ${formatDuration(startingNs)} of core time, the work itself ${formatDuration(computedNs)}: ` +
    `it is too small for ${trace.header.title.toLowerCase()}.`,
  'processes-cost': (finding, trace) =>
    finding.how === 'messages'
      ? `Processes wait for answers of another process again and again${at(finding, trace)}: ${formatDuration(finding.overheadNs)}, ` +
        `and ${formatDuration(finding.workNs)} go into computing.`
      : `Handing work to other processes takes ${formatDuration(finding.overheadNs)} of computing (pickling, sending, receiving), ` +
        `their work itself ${formatDuration(finding.workNs)}${at(finding, trace)}.`,
  'crowded-out': ({ share }) => describeTaken(share),
  'more-threads-than-cores': ({ threadCount, share }, { header }) =>
    `${threadCount} threads want ${header.cores} core${header.cores === 1 ? '' : 's'}: ` +
    `${formatShare(share)} of their time they are ready, but no core is free.`,
};

const HOLDER_WAYS: Readonly<
  Record<
    Finding<'lock-contention'>['does'],
    (finding: Finding<'lock-contention'>, trace: Trace) => string
  >
> = {
  'waits-outside': (finding, trace) =>
    `, most of all while ${laneName(trace, finding.culprit)} has it and sleeps or waits for I/O${atATime(finding)}${at(finding, trace)}`,
  computes: (finding, trace) =>
    `, most of all while ${laneName(trace, finding.culprit)} has it and computes${atATime(finding)}${at(finding, trace)}`,
  'waits-for-gil': finding =>
    `, most of all while its holder waits for the GIL: ${stepsInWords(finding.chain)}`,
  'waits-for-lock': finding =>
    `, most of all while its holder waits for another lock: ${stepsInWords(finding.chain)}`,
  unseen: finding => finding.chain.map(({ text }) => `: ${text}`).join(''),
  unknown: () => '; who had it was not seen',
};

function atATime({ longestNs }: Finding<'lock-contention'>): string {
  return longestNs === 0 ? '' : `, for up to ${formatDuration(longestNs)} at a time,`;
}

const LOOP_WAYS: Readonly<
  Record<
    Finding<'event-loop-stalled'>['how'],
    (finding: Finding<'event-loop-stalled'>, trace: Trace) => string
  >
> = {
  computing: (finding, trace) => `a coroutine, or what it calls, computes${at(finding, trace)}`,
  waiting: (finding, trace) => `a coroutine, or what it calls, waits${at(finding, trace)}`,
  gil: (finding, trace) =>
    `it waits for the GIL${
      finding.culprit === NOBODY ? '' : `, which ${laneName(trace, finding.culprit)} has`
    }${at(finding, trace)}`,
};

/** A finding in one sentence. */
export function findingText<Kind extends FindingKind>(
  finding: Finding<Kind>,
  trace: Trace,
): string {
  return sentenceOf(finding.kind)(finding, trace);
}

/** The table knows by the kind which finding it gets; the compiler cannot follow a key of a union. */
function sentenceOf<Kind extends FindingKind>(
  kind: Kind,
): (finding: Finding<Kind>, trace: Trace) => string {
  return SENTENCES[kind];
}

function at({ where }: Finding, trace: Trace): string {
  const place = placeText(trace, where);
  return place === '' ? '' : ` at ${place}`;
}

/** From outside, collections are seen from CPython 3.13 on: before, a long hold may be one. */
function uninterrupted({ header }: Trace): string {
  const minor = /^Python 3\.(\d+)/.exec(header.subtitle)?.[1];
  const mayCollect = header.engine === 'recorded' && Number(minor ?? 13) < 13;
  return mayCollect ? 'C code, or a collection of garbage,' : 'C code';
}

function mostlyFor(finding: Finding, trace: Trace): string {
  if (finding.culprit === NOBODY) return '';
  return `, most of all for ${laneName(trace, finding.culprit)}${at(finding, trace)}`;
}

function laneName({ lanes }: Trace, lane: number): string {
  return lane === NOBODY ? 'nobody' : shortName(lanes[lane].name);
}

/** One thread by its name, two by both, more by their number. */
function threadsText({ threads }: Finding, trace: Trace): string {
  const names = threads.map(lane => laneName(trace, lane));
  if (names.length === 0) return 'the threads';
  return names.length <= 2 ? names.join(' and ') : `${names.length} threads`;
}

function waits({ threads }: Finding): string {
  return threads.length === 1 ? 'waits' : 'wait';
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

/** Every wait of the circle, with its lock and its line. */
function deadlockText({ deadlock }: Finding<'deadlock'>, trace: Trace): string {
  const { circle, certainty } = deadlock;
  const edges = circle.map(({ lane, next, lock, position }) => {
    const what = lock < 0 ? 'the end of' : `${shortName(trace.locks[lock].name)}, which`;
    const whose = next === lane ? 'it' : laneName(trace, next);
    const place = placeText(trace, position);
    const line = place === '' ? '' : ` at ${place}`;
    return `${laneName(trace, lane)} waits${line} for ${what} ${whose}${lock < 0 ? '' : ' has'}`;
  });
  const sure = certainty === 'proof' ? 'A deadlock' : 'A deadlock, almost surely';
  return `${sure}: ${edges.join('; ')}. None of them can go on.`;
}
