// Sums by key, and the small questions that all findings ask.

import { NO_LOCK, type Trace } from '../../model/trace';
import type { PositionIndex } from '../../model/program';
import type { Nanoseconds } from '../../units';

export function sum<Item>(items: readonly Item[], pick: (item: Item) => number): number {
  return items.reduce((total, item) => total + pick(item), 0);
}

export function isGil(trace: Trace, lock: number): boolean {
  return lock !== NO_LOCK && trace.locks[lock].kind === 'gil';
}

/** Adds up times per key and tells the largest first. */
export class Tally<Key> {
  readonly #times = new Map<Key, Nanoseconds>();

  add(key: Key, ns: Nanoseconds): void {
    this.#times.set(key, (this.#times.get(key) ?? 0) + ns);
  }

  of(key: Key): Nanoseconds {
    return this.#times.get(key) ?? 0;
  }

  get totalNs(): Nanoseconds {
    return sum([...this.#times.values()], ns => ns);
  }

  ranked(): readonly (readonly [Key, Nanoseconds])[] {
    return [...this.#times].sort((a, b) => b[1] - a[1]);
  }

  largest(): Key | undefined {
    return this.ranked().at(0)?.[0];
  }
}

/** The line that is known and has the most time; 0 if none is known. */
export function largestPlace(places: Tally<PositionIndex>): PositionIndex {
  return places.ranked().find(([position]) => position !== 0)?.[0] ?? 0;
}

/** Works something out once for each key. */
export function oncePer<Key extends object, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const known = new WeakMap<Key, { readonly value: Value }>();
  return key => {
    const made = known.get(key) ?? { value: make(key) };
    known.set(key, made);
    return made.value;
  };
}
