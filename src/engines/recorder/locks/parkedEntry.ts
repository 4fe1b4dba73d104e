// A thread that was woken from CPython's parking lot and still waits for the GIL: whether the lock was handed to it.
// The entry lies on its own C stack as long as it has not returned (Python/parking_lot.c, Python/lock.c):
//   wait entry:  argument (a pointer to the next), address waited at, semaphore …
//   argument of a mutex:  a time, then an int that is 1 if the lock was handed over

import { u64At, type ProcessMemory } from '../system/processMemory';

/** How much of the stack is searched: the wait for the GIL is a few calls further in. */
const SEARCHED_BYTES = 4096;
/** The argument lies in the frame of the caller, so not much further out. */
const ARGUMENT_WITHIN = 4096;
const HANDED_OVER = 8;

/** Whether the innermost entry for the mutex at `word` above `stack` says so. False when there is none. */
export function hasBeenHandedOver(memory: ProcessMemory, word: number, stack: number): boolean {
  const block = stack % 8 === 0 ? memory.copy(stack, SEARCHED_BYTES) : undefined;
  if (!block) return false;
  for (let at = 8; at + 8 <= SEARCHED_BYTES; at += 8) {
    if (u64At(block, at) !== word) continue;
    const argument = u64At(block, at - 8);
    const isOnStack = argument > stack + at && argument < stack + at + ARGUMENT_WITHIN;
    if (isOnStack) return memory.i32(argument + HANDED_OVER) === 1;
  }
  return false;
}
