// Reading and writing little-endian numbers one after another. The only file here that counts byte offsets.

import { UserError } from '../core/errors';

/** Writes into a buffer of a size known in advance. */
export class ByteWriter {
  readonly buffer: ArrayBuffer;
  readonly #view: DataView;
  #at = 0;

  constructor(size: number) {
    this.buffer = new ArrayBuffer(size);
    this.#view = new DataView(this.buffer);
  }

  u16(value: number): void {
    this.#view.setUint16(this.#at, value, true);
    this.#at += 2;
  }

  u32(value: number): void {
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
  }

  f64(value: number): void {
    this.#view.setFloat64(this.#at, value, true);
    this.#at += 8;
  }

  u8s(values: Uint8Array): void {
    new Uint8Array(this.buffer).set(values, this.#at);
    this.#at += values.length;
  }

  u16s(values: Iterable<number>): void {
    for (const value of values) this.u16(value);
  }

  u32s(values: Iterable<number>): void {
    for (const value of values) this.u32(value);
  }

  align8(): void {
    this.#at = Math.ceil(this.#at / 8) * 8;
  }
}

/** Reads the same; throws a `UserError` where the buffer ends too early, before anything is allocated. */
export class ByteReader {
  readonly #view: DataView;
  #at = 0;

  constructor(buffer: ArrayBuffer) {
    this.#view = new DataView(buffer);
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  f64(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  u8s(count: number): Uint8Array {
    const at = this.#take(count);
    return new Uint8Array(this.#view.buffer.slice(at, at + count) as ArrayBuffer);
  }

  u16s(count: number): Uint16Array {
    const at = this.#take(count * 2);
    const values = new Uint16Array(count);
    for (let i = 0; i < count; i++) values[i] = this.#view.getUint16(at + i * 2, true);
    return values;
  }

  u32s(count: number): Uint32Array {
    const at = this.#take(count * 4);
    const values = new Uint32Array(count);
    for (let i = 0; i < count; i++) values[i] = this.#view.getUint32(at + i * 4, true);
    return values;
  }

  align8(): void {
    this.#at = Math.ceil(this.#at / 8) * 8;
  }

  #take(bytes: number): number {
    const at = this.#at;
    if (at + bytes > this.#view.byteLength) {
      throw new UserError('This part of a trace is cut short.');
    }
    this.#at = at + bytes;
    return at;
  }
}
