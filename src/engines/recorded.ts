// The engine that records a real Python. It starts the recorder's process, follows the file that the recorder writes,
// and turns it into a trace. Everybody else talks to the recorder only through here.

import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { UserError } from '../core/errors';
import type { Trace } from '../core/model/trace';
import type { RecordingMode } from './recorder/file/modes';
import { followRecording } from './recorder/trace/followedRecording';
import { looksLikePython } from './recorder/inside/insideProgram';
import { startTicksOf } from './recorder/system/processMaps';
import {
  isUnderWay,
  makeRecordingFolder,
  removeRecordingFolder,
} from './recorder/file/recordingFolders';
import {
  RECORDER_ENV,
  recorderFileOf,
  RecorderSession,
  type RecorderOptions,
  type Recording,
} from './recorder/recorderSession';
import { RecorderOnCall } from './recorder/recorderOnCall';
import {
  parseRequest,
  REQUEST_FILE,
  SPILL_FILE,
  type RecorderRequest,
} from './recorder/file/request';

export { dumpOf } from './recorder/dumpOnce';
export { dumpHeadline, dumpText } from './recorder/locks/dumpText';
export type { Dump } from './recorder/locks/dumpModel';
export { RECORDING_MODES, isRecordingMode, type RecordingMode } from './recorder/file/modes';
export {
  pythonProcesses,
  whyNotAttach,
  type PythonProcess,
} from './recorder/system/pythonProcesses';
export type { RecorderOnCall } from './recorder/recorderOnCall';
export {
  bytesOf as bytesOfRecording,
  isRecordingFolder,
  isUnderWay as isRecordingUnderWay,
  markSeen as markRecordingSeen,
  removeRecordingFolder,
  sweepFolders as sweepRecordings,
  leftRecordings,
  sweepLeftRecordings,
  type LeftRecording,
} from './recorder/file/recordingFolders';
export type { RecorderOptions, Recording, RecordingResult } from './recorder/recorderSession';

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
  /** Whether the terminal stays after the program's end until a key is pressed, so that its output can be read. */
  readonly holdsTerminal?: boolean;
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
  /** Gives up waiting for a recorder that has not begun: it never will. False if it has begun. */
  callOff(): boolean;
  /** Gives up waiting and removes the files, unless they are kept. */
  dispose(): void;
}

/** Records a program from its start. Rejects with a `UserError` when there is nothing to record. */
export function record(
  program: ProgramToRecord,
  signal: AbortSignal,
  options: RecorderOptions = {},
): Promise<Recording> {
  return sessionFor(requestFor(program), signal, options).startHere();
}

/**
 * Starts what will record a process: while a person chooses which, the slow part happens. Give it to {@link attach}, or
 * dispose it.
 */
export function recorderOnCall(
  options: Pick<RecorderOptions, 'recorderFile'> = {},
): RecorderOnCall {
  return new RecorderOnCall(recorderFileOf(options), RECORDER_ENV);
}

/** Records a process that runs already. Rejects with a `UserError` when that is not allowed or there is no CPython. */
export function attach(
  pid: number,
  signal: AbortSignal,
  options: RecorderOptions & { readonly mode?: RecordingMode } = {},
): Promise<Recording> {
  const mode = options.mode === undefined ? {} : { mode: options.mode };
  const ticks = startTicksOf(pid);
  const request: RecorderRequest = {
    kind: 'process',
    name: `process ${pid}`,
    pid,
    ...(ticks === undefined ? {} : { startTicks: ticks }),
    ...mode,
  };
  return sessionFor(request, signal, options).startHere();
}

/** Like {@link record}, but somebody else runs the recorder's command. */
export function prepareRecording(
  program: ProgramToRecord,
  signal: AbortSignal,
  options: Pick<RecorderOptions, 'recorderFile' | 'keep'> = {},
): PreparedRecording {
  const session = sessionFor(requestFor(program), signal, options);
  return {
    command: session.command,
    args: session.args,
    env: RECORDER_ENV,
    started: session.start(undefined),
    recorderEnded: () => session.recorderGone(),
    callOff: () => session.callOff(),
    dispose: () => session.dispose(),
  };
}

/**
 * Opens a recording that was kept or left behind by a crash: if its recorder still runs, it is followed on. Rejects
 * with a `UserError` if there is nothing in it. `folder` is that of the recorder and stays if `keep` is given.
 */
export function reopenRecording(
  folder: string,
  signal: AbortSignal,
  options: Pick<RecorderOptions, 'recorderFile' | 'keep'> = {},
): Promise<Recording> {
  const { name } = requestIn(folder);
  return new RecorderSession({ folder, name, isOpenedAgain: true }, signal, options).start(
    undefined,
  );
}

/** A recorder that does not answer within this is left alone; its file ends with it. */
const STOP_WITHIN_MS = 5_000;

/** Removes a recording's files. If its recorder still runs, that is ended first; the program runs on. */
export async function discardRecording(
  folder: string,
  options: Pick<RecorderOptions, 'recorderFile'> = {},
): Promise<void> {
  if (isUnderWay(folder)) {
    const tooLate = new Promise<void>(resolve => setTimeout(resolve, STOP_WITHIN_MS).unref());
    await Promise.race([endRecorder(folder, options), tooLate]);
  }
  removeRecordingFolder(folder);
}

async function endRecorder(
  folder: string,
  options: Pick<RecorderOptions, 'recorderFile'>,
): Promise<void> {
  try {
    const keep = (): void => undefined;
    const recording = await reopenRecording(folder, AbortSignal.abort(), { ...options, keep });
    const chunks = recording.chunks[Symbol.asyncIterator]();
    while ((await chunks.next()).done !== true);
  } catch (error) {
    if (!(error instanceof UserError)) throw error; // else there was nothing in it
  }
}

/** What was written of a recording whose recorder or editor crashed: `folder` is that of the recorder. */
export function recoverRecording(folder: string): Trace {
  const { name } = requestIn(folder);
  const followed = followRecording(join(folder, SPILL_FILE), name);
  followed.readAll();
  followed.end();
  if (!followed.trace)
    throw new UserError(followed.damage ?? 'This recording ended before anything was recorded.');
  return followed.trace;
}

function requestIn(folder: string): RecorderRequest {
  try {
    return parseRequest(readFileSync(join(folder, REQUEST_FILE), 'utf8'));
  } catch {
    throw new UserError('The files of this recording are gone.');
  }
}

function sessionFor(
  request: RecorderRequest,
  signal: AbortSignal,
  options: RecorderOptions,
): RecorderSession {
  const { name } = request;
  const kept = options.keep ? { isKept: true } : {};
  const folder = makeRecordingFolder({ ...request, ...kept });
  return new RecorderSession({ folder, name }, signal, options);
}

function requestFor(program: ProgramToRecord): RecorderRequest {
  const { run, python, pythonArgs = [], args, cwd, env = {}, mode, inside } = program;
  const what = run.kind === 'script' ? [run.file] : run.kind === 'module' ? ['-m', run.module] : [];
  return {
    kind: 'program',
    name: nameOf(program),
    command: python,
    args: [...pythonArgs, ...what, ...args],
    cwd,
    env,
    ...(mode === undefined ? {} : { mode }),
    ...(inside === undefined ? {} : { inside }),
    ...(program.holdsTerminal === true ? { holdsTerminal: true } : {}),
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
      // Of a wrapper only a script among its words says what it runs.
      if (!looksLikePython(program.python))
        return basename(words.find(word => word.endsWith('.py')) ?? program.python);
      const first = words.findIndex(word => !word.startsWith('-'));
      if (words.includes('-c') || first < 0) return basename(program.python);
      return basename(words[first]);
    }
  }
}
