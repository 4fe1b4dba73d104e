// Why a thread sleeps: from the system call it sits in and the Python frames that led there. What is not certain stays
// what the call alone says, I/O or a lock.

import type { SleepFrame } from '../cpython/waitParts';
import { LookState } from '../file/records';
import { CALLS, FUTEX_CALL } from '../system/systemCalls';

/** A thread that sleeps. */
export interface Sleep {
  readonly call: number;
  /** First argument of the call: for reads and writes the file descriptor. */
  readonly argument: number;
  /** Innermost first, up to the first frame of the program's own files. */
  readonly frames: readonly SleepFrame[];
}

/** What is to be known of its process. */
export interface ProcessFacts {
  /** Whether a process of the same program started this one. */
  readonly isChild: boolean;
  /** Whether it is under a CPU limit. */
  readonly isLimited: boolean;
  /** Whether the other end of this pipe belongs to another process of the program. Asked only when needed. */
  readonly leadsToProcess: (fd: number, direction: 'read' | 'write') => boolean;
  /** Whether an event loop of this process may be one in C, which has no frames. Asked only when needed. */
  readonly hasLoopInC: () => boolean;
}

/** One of the {@link LookState}s of a thread that sleeps. */
export function causeOfSleep(sleep: Sleep, process: ProcessFacts): number {
  return sleep.call === FUTEX_CALL
    ? causeOfFutex(sleep.frames, process)
    : causeOfCall(sleep, process);
}

function causeOfFutex(frames: readonly SleepFrame[], { isChild }: ProcessFacts): number {
  const innermost = frames.at(0);
  switch (innermost?.part) {
    case 'notification': {
      const isHeld = innermost.takesBack || isOfPool(frames);
      return isHeld ? LookState.lock : LookState.idle;
    }
    case 'join':
    case 'worker':
    case 'handler':
    case 'processNotification':
      return LookState.idle;
    // The readers of a queue stand in line: who is not first waits for an item, too.
    case 'processQueue':
      return causeOfQueue(frames, isChild);
    case 'processLock':
      return frames.at(1)?.part === 'processQueue' ? causeOfQueue(frames, isChild) : LookState.lock;
    default:
      return LookState.lock;
  }
}

/** A pool of things that are lent: some frames further out than the wait. */
function isOfPool(frames: readonly SleepFrame[]): boolean {
  return frames.some(({ part }) => part === 'permit');
}

/** A pool's processes, and children in general, wait for work; who started them waits for what they give. */
function causeOfQueue(frames: readonly SleepFrame[], isChild: boolean): number {
  return isChild || servesPool(frames) ? LookState.idle : LookState.process;
}

function servesPool(frames: readonly SleepFrame[]): boolean {
  return frames.some(({ part }) => part === 'worker' || part === 'handler');
}

function causeOfCall(sleep: Sleep, process: ProcessFacts): number {
  const { call, frames } = sleep;
  if (CALLS.waitForChild.has(call)) return LookState.process;
  const innermost = frames.at(0)?.part;
  if (CALLS.select.has(call)) return causeOfSelect(sleep, process);
  if (innermost === 'child') return LookState.process;
  if (innermost === 'connection') return causeOfConnection(sleep, process);
  if (innermost === 'handler' && CALLS.read.has(call)) return LookState.idle;
  if (CALLS.read.has(call)) return causeOfPipe(sleep, 'read', process);
  if (CALLS.write.has(call)) return causeOfPipe(sleep, 'write', process);
  return LookState.blocked;
}

function causeOfPipe(sleep: Sleep, direction: 'read' | 'write', process: ProcessFacts): number {
  const leads = process.leadsToProcess(sleep.argument, direction);
  return leads ? LookState.process : LookState.blocked;
}

/** A pool's service threads wait for work; all others wait for the process at the other end. */
function causeOfConnection({ frames }: Sleep, { isChild }: ProcessFacts): number {
  if (servesPool(frames)) return LookState.idle;
  const isQueue = frames.some(({ part }) => part === 'processQueue');
  return isQueue ? causeOfQueue(frames, isChild) : LookState.process;
}

function causeOfSelect(sleep: Sleep, process: ProcessFacts): number {
  const { call, frames } = sleep;
  switch (frames.at(0)?.part) {
    case 'selector':
      return causeOfSelector(sleep, process);
    case 'loop':
      return LookState.idle;
    case 'connection':
      return causeOfConnection(sleep, process);
    case 'child':
      return LookState.process;
    default:
      return CALLS.loopInC.has(call) && process.hasLoopInC() ? LookState.idle : LookState.blocked;
  }
}

function causeOfSelector(sleep: Sleep, process: ProcessFacts): number {
  switch (sleep.frames.at(1)?.part) {
    case 'loop':
    case 'handler':
      return LookState.idle;
    case 'connection':
      return sleep.frames.some(({ part }) => part === 'child')
        ? LookState.process
        : causeOfConnection(sleep, process);
    case 'child':
      return LookState.process;
    default:
      return LookState.blocked;
  }
}
