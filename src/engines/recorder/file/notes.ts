// What is said between the rows of a recording, as JSON. Everything is checked: the file may be damaged, or of another
// version, and what is written by index must be there.

import { isRecord } from '../../../core/checks';
import { damaged } from './damagedRecording';
import { isRecordingMode, type RecordingMode } from './modes';
import type { Definition } from './records';

/** Sums over the recording so far. */
export interface SamplerCounts {
  readonly nowNs: number;
  /** Time in which the sampler itself did not run. */
  readonly blindNs: number;
  readonly handOffsSeen: number;
  readonly handOffsCounted: number;
}

/** What is wrong with a recording that was made all the same: a kind for programs, a sentence for people. */
export interface RecordingProblem {
  readonly kind: RecordingProblemKind;
  readonly text: string;
}

const PROBLEM_KINDS = [
  /** The sampler could not look for much of the time. */
  'not-observed',
  /** Waits for the GIL cannot be told from other waits. */
  'waits-not-told',
  /** The build keeps its data as another version does, or as none that is known. */
  'other-layout',
  /** The place of the build's data was not examined. */
  'not-examined',
  /** Threads of other interpreters were not looked at. */
  'other-interpreters',
  /** Recorded from inside of the program, although that was not asked for. */
  'inside',
  /** The recording was ended before the program was. */
  'cut-off',
  /** The recorder ended without a word. */
  'recorder-died',
  /** The trace could not be written to its file. */
  'not-written',
  /** Child processes ended before anything of them was read. */
  'children-missed',
  /** The file of the recording is damaged: what was written after that is not shown. */
  'damaged',
  /** One of an older recording, of which only the sentence is known. */
  'other',
] as const;

export type RecordingProblemKind = (typeof PROBLEM_KINDS)[number];

/** How a recording ended, as the recorder knows it. */
export interface EndNote {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly counts: SamplerCounts;
  /** Time with a core that the recorder itself took. */
  readonly recorderCpuNs: number;
  readonly problems: readonly RecordingProblem[];
}

/** What is said between the rows. */
export type Note =
  | { readonly kind: 'definitions'; readonly definitions: readonly Definition[] }
  | { readonly kind: 'counts'; readonly counts: SamplerCounts; readonly mode: RecordingMode }
  /** The recording could not begin. */
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'end'; readonly end: EndNote };

/** Reads a note. Throws a `DamagedRecording` if it is none. */
export function parseNote(payload: Buffer): Note {
  const value = parsed(payload);
  if (!isNote(value)) throw damaged('a note is not understood');
  if (value.kind !== 'end') return value;
  return { kind: 'end', end: { ...value.end, problems: value.end.problems.map(problemOf) } };
}

/** Recordings of an older version wrote the sentence alone, those of a later one may know more kinds. */
function problemOf(written: RecordingProblem | string): RecordingProblem {
  if (typeof written === 'string') return { kind: 'other', text: written };
  return PROBLEM_KINDS.includes(written.kind) ? written : { kind: 'other', text: written.text };
}

function parsed(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString());
  } catch {
    return undefined;
  }
}

type Fields = Readonly<Record<string, unknown>>;

function isNote(value: unknown): value is Note {
  if (!isRecord(value)) return false;
  switch (value.kind) {
    case 'definitions':
      return Array.isArray(value.definitions) && value.definitions.every(isDefinition);
    case 'counts':
      return isCounts(value.counts) && isMode(value.mode);
    case 'failed':
      return isText(value.message);
    case 'end':
      return isEnd(value.end);
    default:
      return false;
  }
}

const DEFINITIONS: Readonly<Record<Definition['kind'], (fields: Fields) => boolean>> = {
  process: fields => isCount(fields.index) && isProcess(fields),
  gil: ({ index, process, interpreter }) => [index, process, interpreter].every(isCount),
  thread: fields =>
    [fields.index, fields.process, fields.interpreter, fields.gil].every(isCount) &&
    isThread(fields),
  native: ({ index, process, name }) => isCount(index) && isCount(process) && isText(name),
  lock: ({ index, process, name, lockKind }) =>
    isCount(index) && isCount(process) && isText(name) && isText(lockKind),
  name: ({ thread, name }) => isCount(thread) && isText(name),
  loop: ({ thread }) => isCount(thread),
  position: ({ index, file, functionName, line }) =>
    isCount(index) && isText(file) && isText(functionName) && isCount(line),
};

function isDefinition(value: unknown): value is Definition {
  if (!isRecord(value) || !isText(value.kind)) return false;
  return isKindOfDefinition(value.kind) && DEFINITIONS[value.kind](value);
}

function isKindOfDefinition(kind: string): kind is Definition['kind'] {
  return Object.hasOwn(DEFINITIONS, kind);
}

function isProcess(value: Fields): boolean {
  const { pid, version, switchIntervalNs, freeThreaded, inside, command, role } = value;
  const areWords = [command, role].every(word => word === undefined || isText(word));
  const isWay = inside === undefined || inside === 'probe' || inside === 'events';
  const isBuild = freeThreaded === undefined || typeof freeThreaded === 'boolean';
  return (
    isCount(pid) && isText(version) && isCount(switchIntervalNs) && isWay && isBuild && areWords
  );
}

function isThread({ nativeId, isMain, standsForMany, sinceNs }: Fields): boolean {
  const flags = [isMain, standsForMany];
  return isCount(nativeId) && isCount(sinceNs) && flags.every(flag => typeof flag === 'boolean');
}

function isCounts(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { nowNs, blindNs, handOffsSeen, handOffsCounted } = value;
  return [nowNs, blindNs, handOffsSeen, handOffsCounted].every(isCount);
}

function isEnd(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { exitCode, signal, counts, recorderCpuNs, problems } = value;
  return (
    (exitCode === null || Number.isSafeInteger(exitCode)) &&
    (signal === null || isText(signal)) &&
    isCounts(counts) &&
    isCount(recorderCpuNs) &&
    Array.isArray(problems) &&
    problems.every(isProblem)
  );
}

function isProblem(value: unknown): boolean {
  return isText(value) || (isRecord(value) && isText(value.kind) && isText(value.text));
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isMode(value: unknown): boolean {
  return isText(value) && isRecordingMode(value);
}

/** Indices, ids and times are all of this kind. */
function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && typeof value === 'number' && value >= 0;
}
