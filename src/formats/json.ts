// Values from a JSON file, each checked where it is taken out, with a sentence that names the place.

import { isRecord } from '../core/checks';
import { UserError } from '../core/errors';

/** An object of which nothing is known yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The value as an object, or a `UserError` about `what`. */
export function objectOf(value: unknown, what: string): JsonObject {
  if (!isRecord(value)) throw expected(what, 'an object', value);
  return Object.fromEntries(Object.entries(value));
}

export function listOf(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw expected(what, 'a list', value);
  return value;
}

export function textOf(value: unknown, what: string): string {
  if (typeof value !== 'string') throw expected(what, 'a text', value);
  return value;
}

export function flagOf(value: unknown, what: string): boolean {
  if (typeof value !== 'boolean') throw expected(what, 'true or false', value);
  return value;
}

/** A whole number from `least` (0 unless told otherwise) up to 2^53. */
export function wholeNumberOf(value: unknown, what: string, least = 0): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least) {
    throw expected(what, `a whole number of ${least} or more`, value);
  }
  return value;
}

/** One of some texts. */
export function oneOf<Choice extends string>(
  value: unknown,
  what: string,
  choices: readonly Choice[],
): Choice {
  const choice = choices.find(candidate => candidate === value);
  if (choice === undefined) throw expected(what, `one of ${choices.join(', ')}`, value);
  return choice;
}

function expected(what: string, wanted: string, got: unknown): UserError {
  return new UserError(`${what}: expected ${wanted}, got ${shownOf(got)}.`);
}

/** A value for a sentence: short, and of a hundred thousand lists inside one another only what it is. */
export function shownOf(value: unknown): string {
  const text = value === undefined ? 'nothing' : textOfJson(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function textOfJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return Array.isArray(value) ? 'a list' : 'an object'; // nested too deeply to be written
  }
}
