// Why nothing goes on: who waits for whom, as one sentence.

import type { Program } from '../model/program';
import type { ProgramLock } from './programLock';
import { AfterRelease, Phase, type SimThread } from './simThread';
import type { LaneInfo } from '../model/trace';

/** Who waits for what when nothing can happen any more, by the names of the lanes. `lane` is a thread of the circle, if there is one. */
export function explainDeadlock(
  program: Program,
  threads: readonly SimThread[],
  locks: readonly ProgramLock[],
  lanes: readonly LaneInfo[],
): { readonly lane: number; readonly message: string; readonly waitsForLock: boolean } {
  const stuck = threads.filter(thread => thread.launched && thread.phase !== Phase.finished);
  const chain = circleFrom(stuck, thread => blockerOf(thread, threads, locks));
  const clauses = chain.map(thread => {
    const blocker = blockerOf(thread, threads, locks);
    const what = whatIsAwaited(thread, program, lanes);
    const name = blocker === undefined ? undefined : lanes[blocker.index].name;
    if (thread.afterRelease !== AfterRelease.waitForLock || name === undefined) return what;
    return `${what}, held by ${name}`;
  });
  const sentence = clauses
    .map((clause, i) => (i === 0 ? `${lanes[chain[0].index].name} ${clause}` : `which ${clause}`))
    .join(', ');
  const waitsForLock = chain.some(thread => thread.afterRelease === AfterRelease.waitForLock);
  return { lane: chain[0].index, message: `Deadlock: ${sentence}.`, waitsForLock };
}

/** The threads of a circle of waiting, or of the longest chain that ends at nobody. */
function circleFrom(
  stuck: readonly SimThread[],
  blockerOf: (thread: SimThread) => SimThread | undefined,
): SimThread[] {
  let longest: SimThread[] = [];
  for (const start of stuck) {
    const chain: SimThread[] = [];
    let thread: SimThread | undefined = start;
    while (thread !== undefined && thread.phase !== Phase.finished && !chain.includes(thread)) {
      chain.push(thread);
      thread = blockerOf(thread);
    }
    const loop = thread === undefined ? -1 : chain.indexOf(thread);
    if (loop >= 0) return chain.slice(loop);
    if (chain.length > longest.length) longest = chain;
  }
  return longest;
}

function blockerOf(
  thread: SimThread,
  threads: readonly SimThread[],
  locks: readonly ProgramLock[],
): SimThread | undefined {
  switch (thread.afterRelease) {
    case AfterRelease.waitForLock:
      return locks[thread.operand].holder;
    case AfterRelease.waitForThread:
    case AfterRelease.waitForStarted:
      return threads[thread.operand];
    default:
      return undefined;
  }
}

function whatIsAwaited(thread: SimThread, program: Program, lanes: readonly LaneInfo[]): string {
  switch (thread.afterRelease) {
    case AfterRelease.waitForLock:
      return `waits for lock ${program.locks[thread.operand]}`;
    case AfterRelease.waitForThread:
      return `waits for the end of ${lanes[thread.operand].name}`;
    case AfterRelease.waitForNotify:
      return `waits for a notify on condition ${program.conditions?.[thread.operand].name ?? ''}`;
    case AfterRelease.waitForItem:
      return `waits for an item in queue ${program.queues?.[thread.operand].name ?? ''}`;
    case AfterRelease.waitForSpace:
      return `waits for space in queue ${program.queues?.[thread.operand].name ?? ''}`;
    default:
      return 'waits for something that never comes';
  }
}
