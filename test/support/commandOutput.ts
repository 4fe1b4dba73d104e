// A command of the command line, run in this process: what it prints, and how it refuses.
import { UserError } from '../../src/core/errors';

type Command = (words: readonly string[], print: (text: string) => void) => unknown;

/** What the command prints for these words. */
export function outputOfCommand(command: Command, words: readonly string[]): string {
  const lines: string[] = [];
  command(words, text => lines.push(text));
  return lines.join('\n');
}

/** The sentence with which the command refuses these words. */
export function refusalOfCommand(command: Command, words: readonly string[]): string {
  try {
    outputOfCommand(command, words);
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  return 'it was not refused';
}
