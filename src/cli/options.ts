// How the commands refuse words that they do not understand: what node's parser says, in our voice.

import { UserError, messageOf } from '../core/errors';

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
