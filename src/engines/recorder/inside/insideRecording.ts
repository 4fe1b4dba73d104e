// A recording from inside: gives the program its recorder, and passes on what that writes.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  INSIDE_FILE,
  INSIDE_PROGRAM_FILE,
  INSIDE_PROGRAM_TEXT,
  insideArguments,
  type InsideWay,
  type PythonTarget,
} from './insideProgram';
import { InsideReader } from './insideReader';
import type { Batch } from '../file/records';
import type { SamplerCounts } from '../file/spill';

/** How often the program's file is looked at: what it wrote since is what a crash of ours may lose for the reader. */
const READ_EVERY_MS = 50;

/** Owns the file that the program writes, and the timer that reads it, until `end`. */
export class InsideRecording {
  readonly args: readonly string[];
  readonly #reader: InsideReader;
  readonly #pass: (batch: Batch, counts: SamplerCounts) => void;
  readonly #timer: NodeJS.Timeout;
  #isEnded = false;

  /** Writes the recorder's program into `folder`; throws the errors of that. */
  constructor(
    folder: string,
    what: { readonly way: InsideWay; readonly target: PythonTarget },
    pass: (batch: Batch, counts: SamplerCounts) => void,
  ) {
    writeFileSync(join(folder, INSIDE_PROGRAM_FILE), INSIDE_PROGRAM_TEXT, { mode: 0o600 });
    this.args = insideArguments(folder, what.way, what.target);
    this.#reader = new InsideReader(join(folder, INSIDE_FILE), what.way);
    this.#pass = pass;
    this.#timer = setInterval(() => this.#passOn(), READ_EVERY_MS);
  }

  get isBegun(): boolean {
    return this.#reader.isBegun;
  }

  /** The version, if it is a free-threaded build without a GIL. */
  get freeThreaded(): string | undefined {
    return this.#reader.freeThreaded;
  }

  get hadOthers(): boolean {
    return this.#reader.hadOthers;
  }

  get counts(): SamplerCounts {
    return this.#reader.counts;
  }

  /** Passes on what is left. May be called again. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    clearInterval(this.#timer);
    this.#passOn();
    this.#reader.close();
  }

  #passOn(): void {
    const batch = this.#reader.read();
    if (this.#reader.isBegun) this.#pass(batch, this.#reader.counts);
  }
}
