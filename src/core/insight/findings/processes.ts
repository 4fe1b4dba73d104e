// Processes: what starting them, pickling, and sending cost against the work that they do.

import { LaneState, usesCore } from '../../model/lanes';
import type { PositionIndex } from '../../model/program';
import type { Nanoseconds } from '../../units';
import { computedNs, type ThreadAccount } from '../account';
import { NOBODY } from '../blame';
import { distributionOf } from '../distributions';
import { lengthOf, longestOf } from '../stretches';
import { MOST_SPANS, type Finding, type LaneStretch } from './finding';
import { isProcessMachinery } from './places';
import type { Subject } from './subject';
import { largestPlace, sum, Tally } from './tally';

/** Handing over is a story when it takes this share of the computing of all processes … */
const MUCH_MACHINERY = 0.2;
/** … and waiting for answers when it takes this share of the lives of those who ask. */
const MUCH_ASKING = 0.25;
/** If half of the answers come sooner than this, they are messages, not work that is waited for. */
const MESSAGE_NS = 10e6;
/** No answer to a message takes longer, whatever else the machine does. */
const LONGEST_MESSAGE_NS = 100e6;
const FEWEST_MESSAGES = 50;
const LEAST_NS = 50e6;

/** Starting others takes longer than all work. */
export function tooSmallForProcesses(
  subject: Subject,
): readonly Finding<'too-small-for-processes'>[] {
  const { account, statistics, trace } = subject;
  const children = childrenOf(subject);
  const startingNs = sum(children, ({ times }) => times.starting);
  const workNs = computedNs(account.times);
  if (startingNs === 0 || startingNs < workNs) return [];
  // Threads of one process hold one GIL in turn. What takes less than that is quicker in spite of its start.
  if (statistics.wallNs < account.times.computing) return [];
  return [
    {
      kind: 'too-small-for-processes',
      // Who waits for a core meanwhile waits for those that are being started.
      costNs: startingNs + sum(children, ({ times }) => times.noCore),
      threads: children.map(({ lane }) => lane),
      spans: spansOf(
        subject,
        children.map(({ lane }) => lane),
        LaneState.starting,
      ),
      where: 0,
      culprit: NOBODY,
      certainty: trace.header.certainty.states.kind === 'exact' ? 'sure' : 'likely',
      evidence: [],
      startingNs,
      computedNs: workNs,
      change: {
        kind: 'runtime',
        runtime: 'gil',
        what: 'Use threads, or keep the processes for more work.',
      },
    },
  ];
}

/** Lanes of other processes or interpreters than the first: a recorded program's own start is nobody's choice. */
function childrenOf({ account, trace }: Subject): readonly ThreadAccount[] {
  return account.threads.filter(({ lane }) => {
    const { process, interpreter } = trace.lanes[lane];
    return process !== 0 || interpreter !== 0;
  });
}

export function processesCost(subject: Subject): readonly Finding<'processes-cost'>[] {
  if (subject.account.processes.length < 2) return [];
  // Who asks for every item pickles every question: one story.
  const found = messages(subject) ?? pickling(subject);
  return found ? [found] : [];
}

/** Many small questions to another process: a manager's proxy, say. */
function messages(subject: Subject): Finding<'processes-cost'> | undefined {
  const asking = subject.account.threads
    .map(({ lane, lifeNs }) => ({ lane, lifeNs, questions: questionsOf(subject, lane) }))
    .filter(({ lifeNs, questions }) => {
      const ns = lengthOf(questions);
      if (distributionOf(questions.map(durationOf)).p50Ns > MESSAGE_NS) return false;
      return questions.length >= FEWEST_MESSAGES && ns >= Math.max(LEAST_NS, MUCH_ASKING * lifeNs);
    });
  if (asking.length === 0) return undefined;
  const questions = asking.flatMap(thread => thread.questions);
  const places = new Tally<PositionIndex>();
  for (const { place, startNs, endNs } of questions) places.add(place, endNs - startNs);
  const overheadNs = lengthOf(questions);
  return {
    kind: 'processes-cost',
    costNs: overheadNs,
    threads: asking.map(({ lane }) => lane),
    spans: longestOf(questions, MOST_SPANS).map(({ lane, startNs, endNs }) => ({
      lane,
      startNs,
      endNs,
    })),
    where: largestPlace(places),
    culprit: NOBODY,
    certainty: 'likely',
    evidence: [],
    how: 'messages',
    overheadNs,
    workNs: sum(asking, ({ lane }) => computedNs(subject.account.threads[lane].times)),
    change: {
      kind: 'program',
      what: 'Work on a plain object in each process and send the result once, instead of asking for every item.',
    },
  };
}

function durationOf({ startNs, endNs }: LaneStretch): Nanoseconds {
  return endNs - startNs;
}

interface Question extends LaneStretch {
  readonly place: PositionIndex;
}

/** The short waits of a lane for another process; not those of a server's or a pool's own thread. */
function questionsOf(subject: Subject, lane: number): Question[] {
  const found: Question[] = [];
  forEachSegment(subject, lane, (state, place, stretch) => {
    if (state !== LaneState.waitingForProcess || durationOf(stretch) > LONGEST_MESSAGE_NS) return;
    if (!isProcessMachinery(subject.trace, place)) found.push({ ...stretch, place });
  });
  return found;
}

/** Much of the computing is pickling, sending and receiving. */
function pickling(subject: Subject): Finding<'processes-cost'> | undefined {
  const machinery = new Tally<number>();
  const places = new Tally<PositionIndex>();
  let workNs: Nanoseconds = 0;
  for (const { lane } of subject.account.threads)
    forEachSegment(subject, lane, (state, place, { startNs, endNs }) => {
      if (!usesCore(state) || state === LaneState.starting) return;
      if (!isProcessMachinery(subject.trace, place)) {
        if (subject.trace.lanes[lane].process !== 0) workNs += endNs - startNs;
        return;
      }
      machinery.add(lane, endNs - startNs);
      places.add(place, endNs - startNs);
    });
  const overheadNs = machinery.totalNs;
  if (overheadNs < Math.max(LEAST_NS, MUCH_MACHINERY * (overheadNs + workNs))) return undefined;
  const { account, trace } = subject;
  const first = account.threads.find(({ lane }) => trace.lanes[lane].main);
  return {
    kind: 'processes-cost',
    costNs: overheadNs,
    threads: machinery.ranked().map(([lane]) => lane),
    spans: [],
    where: first ? restingPlace(subject, first.lane) : largestPlace(places),
    culprit: NOBODY,
    certainty: 'likely',
    evidence: [],
    how: 'pickling',
    overheadNs,
    workNs,
    change: {
      kind: 'program',
      what: 'Give each task far more to do and less to carry (a larger chunksize, smaller arguments), or use a plain loop.',
    },
  };
}

/** Where a lane waits longest: the call that hands the work over. */
function restingPlace(subject: Subject, lane: number): PositionIndex {
  const places = new Tally<PositionIndex>();
  forEachSegment(subject, lane, (state, place, { startNs, endNs }) => {
    if (!usesCore(state)) places.add(place, endNs - startNs);
  });
  return largestPlace(places);
}

function spansOf(subject: Subject, lanes: readonly number[], wanted: LaneState): LaneStretch[] {
  const spans: LaneStretch[] = [];
  for (const lane of lanes)
    forEachSegment(subject, lane, (state, _, stretch) => {
      if (state === wanted) spans.push(stretch);
    });
  return longestOf(spans, MOST_SPANS);
}

function forEachSegment(
  { trace }: Subject,
  lane: number,
  see: (state: number, place: PositionIndex, stretch: LaneStretch) => void,
): void {
  const store = trace.stores[lane];
  for (let i = 0; i < store.count; i++) {
    const stretch = { lane, startNs: store.startOf(i), endNs: store.endOf(i) };
    see(store.stateOf(i), store.positionOf(i), stretch);
  }
}
