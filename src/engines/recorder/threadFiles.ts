// The two files of /proc that tell what a thread does: the system call it sits in, and how often it has run.
// They are kept open, because opening costs three times as much as reading.

import { closeSync, openSync, readSync } from 'node:fs';

/** What the system says of a thread at one moment. */
export type SystemState =
  | { readonly kind: 'running' }
  | { readonly kind: 'call'; readonly number: number; readonly argument: number }
  | { readonly kind: 'gone' }
  /** The system does not tell (a hardened kernel). */
  | { readonly kind: 'unknown' };

const RUNNING: SystemState = { kind: 'running' };
const GONE: SystemState = { kind: 'gone' };
const UNKNOWN: SystemState = { kind: 'unknown' };

const SPACE = 0x20;
const LETTER_R = 0x72;

/** Files of one thread. Close it when the thread is gone. */
export class ThreadFiles {
  readonly #call: number;
  readonly #schedule: number;
  readonly #bytes = Buffer.alloc(160);
  #counters = Buffer.alloc(96);
  #before = Buffer.alloc(96);
  #beforeLength = -1;

  constructor(pid: number, thread: number) {
    this.#call = openOrNothing(`/proc/${pid}/task/${thread}/syscall`);
    this.#schedule = openOrNothing(`/proc/${pid}/task/${thread}/schedstat`);
  }

  close(): void {
    if (this.#call >= 0) closeSync(this.#call);
    if (this.#schedule >= 0) closeSync(this.#schedule);
  }

  /** Whether the thread may have run since this was asked last; true when the system does not tell. */
  mayHaveRun(): boolean {
    const length = this.#schedule < 0 ? -1 : readInto(this.#schedule, this.#counters);
    const isSame =
      length > 0 &&
      length === this.#beforeLength &&
      this.#counters.compare(this.#before, 0, length, 0, length) === 0;
    [this.#counters, this.#before] = [this.#before, this.#counters];
    this.#beforeLength = length;
    return !isSame;
  }

  systemState(): SystemState {
    if (this.#call < 0) return UNKNOWN;
    const length = readInto(this.#call, this.#bytes);
    if (length <= 0) return GONE;
    return parseSystemCall(this.#bytes, length);
  }
}

/** Reads `202 0x7f… …`, `running` or `-1 …` (asleep, but not in a call: then the number is -1). */
export function parseSystemCall(bytes: Uint8Array, length: number): SystemState {
  if (bytes[0] === LETTER_R) return RUNNING;
  let at = 0;
  const isNegative = bytes[0] === 0x2d;
  if (isNegative) at++;
  let number = 0;
  for (; at < length && bytes[at] !== SPACE; at++) number = number * 10 + bytes[at] - 0x30;
  if (isNegative) return { kind: 'call', number: -1, argument: 0 };
  let argument = 0;
  for (at += 3; at < length && bytes[at] !== SPACE; at++) {
    argument = argument * 16 + hexDigit(bytes[at]);
  }
  return { kind: 'call', number, argument };
}

function hexDigit(byte: number): number {
  return byte < 0x3a ? byte - 0x30 : byte - 0x57;
}

function openOrNothing(path: string): number {
  try {
    return openSync(path, 'r');
  } catch {
    return -1;
  }
}

function readInto(fd: number, bytes: Buffer): number {
  try {
    return readSync(fd, bytes, 0, bytes.length, 0);
  } catch {
    return -1; // ESRCH: the thread is gone
  }
}

/** Number of the futex call on the machines that Node runs on. */
export const FUTEX_CALL = process.arch === 'arm64' ? 98 : 202;
