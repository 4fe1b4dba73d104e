// A trace file for a command: read, with what of it was left out told.

import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { UserError, messageOf } from '../core/errors';
import { MOST_BYTES } from '../formats/inflate';
import type { ReadTrace } from '../formats/format';
import { readTrace } from '../formats/formats';

/** @throws {UserError} when there is no trace in it */
export function traceInput(file: string): ReadTrace {
  return readTrace(basename(file), bytesOf(file));
}

function bytesOf(file: string): Uint8Array {
  try {
    if (statSync(file).size > MOST_BYTES)
      throw new UserError(`${file} is larger than ${MOST_BYTES / 1024 / 1024} MB.`);
    return readFileSync(file);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${file} cannot be read: ${messageOf(error)}.`);
  }
}
