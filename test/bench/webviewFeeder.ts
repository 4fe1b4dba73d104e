// Runs in the page of the benchmark, before the page's own script: makes long traces and feeds them through the wire,
// times every frame with its pixels forced, and draws stock floating bars for comparison.

import { Chart, registerables } from 'chart.js';
import { LaneState } from '../../src/core/model/lanes';
import { NO_LOCK, type TraceChunk, type TraceHeader } from '../../src/core/model/trace';
import { encodeChunk } from '../../src/protocol/batch';

const CHUNK_SEGMENTS = 65_536;
const STATES = [
  LaneState.runningWithGil,
  LaneState.waitingForGil,
  LaneState.blocked,
  LaneState.runningWithoutGil,
  LaneState.waitingForLock,
];

const HEADER: TraceHeader = {
  engine: 'simulated',
  runtime: 'gil',
  title: 'Benchmark',
  subtitle: '',
  cores: 8,
  switchIntervalNs: 5_000_000,
  certainty: {
    states: { kind: 'exact' },
    handOffs: { kind: 'exact' },
    lines: { kind: 'exact' },
  },
};

/** What the benchmark calls. */
export interface Feeder {
  feed(comparison: number, segments: number, lanes: number): Promise<number>;
  /** Frames of `steps` presses of keys in turn, in ms each, with the raster forced. */
  frames(keys: readonly string[], steps: number): Promise<number[]>;
  /** Moves of the pointer, in ms each, until the page has answered. */
  hovers(count: number): Promise<number[]>;
  stockFrames(segments: number, lanes: number): number[];
  /** Feeds `perSecond` segments a second for `seconds`; the gaps between frames meanwhile, in ms. */
  live(comparison: number, perSecond: number, seconds: number): Promise<number[]>;
}

const world = globalThis as unknown as { feeder: Feeder; frameTimes: number[] };
world.frameTimes = [];

/** Every frame callback of the page is timed up to the moment its pixels exist. */
const nextFrame = requestAnimationFrame.bind(globalThis);
globalThis.requestAnimationFrame = callback =>
  nextFrame(nowMs => {
    const startedMs = performance.now();
    callback(nowMs);
    forcePixels();
    world.frameTimes.push(performance.now() - startedMs);
  });

function forcePixels(): void {
  for (const canvas of document.querySelectorAll<HTMLCanvasElement>('.plot canvas')) {
    canvas.getContext('2d')?.getImageData(0, 0, 1, 1);
  }
}

function frame(): Promise<void> {
  return new Promise(resolve => nextFrame(() => resolve()));
}

function tell(name: string, body: unknown): void {
  dispatchEvent(new MessageEvent('message', { data: { type: 'notice', name, body } }));
}

/** The same numbers every time: heavy-tailed lengths between 10 µs and 40 ms. */
class Lane {
  #seed: number;
  #atNs = 0;
  #state = 0;

  constructor(index: number) {
    this.#seed = 12345 + 977 * index;
  }

  take(count: number): { starts: Float64Array; states: Uint8Array; positions: Uint16Array } {
    const starts = new Float64Array(count);
    const states = new Uint8Array(count);
    for (let i = 0; i < count; i++) {
      starts[i] = this.#atNs;
      states[i] = STATES[this.#state];
      this.#atNs += Math.round(10_000 * 4000 ** (this.#random() ** 3));
      this.#state = (this.#state + 1 + Math.floor(this.#random() * 4)) % STATES.length;
    }
    return { starts, states, positions: new Uint16Array(count) };
  }

  get atNs(): number {
    return this.#atNs;
  }

  #random(): number {
    this.#seed = (Math.imul(this.#seed, 1664525) + 1013904223) >>> 0;
    return this.#seed / 2 ** 32;
  }
}

/** Chunks of a trace of a number of lanes, one after another. */
class Source {
  readonly #lanes: readonly Lane[];
  #sequence = 0;

  constructor(lanes: number) {
    this.#lanes = Array.from({ length: lanes }, (_, i) => new Lane(i));
  }

  chunk(segments: number, done: boolean): TraceChunk {
    const count = Math.max(1, Math.round(segments / this.#lanes.length));
    const laneBlocks = this.#lanes.map((lane, i) => ({ lane: i, ...lane.take(count) }));
    const first = this.#sequence === 0;
    const infos = this.#lanes.map((_, i) => ({
      name: `Thread-${i}`,
      process: 0,
      interpreter: 0,
      gil: NO_LOCK,
      main: i === 0,
    }));
    return {
      sequence: this.#sequence++,
      nowNs: Math.max(...this.#lanes.map(lane => lane.atNs)),
      done,
      droppedCount: 0,
      tables: { lanes: first ? infos : [], locks: [], positions: [], marks: [] },
      laneBlocks,
      events: {
        times: new Float64Array(0),
        kinds: new Uint8Array(0),
        lanes: new Uint16Array(0),
        locks: new Uint16Array(0),
        arguments: new Uint16Array(0),
      },
    };
  }
}

function begin(comparison: number): void {
  tell('begin', {
    comparison,
    document: '',
    title: 'Benchmark',
    detail: '',
    show: 'whole',
    runs: [{ run: comparison * 100, header: HEADER }],
  });
}

world.feeder = {
  async feed(comparison, segments, lanes) {
    const source = new Source(lanes);
    const chunks = Math.ceil(segments / CHUNK_SEGMENTS);
    const messages = Array.from({ length: chunks }, (_, i) =>
      encodeChunk(source.chunk(segments / chunks, i === chunks - 1)),
    );
    await frame();
    const startedMs = performance.now();
    begin(comparison);
    for (const message of messages) {
      tell('chunk', { run: comparison * 100, ...message });
      await Promise.resolve();
    }
    tell('ended', { run: comparison * 100, outcome: 'complete', sentence: '' });
    await frame();
    forcePixels();
    return performance.now() - startedMs;
  },

  async frames(keys, steps) {
    await frame();
    await frame();
    const from = world.frameTimes.length;
    for (let i = 0; i < steps; i++) {
      const key = keys[i % keys.length];
      document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
      await frame();
    }
    return world.frameTimes.slice(from);
  },

  async hovers(count) {
    const canvas = document.querySelector<HTMLCanvasElement>('.plot canvas');
    if (!canvas) return [];
    const box = canvas.getBoundingClientRect();
    await frame();
    const from = world.frameTimes.length;
    for (let i = 0; i < count; i++) {
      const clientX = box.left + 20 + ((i * 0.618) % 1) * (box.width - 60);
      const clientY = box.top + 60 + ((i * 0.414) % 1) * Math.min(400, box.height - 120);
      // Chart.js answers in the next frame.
      canvas.dispatchEvent(new MouseEvent('mousemove', { clientX, clientY, bubbles: true }));
      await frame();
    }
    return world.frameTimes.slice(from);
  },

  stockFrames(segments, laneCount) {
    Chart.register(...registerables);
    const canvas = document.createElement('canvas');
    document.body.append(canvas);
    const lanes = Array.from({ length: laneCount }, (_, i) =>
      new Lane(i).take(segments / laneCount),
    );
    const endNs = Math.max(...lanes.map(({ starts }) => starts[starts.length - 1]));
    const datasets = STATES.map(state => ({
      label: String(state),
      grouped: false,
      data: lanes.flatMap(({ starts, states }, lane) =>
        [...starts.slice(0, -1)].flatMap((start, i) =>
          states[i] === state
            ? [{ x: [start, starts[i + 1]] as [number, number], y: `T${lane}` }]
            : [],
        ),
      ),
    }));
    const chart = new Chart(canvas, {
      type: 'bar',
      data: { labels: lanes.map((_, lane) => `T${lane}`), datasets: datasets as never },
      options: {
        indexAxis: 'y',
        animation: false,
        responsive: false,
        parsing: { xAxisKey: 'x', yAxisKey: 'y' },
      },
    });
    chart.resize(1072, 480);
    const times: number[] = [];
    for (let i = 0; i < 5; i++) {
      const startedMs = performance.now();
      const x = chart.options.scales?.x;
      if (x) Object.assign(x, { min: (endNs * i) / 100, max: endNs * (0.9 + i / 100) });
      chart.update('none');
      canvas.getContext('2d')?.getImageData(0, 0, 1, 1);
      times.push(performance.now() - startedMs);
    }
    chart.destroy();
    canvas.remove();
    return times;
  },

  async live(comparison, perSecond, seconds) {
    const source = new Source(8);
    begin(comparison);
    const gaps: number[] = [];
    const startedMs = performance.now();
    let sent = 0;
    let lastMs = startedMs;
    while (lastMs - startedMs < seconds * 1000) {
      await frame();
      const nowMs = performance.now();
      gaps.push(nowMs - lastMs);
      lastMs = nowMs;
      const due = ((nowMs - startedMs) / 1000) * perSecond - sent;
      if (due < 8) continue;
      tell('chunk', { run: comparison * 100, ...encodeChunk(source.chunk(due, false)) });
      sent += due;
    }
    tell('ended', { run: comparison * 100, outcome: 'cancelled', sentence: '' });
    return gaps;
  },
};
