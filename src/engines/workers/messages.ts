// What the host, the coordinator, the runners and the child processes say to one another. Structured clones of plain
// data; both ends come from one bundle, so a look at `kind` is all the checking that is needed.

import { isRecord } from '../../core/checks';
import type { Program } from '../../core/model/program';
import type { CountingRun } from '../../core/refcounts/refcounts';
import type { TraceChunk } from '../../core/model/trace';
import type { Nanoseconds } from '../../core/units';
import type { RunRequest } from '../engine';
import type { BoardSize } from './board';
import type { ClockReading } from './clock';
import type { CountingAssignment, CountingFindings, CountingSizes } from './countingThread';
import type { Payload, Question } from './neighbours';
import type { ThreadResult } from './programThread';
import type { RecordBatch } from './ring';
import type { TraceNumbers } from './workerTrace';

/** What a bundle is started as: see worker.ts. */
export type Role = 'coordinator' | 'runner';
export const PROCESS_ARGUMENT = 'gil-scope-process';

/** One thread's part in a run. */
export interface Assignment {
  readonly program: Program;
  readonly lane: number;
  /** Index of its GIL among the locks of the trace, or -1 where there is none. */
  readonly gil: number;
  readonly numbers: TraceNumbers;
  readonly switchIntervalNs: Nanoseconds;
  readonly turnsPerNs: number;
  readonly boardSize: BoardSize;
  /** Whether other threads live in other processes. */
  readonly asks: boolean;
}

/** What threads of one process share, besides. */
export interface SharedMemories {
  readonly ring: SharedArrayBuffer;
  readonly board: SharedArrayBuffer;
  readonly exchange: SharedArrayBuffer;
}

export type ToRunner =
  | { readonly kind: 'ping'; readonly number: number }
  | { readonly kind: 'calibrate' }
  | { readonly kind: 'count'; readonly assignment: CountingAssignment }
  | { readonly kind: 'run'; readonly assignment: Assignment; readonly memories: SharedMemories };

export type Outcome =
  | { readonly kind: 'finished'; readonly result: ThreadResult }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly message: string };

export type FromRunner =
  | { readonly kind: 'ready' }
  | { readonly kind: 'pong'; readonly number: number; readonly clock: ClockReading }
  | { readonly kind: 'calibrated'; readonly turnsPerNs: number }
  | { readonly kind: 'counted'; readonly findings: CountingFindings }
  /** Waits for its thread to be started. */
  | { readonly kind: 'standing' }
  | { readonly kind: 'ask'; readonly question: Question }
  | { readonly kind: 'ended'; readonly outcome: Outcome };

export type ToProcess =
  | { readonly kind: 'ping'; readonly number: number }
  | {
      readonly kind: 'run';
      readonly assignment: Assignment;
      readonly epoch: ClockReading;
      readonly ringCapacity: number;
      /** The thread's arguments. */
      readonly payload?: Payload;
    }
  | {
      readonly kind: 'answer';
      readonly lane: number;
      readonly number: number;
      readonly value: number;
      readonly payload?: Payload;
    }
  | { readonly kind: 'stop' };

export type FromProcess =
  | Extract<FromRunner, { readonly kind: 'ready' | 'pong' | 'ask' | 'ended' }>
  | { readonly kind: 'records'; readonly batch: RecordBatch };

export type ToCoordinator =
  | { readonly kind: 'warmUp'; readonly runners: number }
  | {
      readonly kind: 'start';
      readonly run: number;
      readonly request: RunRequest;
      readonly options: RunOptions;
    }
  | {
      readonly kind: 'count';
      readonly run: number;
      readonly threadCount: number;
      readonly sizes: CountingSizes;
    }
  | { readonly kind: 'cancel'; readonly run: number };

export interface RunOptions {
  /** True if the run was cancelled before it was asked for: it gives an empty trace. */
  readonly cancelled: boolean;
  /** Records that each thread's ring holds: a power of two of at least 8. */
  readonly ringCapacity: number;
}

export type FromCoordinator =
  | { readonly kind: 'warm' }
  | { readonly kind: 'chunk'; readonly run: number; readonly chunk: TraceChunk }
  | { readonly kind: 'report'; readonly run: number; readonly report: RunReport }
  | { readonly kind: 'counted'; readonly run: number; readonly counting: CountingRun }
  | { readonly kind: 'failed'; readonly run: number; readonly sentence: string };

/** What is known of a run besides its trace. */
export interface RunReport {
  /** Of each thread; undefined for one that did not finish. */
  readonly results: readonly (ThreadResult | undefined)[];
  /** How often the GIL changed hands by its own count; undefined where there is not exactly one. */
  readonly handOffCount: number | undefined;
  readonly clock: ClockAgreement;
  /** From the request to the first step of the main thread. */
  readonly startUpNs: Nanoseconds;
}

/** How far the clocks of the threads were seen to differ. */
export interface ClockAgreement {
  /** Largest difference between a thread's clock and the coordinator's, as measured … */
  readonly differenceNs: Nanoseconds;
  /** … with this uncertainty, half of the round trip that told it. */
  readonly uncertaintyNs: Nanoseconds;
}

/** Whether something that arrived is a message at all. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller knows who writes to it
export function isMessage<Message extends { readonly kind: string }>(
  value: unknown,
): value is Message {
  return isRecord(value) && 'kind' in value && typeof value.kind === 'string';
}
