// Which threads are workers of one kind, by their names.

/** A name without its last number; undefined for a name that has none, as the main thread's. */
export function kindOfWorker(name: string): string | undefined {
  return /\d/.test(name) ? name.replace(/\d+(?!.*\d)/, '#') : undefined;
}
