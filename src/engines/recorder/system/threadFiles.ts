// The two files of /proc that tell what a thread does: the system call it sits in, and how often it has run.

import { ProcFile, type OpenFiles } from './procFile';

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
  readonly #call: ProcFile;
  /** Only there where the system does not tell of calls. */
  readonly #stat: ProcFile | undefined;
  readonly #schedule: ProcFile;
  readonly #bytes = Buffer.alloc(160);
  #counters = Buffer.alloc(96);
  #before = Buffer.alloc(96);
  #beforeLength = -1;
  #ranNs = 0;

  /** `proc`: where the files of processes lie; another place, and other limits, only for tests. */
  constructor(pid: number, thread: number, proc = '/proc', files?: OpenFiles) {
    const folder = `${proc}/${pid}/task/${thread}`;
    const file = (name: string): ProcFile => new ProcFile(`${folder}/${name}`, files);
    this.#call = file('syscall');
    this.#schedule = file('schedstat');
    this.#stat = this.#call.isThere ? undefined : file('stat');
  }

  close(): void {
    this.#call.close();
    this.#schedule.close();
    this.#stat?.close();
  }

  /**
   * Time in ns that the thread had a core since this was asked last, as far as the system has counted by now (a tick
   * late for one that runs); {@link DID_NOT_RUN} if it had none, {@link RAN_UNKNOWN} when the system does not tell.
   */
  ranSince(): number {
    const length = this.#schedule.read(this.#counters);
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
    if (this.#stat) return this.#stateLetter(this.#stat);
    const length = this.#call.read(this.#bytes);
    if (length <= 0) return GONE;
    return parseSystemCall(this.#bytes, length);
  }

  /** Where the system does not tell of calls: whether the thread sleeps, in a call that is not known. */
  #stateLetter(stat: ProcFile): SystemState {
    if (!stat.isThere) return UNKNOWN;
    const length = stat.read(this.#bytes);
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
