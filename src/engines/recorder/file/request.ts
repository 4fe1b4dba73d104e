// What the recorder is asked to do, as a file in the private folder that it shares with whoever asked.

import { isRecord } from '../../../core/checks';
import type { RecordingMode } from './modes';

/** Names within the folder. */
export const REQUEST_FILE = 'request.json';
export const SPILL_FILE = 'recording.bin';
export const SOCKET_FILE = 'control';
/** Holds the recorder's process id. */
export const PROCESS_FILE = 'process';

/** In place of a folder on the recorder's command line: it will be told by a message. */
export const ON_CALL = '--on-call';

export type RecorderRequest = {
  /** Undefined: as the machine suggests. */
  readonly mode?: RecordingMode;
  /** What people call it: a file's name or `process 1234`. */
  readonly name: string;
} & (
  | {
      readonly kind: 'program';
      readonly command: string;
      readonly args: readonly string[];
      readonly cwd: string;
      /** Added to the recorder's own environment; null takes a variable away. */
      readonly env: Readonly<Record<string, string | null>>;
      /** From inside of the program rather than by reading its memory; undefined: only where that is not allowed. */
      readonly inside?: 'probe' | 'events';
      /** After the program's end a key is waited for, if there is a terminal. */
      readonly holdsTerminal?: boolean;
    }
  | {
      readonly kind: 'process';
      readonly pid: number;
      /** When it was started, in the kernel's ticks: another process may have got its id meanwhile. */
      readonly startTicks?: number;
    }
);

/** Orders to a running recorder, one JSON text a line. */
export type ControlOrder =
  | { readonly kind: 'mode'; readonly mode: RecordingMode }
  /** Ends the recording; the program runs on. */
  | { readonly kind: 'stop' }
  /** Sends the program the signal of Ctrl+C. */
  | { readonly kind: 'interrupt' }
  /** Sends the program the signal of a terminal that is gone. */
  | { readonly kind: 'hangUp' };

/** Reads a request; throws an Error if it is none. */
export function parseRequest(text: string): RecorderRequest {
  const value: unknown = JSON.parse(text);
  if (!isRequest(value)) throw new Error('the recorder got a request that it does not understand');
  return value;
}

function isRequest(value: unknown): value is RecorderRequest {
  if (!isRecord(value) || !('kind' in value)) return false;
  if (!('name' in value) || typeof value.name !== 'string') return false;
  if (value.kind === 'process') return 'pid' in value && Number.isSafeInteger(value.pid);
  return (
    value.kind === 'program' &&
    'command' in value &&
    typeof value.command === 'string' &&
    'args' in value &&
    Array.isArray(value.args) &&
    value.args.every(argument => typeof argument === 'string') &&
    'cwd' in value &&
    typeof value.cwd === 'string' &&
    'env' in value &&
    typeof value.env === 'object'
  );
}

/** Reads an order; undefined if it is none. */
export function parseOrder(line: string): ControlOrder | undefined {
  const value: unknown = JSON.parse(line);
  return isOrder(value) ? value : undefined;
}

function isOrder(value: unknown): value is ControlOrder {
  if (!isRecord(value) || !('kind' in value)) return false;
  if (value.kind === 'mode') return 'mode' in value && typeof value.mode === 'string';
  return value.kind === 'stop' || value.kind === 'interrupt' || value.kind === 'hangUp';
}

/** What the recorder says to whoever listens when it cannot write it down; an empty line only wakes. */
export function newsOf(message: string): string {
  return `${JSON.stringify({ kind: 'failed', message })}\n`;
}

/** Reads a line of the recorder: the reason why nothing is recorded, or undefined. */
export function parseNews(line: string): string | undefined {
  if (line === '') return undefined;
  const value: unknown = JSON.parse(line);
  const isNews = isRecord(value) && 'message' in value;
  return isNews && typeof value.message === 'string' ? value.message : undefined;
}
