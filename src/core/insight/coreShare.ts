// What a real run got of the machine's cores, and what other programs took from it meanwhile.

import { LaneState, usesCore } from '../model/lanes';
import type { Trace } from '../model/trace';
import { formatShare, type Nanoseconds } from '../units';

/** From this share on, what a run took tells more of the machine's other programs than of its own. */
const MUCH_TAKEN = 0.15;

/** Core time of a run, over all its lanes. */
export interface CoreShare {
  readonly usedNs: Nanoseconds;
  /** Lanes were ready for so long although the run itself left cores free: others had them. */
  readonly takenNs: Nanoseconds;
}

type Measured = Pick<Trace, 'header' | 'nowNs' | 'stores'>;

/**
 * Adds up a trace, moment by moment. What was taken is a lower bound: a thread that lost its core so shortly that
 * nobody saw it counts as running, and a wait for a core right after another wait counts as part of that.
 * O(segments × log).
 */
export function coreShareOf({ header, nowNs, stores }: Measured): CoreShare {
  const lanes = new LanesByNextChange(stores);
  let usedNs = 0;
  let takenNs = 0;
  for (let fromNs = 0; fromNs < nowNs;) {
    const untilNs = Math.min(nowNs, lanes.moveTo(fromNs));
    const free = Math.max(0, header.cores - lanes.busy);
    usedNs += lanes.busy * (untilNs - fromNs);
    takenNs += Math.min(lanes.ready, free) * (untilNs - fromNs);
    fromNs = untilNs;
  }
  return { usedNs, takenNs };
}

/** Walks all lanes at once, from change to change: a heap of lanes, the one that changes next on top. */
class LanesByNextChange {
  /** How many lanes are on a core, and how many are ready for one. */
  busy = 0;
  ready = 0;
  readonly #stores: Measured['stores'];
  /** The segment that each lane is in. */
  readonly #at: Int32Array;
  readonly #heap: number[] = [];

  constructor(stores: Measured['stores']) {
    this.#stores = stores;
    this.#at = new Int32Array(stores.length);
    stores.forEach((store, lane) => {
      if (store.count === 0) return;
      this.#count(lane, 1);
      this.#heap.push(lane);
    });
    for (let i = this.#heap.length >> 1; i >= 0; i--) this.#sink(i);
  }

  /** Brings all lanes to a moment; tells when the next one changes after it. */
  moveTo(timeNs: Nanoseconds): Nanoseconds {
    while (this.#heap.length > 0 && this.#nextOf(this.#heap[0]) <= timeNs) {
      const lane = this.#heap[0];
      if (this.#at[lane] + 1 < this.#stores[lane].count) {
        this.#count(lane, -1);
        this.#at[lane]++;
        this.#count(lane, 1);
      } else {
        // The last segment goes on to the end of the trace, but changes no more.
        const last = this.#heap.pop();
        if (last !== undefined && this.#heap.length > 0) this.#heap[0] = last;
      }
      this.#sink(0);
    }
    return this.#heap.length > 0 ? this.#nextOf(this.#heap[0]) : Infinity;
  }

  #nextOf(lane: number): Nanoseconds {
    return this.#stores[lane].endOf(this.#at[lane]);
  }

  #count(lane: number, by: 1 | -1): void {
    const state = this.#stores[lane].stateOf(this.#at[lane]);
    if (usesCore(state)) this.busy += by;
    else if (state === LaneState.ready) this.ready += by;
  }

  #sink(from: number): void {
    const heap = this.#heap;
    for (let i = from; ;) {
      const [left, right] = [2 * i + 1, 2 * i + 2];
      let least = i;
      if (left < heap.length && this.#nextOf(heap[left]) < this.#nextOf(heap[least])) least = left;
      if (right < heap.length && this.#nextOf(heap[right]) < this.#nextOf(heap[least]))
        least = right;
      if (least === i) return;
      [heap[i], heap[least]] = [heap[least], heap[i]];
      i = least;
    }
  }
}

/**
 * The share of the core time it could have used that others took from a run on real threads: 0 to 1. A simulated machine
 * has no others; a recorder only samples who was ready, and what it takes itself would count as others' as well.
 */
export function takenShareOf(trace: Measured): number {
  if (trace.header.engine !== 'workers') return 0;
  const { usedNs, takenNs } = coreShareOf(trace);
  return takenNs > 0 ? takenNs / (usedNs + takenNs) : 0;
}

/** Whether other programs took so much that durations say little. */
export function isCrowdedOut(takenShare: number): boolean {
  return takenShare >= MUCH_TAKEN;
}

/** For a mark at the end of such a run; empty for any other. */
export function describeTaken(takenShare: number): string {
  if (!isCrowdedOut(takenShare)) return '';
  return (
    `Other programs kept this machine’s cores busy: they took ${formatShare(takenShare)} of the core time that this run could have used. ` +
    'Compare shares, not durations, or run it again when the machine is quieter.'
  );
}
