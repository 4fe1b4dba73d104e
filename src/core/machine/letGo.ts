// How a thread gives the GIL up and what it does then: block, run without it, or wait for something of the program.
//
// What must happen after the release is written down first (`afterRelease`), for a thread that was asked to drop the
// GIL goes on only when another one has taken it. What a thread waits for is looked at after that, and each time it
// is woken: whoever was faster gets it, as with real locks and queues.

import type { GilHost } from './gil';
import { LaneState } from '../model/lanes';
import type { MarkOf } from '../model/mark';
import type { ProgramCondition, ProgramLock } from './programLock';
import type { ProgramQueue } from './programQueue';
import type { StartCosts } from '../worlds/runtimes';
import { AfterRelease, Phase, type SimThread } from './simThread';
import { EventKind, ReleaseReason } from '../model/trace';

/** What running steps asks of the machine. */
export interface StepHost extends GilHost {
  readonly startCosts: StartCosts;
  readonly locks: readonly ProgramLock[];
  readonly conditions: readonly ProgramCondition[];
  readonly queues: readonly ProgramQueue[];
  show(thread: SimThread, state: LaneState): void;
  /** The thread goes on (`onCore`) as soon as it has a core; at once if it has one. */
  wantCore(thread: SimThread): void;
  /** Brings a thread to life. */
  launch(thread: SimThread): void;
  ended(thread: SimThread): void;
  /** Counts a step; false when far too many were taken without time passing. */
  stepTaken(): boolean;
  report(lane: number, mark: MarkOf<'error'>): void;
}

/** Gives the GIL up for `reason`, then does what `afterRelease` says with its operand. */
export function letGo(
  host: StepHost,
  thread: SimThread,
  reason: ReleaseReason,
  then: { readonly after: AfterRelease; readonly operand: number },
): void {
  thread.afterRelease = then.after;
  thread.operand = then.operand;
  if (thread.gil.release(thread, reason)) {
    host.showWaiting(thread); // FORCE_SWITCHING: what it let go for begins when somebody else has the GIL
    host.leaveCore(thread);
  } else {
    afterRelease(host, thread);
  }
}

/** Gives the GIL up because somebody asked for it, and asks for it again. */
export function dropOnRequest(host: StepHost, thread: SimThread): void {
  thread.afterRelease = AfterRelease.takeGil;
  const waits = thread.gil.release(thread, ReleaseReason.forced);
  thread.asked = true;
  host.record(EventKind.request, thread.index, thread.gil.lock, 0);
  host.showWaiting(thread);
  host.leaveCore(thread);
  if (!waits) thread.gil.arrive(thread);
}

/** The GIL is given up for good, or what the thread waited for may be there. */
export function afterRelease(host: StepHost, thread: SimThread): void {
  switch (thread.afterRelease) {
    case AfterRelease.takeGil:
      thread.gil.arrive(thread);
      return;
    case AfterRelease.startUp:
      thread.phase = Phase.starting;
      host.wantCore(thread);
      return;
    case AfterRelease.block:
      thread.phase = Phase.blocked;
      host.show(thread, LaneState.blocked);
      host.setTimer(thread, host.nowNs + thread.operand);
      host.leaveCore(thread);
      return;
    case AfterRelease.runFree:
      thread.phase = Phase.nativeFree;
      thread.remainingNs = thread.operand;
      host.wantCore(thread);
      return;
    case AfterRelease.waitForWorld:
      thread.phase = Phase.nativeHolding;
      thread.remainingNs = thread.operand;
      host.wantCore(thread);
      return;
    default:
      if (isThere(host, thread)) thread.gil.arrive(thread);
      else keepWaiting(host, thread);
  }
}

/** Looks for what the thread waits for, and takes it. */
function isThere(host: StepHost, thread: SimThread): boolean {
  switch (thread.afterRelease) {
    case AfterRelease.waitForThread:
      return host.threads[thread.operand].phase === Phase.finished;
    case AfterRelease.waitForStarted:
      return !host.threads[thread.operand].announces;
    case AfterRelease.waitForLock:
      return takeLock(host, thread, host.locks[thread.operand]);
    case AfterRelease.waitForNotify:
      return wasNotified(host, thread, host.conditions[thread.operand]);
    case AfterRelease.waitForItem:
      return takeItem(host, thread, host.queues[thread.operand]);
    case AfterRelease.waitForSpace:
      return putItem(host, thread, host.queues[thread.operand]);
    default:
      return true;
  }
}

function keepWaiting(host: StepHost, thread: SimThread): void {
  thread.phase = Phase.waiting;
  const { operand } = thread;
  switch (thread.afterRelease) {
    case AfterRelease.waitForThread:
      host.threads[operand].joiners.push(thread);
      host.show(thread, LaneState.blocked);
      break;
    case AfterRelease.waitForStarted:
      host.threads[operand].starter = thread;
      host.show(thread, LaneState.blocked);
      break;
    case AfterRelease.waitForLock:
      host.locks[operand].waiting.push(thread.index);
      askForLock(host, thread, host.locks[operand].lock);
      break;
    case AfterRelease.waitForNotify:
      askForLock(host, thread, host.conditions[operand].lock); // it is in the condition's queue already
      break;
    case AfterRelease.waitForItem:
      host.queues[operand].takers.push(thread.index);
      askForLock(host, thread, host.queues[operand].lock);
      break;
    case AfterRelease.waitForSpace:
      host.queues[operand].putters.push(thread.index);
      askForLock(host, thread, host.queues[operand].lock);
      break;
    default:
      throw new Error(`thread ${thread.index} waits for nothing`);
  }
  host.leaveCore(thread);
}

function askForLock(host: StepHost, thread: SimThread, lock: number): void {
  if (thread.askedForLock === lock) return;
  thread.askedForLock = lock;
  host.record(EventKind.request, thread.index, lock, 0);
  host.show(thread, LaneState.waitingForLock);
}

/** Takes a lock of the program if it is free. */
export function takeLock(host: StepHost, thread: SimThread, lock: ProgramLock): boolean {
  if (lock.holder !== undefined) return false;
  const previous = lock.lastHolder === undefined ? 0 : lock.lastHolder.index + 1;
  host.record(EventKind.acquire, thread.index, lock.lock, previous);
  thread.askedForLock = -1;
  lock.previousHolder = lock.lastHolder;
  lock.holder = thread;
  lock.lastHolder = thread;
  return true;
}

/** Gives a lock of the program back and wakes who has waited longest. */
export function giveLockBack(host: StepHost, lock: ProgramLock): void {
  // Any thread may release a threading.Lock; the trace says who held it until now.
  const holder = lock.holder;
  if (holder) host.record(EventKind.release, holder.index, lock.lock, ReleaseReason.call);
  lock.holder = undefined;
  const next = lock.waiting.shift();
  if (next >= 0) host.wake(host.threads[next]);
}

/** After a notify a thread still has to get the condition's lock again. */
function wasNotified(host: StepHost, thread: SimThread, condition: ProgramCondition): boolean {
  if (!thread.notified) return false;
  thread.afterRelease = AfterRelease.waitForLock;
  thread.operand = host.locks.indexOf(condition.guard);
  return takeLock(host, thread, condition.guard);
}

/** Takes an item if there is one, and wakes who waits for space. */
export function takeItem(host: StepHost, thread: SimThread, queue: ProgramQueue): boolean {
  if (queue.size === 0) return false;
  host.record(EventKind.get, thread.index, queue.lock, 0);
  thread.askedForLock = -1;
  thread.tasks = queue.firstTasks;
  thread.owedNs = queue.take();
  const next = queue.putters.shift();
  if (next >= 0) host.wake(host.threads[next]);
  return true;
}

/** Puts the item that the thread carries if there is space, and wakes who waits for one. */
export function putItem(host: StepHost, thread: SimThread, queue: ProgramQueue): boolean {
  if (queue.full) return false;
  host.record(EventKind.put, thread.index, queue.lock, 0);
  thread.askedForLock = -1;
  queue.put(thread.tasks, thread.owedNs);
  thread.owedNs = 0;
  const next = queue.takers.shift();
  if (next >= 0) host.wake(host.threads[next]);
  return true;
}
