// The engine that records a real Python. It starts the recorder's process, follows the file that the recorder writes,
// and turns it into a trace. Everybody else talks to the recorder only through here.

import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { UserError } from '../core/errors';
import type { Trace, TraceChunk, TraceHeader } from '../core/trace';
import type { EngineRun } from './engine';
import type { RecordingMode } from './recorder/modes';
import { FollowedRecording } from './recorder/followedRecording';
import {
  REQUEST_FILE,
  SOCKET_FILE,
  SPILL_FILE,
  parseRequest,
  type ControlOrder,
  type RecorderRequest,
} from './recorder/request';

export { RECORDING_MODES, isRecordingMode, type RecordingMode } from './recorder/modes';

/** A Python program to be recorded. Nothing of it goes through a shell. */
export interface ProgramToRecord {
  /** Path of the interpreter. */
  readonly python: string;
  /** Options of the interpreter, such as `-X dev`. */
  readonly pythonArgs?: readonly string[];
  readonly run:
    | { readonly kind: 'script'; readonly file: string }
    | { readonly kind: 'module'; readonly module: string }
    /** The command line as it is: `python` is then the program itself. */
    | { readonly kind: 'command' };
  readonly args: readonly string[];
  readonly cwd: string;
  /** Added to the environment of this process; null takes a variable away. */
  readonly env?: Readonly<Record<string, string | null>>;
  /** Default: as the machine suggests. */
  readonly mode?: RecordingMode;
  /**
   * Records from inside of the program: by a thread that looks every 10 ms (`probe`), or by events of the interpreter
   * too, which slow the program 3 to 13 times (`events`). All of it is estimated. Default: from outside where the
   * system allows that, else `probe`.
   */
  readonly inside?: 'probe' | 'events';
}

export interface RecorderOptions {
  /** The bundle of `recorder/recorder.ts`; default: `recorder.js` beside the bundle that this is part of. */
  readonly recorderFile?: string;
  /** Where the program's input and output go; default: those of this process. */
  readonly stdio?: StdioOptions;
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
  /** Sentences for people about what is missing. */
  readonly problems: readonly string[];
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
  /** The recorder's process, unless a terminal runs it. */
  readonly process: ChildProcess | undefined;
}

/** A recorder that somebody else starts, for example as the process of a terminal. */
export interface PreparedRecording {
  readonly command: string;
  readonly args: readonly string[];
  /** To be set for the command. */
  readonly env: Readonly<Record<string, string>>;
  /** Settles when the recorder has found Python, or rejects with a `UserError`. */
  readonly started: Promise<Recording>;
  /** Is told that the command has ended: a recorder that died before it began tells nothing itself. */
  recorderEnded(): void;
  /** Gives up waiting and removes the files. */
  dispose(): void;
}

/** Records a program from its start. Rejects with a `UserError` when there is nothing to record. */
export function record(
  program: ProgramToRecord,
  signal: AbortSignal,
  options: RecorderOptions = {},
): Promise<Recording> {
  return new RecorderSession(requestFor(program), nameOf(program), signal, options).startHere();
}

/** Records a process that runs already. Rejects with a `UserError` when that is not allowed or there is no CPython. */
export function attach(
  pid: number,
  signal: AbortSignal,
  options: RecorderOptions & { readonly mode?: RecordingMode } = {},
): Promise<Recording> {
  const mode = options.mode === undefined ? {} : { mode: options.mode };
  const request: RecorderRequest = { kind: 'process', pid, ...mode };
  return new RecorderSession(request, `process ${pid}`, signal, options).startHere();
}

/** Like {@link record}, but somebody else runs the recorder's command. */
export function prepareRecording(
  program: ProgramToRecord,
  signal: AbortSignal,
  options: Pick<RecorderOptions, 'recorderFile'> = {},
): PreparedRecording {
  const session = new RecorderSession(requestFor(program), nameOf(program), signal, options);
  return {
    command: session.command,
    args: session.args,
    env: RECORDER_ENV,
    started: session.start(undefined),
    recorderEnded: () => session.recorderGone(),
    dispose: () => session.dispose(),
  };
}

/** What was written of a recording whose recorder or editor crashed: `folder` is that of the recorder. */
export function recoverRecording(folder: string): Trace {
  const request = parseRequest(readFileSync(join(folder, REQUEST_FILE), 'utf8'));
  const name = request.kind === 'process' ? `process ${request.pid}` : basename(request.command);
  const followed = new FollowedRecording(join(folder, SPILL_FILE), {
    name,
    cores: availableParallelism(),
  });
  followed.readAll();
  followed.end();
  if (!followed.trace) throw new UserError('This recording ended before anything was recorded.');
  return followed.trace;
}

/** Makes an editor's own executable behave as Node. */
const RECORDER_ENV = { ELECTRON_RUN_AS_NODE: '1' };
/** How often the file is looked at when the recorder says nothing. */
const READ_EVERY_MS = 100;

function requestFor(program: ProgramToRecord): RecorderRequest {
  const { run, python, pythonArgs = [], args, cwd, env = {}, mode, inside } = program;
  const what = run.kind === 'script' ? [run.file] : run.kind === 'module' ? ['-m', run.module] : [];
  return {
    kind: 'program',
    command: python,
    args: [...pythonArgs, ...what, ...args],
    cwd,
    env,
    ...(mode === undefined ? {} : { mode }),
    ...(inside === undefined ? {} : { inside }),
  };
}

function nameOf(program: ProgramToRecord): string {
  switch (program.run.kind) {
    case 'script':
      return basename(program.run.file);
    case 'module':
      return program.run.module;
    case 'command': {
      const words = program.args;
      const first = words.findIndex(word => !word.startsWith('-'));
      if (words.includes('-c') || first < 0) return basename(program.python);
      return basename(words[first]);
    }
  }
}

/** One recorder, its private folder, and the way to it. */
class RecorderSession {
  readonly command = process.execPath;
  readonly args: readonly string[];
  readonly #folder: string;
  readonly #server: Server;
  readonly #signal: AbortSignal;
  readonly #options: RecorderOptions;
  readonly #name: string;
  #socket: Socket | undefined;
  #isRecorderGone = false;
  #wake: () => void = () => undefined;
  readonly #onAbort = (): void => {
    this.#send({ kind: 'stop' });
    this.#wake();
  };

  constructor(
    request: RecorderRequest,
    name: string,
    signal: AbortSignal,
    options: RecorderOptions,
  ) {
    this.#name = name;
    this.#signal = signal;
    this.#options = options;
    const recorderFile = options.recorderFile ?? join(__dirname, 'recorder.js');
    if (!existsSync(recorderFile)) throw new Error(`the recorder is missing: ${recorderFile}`);
    // mkdtemp makes a folder that only this user can enter.
    this.#folder = mkdtempSync(join(tmpdir(), 'gil-recording-'));
    this.args = [recorderFile, this.#folder];
    writeFileSync(join(this.#folder, REQUEST_FILE), JSON.stringify(request), { mode: 0o600 });
    this.#server = createServer(socket => this.#connected(socket));
    this.#server.unref();
    this.#server.listen(join(this.#folder, SOCKET_FILE));
    signal.addEventListener('abort', this.#onAbort);
  }

  async startHere(): Promise<Recording> {
    await new Promise(resolve => this.#server.once('listening', resolve));
    const child = spawn(this.command, this.args, {
      env: { ...process.env, ...RECORDER_ENV },
      stdio: this.#options.stdio ?? 'inherit',
    });
    child.on('error', () => this.recorderGone());
    child.on('exit', () => this.recorderGone());
    return this.start(child);
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
    };
  }

  dispose(): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#isRecorderGone = true;
    this.#socket?.destroy();
    this.#server.close();
    rmSync(this.#folder, { recursive: true, force: true });
    this.#wake();
  }

  #connected(socket: Socket): void {
    this.#socket = socket;
    socket.on('data', () => this.#wake());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.recorderGone());
    if (this.#signal.aborted) this.#send({ kind: 'stop' });
  }

  recorderGone(): void {
    this.#isRecorderGone = true;
    this.#wake();
  }

  #send(order: ControlOrder): void {
    this.#socket?.write(`${JSON.stringify(order)}\n`);
  }

  /** Waits until the recorder has found a Python. */
  async #firstFrames(): Promise<FollowedRecording & { readonly header: TraceHeader }> {
    let followed: FollowedRecording | undefined;
    try {
      for (;;) {
        const isLast = this.#isRecorderGone;
        followed ??= this.#open();
        followed?.readAll();
        if (followed?.failure !== undefined) throw new UserError(followed.failure);
        if (followed && hasHeader(followed)) return followed;
        if (isLast || followed?.endNote) throw new UserError(NEVER_BEGAN);
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
    if (!existsSync(file) || readFileSync(file).length < 64) return undefined;
    return new FollowedRecording(file, { name: this.#name, cores: availableParallelism() });
  }

  async *#chunks(
    followed: FollowedRecording,
    result: Deferred<RecordingResult>,
  ): AsyncGenerator<TraceChunk> {
    try {
      for (;;) {
        // Asked before reading: what was written before the end is read after it.
        const isLast = this.#isRecorderGone;
        followed.readAll();
        const isOver = isLast || followed.endNote !== undefined;
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
    problems: endNote ? endNote.problems : [followed.failure ?? RECORDER_DIED],
  };
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
