// Files that a command writes beside what it prints.

import { closeSync, existsSync, openSync, rmSync, writeFileSync } from 'node:fs';

import { UserError, messageOf } from '../core/errors';

/** A file that is written at the end: tried before the program runs, and there only when there is something in it. */
export class OutputFile {
  readonly #what: string;
  readonly #file: string;
  /** Whether it could not be written. */
  hasFailed = false;

  constructor(what: 'trace' | 'report', file: string) {
    this.#what = what;
    this.#file = file;
  }

  /** Throws a `UserError` when nothing can be written there. */
  try(): void {
    try {
      const isNew = !existsSync(this.#file);
      closeSync(openSync(this.#file, 'a'));
      if (isNew) rmSync(this.#file, { force: true });
    } catch (error) {
      throw new UserError(cannotWrite(this.#what, error));
    }
  }

  /** Writes it; what went wrong, if something did. */
  write(text: () => string): string | undefined {
    try {
      writeFileSync(this.#file, text());
      return undefined;
    } catch (error) {
      this.hasFailed = true;
      return cannotWrite(this.#what, error);
    }
  }
}

function cannotWrite(what: string, error: unknown): string {
  const reason = messageOf(error);
  return `The ${what} cannot be written: ${reason}. Choose another file.`;
}
