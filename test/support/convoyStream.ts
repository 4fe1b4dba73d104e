// A convoy that never ends, as an engine that streams it: threads that hand one GIL on every few microseconds, the
// same ones every time. What a live trace of any length and pace looks like, and how many segments it has, is known.

import { LaneState } from '../../src/core/model/lanes';
import {
  EventKind,
  ReleaseReason,
  type TraceChunk,
  type TraceHeader,
} from '../../src/core/model/trace';
import type { LaneBlock, LaneInfo } from '../../src/core/model/trace';
import type { Nanoseconds } from '../../src/core/units';
import type { Engine } from '../../src/engines/engine';
import { EXACT_HEADER } from './traces';

/** What is streamed. */
export interface ConvoyOptions {
  readonly lanes: number;
  readonly segmentsPerSecond: number;
  /** The stream ends with the hand-off that makes so many. */
  readonly segments: number;
  /** With a release and an acquire for each hand-off. */
  readonly withEvents: boolean;
}

const FILE = 'convoy.py';
const LINES = 40;
/** Segments that a hand-off makes: the one who had the GIL waits or blocks, the one who gets it runs. */
const SEGMENTS_PER_HAND_OFF = 2;

/** The header of a run that is watched while it goes on. */
export const CONVOY_HEADER: TraceHeader = {
  ...EXACT_HEADER,
  engine: 'recorded',
  runtime: 'recorded',
  title: 'Convoy',
};

/** Columns that one lane gains. */
interface Gain {
  readonly starts: number[];
  readonly states: number[];
  readonly positions: number[];
}

/** Makes the convoy piece by piece. */
export class ConvoyStream {
  readonly #options: ConvoyOptions;
  readonly #gains: Gain[];
  readonly #events = {
    times: [] as number[],
    kinds: [] as number[],
    lanes: [] as number[],
    arguments: [] as number[],
  };
  readonly #meanNs: number;
  #seed = 12345;
  #holder = 0;
  #handOffNs: Nanoseconds = 0;
  #sequence = 0;
  /** Segments made so far. */
  count = 0;

  constructor(options: ConvoyOptions) {
    this.#options = options;
    this.#meanNs = (SEGMENTS_PER_HAND_OFF * 1e9) / options.segmentsPerSecond;
    this.#gains = Array.from({ length: options.lanes }, () => ({
      starts: [],
      states: [],
      positions: [],
    }));
  }

  get done(): boolean {
    return this.count >= this.#options.segments;
  }

  /** All that happens before `untilNs` and was in no chunk yet. */
  chunk(untilNs: Nanoseconds): TraceChunk {
    if (this.#sequence === 0) this.#begin();
    while (this.#handOffNs < untilNs && !this.done) this.#handOff();
    const nowNs = this.done ? this.#handOffNs : untilNs;
    return this.#take(nowNs);
  }

  #begin(): void {
    this.#gains.forEach((_, lane) => {
      const state = lane === 0 ? LaneState.runningWithGil : LaneState.waitingForGil;
      this.#segment(lane, state);
    });
    this.#wait();
  }

  #handOff(): void {
    const from = this.#holder;
    const { lanes } = this.#options;
    const to = (from + 1 + (this.#random() % (lanes - 1))) % lanes;
    const blocks = this.#random() % 8 === 0;
    this.#segment(from, blocks ? LaneState.blocked : LaneState.waitingForGil);
    this.#segment(to, LaneState.runningWithGil);
    if (this.#options.withEvents) {
      const reason = blocks ? ReleaseReason.blocking : ReleaseReason.forced;
      this.#event(EventKind.release, from, reason);
      this.#event(EventKind.acquire, to, from + 1);
    }
    this.#holder = to;
    this.#wait();
  }

  #wait(): void {
    this.#handOffNs += Math.round(this.#meanNs * (0.5 + (this.#random() % 1024) / 1024));
  }

  #segment(lane: number, state: number): void {
    const { starts, states, positions } = this.#gains[lane];
    starts.push(this.#handOffNs);
    states.push(state);
    positions.push(1 + (this.#random() % LINES));
    this.count++;
  }

  #event(kind: number, lane: number, argument: number): void {
    const events = this.#events;
    events.times.push(this.#handOffNs);
    events.kinds.push(kind);
    events.lanes.push(lane);
    events.arguments.push(argument);
  }

  #take(nowNs: Nanoseconds): TraceChunk {
    const isFirst = this.#sequence === 0;
    const events = this.#events;
    const { length } = events.times;
    return {
      sequence: this.#sequence++,
      nowNs,
      done: this.done,
      droppedCount: 0,
      tables: isFirst ? tablesFor(this.#options.lanes) : NO_TABLES,
      laneBlocks: this.#gains.flatMap(takeBlock),
      events: {
        times: Float64Array.from(events.times.splice(0)),
        kinds: Uint8Array.from(events.kinds.splice(0)),
        lanes: Uint16Array.from(events.lanes.splice(0)),
        locks: new Uint16Array(length),
        arguments: Uint16Array.from(events.arguments.splice(0)),
      },
    };
  }

  #random(): number {
    this.#seed = (Math.imul(this.#seed, 1664525) + 1013904223) >>> 0;
    return this.#seed >>> 8;
  }
}

const NO_TABLES = { lanes: [], locks: [], positions: [], marks: [] };

function tablesFor(lanes: number): TraceChunk['tables'] {
  return {
    lanes: Array.from({ length: lanes }, (_, lane): LaneInfo => ({
      name: lane === 0 ? 'MainThread' : `Thread-${lane}`,
      process: 0,
      interpreter: 0,
      gil: 0,
      main: lane === 0,
    })),
    locks: [{ name: 'GIL', kind: 'gil' }],
    positions: Array.from({ length: LINES }, (_, i) => ({
      file: FILE,
      line: i + 1,
      functionName: 'crunch',
    })),
    marks: [],
  };
}

function takeBlock({ starts, states, positions }: Gain, lane: number): LaneBlock[] {
  if (starts.length === 0) return [];
  return [
    {
      lane,
      starts: Float64Array.from(starts.splice(0)),
      states: Uint8Array.from(states.splice(0)),
      positions: Uint16Array.from(positions.splice(0)),
    },
  ];
}

/** How a convoy is let go on: resolves with the time up to which it is to be known. */
export type Pace = () => Promise<Nanoseconds>;

/** Streams a convoy chunk by chunk, each as soon as `pace` says how far it goes. */
export function convoyEngine(stream: ConvoyStream, pace: Pace): Engine {
  const chunks = async function* (signal: AbortSignal): AsyncGenerator<TraceChunk> {
    while (!stream.done && !signal.aborted) yield stream.chunk(await pace());
  };
  return {
    name: 'recorded',
    start: (_, signal) => ({ header: CONVOY_HEADER, chunks: chunks(signal) }),
  };
}
