// Reads the memory of another process through /proc/PID/mem. Reading only: nothing here can change the program.

import { closeSync, openSync, readSync } from 'node:fs';

const TWO_32 = 0x1_0000_0000;

/** A reusable piece of bytes with the two views that the recorder reads numbers through. x86-64 and arm64 are little-endian. */
export interface Block {
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  readonly view: DataView;
}

/** A block of `size` bytes, rounded up to 8. */
export function makeBlock(size: number): Block {
  const buffer = new ArrayBuffer((size + 7) & ~7);
  return {
    bytes: new Uint8Array(buffer),
    words: new Uint32Array(buffer),
    view: new DataView(buffer),
  };
}

/** The u64 at a multiple of 4 within a block, as a number: user-space addresses fit, other values above 2^53 are rounded. */
export function u64At(block: Block, offset: number): number {
  const word = offset >> 2;
  return block.words[word] + block.words[word + 1] * TWO_32;
}

/** The int32 at a multiple of 4 within a block. */
export function i32At(block: Block, offset: number): number {
  return block.words[offset >> 2] | 0;
}

/**
 * The memory of one process. Addresses are numbers: all of user space lies below 2^53.
 * Every read may fail, because the process runs on and may be gone; a failed read is an answer, not an exception.
 */
export class ProcessMemory {
  readonly #fd: number;
  readonly #word = makeBlock(8);
  #open = true;

  /** Throws the error of `open` (EACCES, ENOENT …). */
  constructor(pid: number) {
    this.#fd = openSync(`/proc/${pid}/mem`, 'r');
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.#fd);
  }

  /** Fills the first `length` bytes of `block`. False when not all of them could be read: the process or the page is gone. */
  readInto(block: Block, address: number, length: number): boolean {
    if (!(address > 0 && address < Number.MAX_SAFE_INTEGER)) return false;
    try {
      return readSync(this.#fd, block.bytes, 0, length, address) === length;
    } catch {
      return false; // EIO: not mapped (any more)
    }
  }

  /** The u64 at an address, or undefined. */
  u64(address: number): number | undefined {
    return this.readInto(this.#word, address, 8) ? u64At(this.#word, 0) : undefined;
  }

  /** The int32 at an address, or undefined. */
  i32(address: number): number | undefined {
    return this.readInto(this.#word, address, 4) ? i32At(this.#word, 0) : undefined;
  }

  /** A copy of `length` bytes, or undefined. The caller bounds the length. */
  copy(address: number, length: number): Block | undefined {
    const block = makeBlock(Math.max(8, length));
    return this.readInto(block, address, length) ? block : undefined;
  }
}
