// How a thread goes through its steps: the part of the machine that knows what a step means.
//
// A thread that is in here is on a core and holds its GIL, if its runtime has one. It stays until a step takes time
// or has to wait.

import { LaneState } from '../model/lanes';
import {
  dropOnRequest,
  giveLockBack,
  letGo,
  putItem,
  takeItem,
  takeLock,
  type StepHost,
} from './letGo';
import { AfterRelease, Phase, type SimThread } from './simThread';
import { CLOSING, Op } from './stepCode';
import { EventKind, ReleaseReason } from '../model/trace';
import type { Nanoseconds } from '../units';

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
  if (thread.gil.requestedOf(thread)) dropOnRequest(host, thread);
  else goOn(host, thread);
}

function endActivity(host: StepHost, thread: SimThread): void {
  if (thread.announces) {
    thread.announces = false;
    if (thread.starter) host.wake(thread.starter);
    thread.starter = undefined;
  }
  if (thread.stopsWorld !== 'no') {
    const enable = thread.stopsWorld === 'to turn the GIL on';
    thread.stopsWorld = 'no';
    thread.gil.startWorld(thread, enable);
  }
  if (owes(host, thread) || launchAndWait(host, thread)) return;
  while (host.stepTaken()) if (!takeStep(host, thread)) return;
  // Too many steps without time: the agenda brings the thread back, and the machine sees how things stand.
  thread.phase = Phase.computing;
  thread.activeSinceNs = host.nowNs;
  host.setTimer(thread, host.nowNs);
}

/** The item just taken still has to be unpickled. */
function owes(host: StepHost, thread: SimThread): boolean {
  const ns = thread.owedNs;
  thread.owedNs = 0;
  return busy(host, thread, Phase.computing, ns);
}

/** Brings the thread to life that `start()` made, if that is where the thread is. True: it waits for the child. */
function launchAndWait(host: StepHost, thread: SimThread): boolean {
  const child = thread.launches;
  if (child < 0) return false;
  thread.launches = -1;
  host.record(EventKind.start, thread.index, 0, child);
  host.launch(host.threads[child]);
  if (!host.startCosts.waits) return false;
  wait(host, thread, AfterRelease.waitForStarted, child);
  return true;
}

/** Takes one step. False: it takes time or waits, or the thread has ended. */
function takeStep(host: StepHost, thread: SimThread): boolean {
  const index = thread.next++;
  const { ops, amounts, targets, counts, positions } = thread.code;
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
      return wait(host, thread, AfterRelease.block, amount);
    case Op.loop:
      thread.turns.push(amount);
      return true;
    case Op.taskLoop:
      if (thread.tasks === CLOSING) thread.next = target;
      else thread.turns.push(thread.tasks);
      return true;
    case Op.endLoop:
      if (--thread.turns[thread.turns.length - 1] > 0) thread.next = target;
      else thread.turns.pop();
      return true;
    case Op.jump:
      thread.next = target;
      return true;
    case Op.start:
      return startThread(host, thread, { target, amount, extraNs: counts[index] });
    case Op.join:
      return joinThread(host, thread, target);
    case Op.end:
      endThread(host, thread);
      return false;
    default:
      return takeSharingStep(host, thread, index);
  }
}

/** Steps that work on something which threads share. */
function takeSharingStep(host: StepHost, thread: SimThread, index: number): boolean {
  const { ops, amounts, targets, counts } = thread.code;
  const amount = amounts[index];
  const target = targets[index];
  switch (ops[index]) {
    case Op.lock:
      if (takeLock(host, thread, host.locks[target])) return true;
      return wait(host, thread, AfterRelease.waitForLock, target);
    case Op.unlock:
      return unlock(host, thread, target);
    case Op.touch:
      return !busy(host, thread, Phase.computing, touchNs(host, thread, { target, amount }));
    case Op.wait:
      return waitForNotify(host, thread, target);
    case Op.notify:
      return notify(host, thread, { target, all: counts[index] === 1 });
    case Op.put:
      thread.tasks = counts[index];
      thread.owedNs = amount;
      if (putItem(host, thread, host.queues[target])) return true;
      return wait(host, thread, AfterRelease.waitForSpace, target);
    case Op.get:
      if (!takeItem(host, thread, host.queues[target])) {
        return wait(host, thread, AfterRelease.waitForItem, target);
      }
      return !owes(host, thread);
    case Op.collect:
      return stopWorld(host, thread, { ns: amount, enable: false });
    default:
      return stopWorld(host, thread, { ns: 0, enable: true });
  }
}

/** Lets go of the GIL to wait. Always false, for the thread is done for now. */
function wait(host: StepHost, thread: SimThread, after: AfterRelease, operand: number): false {
  letGo(host, thread, ReleaseReason.blocking, { after, operand });
  return false;
}

/** Begins an activity with the GIL; false if it takes no time. */
function busy(host: StepHost, thread: SimThread, phase: Phase, ns: Nanoseconds): boolean {
  if (ns === 0) return false;
  thread.phase = phase;
  thread.remainingNs = ns;
  host.wantCore(thread);
  return true;
}

function startThread(
  host: StepHost,
  thread: SimThread,
  { target, amount, extraNs }: { target: number; amount: Nanoseconds; extraNs: Nanoseconds },
): boolean {
  const child = host.threads[target];
  if (child.launched) return fail(host, thread, 'RuntimeError: threads can only be started once');
  thread.launches = target;
  child.extraStartNs = extraNs;
  if (busy(host, thread, Phase.computing, amount)) return false;
  return !launchAndWait(host, thread);
}

function joinThread(host: StepHost, thread: SimThread, target: number): boolean {
  const other = host.threads[target];
  if (other === thread) return fail(host, thread, 'RuntimeError: cannot join current thread');
  if (!other.launched) {
    return fail(host, thread, 'RuntimeError: cannot join thread before it is started');
  }
  host.record(EventKind.join, thread.index, 0, target);
  if (other.phase === Phase.finished) return true;
  return wait(host, thread, AfterRelease.waitForThread, target);
}

function unlock(host: StepHost, thread: SimThread, target: number): boolean {
  const lock = host.locks[target];
  if (lock.holder === undefined) return fail(host, thread, 'RuntimeError: release unlocked lock');
  giveLockBack(host, lock);
  return true;
}

/** An object that another core used last has to come over from there with every operation. */
function touchNs(
  host: StepHost,
  thread: SimThread,
  { target, amount }: { target: number; amount: Nanoseconds },
): Nanoseconds {
  const before = host.locks[target].previousHolder;
  const alone = before === undefined || before === thread;
  return alone ? amount : Math.round(amount * host.costs.contendedObjectFactor);
}

function waitForNotify(host: StepHost, thread: SimThread, target: number): boolean {
  const condition = host.conditions[target];
  if (condition.guard.holder !== thread) {
    return fail(host, thread, 'RuntimeError: cannot wait on un-acquired lock');
  }
  thread.notified = false;
  host.record(EventKind.wait, thread.index, condition.lock, 0);
  condition.waiting.push(thread.index);
  giveLockBack(host, condition.guard);
  return wait(host, thread, AfterRelease.waitForNotify, target);
}

function notify(
  host: StepHost,
  thread: SimThread,
  { target, all }: { target: number; all: boolean },
): boolean {
  const { guard, waiting, lock } = host.conditions[target];
  if (guard.holder !== thread) {
    return fail(host, thread, 'RuntimeError: cannot notify on un-acquired lock');
  }
  host.record(EventKind.notify, thread.index, lock, all ? 1 : 0);
  do {
    const index = waiting.shift();
    if (index < 0) return true;
    const woken = host.threads[index];
    woken.notified = true;
    if (woken.phase === Phase.waiting) host.wake(woken);
  } while (all);
  return true;
}

/** A garbage collection, or the import that turns the GIL on: other threads stand still meanwhile. */
function stopWorld(
  host: StepHost,
  thread: SimThread,
  { ns, enable }: { ns: Nanoseconds; enable: boolean },
): boolean {
  if (thread.gil.requestedOf(thread)) {
    thread.next--; // somebody else stops the world first
    dropOnRequest(host, thread);
    return false;
  }
  thread.stopsWorld = enable ? 'to turn the GIL on' : 'to collect';
  if (thread.gil.stopWorld(thread)) {
    if (busy(host, thread, Phase.nativeHolding, ns)) return false;
    thread.stopsWorld = 'no';
    thread.gil.startWorld(thread, enable);
    return true;
  }
  thread.phase = Phase.waiting;
  thread.afterRelease = AfterRelease.waitForWorld;
  thread.operand = ns;
  host.show(thread, LaneState.waitingForGil);
  host.leaveCore(thread);
  return false;
}

/** An exception that nobody catches ends the thread. */
function fail(host: StepHost, thread: SimThread, message: string): boolean {
  host.report(thread.index, { kind: 'error', text: message });
  endThread(host, thread);
  return false;
}

function endThread(host: StepHost, thread: SimThread): void {
  thread.gil.release(thread, ReleaseReason.end);
  host.ended(thread);
  for (const joiner of thread.joiners) host.wake(joiner);
}
