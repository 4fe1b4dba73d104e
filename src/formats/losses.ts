// What of a damaged file was left out: counted by kind, with the place of the first of each.

interface Kind {
  count: number;
  readonly first: string;
}

export class Losses {
  readonly #kinds = new Map<string, Kind>();

  /** Counts `count` records, the first of them at `place`, of a kind: `time that goes backwards`. */
  add(what: string, place: string, count = 1): void {
    const kind = this.#kinds.get(what);
    if (kind) kind.count += count;
    else if (count > 0) this.#kinds.set(what, { count, first: place });
  }

  /** How many records in all. */
  get count(): number {
    return [...this.#kinds.values()].reduce((sum, { count }) => sum + count, 0);
  }

  /** All of it in one sentence; empty if nothing was left out. */
  get sentence(): string {
    if (this.count === 0) return '';
    const kinds = [...this.#kinds].map(([what, { count, first }]) =>
      count === 1
        ? `${what} (${first})`
        : `${count.toLocaleString('en')} × ${what} (from ${first} on)`,
    );
    const records = this.count === 1 ? '1 record' : `${this.count.toLocaleString('en')} records`;
    return `${records} of it could not be read: ${kinds.join(', ')}.`;
  }
}
