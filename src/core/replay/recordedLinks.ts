// What threads of a recording did to each other: who started whom, who waited for whose end, who woke whom. The trace
// has no such events; they are worked out of when lanes begin and end, and of who had the GIL when a wait ended.

import { LaneState } from '../model/lanes';
import type { Step } from '../model/program';
import type { Trace } from '../model/trace';
import type { Nanoseconds } from '../units';
import { turnBefore, turnsOf, type Turn } from './recordedGil';
import type { Piece } from './recordedPieces';
import { kindOfWorker } from './workerNames';

/** A step of a lane that takes no time by itself, and when it was. */
export interface Marker {
  readonly timeNs: Nanoseconds;
  readonly step: Step;
}

/** When a lane was alive. */
export interface Life {
  readonly bornNs: Nanoseconds;
  /** Infinity: it lived on at the end of the recording. */
  readonly diedNs: Nanoseconds;
  /** The lane that started it; -1 for the one that was there first. */
  readonly starter: number;
}

export interface Links {
  readonly lives: readonly Life[];
  /** Per lane, in no order. */
  readonly markers: readonly (readonly Marker[])[];
  /** Waits whose end nothing in the trace explains: they keep their length. */
  readonly unexplained: ReadonlySet<Piece>;
  readonly unexplainedNs: Nanoseconds;
  /** Names of the queues that stand for threads that wake each other. */
  readonly queues: readonly string[];
  /** Who waited for the end of which lane, and from when. */
  readonly joins: readonly Join[];
}

export interface Join {
  readonly lane: number;
  readonly of: number;
  readonly fromNs: Nanoseconds;
}

/** How exact the times of a trace are. */
export function toleranceOf({ header }: Trace): Nanoseconds {
  const { states } = header.certainty;
  return 2_000_000 + (states.kind === 'sampled' ? 1.5 * states.intervalNs : 0);
}

/**
 * `joinsLate`: where a thread was seen to end only after whoever waited for it went on, the later moment counts. Then
 * nobody waits for a thread to which it has yet to give something; but threads that ran one after another may overlap.
 */
export function linksOf(
  trace: Trace,
  pieces: readonly (readonly Piece[])[],
  joinsLate: boolean,
): Links {
  return new LinkFinder(trace, pieces, joinsLate).find();
}

/** The lane that is there first: the main thread of the first process. */
export function firstLane({ lanes }: Trace): number {
  return Math.max(
    0,
    lanes.findIndex(lane => lane.main && lane.process === 0),
  );
}

class LinkFinder {
  readonly #trace: Trace;
  readonly #pieces: readonly (readonly Piece[])[];
  readonly #turns: ReadonlyMap<number, readonly Turn[]>;
  readonly #withinNs: Nanoseconds;
  readonly #joinsLate: boolean;
  readonly #first: number;
  readonly #lives: readonly Life[];
  readonly #markers: Marker[][];
  readonly #queues: string[] = [];
  readonly #queueOf = new Map<number, number>();
  readonly #joins: Join[] = [];
  readonly #joined = new Set<number>();
  readonly #unexplained = new Set<Piece>();

  constructor(trace: Trace, pieces: readonly (readonly Piece[])[], joinsLate: boolean) {
    this.#trace = trace;
    this.#joinsLate = joinsLate;
    this.#pieces = pieces;
    this.#turns = turnsOf(trace);
    this.#withinNs = toleranceOf(trace);
    this.#first = firstLane(trace);
    this.#lives = trace.stores.map((_, lane) => this.#lifeOf(lane));
    this.#markers = trace.lanes.map(() => []);
  }

  find(): Links {
    this.#lives.forEach(({ starter, bornNs }, thread) => {
      if (starter >= 0) this.#mark(starter, bornNs, { kind: 'start', thread, at: 0 });
    });
    const waits = this.#pieces.flatMap((own, lane) =>
      own.filter(({ kind }) => kind === 'await').map(piece => ({ lane, piece })),
    );
    waits.sort((a, b) => a.piece.endNs - b.piece.endNs);
    for (const { lane, piece } of waits) this.#explain(lane, piece);
    this.#forgiveUnseenWakers(waits);
    this.#joinTheRest();
    return {
      lives: this.#lives,
      markers: this.#markers,
      unexplained: this.#unexplained,
      unexplainedNs: [...this.#unexplained].reduce((sum, { ns }) => sum + ns, 0),
      queues: this.#queues,
      joins: this.#joins,
    };
  }

  /**
   * A thread that is mostly woken by others at a line was woken by one each time: by a turn too short to be seen. Such a
   * wait does not keep its length; when it ends is up to the others.
   */
  #forgiveUnseenWakers(waits: readonly { readonly lane: number; readonly piece: Piece }[]): void {
    const key = (lane: number, { at }: Piece): string => `${lane} ${at}`;
    const counts = new Map<string, { known: number; unknown: number }>();
    for (const { lane, piece } of waits) {
      const count = counts.get(key(lane, piece)) ?? { known: 0, unknown: 0 };
      counts.set(key(lane, piece), count);
      if (this.#unexplained.has(piece)) count.unknown++;
      else count.known++;
    }
    for (const { lane, piece } of waits) {
      const { known = 0, unknown = 0 } = counts.get(key(lane, piece)) ?? {};
      if (known * 2 >= unknown && known > 1) this.#unexplained.delete(piece);
    }
  }

  #lifeOf(lane: number): Life {
    const store = this.#trace.stores[lane];
    const last = store.count - 1;
    const bornNs = store.stateOf(0) === LaneState.notStarted ? store.endOf(0) : 0;
    const isOver = store.stateOf(last) === LaneState.finished;
    const diedNs = isOver ? store.startOf(last) : Infinity;
    return { bornNs, diedNs, starter: lane === this.#first ? -1 : this.#starterOf(lane, bornNs) };
  }

  /** Whoever had the GIL when the lane came to be, if it was there before; else the first thread. */
  #starterOf(lane: number, bornNs: Nanoseconds): number {
    const { gil, main } = this.#trace.lanes[lane];
    const turn = main
      ? undefined
      : turnBefore(this.#turns.get(gil) ?? [], lane, bornNs, this.#withinNs);
    const isOne = turn && this.#bornOf(turn.lane) < bornNs && !this.#areSiblings(turn.lane, lane);
    return isOne ? turn.lane : this.#first;
  }

  /** Workers of one kind are started by somebody else, whichever of them happens to run just then. */
  #areSiblings(some: number, other: number): boolean {
    const { lanes } = this.#trace;
    return kindOfWorker(lanes[some].name) === kindOfWorker(lanes[other].name);
  }

  #bornOf(lane: number): Nanoseconds {
    if (lane === this.#first) return -1;
    const store = this.#trace.stores[lane];
    return store.stateOf(0) === LaneState.notStarted ? store.endOf(0) : 0;
  }

  #mark(lane: number, timeNs: Nanoseconds, step: Step): void {
    this.#markers[lane].push({ timeNs, step });
  }

  #explain(lane: number, piece: Piece): void {
    if (piece.endNs >= this.#trace.nowNs || this.#isStart(lane, piece)) return;
    if (this.#isJoin(lane, piece)) return;
    const waker = this.#wakerOf(lane, piece);
    if (waker) this.#wake(waker, lane, piece);
    else this.#unexplained.add(piece);
  }

  /** `start()` waits until the new thread runs: that wait belongs to the start. */
  #isStart(lane: number, { startNs, endNs }: Piece): boolean {
    return this.#lives.some(
      ({ starter, bornNs }, child) =>
        starter === lane &&
        bornNs >= startNs - this.#withinNs &&
        bornNs <= endNs &&
        Math.abs(this.#firstTurnNs(child) - endNs) <= this.#withinNs,
    );
  }

  /** When the lane first did anything: whatever that is, it had the GIL for it. */
  #firstTurnNs(lane: number): Nanoseconds {
    return this.#pieces[lane].at(0)?.startNs ?? Infinity;
  }

  /** Threads that the lane started and that ended while it waited: it waits for nobody else after that. */
  #isJoin(lane: number, { startNs, endNs, at }: Piece): boolean {
    const isOver = (child: number): boolean => {
      const { starter, diedNs } = this.#lives[child];
      const isNear = diedNs > startNs - this.#withinNs && diedNs <= endNs + this.#withinNs;
      return starter === lane && isNear && !this.#joined.has(child);
    };
    const children = [...this.#lives.keys()].filter(isOver);
    const isEnd = children.some(
      child => Math.abs(this.#lives[child].diedNs - endNs) <= this.#withinNs,
    );
    if (!isEnd) return false;
    for (const child of children) this.#join(lane, child, { startNs, endNs, at });
    return true;
  }

  #join(
    lane: number,
    of: number,
    { startNs, endNs, at }: Pick<Piece, 'startNs' | 'endNs' | 'at'>,
  ): void {
    this.#joined.add(of);
    this.#joins.push({ lane, of, fromNs: startNs });
    const timeNs = this.#joinsLate ? Math.max(endNs, this.#lives[of].diedNs) : endNs;
    this.#mark(lane, timeNs, { kind: 'join', thread: of, at });
  }

  /** Who puts, notifies or sets a result has the GIL. */
  #wakerOf(lane: number, { startNs, endNs }: Piece): Turn | undefined {
    const turns = this.#turns.get(this.#trace.lanes[lane].gil) ?? [];
    const turn = turnBefore(turns, lane, endNs, this.#withinNs);
    return turn && turn.endNs > startNs ? turn : undefined;
  }

  #wake(waker: Turn, lane: number, { endNs, at }: Piece): void {
    let queue = this.#queueOf.get(lane);
    if (queue === undefined) {
      queue = this.#queues.push(`what ${this.#trace.lanes[lane].name} waits for`) - 1;
      this.#queueOf.set(lane, queue);
    }
    const timeNs = Math.min(endNs, waker.endNs);
    this.#mark(waker.lane, timeNs, { kind: 'put', queue, at: 0 });
    this.#mark(lane, endNs, { kind: 'get', queue, at });
  }

  /** A process ends after all its threads but the daemons. */
  #joinTheRest(): void {
    const { diedNs } = this.#lives[this.#first];
    this.#lives.forEach((life, lane) => {
      const isOver =
        life.starter >= 0 && !this.#joined.has(lane) && life.diedNs < Math.min(diedNs, Infinity);
      if (isOver) this.#join(this.#first, lane, { startNs: diedNs, endNs: diedNs, at: 0 });
    });
  }
}
