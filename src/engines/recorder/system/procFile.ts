// A file of /proc that is read over and over. It is kept open as long as the system allows us more open files, because
// opening costs three times as much as reading; beyond that it is opened for each read.

import { closeSync, openSync, readSync } from 'node:fs';

import { readText } from './processMaps';

/** Open files that are left for everything else: the recording, memories, lists of threads. */
const RESERVED = 64;
/** Where the system does not tell, as most have it. */
const USUAL_LIMIT = 1024;

/** How many files may be kept open at the same time. */
export class OpenFiles {
  readonly #most: number;
  #count = 0;

  /** `limit`: how many files this process may have open. */
  constructor(limit = limitOfThisProcess()) {
    this.#most = limit - RESERVED;
  }

  /** Whether one more may be kept open; it counts from now on. */
  take(): boolean {
    if (this.#count >= this.#most) return false;
    this.#count++;
    return true;
  }

  giveBack(): void {
    this.#count--;
  }
}

function limitOfThisProcess(): number {
  const limit = /^Max open files\s+(\d+|unlimited)/m.exec(readText('/proc/self/limits') ?? '')?.[1];
  if (limit === 'unlimited') return Infinity;
  return limit === undefined ? USUAL_LIMIT : Number(limit);
}

/** The files that this process keeps open for its threads. */
let shared: OpenFiles | undefined;

/** One file. `close` it when it is read no more. */
export class ProcFile {
  readonly #path: string;
  readonly #files: OpenFiles;
  #fd = -1;
  /** Whether there is such a file, and it may be read. */
  readonly isThere: boolean;

  constructor(path: string, files: OpenFiles = (shared ??= new OpenFiles())) {
    this.#path = path;
    this.#files = files;
    const fd = openOrNothing(path);
    this.isThere = fd !== undefined;
    if (fd === undefined) return;
    if (files.take()) this.#fd = fd;
    else closeSync(fd);
  }

  /** Fills the bytes from the beginning of the file; how many, or -1 when it is gone or cannot be read now. */
  read(bytes: Buffer): number {
    if (!this.isThere) return -1;
    if (this.#fd >= 0) return readInto(this.#fd, bytes);
    const fd = openOrNothing(this.#path);
    if (fd === undefined) return -1;
    const length = readInto(fd, bytes);
    closeSync(fd);
    return length;
  }

  close(): void {
    if (this.#fd < 0) return;
    closeSync(this.#fd);
    this.#fd = -1;
    this.#files.giveBack();
  }
}

function openOrNothing(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch {
    return undefined;
  }
}

function readInto(fd: number, bytes: Buffer): number {
  try {
    return readSync(fd, bytes, 0, bytes.length, 0);
  } catch {
    return -1; // ESRCH: the thread is gone
  }
}
