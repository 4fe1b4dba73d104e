// One recorder as its reader sees it: its private folder, the socket for orders, and the file that is followed.

import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { existsSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';

import { UserError } from '../../core/errors';
import type { TraceChunk, TraceHeader } from '../../core/model/trace';
import type { EngineRun } from '../engine';
import { followRecording, type FollowedRecording } from './trace/followedRecording';
import type { RecordingMode } from './file/modes';
import type { RecorderOnCall } from './recorderOnCall';
import { callOff, recorderLives } from './file/recordingFolders';
import { SOCKET_FILE, SPILL_FILE, type ControlOrder, parseNews } from './file/request';
import type { RecordingProblem } from './file/spill';
import { socketPlaceIn } from './file/socketPlace';

export interface RecorderOptions {
  /** The bundle of `recorder/recorder.ts`; default: `recorder.js` beside the bundle that this is part of. */
  readonly recorderFile?: string;
  /** Where the program's input and output go; default: those of this process. */
  readonly stdio?: StdioOptions;
  /**
   * Is told the folder of the recording, which then stays when the recording is over: it can be opened again with
   * `reopenRecording`, and whoever keeps it removes it. Default: it goes with the recording.
   */
  readonly keep?: (folder: string) => void;
  /** One that waits already; its input and output go nowhere. */
  readonly onCall?: RecorderOnCall | undefined;
}

/** How a recording ended. */
export interface RecordingResult {
  /** Exit code of the program; null if a signal ended it, if it still runs, or if it was not started by us. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Hand-offs between threads of which the recorder saw the outcome. */
  readonly handOffsSeen: number;
  /** Hand-offs that CPython counted itself: none can be missing. */
  readonly handOffsCounted: number;
  /** Share of the time in which the recorder was itself kept from looking, 0 to 1. */
  readonly blindShare: number;
  /** Share of one core that the recorder took, more than 1 if it took several; 0 if it crashed. */
  readonly recorderCpuShare: number;
  readonly durationNs: number;
  readonly mode: RecordingMode;
  /** How it was recorded from inside of the program: then no hand-off is counted, and with `probe` none is seen. */
  readonly inside: 'probe' | 'events' | undefined;
  /** What is missing. */
  readonly problems: readonly RecordingProblem[];
}

/** A recording under way. `chunks` must be read, or the trace is not made; it ends when the recording does. */
export interface Recording extends EngineRun {
  readonly header: TraceHeader;
  readonly chunks: AsyncIterable<TraceChunk>;
  /** Settles after the last chunk is there to be read. */
  readonly result: Promise<RecordingResult>;
  setMode(mode: RecordingMode): void;
  /** Ends the recording; the program runs on. The same as aborting. */
  stop(): void;
  /** Sends the program the signal of Ctrl+C. */
  interrupt(): void;
  /** Tells the program that its terminal is gone, which ends most. */
  hangUp(): void;
  /** The recorder's process, unless a terminal runs it. */
  readonly process: ChildProcess | undefined;
}

/** Makes an editor's own executable behave as Node. */
export const RECORDER_ENV = { ELECTRON_RUN_AS_NODE: '1' };
/** How often the file is looked at when the recorder says nothing. */
const READ_EVERY_MS = 100;

export function recorderFileOf({ recorderFile }: Pick<RecorderOptions, 'recorderFile'>): string {
  const file = recorderFile ?? join(__dirname, 'recorder.js');
  if (!existsSync(file)) throw new Error(`the recorder is missing: ${file}`);
  return file;
}

/** One recorder, its private folder, and the way to it. */
export class RecorderSession {
  readonly command = process.execPath;
  readonly args: readonly string[];
  readonly #folder: string;
  readonly #server: Server;
  readonly #signal: AbortSignal;
  readonly #options: RecorderOptions;
  readonly #name: string;
  readonly #isOpenedAgain: boolean;
  #socket: Socket | undefined;
  #isRecorderGone = false;
  /** Why nothing is recorded, if the recorder could not write it down. */
  #told: string | undefined;
  #wake: () => void = () => undefined;
  readonly #onAbort = (): void => {
    this.#send({ kind: 'stop' });
    this.#wake();
  };

  /** `isOpenedAgain`: the recorder was started by somebody who is gone, and may be, too. */
  constructor(
    where: { readonly folder: string; readonly name: string; readonly isOpenedAgain?: boolean },
    signal: AbortSignal,
    options: RecorderOptions,
  ) {
    this.#folder = where.folder;
    this.#name = where.name;
    this.#isOpenedAgain = where.isOpenedAgain ?? false;
    this.#signal = signal;
    this.#options = options;
    this.args = [recorderFileOf(options), this.#folder];
    options.keep?.(this.#folder);
    const socketFile = join(this.#folder, SOCKET_FILE);
    if (this.#isOpenedAgain) rmSync(socketFile, { force: true });
    this.#server = createServer(socket => this.#connected(socket));
    this.#server.unref();
    this.#server.on('error', () => undefined); // the recording goes on, without orders
    const place = socketPlaceIn(this.#folder);
    this.#server.listen(place?.path);
    this.#server.once('close', () => place?.close());
    signal.addEventListener('abort', this.#onAbort);
  }

  async startHere(): Promise<Recording> {
    await new Promise<void>(resolve => {
      this.#server.once('listening', () => resolve());
      this.#server.once('error', () => resolve());
    });
    const child = this.#options.onCall?.call(this.#folder) ?? this.#spawn();
    child.on('error', () => this.recorderGone());
    child.on('exit', () => this.recorderGone());
    return this.start(child);
  }

  #spawn(): ChildProcess {
    return spawn(this.command, this.args, {
      env: { ...process.env, ...RECORDER_ENV },
      stdio: this.#options.stdio ?? 'inherit',
    });
  }

  async start(child: ChildProcess | undefined): Promise<Recording> {
    const followed = await this.#firstFrames();
    const result = deferred<RecordingResult>();
    // Nobody has to look at the result: whoever reads the chunks hears of a failure there.
    result.promise.catch(() => undefined);
    return {
      header: followed.header,
      chunks: this.#chunks(followed, result),
      result: result.promise,
      process: child,
      setMode: mode => this.#send({ kind: 'mode', mode }),
      stop: () => this.#send({ kind: 'stop' }),
      interrupt: () => this.#send({ kind: 'interrupt' }),
      hangUp: () => this.#send({ kind: 'hangUp' }),
    };
  }

  /** Gives up waiting for a recorder that has not begun, which then never will; false if it has begun. */
  callOff(): boolean {
    if (!callOff(this.#folder)) return false;
    this.dispose();
    rmSync(this.#folder, { recursive: true, force: true });
    return true;
  }

  dispose(): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#isRecorderGone = true;
    this.#socket?.destroy();
    this.#server.close();
    if (!this.#options.keep) rmSync(this.#folder, { recursive: true, force: true });
    this.#wake();
  }

  #connected(socket: Socket): void {
    this.#socket = socket;
    let rest = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#told ??= parseNews(line);
      this.#wake();
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      if (!this.#isOpenedAgain) this.recorderGone();
    });
    if (this.#signal.aborted) this.#send({ kind: 'stop' });
  }

  recorderGone(): void {
    this.#isRecorderGone = true;
    this.#wake();
  }

  /** Whether nothing more will be written. Of a recorder that somebody else started, only its process tells. */
  #isLast(): boolean {
    return this.#isRecorderGone || (this.#isOpenedAgain && !recorderLives(this.#folder));
  }

  #send(order: ControlOrder): void {
    this.#socket?.write(`${JSON.stringify(order)}\n`);
  }

  /** Waits until the recorder has found a Python. */
  async #firstFrames(): Promise<FollowedRecording & { readonly header: TraceHeader }> {
    let followed: FollowedRecording | undefined;
    try {
      for (;;) {
        const isLast = this.#isLast();
        followed ??= this.#open();
        followed?.readAll();
        if (followed?.failure !== undefined) throw new UserError(followed.failure);
        if (followed && hasHeader(followed)) return followed;
        if (followed?.damage !== undefined) throw new UserError(followed.damage);
        if (isLast || followed?.endNote)
          throw new UserError(this.#told ?? (this.#signal.aborted ? GIVEN_UP : NEVER_BEGAN));
        await this.#somethingNew();
      }
    } catch (error) {
      followed?.end();
      this.dispose();
      throw error;
    }
  }

  #open(): FollowedRecording | undefined {
    const file = join(this.#folder, SPILL_FILE);
    // The first line comes with the file's creation, or a moment later.
    if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) < 64) return undefined;
    return followRecording(file, this.#name);
  }

  async *#chunks(
    followed: FollowedRecording,
    result: Deferred<RecordingResult>,
  ): AsyncGenerator<TraceChunk> {
    try {
      for (;;) {
        // Asked before reading: what was written before the end is read after it.
        const isLast = this.#isLast();
        followed.readAll();
        const isOver = isLast || followed.endNote !== undefined || followed.damage !== undefined;
        if (isOver) {
          followed.end();
          result.resolve(resultOf(followed));
        }
        yield* followed.takeChunks();
        if (isOver) return;
        await this.#somethingNew();
      }
    } catch (error) {
      result.reject(error);
      throw error;
    } finally {
      if (followed.endNote === undefined) this.#send({ kind: 'stop' });
      followed.end();
      result.resolve(resultOf(followed));
      this.dispose();
    }
  }

  #somethingNew(): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, READ_EVERY_MS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

const GIVEN_UP =
  'The recording was given up before a Python was found; a program that has begun was left alone.';
const NEVER_BEGAN = 'The recorder ended before it had found a Python to record.';
const RECORDER_DIED =
  'The recorder ended unexpectedly; the program was left alone. What was recorded until then is shown.';

function hasHeader(
  followed: FollowedRecording,
): followed is FollowedRecording & { readonly header: TraceHeader } {
  return followed.header !== undefined;
}

function resultOf(followed: FollowedRecording): RecordingResult {
  const { endNote, counts, mode, inside } = followed;
  const final = endNote?.counts ?? counts;
  return {
    exitCode: endNote?.exitCode ?? null,
    signal: endNote?.signal ?? null,
    handOffsSeen: final.handOffsSeen,
    handOffsCounted: final.handOffsCounted,
    blindShare: final.nowNs > 0 ? final.blindNs / final.nowNs : 0,
    recorderCpuShare: final.nowNs > 0 ? (endNote?.recorderCpuNs ?? 0) / final.nowNs : 0,
    durationNs: final.nowNs,
    mode,
    inside,
    problems: endNote?.problems ?? [problemWithout(followed)],
  };
}

/** Why a recording has no end that its recorder told of. */
function problemWithout({ failure, damage }: FollowedRecording): RecordingProblem {
  if (failure === undefined && damage !== undefined) return { kind: 'damaged', text: damage };
  return { kind: 'recorder-died', text: failure ?? RECORDER_DIED };
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
}

function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => undefined;
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
