// Errors that are told to people. Everything else that is thrown is a defect of ours.

/** The world is odd (no Python, a broken file): the message says what happened and what to do, in one or two sentences. */
export class UserError extends Error {
  override readonly name = 'UserError';
}

/** For the end of a switch over a union: a case that the compiler proves impossible. */
export function assertNever(value: never): never {
  throw new Error(`unexpected ${JSON.stringify(value)}`);
}

/** We are odd: fails loudly when something that must hold does not. */
export function assert(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`broken invariant: ${what}`);
}

/** What a caught value says: an error's message, or the value as text. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
