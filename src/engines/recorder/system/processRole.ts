// What a process of a program is for, as far as its command line says so.

/** Beginnings of what the standard library and common packages start processes with. */
const ROLES: readonly (readonly [RegExp, string])[] = [
  [/multiprocessing[./]resource_tracker|semaphore_tracker/, 'resource tracker'],
  [/multiprocessing[./]forkserver/, 'fork server'],
  [/multiprocessing[./]spawn|spawn_main/, 'worker'],
  [/joblib\.externals\.loky\.backend\.popen_loky_posix/, 'worker'],
  [/ipykernel(_launcher|\.)/, 'kernel'],
  [/default_worker\.py/, 'worker'],
];

/** Undefined where the command line does not tell. */
export function roleOf(words: readonly string[]): string | undefined {
  const text = words.slice(1).join(' ');
  return ROLES.find(([pattern]) => pattern.test(text))?.[1];
}

const MAX_COMMAND = 300;

/** A command line in one line, cut if it is long. */
export function commandText(words: readonly string[]): string {
  const text = words
    .map(word => (/[\s"]/.test(word) ? JSON.stringify(word) : word))
    .join(' ')
    .replace(/\s+/g, ' ');
  return text.length > MAX_COMMAND ? `${text.slice(0, MAX_COMMAND - 1)}…` : text;
}
