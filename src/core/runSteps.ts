// How a thread goes through its steps: the part of the machine that knows what a step means.
//
// A thread that is in here is on a core and holds its GIL, if its runtime has one. It stays until a step takes time
// or has to wait. What must happen after the GIL is given up is written down first (`afterRelease`), for a release
// on request only takes effect when another thread has taken over.

import type { GilHost } from './gil';
import { LaneState } from './lanes';
import type { ProgramLock } from './programLock';
import type { StartCosts } from './runtimes';
import { AfterRelease, Phase, type SimThread } from './simThread';
import { Op } from './stepCode';
import { EventKind, ReleaseReason } from './trace';

/** What running steps asks of the machine. */
export interface StepHost extends GilHost {
  readonly startCosts: StartCosts;
  readonly locks: readonly ProgramLock[];
  show(thread: SimThread, state: LaneState): void;
  /** The thread goes on (`onCore`) as soon as it has a core; at once if it has one. */
  wantCore(thread: SimThread): void;
  /** What the thread waited for is there: it looks again after the wake-up latency. */
  wake(thread: SimThread): void;
  /** Brings a thread to life. */
  launch(thread: SimThread): void;
  ended(thread: SimThread): void;
  /** Counts a step; false when far too many were taken without time passing. */
  stepTaken(): boolean;
  report(kind: 'error', lane: number, message: string): void;
}

/** Without a GIL: the thread wants it, or a core at least. */
export function takeGil(host: StepHost, thread: SimThread): void {
  if (thread.gil) thread.gil.arrive(thread);
  else host.takeOnCore(thread);
}

/** On a core, with the GIL: the thread goes on where it was. */
export function goOn(host: StepHost, thread: SimThread): void {
  if (thread.remainingNs > 0) {
    thread.phase = Phase.computing;
    host.wantCore(thread);
  } else {
    endActivity(host, thread);
  }
}

/** An evaluation point, or the end of an activity that holds the GIL. */
export function reachPoint(host: StepHost, thread: SimThread): void {
  thread.remainingNs -= host.nowNs - thread.activeSinceNs;
  thread.activeSinceNs = host.nowNs;
  if (thread.gil?.requestedOf(thread) === true) dropOnRequest(host, thread, thread.gil);
  else goOn(host, thread);
}

/** The GIL is given up for good; does what it was given up for. */
export function afterRelease(host: StepHost, thread: SimThread): void {
  switch (thread.afterRelease) {
    case AfterRelease.takeGil:
      takeGil(host, thread);
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
    case AfterRelease.waitForThread:
      waitForEnd(host, thread, host.threads[thread.operand]);
      return;
    case AfterRelease.waitForStarted:
      waitForStarted(host, thread, host.threads[thread.operand]);
      return;
    case AfterRelease.waitForLock:
      waitForLock(host, thread, host.locks[thread.operand]);
      return;
  }
}

function dropOnRequest(
  host: StepHost,
  thread: SimThread,
  gil: NonNullable<SimThread['gil']>,
): void {
  thread.afterRelease = AfterRelease.takeGil;
  const waits = gil.release(thread, ReleaseReason.forced);
  thread.asked = true;
  host.record(EventKind.request, thread.index, gil.lock, 0);
  host.showWaiting(thread);
  host.leaveCore(thread);
  if (!waits) takeGil(host, thread);
}

function letGo(
  host: StepHost,
  thread: SimThread,
  reason: ReleaseReason,
  then: { readonly after: AfterRelease; readonly operand: number },
): void {
  thread.afterRelease = then.after;
  thread.operand = then.operand;
  if (thread.gil?.release(thread, reason) === true) {
    host.show(thread, LaneState.blocked);
    host.leaveCore(thread);
  } else {
    afterRelease(host, thread);
  }
}

function waitForEnd(host: StepHost, thread: SimThread, target: SimThread): void {
  if (target.phase === Phase.finished) {
    takeGil(host, thread);
    return;
  }
  thread.phase = Phase.waiting;
  target.joiners.push(thread);
  host.show(thread, LaneState.blocked);
  host.leaveCore(thread);
}

function waitForStarted(host: StepHost, thread: SimThread, child: SimThread): void {
  if (!child.announces) {
    takeGil(host, thread);
    return;
  }
  thread.phase = Phase.waiting;
  child.starter = thread;
  host.show(thread, LaneState.blocked);
  host.leaveCore(thread);
}

function waitForLock(host: StepHost, thread: SimThread, lock: ProgramLock): void {
  if (lock.holder === undefined) {
    takeLock(host, thread, lock);
    takeGil(host, thread);
    return;
  }
  thread.phase = Phase.waiting;
  lock.waiting.push(thread.index);
  if (!thread.askedForLock) {
    thread.askedForLock = true;
    host.record(EventKind.request, thread.index, lock.lock, 0);
    host.show(thread, LaneState.waitingForLock);
  }
  host.leaveCore(thread);
}

function takeLock(host: StepHost, thread: SimThread, lock: ProgramLock): void {
  const previous = lock.lastHolder === undefined ? 0 : lock.lastHolder.index + 1;
  host.record(EventKind.acquire, thread.index, lock.lock, previous);
  thread.askedForLock = false;
  lock.holder = thread;
  lock.lastHolder = thread;
}

function endActivity(host: StepHost, thread: SimThread): void {
  if (thread.announces) {
    thread.announces = false;
    if (thread.starter) host.wake(thread.starter);
    thread.starter = undefined;
  }
  if (launchAndWait(host, thread)) return;
  while (host.stepTaken()) if (!takeStep(host, thread)) return;
  // Too many steps without time: the agenda brings the thread back, and the machine sees how things stand.
  thread.phase = Phase.computing;
  thread.activeSinceNs = host.nowNs;
  host.setTimer(thread, host.nowNs);
}

/** Brings the thread to life that `start()` made, if that is where the thread is. True: it waits for the child. */
function launchAndWait(host: StepHost, thread: SimThread): boolean {
  const child = thread.launches;
  if (child < 0) return false;
  thread.launches = -1;
  host.launch(host.threads[child]);
  if (!host.startCosts.waits) return false;
  letGo(host, thread, ReleaseReason.blocking, {
    after: AfterRelease.waitForStarted,
    operand: child,
  });
  return true;
}

/** Takes one step. False: it takes time or waits, or the thread has ended. */
function takeStep(host: StepHost, thread: SimThread): boolean {
  const index = thread.next++;
  const { ops, amounts, targets, positions } = thread.code;
  thread.at = positions[index];
  const amount = amounts[index];
  const target = targets[index];
  switch (ops[index]) {
    case Op.compute:
      return !busy(host, thread, Phase.computing, amount);
    case Op.nativeHolds:
      return !busy(host, thread, Phase.nativeHolding, amount);
    case Op.nativeReleases:
      letGo(host, thread, ReleaseReason.call, { after: AfterRelease.runFree, operand: amount });
      return false;
    case Op.block:
      letGo(host, thread, ReleaseReason.blocking, { after: AfterRelease.block, operand: amount });
      return false;
    case Op.loop:
      thread.turns.push(amount);
      return true;
    case Op.endLoop:
      if (--thread.turns[thread.turns.length - 1] > 0) thread.next = target;
      else thread.turns.pop();
      return true;
    case Op.start:
      return startThread(host, thread, target);
    case Op.join:
      return joinThread(host, thread, target);
    case Op.lock:
      return lockOrWait(host, thread, target);
    case Op.unlock:
      return unlock(host, thread, target);
    default:
      endThread(host, thread);
      return false;
  }
}

function busy(host: StepHost, thread: SimThread, phase: Phase, ns: number): boolean {
  if (ns === 0) return false;
  thread.phase = phase;
  thread.remainingNs = ns;
  host.wantCore(thread);
  return true;
}

function startThread(host: StepHost, thread: SimThread, target: number): boolean {
  if (host.threads[target].launched || target === thread.launches) {
    return fail(host, thread, 'RuntimeError: threads can only be started once');
  }
  thread.launches = target;
  if (busy(host, thread, Phase.computing, host.startCosts.parentNs)) return false;
  return !launchAndWait(host, thread);
}

function joinThread(host: StepHost, thread: SimThread, target: number): boolean {
  const other = host.threads[target];
  if (other === thread) return fail(host, thread, 'RuntimeError: cannot join current thread');
  if (!other.launched) {
    return fail(host, thread, 'RuntimeError: cannot join thread before it is started');
  }
  if (other.phase === Phase.finished) return true;
  letGo(host, thread, ReleaseReason.blocking, {
    after: AfterRelease.waitForThread,
    operand: target,
  });
  return false;
}

function lockOrWait(host: StepHost, thread: SimThread, target: number): boolean {
  const lock = host.locks[target];
  if (lock.holder === undefined) {
    takeLock(host, thread, lock);
    return true;
  }
  letGo(host, thread, ReleaseReason.blocking, { after: AfterRelease.waitForLock, operand: target });
  return false;
}

function unlock(host: StepHost, thread: SimThread, target: number): boolean {
  const lock = host.locks[target];
  if (lock.holder === undefined) return fail(host, thread, 'RuntimeError: release unlocked lock');
  // Any thread may release a threading.Lock; the trace says who held it until now.
  host.record(EventKind.release, lock.holder.index, lock.lock, ReleaseReason.call);
  lock.holder = undefined;
  const next = lock.waiting.shift();
  if (next >= 0) host.wake(host.threads[next]);
  return true;
}

/** An exception that nobody catches ends the thread. */
function fail(host: StepHost, thread: SimThread, message: string): boolean {
  host.report('error', thread.index, message);
  endThread(host, thread);
  return false;
}

function endThread(host: StepHost, thread: SimThread): void {
  thread.gil?.release(thread, ReleaseReason.end);
  host.ended(thread);
  for (const joiner of thread.joiners) host.wake(joiner);
}
