// The sampler's thread: a loop that reads GILs as often as the mode asks, looks at all threads now and then, and
// knows when it was itself kept from looking.

import { writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { performance } from 'node:perf_hooks';
import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads';

import type { SourcePosition } from '../../../core/model/program';
import { Burst } from './burst';
import type { LocatedRuntime } from '../cpython/locateRuntime';
import { pacingOf, type Pacing, type RecordingMode } from '../file/modes';
import { readLink } from '../system/processMaps';
import { BatchWriter, RecordKind, type Batch } from '../file/records';
import { ChangeBudget } from './sampledGil';
import { SampledProcess, type SamplerShared } from './sampledProcess';
import type { SamplerCounts } from '../file/spill';

/** What the recorder tells its sampler. */
export type SamplerOrder =
  /** Time 0 of the recording is when this arrives. */
  | { readonly kind: 'start'; readonly mode: RecordingMode }
  | { readonly kind: 'attach'; readonly runtime: LocatedRuntime }
  | { readonly kind: 'mode'; readonly mode: RecordingMode }
  | { readonly kind: 'stop' };

/** What the sampler tells the recorder. */
export type SamplerReport =
  | { readonly kind: 'ready' }
  | { readonly kind: 'batch'; readonly batch: Batch; readonly counts: SamplerCounts }
  /** The memory of this process is gone: it ended, or runs another program now. */
  | { readonly kind: 'detached'; readonly pid: number }
  | { readonly kind: 'stopped'; readonly counts: SamplerCounts };

/** A nice value: on Linux it is a thread's own. */
const PREFERRED = -10;
/** A gap of this much and two periods more means that somebody else had our core. */
const BLIND_NS = 500e3;
const FLUSH_NS = 100e6;
const ORDERS_NS = 5e6;
const BATCH_ROWS = 4096;
const IDLE_MS = 50;
const JITTER = 0.4;

/**
 * Runs until it is told to stop. Blocks its thread: orders are fetched from the port, not awaited; `orders` is an int32
 * that counts them.
 */
export function runSampler(port: MessagePort, orders: SharedArrayBuffer): void {
  shortenSleeps();
  comeFirst();
  port.postMessage({ kind: 'ready' } satisfies SamplerReport);
  new Sampler(port, orders).run();
}

/** The kernel may lengthen every sleep by 50 µs to save power; a thread may ask for less for itself. */
function shortenSleeps(): void {
  const thread = readLink('/proc/thread-self')?.split('/').at(-1);
  try {
    writeFileSync(`/proc/${thread ?? 'self'}/timerslack_ns`, '1');
  } catch {
    // Not allowed here: reads come a little later, and say so by their times.
    return;
  }
}

/**
 * Asks to be preferred when cores are short: who looks for 5 µs should not wait for those who compute for milliseconds.
 * Only this thread; the program keeps the priority that it was given. Few users are allowed to ask.
 */
function comeFirst(): void {
  try {
    setPriority(0, PREFERRED);
  } catch {
    // Not allowed here: what is not observed is told as always.
    return;
  }
}

/**
 * Programs have rhythms, not least that of the switch interval; looks with the same one would always find the same
 * part of it. So each comes somewhat early or late.
 */
function jittered(periodNs: number): number {
  return periodNs * (1 - JITTER + 2 * JITTER * Math.random());
}

class Sampler {
  readonly #port: MessagePort;
  readonly #batch = new BatchWriter(BATCH_ROWS);
  readonly #budget = new ChangeBudget();
  readonly #burst = new Burst();
  readonly #positions = new Map<string, number>();
  readonly #counters: SamplerShared['counters'] = {
    process: 0,
    gil: 0,
    thread: 0,
    native: 0,
    lock: 0,
    rootPid: undefined,
  };
  /** Counts orders; to sleep on. */
  readonly #orders: Int32Array;
  #ordersTaken = 0;
  readonly #handOffs = { seen: 0, counted: 0 };
  readonly #clock = (): number => this.#now();
  #processes: SampledProcess[] = [];
  #pacing: Pacing = pacingOf('light');
  readonly #next = { sweepNs: 0, ordersNs: 0, flushNs: 0 };
  #originMs = performance.now();
  #lastNs = 0;
  #blindNs = 0;
  #wasBlind = false;
  #mayBeBlind = false;
  #isStopped = false;

  constructor(port: MessagePort, orders: SharedArrayBuffer) {
    this.#orders = new Int32Array(orders);
    this.#port = port;
  }

  run(): void {
    const next = this.#next;
    while (!this.#isStopped) {
      this.#readGils();
      const nowNs = this.#now();
      if (nowNs >= next.sweepNs || this.#wasBlind) {
        this.#sweep();
        // With hundreds of threads a sweep takes long: the reads in between shall not starve, nor the machine.
        const endNs = this.#now();
        next.sweepNs = Math.max(
          nowNs + jittered(this.#pacing.sweepNs),
          endNs + 2 * (endNs - nowNs),
        );
      }
      if (nowNs >= next.ordersNs) {
        next.ordersNs = nowNs + ORDERS_NS;
        this.#takeOrders();
      }
      if (nowNs >= next.flushNs || this.#batch.isFull) {
        next.flushNs = nowNs + FLUSH_NS;
        this.#flush();
      }
      this.#pause();
    }
    this.#finish();
  }

  /** Time since the start, in whole ns. Being called often is how it notices that it was not. */
  #now(): number {
    const nowNs = Math.round((performance.now() - this.#originMs) * 1e6);
    const gapNs = nowNs - this.#lastNs;
    if (this.#mayBeBlind && gapNs > BLIND_NS + 2 * this.#pacing.periodNs) {
      this.#batch.row(RecordKind.blind, nowNs, [this.#lastNs, 0]);
      this.#blindNs += gapNs;
      this.#wasBlind = true;
    }
    this.#lastNs = nowNs;
    return nowNs;
  }

  #readGils(): void {
    for (const process of this.#processes) {
      if (process.readGils()) process.lookAtHolders();
      else this.#detach(process);
    }
  }

  #sweep(): void {
    const wasBlind = this.#wasBlind;
    this.#wasBlind = false;
    for (const process of this.#processes) {
      if (wasBlind) process.tellAll();
      if (process.sweep()) process.measure();
      else this.#detach(process);
    }
  }

  #detach(process: SampledProcess): void {
    process.end();
    this.#processes = this.#processes.filter(other => other !== process);
    this.#mayBeBlind = this.#processes.length > 0;
    this.#report({ kind: 'detached', pid: process.pid });
  }

  #takeOrders(): void {
    this.#ordersTaken = Atomics.load(this.#orders, 0);
    for (;;) {
      const received = receiveMessageOnPort(this.#port);
      if (!received) return;
      // Only our own recorder holds the other end of the port.
      this.#obey(received.message as SamplerOrder);
    }
  }

  #obey(order: SamplerOrder): void {
    switch (order.kind) {
      case 'start':
        this.#originMs = performance.now();
        this.#lastNs = 0;
        Object.assign(this.#next, { sweepNs: 0, ordersNs: 0, flushNs: 0 });
        this.#pacing = pacingOf(order.mode);
        break;
      case 'attach':
        this.#attach(order.runtime);
        break;
      case 'mode':
        this.#pacing = pacingOf(order.mode);
        break;
      case 'stop':
        this.#isStopped = true;
        break;
    }
  }

  #attach(runtime: LocatedRuntime): void {
    const shared = {
      clock: this.#clock,
      batch: this.#batch,
      budget: this.#budget,
      internPosition: (position: SourcePosition): number => this.#internPosition(position),
      counters: this.#counters,
      handOffs: this.#handOffs,
    };
    try {
      const process = new SampledProcess(runtime, shared);
      this.#processes.push(process);
      if (!process.sweep()) this.#detach(process);
    } catch (error) {
      // It ended between being found and being opened.
      if (!(error instanceof Error && 'code' in error)) throw error;
      this.#report({ kind: 'detached', pid: runtime.pid });
    }
    this.#mayBeBlind = this.#processes.length > 0;
    this.#flush();
  }

  #internPosition(position: SourcePosition): number {
    const key = `${position.file}\0${position.line}\0${position.functionName}`;
    let index = this.#positions.get(key);
    if (index === undefined) {
      index = this.#positions.size + 1; // 0 is the unknown position
      this.#positions.set(key, index);
      this.#batch.define({ kind: 'position', index, ...position });
    }
    return index;
  }

  #pause(): void {
    const { periodNs } = this.#pacing;
    if (this.#processes.length === 0) {
      Atomics.wait(this.#orders, 0, this.#ordersTaken, IDLE_MS);
      this.#takeOrders();
      return;
    }
    const nowNs = this.#lastNs;
    const isBurst = this.#burst.goesOn(nowNs, this.#handOffs.counted, this.#pacing);
    if (periodNs === 0 || isBurst) return;
    // Looks come when their time has come, not at the next read: reads follow the hand-offs.
    let dueNs = Math.max(1, Math.min(periodNs, this.#next.sweepNs - nowNs));
    for (const process of this.#processes) dueNs = process.dueIn(nowNs, dueNs);
    const pauseNs = this.#burst.pauseNs(nowNs, dueNs, periodNs);
    if (pauseNs === 0) return;
    const woken = Atomics.wait(this.#orders, 0, this.#ordersTaken, pauseNs / 1e6);
    if (woken !== 'timed-out') this.#takeOrders();
  }

  #flush(): void {
    this.#batch.row(RecordKind.tick, this.#now(), []);
    const batch = this.#batch.take();
    const report: SamplerReport = { kind: 'batch', batch, counts: this.#counts() };
    this.#port.postMessage(report, [batch.rows.buffer as ArrayBuffer]);
  }

  #finish(): void {
    for (const process of this.#processes) {
      if (process.readGils() && process.sweep()) process.close();
      else process.end();
    }
    this.#flush();
    this.#report({ kind: 'stopped', counts: this.#counts() });
  }

  #counts(): SamplerCounts {
    const { seen, counted } = this.#handOffs;
    return {
      nowNs: this.#lastNs,
      blindNs: this.#blindNs,
      handOffsSeen: seen,
      handOffsCounted: counted,
    };
  }

  #report(report: SamplerReport): void {
    this.#port.postMessage(report);
  }
}
