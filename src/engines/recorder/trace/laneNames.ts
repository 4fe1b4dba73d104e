// Names of lanes that tell them apart: programs give one name to many threads.

/** The second thread of a name in one process is `name (2)`, and so on. */
export class ThreadNames {
  readonly #counts = new Map<string, number>();
  readonly #taken = new Set<string>();

  unique(process: number, name: string): string {
    for (;;) {
      const key = `${process} ${name}`;
      const count = (this.#counts.get(key) ?? 0) + 1;
      this.#counts.set(key, count);
      const found = count === 1 ? name : `${name} (${count})`;
      if (this.#taken.has(`${process} ${found}`)) continue;
      this.#taken.add(`${process} ${found}`);
      return found;
    }
  }
}
