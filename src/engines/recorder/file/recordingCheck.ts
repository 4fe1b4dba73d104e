// Whether what a recording says of its threads, GILs and lines names only such as it has told of before, and its times
// are times. Whoever reads it after this may rely on it.

import { LANE_STATE_COUNT, LaneState } from '../../../core/model/lanes';
import { damaged } from './damagedRecording';
import { LOCK_NOT_ASKED, LookState, RECORD_WIDTH, RecordKind, type Definition } from './records';

type Kind = (typeof RecordKind)[keyof typeof RecordKind];

/** What a column of a row holds. */
type Column =
  | 'time'
  | 'ran'
  | 'process'
  | 'gil'
  | 'gilOrAll'
  | 'thread'
  | 'holder'
  | 'flag'
  | 'look'
  | 'laneState'
  | 'native'
  | 'lock'
  | 'lockHolder'
  | 'position'
  | 'count';

/** Columns 2 and following of each kind of row; kinds of later versions are not known, and left out by the reader. */
const COLUMNS: Readonly<Record<Kind, readonly Column[]>> = {
  [RecordKind.gil]: ['time', 'gil', 'holder', 'flag', 'count'],
  [RecordKind.look]: ['thread', 'look', 'position', 'time', 'ran'],
  [RecordKind.blind]: ['time', 'gilOrAll'],
  [RecordKind.threadEnded]: ['thread', 'time', 'time'],
  [RecordKind.processEnded]: ['process'],
  [RecordKind.tick]: [],
  [RecordKind.told]: ['thread', 'laneState', 'position'],
  [RecordKind.gilIsOn]: ['gil', 'flag'],
  [RecordKind.collecting]: ['gil', 'flag'],
  [RecordKind.cpu]: ['process', 'count', 'count', 'count'],
  [RecordKind.native]: ['native', 'count', 'time'],
  [RecordKind.nativeEnded]: ['native'],
  [RecordKind.lockWait]: ['thread', 'lock', 'lockHolder', 'count', 'time'],
  [RecordKind.lockWaitEnded]: ['thread', 'lock', 'time'],
};

const LAST_LOOK = Math.max(...Object.values(LookState));
/** A year: no recording is longer. */
const MOST_NS = 366 * 24 * 3600e9;
/** Rows of several threads may come this much out of order. */
const OUT_OF_ORDER_NS = 60e9;
/** As many as a kernel has numbers for them. */
const MOST_PROCESSES = 2 ** 22;
/** Kinds are small numbers. */
const MOST_KINDS = 256;

/** Counts what was told of, and throws a `DamagedRecording` at the first thing that cannot be. */
export class RecordingCheck {
  readonly #known = { process: 0, gil: 0, thread: 0, native: 0, lock: 0, position: 1 };
  #nowNs = 0;

  definition(definition: Definition): void {
    const { process, gil, thread } = this.#known;
    switch (definition.kind) {
      case 'gil':
        must(definition.process < process, 'a GIL of no process');
        break;
      case 'thread':
        must(definition.process < process && definition.gil < gil, 'a thread of no process or GIL');
        must(definition.sinceNs <= MOST_NS, 'a time');
        break;
      case 'native':
      case 'lock':
        must(definition.process < process, `a ${definition.kind} of no process`);
        break;
      case 'name':
      case 'loop':
        must(definition.thread < thread, `the ${definition.kind} of no thread`);
        return;
      case 'process':
        // One that ended before it could be opened has taken a number.
        must(definition.index >= process && definition.index < MOST_PROCESSES, 'a process');
        this.#known.process = definition.index + 1;
        return;
      case 'position':
    }
    must(definition.index === this.#known[definition.kind]++, 'the order of what is told of');
  }

  rows(rows: Float64Array): void {
    for (let at = 0; at + RECORD_WIDTH <= rows.length; at += RECORD_WIDTH) this.#row(rows, at);
  }

  #row(rows: Float64Array, at: number): void {
    const kind = rows[at];
    const timeNs = rows[at + 1];
    must(isCount(kind) && kind < MOST_KINDS, 'the kind of a row');
    must(isCount(timeNs) && timeNs <= MOST_NS && timeNs >= this.#nowNs - OUT_OF_ORDER_NS, 'a time');
    this.#nowNs = Math.max(this.#nowNs, timeNs);
    const columns = isKnownKind(kind) ? COLUMNS[kind] : [];
    for (let i = 0; i < columns.length; i++)
      must(this.#holds(columns[i], rows[at + 2 + i], timeNs), `a row: ${columns[i]}`);
  }

  #holds(column: Column, value: number, timeNs: number): boolean {
    const { process, gil, thread, native, lock, position } = this.#known;
    switch (column) {
      case 'ran':
        return Number.isSafeInteger(value) && value >= -2;
      case 'holder':
        return value === -1 || isBelow(value, thread);
      case 'look':
        return isBelow(value, LAST_LOOK + 1) && value > 0;
      case 'time':
        return isCount(value) && value <= Math.max(timeNs, this.#nowNs);
      case 'count':
        return isCount(value);
      case 'flag':
        return value === 0 || value === 1;
      case 'laneState':
        return isBelow(value, LANE_STATE_COUNT) && value !== LaneState.notStarted; // it has been met
      case 'process':
        return isBelow(value, process);
      case 'gil':
        return isBelow(value, gil);
      case 'gilOrAll':
        return isBelow(value, gil + 1);
      case 'thread':
        return isBelow(value, thread);
      case 'native':
        return isBelow(value, native);
      case 'lock':
        return isBelow(value, lock);
      case 'lockHolder':
        return value === -1 || value === LOCK_NOT_ASKED || isBelow(value, thread);
      case 'position':
        return isBelow(value, position);
    }
  }
}

function isKnownKind(kind: number): kind is Kind {
  return Object.hasOwn(COLUMNS, kind);
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function isBelow(value: number, count: number): boolean {
  return isCount(value) && value < count;
}

function must(holds: boolean, what: string): void {
  if (!holds) throw damaged(`${what} cannot be`);
}
