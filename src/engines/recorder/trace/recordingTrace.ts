// From the sampler's rows to a trace, while they come in.

import { LANE_STATE_COUNT, LaneState } from '../../../core/model/lanes';
import type { Mark } from '../../../core/model/mark';
import type { PositionIndex } from '../../../core/model/program';
import { EventKind, ReleaseReason, type TraceHeader } from '../../../core/model/trace';
import { TraceBuilder } from '../../../core/model/traceBuilder';
import { runtimeOfBuild } from '../../../core/worlds/runtimes';
import type { Nanoseconds } from '../../../core/units';
import { LaneTracker, type Acquired, type LaneSink, type Lost } from './laneTracker';
import { LockEventQueue, type PendingEvent } from './lockEvents';
import { ThreadNames } from './laneNames';
import { MeasuredProcesses } from './measuredProcesses';
import { NativeLane } from './nativeLane';
import { isLockAsked, RecordedLocks } from './recordedLocks';
import { pacingOf, type RecordingMode } from '../file/modes';
import { LookState, RECORD_WIDTH, RecordKind, type Definition } from '../file/records';

/** Events are kept back this long: a few looks, so that the reason of a release is known. */
const HOLD_BACK_NS = 50e6;

export interface RecordingFacts {
  /** What was recorded: a file's name or `process 1234`. */
  readonly name: string;
  readonly cores: number;
  readonly mode: RecordingMode;
  readonly pythonVersion: string;
  readonly switchIntervalNs: Nanoseconds;
  /** How it was recorded from inside of the program, if it was. */
  readonly inside?: 'probe' | 'events' | undefined;
  readonly freeThreaded?: boolean;
}

/** What is said about a recording before its first event. */
export function recordingHeader(facts: RecordingFacts): TraceHeader {
  const { periodNs, sweepNs } = pacingOf(facts.mode);
  const { inside } = facts;
  return {
    engine: 'recorded',
    runtime: runtimeOfBuild(facts.pythonVersion, facts.freeThreaded === true).name,
    title: `Recorded: ${facts.name}`,
    subtitle: `Python ${facts.pythonVersion}${facts.freeThreaded ? ' free-threaded' : ''}, ${inside ? INSIDE_WORDS[inside] : `${facts.mode} mode`}`,
    cores: facts.cores,
    switchIntervalNs: facts.switchIntervalNs,
    certainty: inside
      ? insideCertainty(inside)
      : {
          states: { kind: 'sampled', intervalNs: sweepNs },
          // Reading without pause still takes about 2 µs each time.
          handOffs: { kind: 'sampled', intervalNs: Math.max(periodNs, 2000) },
          lines: { kind: 'sampled', intervalNs: sweepNs },
        },
  };
}

const INSIDE_WORDS = {
  probe: 'estimated from inside',
  events: 'from inside by events, which slow it',
} as const;

function insideCertainty(inside: 'probe' | 'events'): TraceHeader['certainty'] {
  const how = 'a thread in the program looks every 10 ms';
  return {
    states: { kind: 'estimated', how },
    handOffs: {
      kind: 'estimated',
      how: inside === 'events' ? 'which thread ran Python code when' : how,
    },
    lines: { kind: 'sampled', intervalNs: 10e6 },
  };
}

function isLaneState(value: number): value is LaneState {
  return Number.isInteger(value) && value >= 0 && value < LANE_STATE_COUNT;
}
const EXACTLY: Acquired = { gapNs: 0 };
const BY_ITSELF: Lost = { toOther: false, gapNs: 0 };

type ThreadDefinition = Extract<Definition, { kind: 'thread' }>;

/** A thread of the recording, and its lane once its name is known. */
class RecordedLane implements LaneSink {
  readonly tracker: LaneTracker;
  readonly definition: ThreadDefinition;
  readonly gil: RecordedGil;
  readonly #trace: RecordingTrace;
  /** What happened before the lane could be added. */
  #early: { timeNs: Nanoseconds; state: LaneState; position: PositionIndex }[] = [];
  #lane: number | undefined;
  /** Missed hand-offs of its GIL at the last look. */
  missedBefore = 0;
  /** The release whose reason the next look tells. */
  openRelease: { reason: ReleaseReason | undefined } | undefined;
  isTurnMarked = false;

  constructor(definition: ThreadDefinition, gil: RecordedGil, trace: RecordingTrace) {
    this.definition = definition;
    this.gil = gil;
    this.#trace = trace;
    this.tracker = new LaneTracker(this, trace.builder.header.switchIntervalNs);
    // The main thread of the program itself is starting from the moment the recording begins.
    const isFirst = definition.isMain && definition.process === 0;
    this.tracker.begin(isFirst ? 0 : definition.sinceNs);
  }

  /** Index in the trace. */
  get lane(): number | undefined {
    return this.#lane;
  }

  get isNamed(): boolean {
    return this.#lane !== undefined;
  }

  name(name: string): void {
    if (this.#lane !== undefined) return;
    const { process, interpreter, isMain } = this.definition;
    const { builder } = this.#trace;
    this.#lane = builder.addLane({ name, process, interpreter, gil: this.gil.lock, main: isMain });
    for (const { timeNs, state, position } of this.#early) {
      builder.setState(this.#lane, timeNs, state, position);
    }
    this.#early = [];
  }

  setState(timeNs: Nanoseconds, told: LaneState, position: PositionIndex): void {
    const state = this.#trace.measured.causeOf(told, this.definition.process);
    if (this.#lane === undefined) this.#early.push({ timeNs, state, position });
    else this.#trace.builder.setState(this.#lane, timeNs, state, position);
  }

  request(timeNs: Nanoseconds): void {
    this.#trace.addEvent(this, { timeNs, kind: EventKind.request, argument: () => 0 });
  }

  released(reason: ReleaseReason): void {
    if (this.openRelease) this.openRelease.reason = reason;
    this.openRelease = undefined;
  }
}

/** A GIL of the recording. */
interface RecordedGil {
  readonly lock: number;
  /** Who has it; undefined while it is free. */
  holder: RecordedLane | undefined;
  lastHolder: RecordedLane | undefined;
  /** Who collects garbage at the moment. */
  collector: RecordedLane | undefined;
  /** When the holder's turn began. */
  turnNs: Nanoseconds;
  /** When any of its threads was looked at last, as far as that was written down. */
  lastLookNs: Nanoseconds;
  /** Hand-offs that lie between two reads, before the last of each. */
  missed: number;
  /** Hand-offs that are drawn and not counted yet: CPython writes the holder before it counts. */
  uncounted: number;
  readonly lanes: RecordedLane[];
}

/** Grows a trace out of definitions and rows. Its maker feeds it in order and calls `finish` once. */
export class RecordingTrace {
  readonly builder: TraceBuilder;
  readonly measured: MeasuredProcesses;
  readonly #events: LockEventQueue;
  readonly #lanes: RecordedLane[] = [];
  readonly #gils: RecordedGil[] = [];
  readonly #native: NativeLane[] = [];
  readonly #names = new ThreadNames();
  readonly #locks: RecordedLocks;
  #nowNs: Nanoseconds = 0;
  #blind: { fromNs: Nanoseconds; toNs: Nanoseconds } = { fromNs: -1, toNs: -1 };

  constructor(header: TraceHeader) {
    this.builder = new TraceBuilder(header);
    this.measured = new MeasuredProcesses(this.builder);
    this.#events = new LockEventQueue(event => this.builder.addEvent(event));
    this.#locks = new RecordedLocks({
      addLock: info => this.builder.addLock(info),
      addEvent: event => this.#events.add(event),
    });
  }

  addEvent(lane: RecordedLane, event: Omit<PendingEvent, 'lane' | 'lock'>): void {
    this.#events.add({ ...event, lane: () => lane.lane, lock: lane.gil.lock });
  }

  define(definition: Definition): void {
    switch (definition.kind) {
      case 'process':
        this.measured.define(definition);
        break;
      case 'native':
        this.#native[definition.index] = new NativeLane(definition, this.builder);
        break;
      case 'gil':
        this.#gils[definition.index] = {
          lock: this.builder.addLock({ name: gilName(definition), kind: 'gil' }),
          holder: undefined,
          lastHolder: undefined,
          collector: undefined,
          turnNs: 0,
          lastLookNs: 0,
          missed: 0,
          uncounted: 0,
          lanes: [],
        };
        break;
      case 'thread': {
        const gil = this.#gils[definition.gil];
        const lane = new RecordedLane(definition, gil, this);
        gil.lanes.push(lane);
        this.#lanes[definition.index] = lane;
        break;
      }
      case 'lock':
        this.#locks.define(definition);
        break;
      case 'name':
        this.#name(this.#lanes[definition.thread], definition.name);
        break;
      case 'loop':
        this.#mark(this.#lanes[definition.thread], this.#nowNs, RUNS_EVENT_LOOP);
        break;
      case 'position': {
        const { file, line, functionName } = definition;
        this.builder.addPosition({ file, line, functionName });
      }
    }
  }

  #name(lane: RecordedLane, name: string): void {
    if (!lane.isNamed) lane.name(this.#names.unique(lane.definition.process, name));
  }

  addRows(rows: Float64Array): void {
    for (let at = 0; at + RECORD_WIDTH <= rows.length; at += RECORD_WIDTH) {
      this.#addRow(rows.subarray(at, at + RECORD_WIDTH));
    }
    this.#events.flush(this.#nowNs - HOLD_BACK_NS);
    this.builder.advanceTo(this.#nowNs);
  }

  /** Ends the trace with what is known. */
  finish(): void {
    for (const lane of this.#lanes) {
      lane.tracker.settle();
      if (!lane.isNamed) this.#name(lane, `thread ${lane.definition.nativeId}`);
      lane.openRelease = undefined;
    }
    this.#events.flush(Infinity);
    this.builder.finish(this.#nowNs);
  }

  #addRow(row: Float64Array): void {
    const [kind, timeNs] = row;
    this.#nowNs = Math.max(this.#nowNs, timeNs);
    switch (kind) {
      case RecordKind.gil:
        this.#gilChanged(row);
        break;
      case RecordKind.look:
        this.#looked(row);
        break;
      case RecordKind.blind:
        if (row[3] === 0) this.#wasBlind(row[2], timeNs);
        break;
      case RecordKind.told:
        this.#wasTold(this.#lanes[row[2]], timeNs, { state: row[3], position: row[4] });
        break;
      case RecordKind.gilIsOn:
        this.#gilIsOn(this.#gils[row[2]], timeNs, row[3] === 1);
        break;
      case RecordKind.collecting:
        this.#collects(this.#gils[row[2]], timeNs, row[3] === 1);
        break;
      case RecordKind.lockWait:
        this.#waitsForLock(row);
        break;
      case RecordKind.lockWaitEnded:
        this.#locks.ended(row[3], this.#lanes[row[2]], { beforeNs: row[4], timeNs });
        break;
      case RecordKind.cpu:
        this.measured.measured(row);
        break;
      case RecordKind.native:
        this.#native[row[2]].looked(row[4], timeNs, row[3]);
        break;
      case RecordKind.nativeEnded:
        this.#native[row[2]].ended(timeNs);
        break;
      case RecordKind.threadEnded:
        this.#threadEnded(this.#lanes[row[2]], row[4], row[3]);
        break;
    }
  }

  #waitsForLock(row: Float64Array): void {
    const [, timeNs, thread, lock, holder, unseen, sinceNs] = row;
    const known = holder < 0 ? undefined : this.#lanes[holder];
    const told = { timeNs, sinceNs, holder: known, isAsked: isLockAsked(row), unseen };
    this.#locks.waits(lock, this.#lanes[thread], told);
  }

  #gilChanged(row: Float64Array): void {
    const [, timeNs, previousNs, index, holderIndex, locked, switches] = row;
    const gil = this.#gils[index];
    gil.missed += Math.max(0, switches - 1);
    const wasBlind = previousNs < this.#blind.toNs && timeNs >= this.#blind.toNs;
    const holder = holderIndex < 0 ? undefined : this.#lanes[holderIndex];
    const next = locked === 1 ? holder : undefined;
    const isDrawn =
      holder !== undefined && gil.lastHolder !== undefined && holder !== gil.lastHolder;
    this.#countUndrawn(gil, switches - (isDrawn ? 1 : 0));
    // The change lies between two reads: in the middle, or, if the sampler slept meanwhile, at both ends.
    const middleNs = Math.round((previousNs + timeNs) / 2);
    if (wasBlind) for (const lane of gil.lanes) lane.tracker.handOffsWhileBlind(switches);
    const gapNs = timeNs - previousNs;
    const isHandedOn = gil.holder !== next || switches > 0;
    const isTaken = gil.holder !== undefined && gil.holder !== holder;
    const busySinceNs = isTaken ? Math.max(gil.turnNs, gil.lastLookNs) : undefined;
    if (gil.holder && isHandedOn)
      this.#release(gil, wasBlind ? previousNs : middleNs, { toOther: switches > 0, gapNs });
    const known = { gapNs, busySinceNs };
    if (next && isHandedOn) this.#acquire(gil, next, wasBlind ? timeNs : middleNs, known);
    // Taken and given back between two reads: of that turn only the name is left.
    if (holder && !next && switches > 0) {
      this.#acquire(gil, holder, middleNs, known);
      this.#release(gil, middleNs, { toOther: false, gapNs });
    }
    if (holder) gil.lastHolder = holder;
  }

  /** Every hand-off that CPython counted is drawn or counted as dropped: from A to B and back to A is two dropped. */
  #countUndrawn(gil: RecordedGil, count: number): void {
    const dropped = count - gil.uncounted;
    gil.uncounted = Math.max(0, -dropped);
    this.builder.countDropped(Math.max(0, dropped));
  }

  #release(gil: RecordedGil, timeNs: Nanoseconds, loss: Lost): void {
    const lane = gil.holder;
    if (!lane) return;
    gil.holder = undefined;
    lane.isTurnMarked = false;
    lane.released(ReleaseReason.blocking); // in case nobody has told of the one before
    const release: { reason: ReleaseReason | undefined } = { reason: undefined };
    lane.openRelease = release;
    const argument = (): number | undefined => release.reason;
    this.addEvent(lane, { timeNs, kind: EventKind.release, argument });
    lane.tracker.lost(timeNs, loss);
    if (lane.definition.standsForMany) {
      lane.tracker.blind(timeNs, timeNs);
      lane.tracker.settle();
    }
  }

  #acquire(
    gil: RecordedGil,
    lane: RecordedLane,
    timeNs: Nanoseconds,
    known: Acquired = EXACTLY,
  ): void {
    const before = gil.lastHolder;
    gil.holder = lane;
    gil.turnNs = timeNs;
    const argument = (): number | undefined =>
      before === undefined ? 0 : before.lane === undefined ? undefined : before.lane + 1;
    this.addEvent(lane, { timeNs, kind: EventKind.acquire, argument });
    if (before && before !== lane) before.tracker.takenOver(timeNs);
    lane.tracker.acquired(timeNs, known);
  }

  #looked(row: Float64Array): void {
    const [, timeNs, index, state, position, previousNs, ranNs] = row;
    const lane = this.#lanes[index];
    lane.gil.lastLookNs = timeNs;
    const missedHandOffs = lane.gil.missed - lane.missedBefore;
    lane.missedBefore = lane.gil.missed;
    lane.tracker.look({
      timeNs,
      state,
      position,
      previousNs,
      ranNs,
      missedHandOffs,
    });
    if (state === LookState.holdingBlocked && !lane.isTurnMarked) this.#markSleeper(lane, timeNs);
  }

  /** Of estimated states, the turns are the events of the GIL. */
  #wasTold(lane: RecordedLane, timeNs: number, told: { state: number; position: number }): void {
    const { gil } = lane;
    if (!isLaneState(told.state)) return;
    const holds = told.state === LaneState.runningWithGil;
    if (gil.holder && (gil.holder === lane ? !holds : holds)) {
      const loser = gil.holder;
      this.#release(gil, timeNs, BY_ITSELF);
      if (loser !== lane) loser.tracker.settle();
    }
    if (holds && !gil.holder) this.#acquire(gil, lane, timeNs);
    lane.tracker.told(timeNs, told.state, told.position);
    if (holds) gil.lastHolder = lane;
  }

  /** C code that sleeps with the GIL is worth a mark: nobody else can run meanwhile. */
  #markSleeper(lane: RecordedLane, timeNs: Nanoseconds): void {
    lane.isTurnMarked = true;
    this.#mark(lane, timeNs, SLEEPS_WITH_GIL);
  }

  /** Whoever has the GIL now, else whoever had it last, is the one that collects. */
  #collects(gil: RecordedGil, timeNs: Nanoseconds, isOver: boolean): void {
    const lane = isOver ? gil.collector : (gil.holder ?? gil.lastHolder);
    if (lane) this.#mark(lane, timeNs, isOver ? HAS_COLLECTED : COLLECTS_GARBAGE);
    gil.collector = isOver ? undefined : lane;
  }

  #mark(lane: RecordedLane, timeNs: Nanoseconds, what: Mark): void {
    const known = this.builder.marks.indexOf(what);
    const mark = known >= 0 ? known : this.builder.addMark(what);
    this.addEvent(lane, { timeNs, kind: EventKind.mark, argument: () => mark });
  }

  /** The mark stands at whoever imports: the thread that has the GIL now, else the first one. */
  #gilIsOn(gil: RecordedGil, timeNs: Nanoseconds, fromStart: boolean): void {
    const lane = gil.holder ?? gil.lastHolder ?? gil.lanes.at(0);
    if (!lane) return;
    this.#mark(lane, timeNs, fromStart ? GIL_WAS_ON : GIL_CAME_BACK);
  }

  #wasBlind(fromNs: Nanoseconds, toNs: Nanoseconds): void {
    this.#blind = { fromNs, toNs };
    for (const lane of this.#lanes) lane.tracker.blind(fromNs, toNs);
  }

  #threadEnded(lane: RecordedLane, missingNs: Nanoseconds, lastLookNs: Nanoseconds): void {
    if (lane.gil.holder === lane) this.#release(lane.gil, missingNs, BY_ITSELF);
    this.#locks.gone(lane, missingNs);
    lane.tracker.ended(missingNs, lastLookNs);
  }
}

const GIL_WAS_ON: Mark = {
  kind: 'gil-on',
  text: 'The GIL of this free-threaded build was on from the start (PYTHON_GIL=1 or -X gil=1).',
};
const GIL_CAME_BACK: Mark = {
  kind: 'gil-on',
  text: 'The GIL came back here: an extension was imported that does not support running without it.',
};
const COLLECTS_GARBAGE: Mark = {
  kind: 'collection',
  text: 'collects garbage (sampled: short collections are not seen)',
};
const HAS_COLLECTED: Mark = { kind: 'collected', text: 'has collected garbage' };
const RUNS_EVENT_LOOP: Mark = { kind: 'event-loop', text: 'runs an event loop' };
const SLEEPS_WITH_GIL: Mark = {
  kind: 'sleeps-with-gil',
  text: 'waits in a system call and keeps the GIL',
};

function gilName(definition: Extract<Definition, { kind: 'gil' }>): string {
  const { process, interpreter } = definition;
  const where = process === 0 ? '' : ` of process ${process}`;
  return interpreter === 0 ? `GIL${where}` : `GIL of interpreter ${interpreter}${where}`;
}
