// The recorder's file as its reader sees it: a trace that grows with every look at the file.

import { availableParallelism } from 'node:os';

import { UserError } from '../../../core/errors';
import { DamagedRecording } from '../file/damagedRecording';
import { RecordingCheck } from '../file/recordingCheck';
import type { Trace, TraceChunk, TraceHeader } from '../../../core/model/trace';
import type { RecordingMode } from '../file/modes';
import { recordingHeader, RecordingTrace } from './recordingTrace';
import type { Definition } from '../file/records';
import {
  SpillReader,
  type EndNote,
  type Note,
  type SamplerCounts,
  type SpillSource,
} from '../file/spill';

const NO_COUNTS: SamplerCounts = { nowNs: 0, blindNs: 0, handOffsSeen: 0, handOffsCounted: 0 };

/** Reads one file from its beginning. Owns the open file until `end`. */
export class FollowedRecording {
  readonly #reader: SpillReader;
  readonly #facts: { readonly name: string; readonly cores: number };
  #trace: RecordingTrace | undefined;
  #mode: RecordingMode = 'normal';
  #counts = NO_COUNTS;
  #endNote: EndNote | undefined;
  #failure: string | undefined;
  #inside: 'probe' | 'events' | undefined;
  #isEnded = false;
  readonly #check = new RecordingCheck();
  #damage: string | undefined;

  constructor(
    from: string | SpillSource,
    facts: { readonly name: string; readonly cores: number },
  ) {
    this.#reader = new SpillReader(from);
    this.#facts = facts;
  }

  /** Undefined until the first process was found. */
  get header(): TraceHeader | undefined {
    return this.#trace?.builder.header;
  }
  get trace(): Trace | undefined {
    return this.#trace?.builder;
  }
  get mode(): RecordingMode {
    return this.#mode;
  }
  /** How the program is recorded from inside, if it is. */
  get inside(): 'probe' | 'events' | undefined {
    return this.#inside;
  }
  get counts(): SamplerCounts {
    return this.#counts;
  }
  /** What the recorder said at the end; undefined before, and for ever if it crashed. */
  get endNote(): EndNote | undefined {
    return this.#endNote;
  }
  /** Why there is nothing to record. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** What is wrong with the file, as a sentence: from there on nothing of it is read. */
  get damage(): string | undefined {
    return this.#damage;
  }

  /** Reads all that is there by now. */
  readAll(): void {
    try {
      while (!this.#isEnded && this.#damage === undefined && this.#readNext());
    } catch (error) {
      if (!(error instanceof DamagedRecording)) throw error;
      this.#damage = error.message;
    }
  }

  #readNext(): boolean {
    const frame = this.#reader.next();
    if (frame?.kind === 'rows') {
      this.#check.rows(frame.rows);
      this.#trace?.addRows(frame.rows);
    } else if (frame) this.#hear(frame.note);
    return frame !== undefined;
  }

  /** Completes the trace with what is known. May be called again. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#reader.close();
    this.#trace?.finish();
  }

  /** What came since the last call; nothing if nothing came. */
  *takeChunks(): Generator<TraceChunk> {
    const builder = this.#trace?.builder;
    if (!builder) return;
    for (;;) {
      const chunk = builder.takeChunk();
      yield chunk;
      if (chunk.done || (!this.#isEnded && chunk.nowNs === builder.nowNs)) return;
    }
  }

  #hear(note: Note): void {
    switch (note.kind) {
      case 'definitions':
        for (const definition of note.definitions) this.#define(definition);
        break;
      case 'counts':
        this.#counts = note.counts;
        this.#mode = note.mode;
        break;
      case 'failed':
        this.#failure = note.message;
        break;
      case 'end':
        this.#endNote = note.end;
        break;
    }
  }

  #define(definition: Definition): void {
    this.#check.definition(definition);
    if (definition.kind === 'process') {
      this.#inside = definition.inside;
      this.#trace ??= new RecordingTrace(
        recordingHeader({
          ...this.#facts,
          mode: this.#mode,
          pythonVersion: definition.version,
          switchIntervalNs: definition.switchIntervalNs,
          inside: definition.inside,
          freeThreaded: definition.freeThreaded ?? false,
        }),
      );
    }
    this.#trace?.define(definition);
  }
}

/** Follows the recording in a file. Throws a `UserError` if it is none. */
export function followRecording(from: string | SpillSource, name: string): FollowedRecording {
  try {
    return new FollowedRecording(from, { name, cores: availableParallelism() });
  } catch (error) {
    throw error instanceof DamagedRecording ? new UserError(error.message) : error;
  }
}
