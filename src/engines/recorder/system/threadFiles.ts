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
const SLEEPS: SystemState = { kind: 'call', number: -1, argument: 0 };

const SPACE = 0x20;
const LETTER_R = 0x52;
const SMALL_LETTER_R = 0x72;

/** The counters have not moved: the thread had no core, or has run for less than a tick without a break. */
export const DID_NOT_RUN = -1;
/** Nobody tells how long it ran. */
export const RAN_UNKNOWN = -2;

/** Files of one thread. Close it when the thread is gone. */
export class ThreadFiles {
  readonly #call: number;
  /** Only open where the system does not tell of calls. */
  readonly #stat: number;
  readonly #schedule: number;
  readonly #bytes = Buffer.alloc(160);
  #counters = Buffer.alloc(96);
  #before = Buffer.alloc(96);
  #beforeLength = -1;
  #ranNs = 0;

  /** `proc`: where the files of processes lie; another place only for tests. */
  constructor(pid: number, thread: number, proc = '/proc') {
    const folder = `${proc}/${pid}/task/${thread}`;
    this.#call = openOrNothing(`${folder}/syscall`);
    this.#schedule = openOrNothing(`${folder}/schedstat`);
    this.#stat = this.#call < 0 ? openOrNothing(`${folder}/stat`) : -1;
  }

  close(): void {
    if (this.#call >= 0) closeSync(this.#call);
    if (this.#schedule >= 0) closeSync(this.#schedule);
    if (this.#stat >= 0) closeSync(this.#stat);
  }

  /**
   * Time in ns that the thread had a core since this was asked last, as far as the system has counted by now (a tick
   * late for one that runs); {@link DID_NOT_RUN} if it had none, {@link RAN_UNKNOWN} when the system does not tell.
   */
  ranSince(): number {
    const length = this.#schedule < 0 ? -1 : readInto(this.#schedule, this.#counters);
    if (length <= 0) return RAN_UNKNOWN;
    const isFirst = this.#beforeLength < 0;
    const isSame =
      length === this.#beforeLength &&
      this.#counters.compare(this.#before, 0, length, 0, length) === 0;
    if (isSame) return DID_NOT_RUN;
    [this.#counters, this.#before] = [this.#before, this.#counters];
    this.#beforeLength = length;
    const ranBeforeNs = this.#ranNs;
    this.#ranNs = leadingNumber(this.#before);
    return isFirst ? RAN_UNKNOWN : Math.max(0, this.#ranNs - ranBeforeNs);
  }

  systemState(): SystemState {
    if (this.#call < 0) return this.#stateLetter();
    const length = readInto(this.#call, this.#bytes);
    if (length <= 0) return GONE;
    return parseSystemCall(this.#bytes, length);
  }

  /** Where the system does not tell of calls: whether the thread sleeps, in a call that is not known. */
  #stateLetter(): SystemState {
    if (this.#stat < 0) return UNKNOWN;
    const length = readInto(this.#stat, this.#bytes);
    if (length <= 0) return GONE;
    // `4711 (name) S …`; the name may be anything.
    const letter = this.#bytes[this.#bytes.lastIndexOf(')', length) + 2];
    return letter === LETTER_R ? RUNNING : SLEEPS;
  }
}

/** Reads `202 0x7f… …`, `running` or `-1 …` (asleep, but not in a call: then the number is -1). */
export function parseSystemCall(bytes: Uint8Array, length: number): SystemState {
  if (bytes[0] === SMALL_LETTER_R) return RUNNING;
  let at = 0;
  const isNegative = bytes[0] === 0x2d;
  if (isNegative) at++;
  let number = 0;
  for (; at < length && bytes[at] !== SPACE; at++) number = number * 10 + bytes[at] - 0x30;
  if (isNegative) return SLEEPS;
  let argument = 0;
  for (at += 3; at < length && bytes[at] !== SPACE; at++) {
    argument = argument * 16 + hexDigit(bytes[at]);
  }
  return { kind: 'call', number, argument };
}

function leadingNumber(bytes: Uint8Array): number {
  let value = 0;
  for (const byte of bytes) {
    if (byte === SPACE) break;
    value = value * 10 + byte - 0x30;
  }
  return value;
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
