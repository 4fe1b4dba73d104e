// One GIL under observation: three words read over and over, written down when they change.

import { GIL_BYTES, GIL_HOLDER } from '../cpython/layout';
import { i32At, makeBlock, u64At, type ProcessMemory } from '../system/processMemory';
import { RecordKind, type BatchWriter } from '../file/records';
import { Rhythm } from './rhythm';

/** holder, locked, switch_number. */
const READ_BYTES = 24;
const LOCKED = 8;
const SWITCH_NUMBER = 16;
/** More hand-offs than this between two reads cannot be: the struct was freed under us. */
const MAX_SWITCHES = 50_000_000;

/** Shorter turns are hardly met twice: the line of a hold is not worth a look then. */
const LOOK_AFTER_NS = 150e3;

export interface GilSinks {
  readonly batch: BatchWriter;
  readonly budget: ChangeBudget;
  readonly handOffs: HandOffCounts;
  /** Index of the thread whose state is at this address, or -1; it will be looked at again. */
  readonly threadAt: (address: number, mayBeNew: boolean) => number;
}

/**
 * How many changes are written down at most in a stretch of 10 ms. A queue ping-pong changes hands 100,000 times a
 * second; writing all of that down would cost more than it tells. What is left out is told as a blind span.
 */
export class ChangeBudget {
  #left = 0;
  #until = 0;
  readonly #perStretch: number;

  constructor(perStretch = 400) {
    this.#perStretch = perStretch;
  }

  /** Takes one, if there is one left at `nowNs`. */
  take(nowNs: number): boolean {
    if (nowNs >= this.#until) {
      this.#until = nowNs + 10e6;
      this.#left = this.#perStretch;
    }
    this.#left--;
    return this.#left >= 0;
  }
}

/** Sums over all GILs of a recording. */
export interface HandOffCounts {
  /** Hand-offs that the trace shows: the holder seen is another one than the holder seen before it. */
  seen: number;
  /** Hand-offs that CPython counted. */
  counted: number;
}

/** A GIL of a process. `read` is the hottest function of the recorder: no allocation unless something changed. */
export class SampledGil {
  readonly index: number;
  readonly address: number;
  readonly #memory: ProcessMemory;
  readonly #sinks: GilSinks;
  readonly #block = makeBlock(READ_BYTES);
  #holder = 0;
  #locked = -1;
  /** What the last row said. */
  #written = { holder: 0, locked: -1, switchNumber: -1 };
  /** Last read that showed what the last row said. */
  #lastReadNs: number;
  #isHeldBack = false;
  /** Index of the thread that held it last, as far as known. */
  #lastHolder = -1;
  readonly #rhythm = new Rhythm();

  constructor(
    place: { index: number; address: number; sinceNs: number },
    memory: ProcessMemory,
    sinks: GilSinks,
  ) {
    this.index = place.index;
    this.address = place.address;
    this.#lastReadNs = place.sinceNs;
    this.#memory = memory;
    this.#sinks = sinks;
  }

  /** Whether the holder has been looked at since it took the GIL, as far as the reads tell. */
  isTurnSeen = true;
  #turnNs = 0;

  /** The thread whose turn is long enough to be worth a look and had none yet; 0 if there is none. */
  unseenHolder(nowNs: number): number {
    const isDue = this.#locked === 1 && !this.isTurnSeen && nowNs - this.#turnNs >= LOOK_AFTER_NS;
    return isDue ? this.#holder : 0;
  }

  get isLocked(): boolean {
    return this.#locked === 1;
  }
  /** Address of the state of the thread that holds it, or held it last. */
  get holder(): number {
    return this.#holder;
  }

  /** Whether a futex at this address is a wait for this GIL. */
  contains(address: number): boolean {
    return address >= this.address && address < this.address + GIL_BYTES;
  }

  /** In how many ns a hand-off is likely; `withinNs` if not before that. */
  dueIn(nowNs: number, withinNs: number): number {
    return this.#rhythm.dueIn(nowNs, withinNs);
  }

  /** Reads the GIL now. False when its memory is gone or is no GIL any more. */
  read(clock: () => number): boolean {
    if (!this.#memory.readInto(this.#block, this.address + GIL_HOLDER, READ_BYTES)) return false;
    const nowNs = clock();
    const switchNumber = u64At(this.#block, SWITCH_NUMBER);
    this.#holder = u64At(this.#block, 0);
    this.#locked = i32At(this.#block, LOCKED);
    const isAsWritten =
      switchNumber === this.#written.switchNumber &&
      this.#locked === this.#written.locked &&
      this.#holder === this.#written.holder;
    if (!isAsWritten) return this.#write(nowNs, switchNumber);
    this.#lastReadNs = nowNs;
    return true;
  }

  #write(nowNs: number, switchNumber: number): boolean {
    const written = this.#written;
    const switches = written.switchNumber < 0 ? 0 : switchNumber - written.switchNumber;
    const isGil = this.#locked >= -1 && this.#locked <= 1;
    if (!isGil || switches < 0 || switches > MAX_SWITCHES) return false;
    if (!this.#sinks.budget.take(nowNs)) {
      this.#isHeldBack = true;
      return true;
    }
    const { batch, threadAt, handOffs } = this.#sinks;
    if (this.#isHeldBack) {
      batch.row(RecordKind.blind, nowNs, [this.#lastReadNs, this.index + 1]);
      this.#isHeldBack = false;
    }
    // Of a free GIL only the last holder is known, whose thread may be gone and its memory stale.
    if (written.holder !== this.#holder) threadAt(written.holder, false);
    const holder = threadAt(this.#holder, this.isLocked);
    this.#turnNs = nowNs;
    this.isTurnSeen = false;
    const columns = [this.#lastReadNs, this.index, holder, this.#locked === 1 ? 1 : 0, switches];
    batch.row(RecordKind.gil, nowNs, columns);
    handOffs.counted += switches;
    if (switches > 0) this.#rhythm.handedOn(nowNs);
    if (this.#isHandedTo(holder)) handOffs.seen++;
    this.#written = { holder: this.#holder, locked: this.#locked, switchNumber };
    this.#lastReadNs = nowNs;
    return true;
  }

  /** Whether this holder is another one than the last; there and back between two reads cannot be seen. */
  #isHandedTo(holder: number): boolean {
    if (holder < 0) return false;
    const before = this.#lastHolder;
    this.#lastHolder = holder;
    return before >= 0 && before !== holder;
  }
}
