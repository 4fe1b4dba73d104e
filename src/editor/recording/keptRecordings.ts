// The files of recordings outlive the window: what was recorded comes back after a reload, and what a crash cut off
// is offered when the window is there again.

import { isRecord } from '../../core/checks';
import type * as vscode from 'vscode';
import {
  bytesOfRecording,
  discardRecording,
  isRecordingFolder,
  isRecordingUnderWay,
  markRecordingSeen,
  removeRecordingFolder,
  reopenRecording,
  sweepRecordings,
  type Recording,
} from '../../engines/recorded';

const KEY = 'keptRecordings';
/** So many are kept for each workspace, the newest; besides, those that run or were not seen to their end. */
const MOST_KEPT = 5;

/** What a recording came to. */
export interface RecordingOutcome {
  readonly durationNs: number;
  readonly handOffs: number;
}

/** A recording on disk. */
export interface KeptRecording {
  readonly folder: string;
  /** The document that it is shown with. */
  readonly uri: string;
  readonly name: string;
  readonly startedMs: number;
  /** Whether its end was seen by the window that made it. */
  readonly isWhole: boolean;
  readonly outcome?: RecordingOutcome;
}

/** The workspace's list of them. */
export class KeptRecordings {
  readonly #memory: vscode.Memento;
  /** Made or opened by this window: these are neither offered nor removed by it. */
  readonly #here = new Set<string>();

  constructor(memory: vscode.Memento) {
    this.#memory = memory;
  }

  /** The newest first; without those whose files are gone. */
  get all(): readonly KeptRecording[] {
    const stored = this.#memory.get<unknown>(KEY, []);
    return (Array.isArray(stored) ? stored : []).filter(isKept);
  }

  /** Those of a document, the newest first. */
  of(uri: string): readonly KeptRecording[] {
    return this.all.filter(kept => kept.uri === uri);
  }

  /** Those that an earlier window left before their end, the newest first. */
  get cutOff(): readonly KeptRecording[] {
    return this.all.filter(({ isWhole, folder }) => !isWhole && !this.#here.has(folder));
  }

  isUnderWay({ folder }: KeptRecording): boolean {
    return isRecordingUnderWay(folder);
  }

  bytes({ folder }: KeptRecording): number {
    return bytesOfRecording(folder);
  }

  /** Remembers a recording that begins; the oldest ones go. */
  async begin(kept: Pick<KeptRecording, 'folder' | 'uri' | 'name'>): Promise<void> {
    this.#here.add(kept.folder);
    const others = this.all.filter(({ folder }) => folder !== kept.folder);
    const mayGo = others
      .slice(MOST_KEPT - 1)
      .filter(one => one.isWhole && !this.isUnderWay(one))
      .map(({ folder }) => folder);
    for (const folder of mayGo) removeRecordingFolder(folder);
    const stay = others.filter(({ folder }) => !mayGo.includes(folder));
    await this.#store([{ ...kept, startedMs: Date.now(), isWhole: false }, ...stay]);
  }

  /** It is complete, or at least was offered. */
  async end(folder: string, outcome?: RecordingOutcome): Promise<void> {
    markRecordingSeen(folder);
    const ended = { isWhole: true, ...(outcome && { outcome }) };
    await this.#store(
      this.all.map(kept => (kept.folder === folder ? { ...kept, ...ended } : kept)),
    );
  }

  /** It is not wanted any more, or never began. If it is still being recorded, that is ended first. */
  async discard(folder: string): Promise<void> {
    this.#here.delete(folder);
    await discardRecording(folder);
    await this.#store(this.all.filter(kept => kept.folder !== folder));
  }

  reopen({ folder }: KeptRecording): Promise<Recording> {
    this.#here.add(folder);
    return reopenRecording(folder, new AbortController().signal, { keep: () => undefined });
  }

  /** Makes room: of all recordings on this machine that are this user's, the oldest that are over go. */
  sweep(): void {
    const offered = this.cutOff.map(({ folder }) => folder);
    sweepRecordings(new Set([...this.#here, ...offered]));
  }

  async #store(list: readonly KeptRecording[]): Promise<void> {
    await this.#memory.update(KEY, list);
  }
}

function isKept(value: unknown): value is KeptRecording {
  if (!isRecord(value)) return false;
  const { folder, uri, name, startedMs } = value as Partial<KeptRecording>;
  const isPlace = typeof folder === 'string' && isRecordingFolder(folder);
  return (
    isPlace && typeof uri === 'string' && typeof name === 'string' && typeof startedMs === 'number'
  );
}
