// What events before a stretch of a trace mean for it: who has a lock, who waits for one, what a mark began.

import { LaneState } from '../model/lanes';
import { EventKind, type LockEvent, type Trace } from '../model/trace';
import type { Nanoseconds } from '../units';

/** Marks that hold from their time on, to the end of the trace. */
const LASTING = new Set(['event-loop', 'gil-on']);

/** Sees the events before a stretch, in their order, and tells those that still count at its start. */
export class Carried {
  readonly #trace: Trace;
  /** Index of the event by which each lock was acquired, while it is held. */
  readonly #holds = new Map<number, number>();
  /** Of each lane, the last request for a lock of the program. */
  readonly #requests = new Map<number, number>();
  /** Of each lane, the join that it has not come back from. */
  readonly #joins = new Map<number, number>();
  /** Of each lane, the collection that is not over. */
  readonly #collections = new Map<number, number>();
  /** Of each lane, the mark that it sleeps with the GIL, while it has it. */
  readonly #sleeps = new Map<number, number>();
  readonly #lasting: number[] = [];

  constructor(trace: Trace) {
    this.#trace = trace;
  }

  see(event: number): void {
    const { kinds, lanes, locks } = this.#trace.events;
    const [kind, lane, lock] = [kinds[event], lanes[event], locks[event]];
    if (kind === EventKind.acquire) this.#holds.set(lock, event);
    if (kind === EventKind.acquire) this.#joins.delete(lane);
    if (kind === EventKind.release) this.#holds.delete(lock);
    if (kind === EventKind.release && this.#trace.lanes[lane].gil === lock)
      this.#sleeps.delete(lane);
    if (kind === EventKind.join) this.#joins.set(lane, event);
    if (kind === EventKind.mark) this.#seeMark(event);
    if (kind === EventKind.request && this.#trace.locks[lock].kind === 'lock')
      this.#requests.set(lane, event);
  }

  #seeMark(event: number): void {
    const { lanes, arguments: operands } = this.#trace.events;
    const { kind } = this.#trace.marks[operands[event]];
    if (LASTING.has(kind)) this.#lasting.push(event);
    if (kind === 'collection') this.#collections.set(lanes[event], event);
    if (kind === 'collected') this.#collections.delete(lanes[event]);
    if (kind === 'sleeps-with-gil') this.#sleeps.set(lanes[event], event);
  }

  /** The events that still count at a time, as events at time 0. */
  atTheStart(timeNs: Nanoseconds): readonly LockEvent[] {
    const waiting = [...this.#requests]
      .filter(([lane]) => this.#waitsAt(lane, timeNs))
      .map(([, event]) => event);
    const others = [this.#joins, this.#collections, this.#sleeps].flatMap(map => [...map.values()]);
    const holds = [...this.#holds.values()];
    return [
      ...holds.map(event => ({ ...this.#atZero(event), argument: 0 })),
      ...[...waiting, ...others, ...this.#lasting].map(event => this.#atZero(event)),
    ];
  }

  #waitsAt(lane: number, timeNs: Nanoseconds): boolean {
    const store = this.#trace.stores[lane];
    const at = store.segmentAt(timeNs);
    return at >= 0 && store.stateOf(at) === LaneState.waitingForLock;
  }

  #atZero(event: number): LockEvent {
    const { kinds, lanes, locks, arguments: operands } = this.#trace.events;
    return {
      timeNs: 0,
      kind: kinds[event] as EventKind,
      lane: lanes[event],
      lock: locks[event],
      argument: operands[event],
    };
  }
}
