// Growing columns of numbers: the storage under every trace. Never an object per event.

type Storage = Float64Array | Uint8Array | Uint16Array | Uint32Array;
type Numbers = Storage | readonly number[];

/** What a column may hold. `index` starts at two bytes an entry and widens to four when a value needs it. */
export type ColumnKind = 'f64' | 'u8' | 'index';

const FIRST_CAPACITY = 64;

/** A column of times. The same as a {@link Column} of `f64`, in a class of its own so that it compiles to plain stores. */
export class TimeColumn {
  #data: Float64Array;
  #length = 0;

  constructor(capacity = FIRST_CAPACITY) {
    this.#data = new Float64Array(Math.max(1, capacity));
  }

  get length(): number {
    return this.#length;
  }

  /** Bytes of the allocation behind the column, slack included. */
  get byteLength(): number {
    return this.#data.byteLength;
  }

  push(value: number): void {
    if (this.#length === this.#data.length) this.#grow();
    this.#data[this.#length++] = value;
  }

  /** The value at `index`; the caller keeps it within `[0, length)`. */
  at(index: number): number {
    return this.#data[index];
  }

  set(index: number, value: number): void {
    this.#data[index] = value;
  }

  /** The filled part. Valid until the next push: growing moves the data. Not a copy: do not write to it. */
  view(from = 0, to = this.#length): Float64Array {
    return this.#data.subarray(from, to);
  }

  /** Appends every value of `values`. */
  append(values: Numbers): void {
    const length = this.#length + values.length;
    if (length > this.#data.length) this.#grow(length);
    this.#data.set(values, this.#length);
    this.#length = length;
  }

  /** Drops everything from `length` on. */
  truncate(length: number): void {
    this.#length = Math.min(this.#length, length);
  }

  #grow(atLeast = 0): void {
    const grown = new Float64Array(Math.max(atLeast, grownCapacity(this.#data.length)));
    grown.set(this.#data);
    this.#data = grown;
  }
}

/**
 * A column that grows at its end. Appending is O(1) amortised; at most a third of the memory is slack, of long ones a fifth.
 * Values are not checked: the caller keeps `u8` within 0..255 and `index` within 0..2^32-1.
 */
export class Column {
  #data: Storage;
  #length = 0;

  readonly kind: ColumnKind;

  constructor(kind: ColumnKind, capacity = FIRST_CAPACITY) {
    this.kind = kind;
    this.#data = allocate(kind, Math.max(1, capacity), 0);
  }

  get length(): number {
    return this.#length;
  }

  /** Bytes of the allocation behind the column, slack included. */
  get byteLength(): number {
    return this.#data.byteLength;
  }

  push(value: number): void {
    if (this.#length === this.#data.length) this.#regrow(grownCapacity(this.#data.length), value);
    else if (value > 0xffff && this.#data instanceof Uint16Array)
      this.#regrow(this.#data.length, value);
    this.#data[this.#length++] = value;
  }

  /** The value at `index`; the caller keeps it within `[0, length)`. */
  at(index: number): number {
    return this.#data[index];
  }

  set(index: number, value: number): void {
    if (value > 0xffff && this.#data instanceof Uint16Array) this.#regrow(this.#data.length, value);
    this.#data[index] = value;
  }

  /** The filled part. Valid until the next push: growing moves the data. Not a copy: do not write to it. */
  view(from = 0, to = this.#length): Storage {
    return this.#data.subarray(from, to);
  }

  /** Appends every value of `values`. */
  append(values: Numbers): void {
    const length = this.#length + values.length;
    const full = length > this.#data.length;
    const largest = this.#data instanceof Uint16Array ? largestOf(values) : 0;
    if (full || largest > 0xffff) {
      const capacity = full ? grownCapacity(this.#data.length) : this.#data.length;
      this.#regrow(Math.max(length, capacity), largest);
    }
    this.#data.set(values, this.#length);
    this.#length = length;
  }

  /** Drops everything from `length` on. */
  truncate(length: number): void {
    this.#length = Math.min(this.#length, length);
  }

  #regrow(capacity: number, value: number): void {
    const wide = this.#data instanceof Uint32Array ? 0x10000 : value;
    const grown = allocate(this.kind, capacity, wide);
    grown.set(this.#data.subarray(0, this.#length));
    this.#data = grown;
  }
}

/** 0 where the values are too narrow to matter. */
function largestOf(values: Numbers): number {
  let largest = 0;
  if (values instanceof Uint16Array || values instanceof Uint8Array) return largest;
  for (const value of values) largest = Math.max(largest, value);
  return largest;
}

/** A trace is mostly columns, and slack is what its reader's machine pays for nothing: long columns have less of it. */
function grownCapacity(capacity: number): number {
  return capacity + (capacity >> (capacity < 4096 ? 1 : 2)) + 1;
}

function allocate(kind: ColumnKind, capacity: number, largest: number): Storage {
  switch (kind) {
    case 'f64':
      return new Float64Array(capacity);
    case 'u8':
      return new Uint8Array(capacity);
    case 'index':
      return largest > 0xffff ? new Uint32Array(capacity) : new Uint16Array(capacity);
  }
}
