// The private folders in which recordings lie: made, claimed by one recorder, told from those of other people, and
// swept, because the folder for temporary files is often kept in memory and seldom emptied.

import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { UserError, messageOf } from '../../../core/errors';
import { isAlive, startTicksOf } from '../system/processMaps';
import { PROCESS_FILE, REQUEST_FILE, SPILL_FILE, type RecorderRequest } from './request';
import { takesSocket } from './socketPlace';
import { reserveOf } from './spill';

/** How the folders of recordings are called. */
const FOLDER_PREFIX = 'gil-recording-';
/** There once a window has shown the recording to its end. */
const SEEN_FILE = 'seen';
/** Stands where a recorder would write its process: the recording was called off before it began. */
const CALLED_OFF = 'called off';

/** How much stays of recordings that are over. */
export interface FolderBounds {
  readonly count: number;
  readonly bytes: number;
  /** Since somebody last opened it or wrote to it. */
  readonly unusedMs: number;
}

const HOUR_MS = 3_600_000;
export const FOLDER_BOUNDS: FolderBounds = {
  count: 40,
  bytes: 2 * 2 ** 30,
  unusedMs: 14 * 24 * HOUR_MS,
};
/** Another window may just be showing what was used this recently. */
const RECENT_MS = HOUR_MS;

/** A private folder with the request in it; mkdtemp makes one that only this user can enter. */
export function makeRecordingFolder(request: RecorderRequest): string {
  try {
    const folder = mkdtempSync(join(tmpdir(), FOLDER_PREFIX));
    return withRequest(folder, request);
  } catch (error) {
    const reason = messageOf(error);
    throw new UserError(
      `The files of a recording cannot be written: ${reason}. Make room there, or set TMPDIR to another folder.`,
    );
  }
}

/** A folder without a request would stay for good. */
function withRequest(folder: string, request: RecorderRequest): string {
  try {
    if (!takesSocket(folder)) throw new Error(`the path ${folder} is too long`);
    writeFileSync(join(folder, REQUEST_FILE), JSON.stringify(request), { mode: 0o600 });
    return folder;
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Whether a path is a recording's folder that this user made: no link, and nobody else may enter it. In a folder that
 * all users share, somebody else may have made one of that name.
 */
export function isRecordingFolder(folder: string): boolean {
  if (!basename(folder).startsWith(FOLDER_PREFIX)) return false;
  const stat = lstatSync(folder, { throwIfNoEntry: false });
  if (stat?.isDirectory() !== true) return false;
  const user = process.getuid?.();
  return user === undefined || (stat.uid === user && (stat.mode & 0o077) === 0);
}

/** The recorder begins: false if another has, or if it was called off. */
export function claimFolder(folder: string): boolean {
  return writeProcess(folder, `${process.pid} ${startTicksOf(process.pid) ?? ''}`);
}

/** Sees to it that no recorder begins in this folder any more; false if one has begun. */
export function callOff(folder: string): boolean {
  return writeProcess(folder, CALLED_OFF);
}

/** Only one can be the first to make the file. On a full disk nobody can: the program runs nevertheless. */
function writeProcess(folder: string, text: string): boolean {
  try {
    writeFileSync(join(folder, PROCESS_FILE), text, { mode: 0o600, flag: 'wx' });
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOSPC' || code === 'EDQUOT')
      return text !== CALLED_OFF || existsSync(join(folder, PROCESS_FILE));
    if (code === 'EEXIST') return false;
    throw error;
  }
}

/** Whether the recorder that writes into a folder still runs, and not another process that got its number. */
export function recorderLives(folder: string): boolean {
  try {
    const [pid, ticks] = readFileSync(join(folder, PROCESS_FILE), 'utf8').split(' ');
    return isAlive(Number(pid)) && String(startTicksOf(Number(pid))) === ticks;
  } catch {
    return false; // it never began
  }
}

/** Whether something is still being recorded there; a recorder may live on to pass on how the program ends. */
export function isUnderWay(folder: string): boolean {
  return existsSync(reserveOf(join(folder, SPILL_FILE))) && recorderLives(folder);
}

/** The recording was shown to its end: from now on it is kept only as long as there is room. */
export function markSeen(folder: string): void {
  if (isRecordingFolder(folder)) writeFileSync(join(folder, SEEN_FILE), '', { mode: 0o600 });
}

/** Removes a recording's files; nothing else, and nobody else's. */
export function removeRecordingFolder(folder: string): void {
  if (isRecordingFolder(folder)) rmSync(folder, { recursive: true, force: true });
}

/** Size of a recording's files. */
export function bytesOf(folder: string): number {
  const names = isRecordingFolder(folder) ? readdirSync(folder) : [];
  const sizeOf = (name: string): number =>
    lstatSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0;
  return names.reduce((sum, name) => sum + sizeOf(name), 0);
}

interface FolderFacts {
  readonly folder: string;
  readonly bytes: number;
  readonly usedMs: number;
  readonly isSeen: boolean;
}

/**
 * Removes what nobody will miss: recordings unused for long, and of those that were seen to their end the longest
 * unused ones beyond the bounds. Never one of `except`, one whose recorder runs, or one that was just used, which may
 * be on show in another window. Answers with what was removed.
 */
export function sweepFolders(
  except: ReadonlySet<string>,
  { parent = tmpdir(), bounds = FOLDER_BOUNDS, nowMs = Date.now() } = {},
): readonly string[] {
  const all = foldersIn(parent).flatMap(factsOf);
  const mayGo = all
    .filter(({ folder, usedMs }) => !except.has(folder) && nowMs - usedMs > RECENT_MS)
    .filter(({ folder }) => !isUnderWay(folder))
    .sort((a, b) => a.usedMs - b.usedMs);
  let count = all.length;
  let bytes = all.reduce((sum, facts) => sum + facts.bytes, 0);
  const goes = ({ usedMs, isSeen }: FolderFacts): boolean =>
    nowMs - usedMs > bounds.unusedMs || (isSeen && (count > bounds.count || bytes > bounds.bytes));
  return mayGo.flatMap(facts => {
    if (!goes(facts) || !removed(facts.folder)) return [];
    count--;
    bytes -= facts.bytes;
    return [facts.folder];
  });
}

function foldersIn(parent: string): string[] {
  try {
    const names = readdirSync(parent).filter(name => name.startsWith(FOLDER_PREFIX));
    return names.map(name => join(parent, name)).filter(isRecordingFolder);
  } catch {
    return []; // it cannot be listed, so nothing of ours can be found
  }
}

/** Nothing if another window has just removed it. */
function factsOf(folder: string): FolderFacts[] {
  try {
    const used = [folder, join(folder, SPILL_FILE)].map(
      path => lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0,
    );
    const isSeen = existsSync(join(folder, SEEN_FILE));
    return [{ folder, bytes: bytesOf(folder), usedMs: Math.max(...used), isSeen }];
  } catch {
    return [];
  }
}

/** One that cannot be removed stays for the next sweep. */
function removed(folder: string): boolean {
  try {
    removeRecordingFolder(folder);
    return true;
  } catch {
    return false;
  }
}
