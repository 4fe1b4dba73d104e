// The system call that a thread sleeps in, with all its arguments and its stack: a lock needs more than the first two.

import { readText } from '../system/processMaps';
import { FUTEX_CALL } from '../system/systemCalls';

export interface SleepingCall {
  readonly number: number;
  /** The first argument: of a futex the address that it waits at. */
  readonly address: number;
  /** Whether it is a futex with a time limit: it ends by itself. */
  readonly hasLimit: boolean;
  readonly isFutex: boolean;
  /** The innermost address of the stack of its C code. */
  readonly stack: number;
}

/** What the thread sleeps in; undefined while it runs, or where the system does not tell. */
export function sleepingCall(pid: number, thread: number): SleepingCall | undefined {
  const words = readText(`/proc/${pid}/task/${thread}/syscall`)?.trim().split(' ') ?? [];
  if (words.length < 9) return undefined;
  const number = Number(words[0]);
  const hex = (index: number): number => parseInt(words[index], 16);
  const isFutex = number === FUTEX_CALL;
  // futex(address, operation, value, timeout): the fourth argument is 0 where it may last for ever.
  return { number, address: hex(1), hasLimit: isFutex && hex(4) !== 0, isFutex, stack: hex(7) };
}
