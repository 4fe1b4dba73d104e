// Looks on in the page as it ships: what arrives when, when it is painted, and what the page's traces hold. Nothing of
// the page is changed for it; the functions here run in the page, in a frame of VS Code or in a browser of its own.

import type { Trace } from '../../src/core/model/trace';
import { digestOf, type TraceDigest } from './traceDigest';

/** A part of a trace that came. All times in ms of the machine's clock since the epoch. */
export interface Arrival {
  readonly arrivedMs: number;
  /** When the page had taken it in. */
  readonly takenMs: number;
  /** Up to where the trace is known with it. */
  readonly nowNs: number;
}

/** A frame of the page that has been painted. */
export interface PaintedFrame {
  readonly paintedMs: number;
  /** Up to where the trace was known that it shows. */
  readonly nowNs: number;
}

/** What was seen since {@link watchPage}. */
export interface Seen {
  readonly arrivals: readonly Arrival[];
  readonly painted: readonly PaintedFrame[];
  /** Every frame of the display, with or without a picture. */
  readonly framesMs: readonly number[];
  /** When each comparison was complete on the screen. */
  readonly completeMs: readonly number[];
}

interface Watch {
  readonly arrivals: Arrival[];
  readonly painted: PaintedFrame[];
  readonly framesMs: number[];
  readonly completeMs: number[];
  readonly runs: Map<number, { readonly trace: Trace }>;
}

/**
 * Begins to look on. Runs in the page, before the run that is to be watched begins. The page keeps what it finds out
 * about its runs in weak maps: their keys lead to its traces.
 */
export function watchPage(): void {
  const watch: Watch = { arrivals: [], painted: [], framesMs: [], completeMs: [], runs: new Map() };
  Object.assign(globalThis, { gilWatch: watch });
  // The clock of the page is of its own; the machine's ticks in whole milliseconds.
  const before = Date.now();
  while (Date.now() === before);
  const offsetMs = Date.now() - performance.now();
  const clock = (): number => offsetMs + performance.now();

  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the map it is called on
  const { set } = WeakMap.prototype;
  WeakMap.prototype.set = function (this: WeakMap<object, unknown>, key: object, value: unknown) {
    if ('trace' in key && 'id' in key) {
      const run = key as { readonly id: number; readonly trace: Trace };
      watch.runs.set(run.id, run);
    }
    return set.call(this, key, value);
  };

  let nowNs = 0;
  let wanted = false;
  const painted = (): void => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => {
      watch.painted.push({ paintedMs: clock(), nowNs: shownNs });
      channel.port1.close();
    };
    channel.port2.postMessage(null);
  };
  let shownNs = 0;
  let arrivedMs = 0;
  const bytesOf = ({ data }: MessageEvent): ArrayBuffer | undefined =>
    (data as { name?: string }).name === 'chunk'
      ? (data as { body: { bytes: ArrayBuffer } }).body.bytes
      : undefined;
  addEventListener(
    'message',
    event => {
      if (bytesOf(event)) arrivedMs = offsetMs + event.timeStamp;
    },
    { capture: true },
  );
  addEventListener('message', event => {
    const bytes = bytesOf(event);
    if (!bytes) return;
    nowNs = new DataView(bytes).getFloat64(16, true);
    watch.arrivals.push({ arrivedMs, takenMs: clock(), nowNs });
    if (wanted) return;
    wanted = true;
    // The page has asked for this frame before: its picture is drawn when this is called.
    requestAnimationFrame(() => {
      wanted = false;
      shownNs = nowNs;
      painted();
    });
  });
  new PerformanceObserver(list => {
    const marks = list.getEntriesByName('gilscope.painted');
    watch.completeMs.push(...marks.map(({ startTime }) => offsetMs + startTime));
  }).observe({ type: 'mark', buffered: false });
  const tick = (): void => {
    watch.framesMs.push(clock());
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
}

/** A page or a frame of one. */
export interface Evaluates {
  evaluate<Result>(script: string): Promise<Result>;
}

/** What has been seen so far. */
export function seenIn(page: Evaluates): Promise<Seen> {
  return page.evaluate('(({ runs, ...seen }) => seen)(gilWatch)');
}

/** What the page holds of each run of which it has drawn something, by the number of the run. */
export function digestsIn(page: Evaluates): Promise<Record<number, TraceDigest>> {
  return page.evaluate(
    `Object.fromEntries([...gilWatch.runs].map(([id, { trace }]) => [id, (${digestOf.toString()})(trace)]))`,
  );
}
