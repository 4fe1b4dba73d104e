// The files of recordings outlive the window: what was recorded comes back after a reload, and what a crash cut off
// is offered when the window is there again.

import { rmSync, statSync } from 'node:fs';
import type * as vscode from 'vscode';
import { isRecordingFolder, reopenRecording, type Recording } from '../engines/recorded';

const KEY = 'keptRecordings';
/** So many are kept for each workspace, the newest. */
const MOST_KEPT = 5;

/** A recording on disk. */
export interface KeptRecording {
  readonly folder: string;
  /** The document that it is shown with. */
  readonly uri: string;
  readonly name: string;
  readonly startedMs: number;
  /** Whether its end was seen by the window that made it. */
  readonly isWhole: boolean;
}

/** The workspace's list of them. */
export class KeptRecordings {
  readonly #memory: vscode.Memento;

  constructor(memory: vscode.Memento) {
    this.#memory = memory;
  }

  /** The newest first; without those whose files are gone. */
  get all(): readonly KeptRecording[] {
    const stored = this.#memory.get<unknown>(KEY, []);
    return (Array.isArray(stored) ? stored : []).filter(isKept).filter(isThere);
  }

  /** Those of a document, the newest first. */
  of(uri: string): readonly KeptRecording[] {
    return this.all.filter(kept => kept.uri === uri);
  }

  /** Remembers a recording that begins; the oldest ones go. */
  begin(kept: Omit<KeptRecording, 'startedMs' | 'isWhole'>): void {
    const others = this.all.filter(({ folder }) => folder !== kept.folder);
    const list = [{ ...kept, startedMs: Date.now(), isWhole: false }, ...others];
    for (const { folder } of list.slice(MOST_KEPT)) removeFiles(folder);
    this.#store(list.slice(0, MOST_KEPT));
  }

  /** It is complete. */
  end(folder: string): void {
    this.#store(this.all.map(kept => (kept.folder === folder ? { ...kept, isWhole: true } : kept)));
  }

  /** It is not wanted any more. */
  forget(folder: string): void {
    removeFiles(folder);
    this.#store(this.all.filter(kept => kept.folder !== folder));
  }

  reopen({ folder }: KeptRecording): Promise<Recording> {
    return reopenRecording(folder, new AbortController().signal, { keep: () => undefined });
  }

  #store(list: readonly KeptRecording[]): void {
    void this.#memory.update(KEY, list);
  }
}

function isKept(value: unknown): value is KeptRecording {
  if (typeof value !== 'object' || value === null) return false;
  const { folder, uri, name, startedMs } = value as Partial<KeptRecording>;
  const isPlace = typeof folder === 'string' && isRecordingFolder(folder);
  return (
    isPlace && typeof uri === 'string' && typeof name === 'string' && typeof startedMs === 'number'
  );
}

/** A folder of ours that nobody else has put there. */
function isThere({ folder }: KeptRecording): boolean {
  const stat = statSync(folder, { throwIfNoEntry: false });
  return stat?.isDirectory() === true && stat.uid === (process.getuid?.() ?? stat.uid);
}

function removeFiles(folder: string): void {
  if (isRecordingFolder(folder)) rmSync(folder, { recursive: true, force: true });
}
