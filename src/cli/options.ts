// How the commands read words and refuse those that they do not understand, in one voice.

import { UserError, messageOf } from '../core/errors';
import { parseDuration, type Nanoseconds } from '../core/units';

/**
 * What `parseArgs` of node:util makes of the words of a command.
 * @throws {UserError} for a word that the command does not take
 */
export function understood<T>(command: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    const message = messageOf(error);
    const unknown = /^Unknown option '(.*?)'/.exec(message)?.[1];
    // After its first sentence, Node speaks of ways out that these commands do not have.
    const what = unknown === undefined ? message.split(/\.\s/)[0] : `There is no option ${unknown}`;
    throw new UserError(`${what}; see gilscope ${command} --help.`);
  }
}

/**
 * A whole number as the value of an option.
 * @throws {UserError} when it is none, or outside of the range, whose ends are allowed
 */
export function countIn(
  option: string,
  text: string,
  [least, most]: readonly [number, number],
): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < least || count > most)
    throw new UserError(
      `${option}: expected a whole number from ${least} to ${most}, got “${text}”.`,
    );
  return count;
}

/** A duration with its unit as the value of an option. @throws {UserError} when it is none */
export function durationIn(option: string, text: string): Nanoseconds {
  const parsed = parseDuration(text);
  if (!parsed.ok) throw new UserError(`${option}: ${parsed.problem}.`);
  return parsed.ns;
}
