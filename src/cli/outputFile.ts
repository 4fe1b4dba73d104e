// Files that a command writes beside what it prints.

import { closeSync, existsSync, openSync, rmSync, writeFileSync } from 'node:fs';

import { UserError } from '../core/errors';

/** A file that is written at the end: tried before the program runs, and gone again if nothing came to be written. */
export class OutputFile {
  readonly #what: string;
  readonly #file: string;
  #isNew = false;
  #isUsed = false;
  /** Whether it could not be written. */
  hasFailed = false;

  constructor(what: 'trace' | 'report', file: string) {
    this.#what = what;
    this.#file = file;
  }

  /** Throws a `UserError` when nothing can be written there. */
  try(): void {
    try {
      this.#isNew = !existsSync(this.#file);
      closeSync(openSync(this.#file, 'a'));
    } catch (error) {
      throw new UserError(cannotWrite(this.#what, error));
    }
  }

  /** Writes it; what went wrong, if something did. */
  write(text: () => string): string | undefined {
    try {
      this.#isUsed = true;
      writeFileSync(this.#file, text());
      return undefined;
    } catch (error) {
      this.hasFailed = true;
      return cannotWrite(this.#what, error);
    }
  }

  removeIfUnused(): void {
    if (this.#isNew && !this.#isUsed) rmSync(this.#file, { force: true });
  }
}

function cannotWrite(what: string, error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  return `The ${what} cannot be written: ${reason}. Choose another file.`;
}
