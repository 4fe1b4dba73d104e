// One lane of a recording: turns what was seen now and then into a partition of time.
//
// Two sources meet here. The GIL's rows say exactly when (within a read) a thread got or lost it. The looks say, a
// few times per millisecond to per 5 ms, what the thread was doing. Where a state begins is decided like this:
//   - running with the GIL: from the acquire to the loss, at the lines of the looks in between; a turn that no look met
//     has no line, unless it was short and the thread stood at the same line before and after;
//   - what a thread does after a loss: whatever the next look finds, from the loss on; but a look that comes late and
//     finds it waiting says little of the time before: it is taken to have slept first for as long as it usually does;
//   - a thread that slept at a look, and takes the GIL from one that had it, has waited: since a time in the middle;
//   - any other change: in the middle between two looks;
//   - a wait for the GIL ends only by taking it, so "running" right after "waiting" is still waiting;
//   - "running" without the GIL is believed after some milliseconds, because a thread that wakes up to take the GIL
//     looks the same; and only if it had a core for most of them, else it was ready and no core was free. A shorter
//     run is found when the thread sleeps again: its time with a core minus the time it held the GIL;
//   - where the sampler itself was blind, the state is unknown, unless it provably cannot have changed.

import { LaneState } from '../../../core/model/lanes';
import type { PositionIndex } from '../../../core/model/program';
import { ReleaseReason } from '../../../core/model/trace';
import type { Nanoseconds } from '../../../core/units';
import { LookState } from '../file/records';
import type { Look } from './look';
import {
  OffGilTime,
  ranIn,
  SHORTEST_RUN_NS,
  stateOfRun,
  stateOfWaking,
  TICK_NS,
  type Run,
} from './offGilTime';
import { DID_NOT_RUN } from '../system/threadFiles';
import { UsualSleep } from './usualSleep';

/** What is still open at the end of a lane. */
type Open =
  /** The last segment goes on. */
  | { readonly kind: 'nothing' }
  /** It has the GIL since `fromNs`; at which line, the next look tells. */
  | { readonly kind: 'turn'; readonly fromNs: Nanoseconds }
  /** It lost the GIL at `fromNs`; what it does since, the next look tells. */
  | {
      readonly kind: 'lost';
      readonly fromNs: Nanoseconds;
      readonly toOther: boolean;
      /** It had it for so long that others had asked for it: then it asks again at once. */
      readonly wasForced: boolean;
    }
  /** It slept, and was seen ready or running since about `fromNs`. */
  | { readonly kind: 'awake'; readonly fromNs: Nanoseconds }
  /** Not observed from `fromNs` to `toNs`; whether that matters, the next look tells. */
  | {
      readonly kind: 'blind';
      readonly fromNs: Nanoseconds;
      readonly toNs: Nanoseconds;
      /** Whether it was certain what the lane did when the blindness came. */
      readonly wasSure: boolean;
    };

const NOTHING: Open = { kind: 'nothing' };

/** A look that comes later than this after a loss may have missed something in between. */
const SOON_NS = 1.2e6;
/** Who waits for the GIL takes it within this time. */
const AT_ONCE_NS = 300e3;
/** A turn of this share of the switch interval was ended by those who waited. */
const FORCED_SHARE = 0.9;
const DEFAULT_SWITCH_INTERVAL_NS = 5e6;
/** In a longer turn that nobody looked at, much may have happened between two visits of one line. */
const SHORT_TURN_NS = 1e6;

/** What is known of an acquire. */
export interface Acquired {
  /** Time between the two reads that it lies between; 0: exact. */
  readonly gapNs: Nanoseconds;
  /** Since when another thread had the GIL, as far as that is certain, or the last sweep if it came later. */
  readonly busySinceNs?: Nanoseconds | undefined;
}

/** What is known of a loss. */
export interface Lost {
  /** Whether another thread has it now. */
  readonly toOther: boolean;
  readonly gapNs: Nanoseconds;
}

/** Where a tracker writes to. Times of one lane never go backwards and never repeat. */
export interface LaneSink {
  setState(timeNs: Nanoseconds, state: LaneState, position: PositionIndex): void;
  /** The thread began to wait for the GIL. */
  request(timeNs: Nanoseconds): void;
  /** Now it is known why the lane let go of the GIL last. */
  released(reason: ReleaseReason): void;
}

const SETTLED_STATE: Readonly<Partial<Record<number, LaneState>>> = {
  [LookState.waiting]: LaneState.waitingForGil,
  [LookState.lock]: LaneState.waitingForLock,
  [LookState.blocked]: LaneState.blocked,
  [LookState.idle]: LaneState.idle,
  [LookState.process]: LaneState.waitingForProcess,
};
const HOLDING: ReadonlySet<number> = new Set([
  LookState.holding,
  LookState.holdingBlocked,
  LookState.holdingStopped,
]);
/** Asleep for something else than the GIL. */
const ASLEEP: ReadonlySet<LaneState> = new Set([
  LaneState.blocked,
  LaneState.waitingForLock,
  LaneState.idle,
  LaneState.waitingForProcess,
]);

/** Keeps the open end of one lane. Call its methods in the order of the rows. */
export class LaneTracker {
  readonly #sink: LaneSink;
  readonly #switchIntervalNs: Nanoseconds;
  #open: Open = NOTHING;
  #state: LaneState = LaneState.notStarted;
  #position: PositionIndex = 0;
  #startNs: Nanoseconds = 0;
  /** When the last turn with the GIL began. */
  #turnNs: Nanoseconds = 0;
  #turnGapNs: Nanoseconds = 0;
  /** What the lane did after its last loss that was looked at soon. */
  #usualAfterLoss: LaneState | undefined;
  /** Hand-offs of its GIL while nobody looked. */
  #handOffsInBlind = 0;
  readonly #cpu = new OffGilTime();
  readonly #sleep = new UsualSleep();
  #run: Run | undefined;
  /** It has the GIL and no core: the lane shows the latter. */
  #isStopped = false;
  /** A turn that is over and was not looked at: what the thread does next may tell its line. */
  #unseenTurn: { readonly startNs: Nanoseconds; readonly lineBefore: PositionIndex } | undefined;
  /** The line of the first look since then. */
  #lineAfter: PositionIndex | undefined;

  constructor(sink: LaneSink, switchIntervalNs: Nanoseconds = DEFAULT_SWITCH_INTERVAL_NS) {
    this.#sink = sink;
    this.#switchIntervalNs = switchIntervalNs;
  }

  get isFinished(): boolean {
    return this.#state === LaneState.finished;
  }

  get isOpen(): boolean {
    return this.#open.kind !== 'nothing';
  }

  /** The thread exists from here on. */
  begin(timeNs: Nanoseconds): void {
    this.#push(timeNs, LaneState.starting, 0);
  }

  acquired(timeNs: Nanoseconds, { gapNs, busySinceNs }: Acquired = { gapNs: 0 }): void {
    const open = this.#open;
    const run = this.#run;
    this.#run = undefined;
    switch (open.kind) {
      case 'turn':
        return;
      case 'lost':
        this.#settleLoss(open, this.#guessAfterLoss(open, run));
        break;
      case 'awake':
        this.#push(open.fromNs, run ? stateOfWaking(run) : LaneState.waitingForGil, this.#position);
        break;
      case 'blind':
        this.#push(open.fromNs, LaneState.unknown, this.#position);
        break;
      case 'nothing':
        if (this.#state === LaneState.runningWithGil) return;
        if (busySinceNs !== undefined) this.#insertWait(busySinceNs, timeNs);
    }
    this.#open = { kind: 'turn', fromNs: timeNs };
    this.#turnNs = timeNs;
    this.#turnGapNs = gapNs;
  }

  lost(timeNs: Nanoseconds, { toOther, gapNs }: Lost): void {
    if (this.#open.kind === 'turn') this.#endTurn(this.#open.fromNs);
    if (this.#state === LaneState.runningWithGil) {
      const doubtNs = (this.#turnGapNs + gapNs) / 2;
      this.#cpu.held({ fromNs: this.#turnNs, toNs: timeNs, doubtNs });
    }
    if (this.#open.kind === 'blind') {
      this.#handOffsInBlind++;
      this.#sink.released(toOther ? ReleaseReason.forced : ReleaseReason.blocking);
    } else if (this.#state === LaneState.runningWithGil && this.#open.kind === 'nothing') {
      this.#open = { kind: 'lost', fromNs: timeNs, toOther, wasForced: false };
      if (toOther) this.takenOver(timeNs);
    } else this.#sink.released(reasonFor(this.#state, toOther));
  }

  /** Another thread has the GIL that this one has lost. At once, after a long turn: it was made to let go. */
  takenOver(timeNs: Nanoseconds): void {
    const open = this.#open;
    if (open.kind !== 'lost' || timeNs - open.fromNs > AT_ONCE_NS) return;
    const turnNs = open.fromNs - this.#turnNs;
    const wasForced = turnNs >= FORCED_SHARE * this.#switchIntervalNs;
    this.#open = { ...open, toOther: true, wasForced };
  }

  /** Nobody looked from `fromNs` to `toNs`. */
  blind(fromNs: Nanoseconds, toNs: Nanoseconds): void {
    if (this.isFinished) return;
    const open = this.#open;
    if (open.kind === 'turn') this.#endTurn(open.fromNs);
    if (open.kind === 'lost') this.#sink.released(reasonFor(LaneState.unknown, open.toOther));
    const isEarlier = open.kind === 'lost' || open.kind === 'awake' || open.kind === 'blind';
    this.#cpu.wasBlind();
    if (open.kind !== 'blind') this.#handOffsInBlind = open.kind === 'lost' ? 1 : 0;
    const wasSure = open.kind === 'blind' ? open.wasSure : !isEarlier;
    this.#open = { kind: 'blind', fromNs: isEarlier ? open.fromNs : fromNs, toNs, wasSure };
  }

  /** Its GIL changed hands this often while nobody looked. */
  handOffsWhileBlind(count: number): void {
    if (this.#open.kind === 'blind') this.#handOffsInBlind += count;
  }

  look(look: Look): void {
    if (this.isFinished) return;
    this.#lineAfter ??= look.position;
    this.#cpu.looked(look);
    if (this.#open.kind === 'blind') this.#endBlind(this.#open, look);
    if (look.state === LookState.running || look.state === LookState.runningSurely) {
      this.#lookAtRunning(look);
      return;
    }
    const state = SETTLED_STATE[look.state];
    if (look.state === LookState.holdingStopped) this.#lookAtStopped(look);
    else if (state === undefined) this.#lookAtHolder(look);
    else {
      this.#lookAtSettled(look, state);
      this.#cpu.asleep(look.timeNs);
    }
    this.#run = undefined;
  }

  /** Somebody else has worked out what the lane does from here on. */
  told(timeNs: Nanoseconds, state: LaneState, position: PositionIndex): void {
    if (this.isFinished || (state === this.#state && position === this.#position)) return;
    if (this.#state === LaneState.runningWithGil && state !== this.#state)
      this.#sink.released(reasonFor(state, false));
    this.#open = NOTHING;
    this.#push(timeNs, state, position);
  }

  ended(timeNs: Nanoseconds, lastLookNs: Nanoseconds): void {
    if (this.isFinished) return;
    const open = this.#open;
    const endNs = Math.round((timeNs + Math.max(lastLookNs, this.#startNs)) / 2);
    if (open.kind === 'turn') this.#endTurn(open.fromNs);
    if (open.kind === 'lost') {
      this.#sink.released(ReleaseReason.end);
      this.#push(open.fromNs, LaneState.finished, 0);
    } else this.#push(Math.max(endNs, this.#startNs), LaneState.finished, 0);
    this.#open = NOTHING;
  }

  /** The recording is over: whatever is open becomes what it most likely was. */
  settle(): void {
    const open = this.#open;
    if (open.kind === 'turn') this.#endTurn(open.fromNs);
    else if (open.kind === 'lost') this.#settleLoss(open, this.#guessAfterLoss(open, this.#run));
    else if (open.kind === 'awake')
      this.#push(open.fromNs, LaneState.runningWithoutGil, this.#position);
    else if (open.kind === 'blind') this.#push(open.fromNs, LaneState.unknown, this.#position);
    this.#open = NOTHING;
    this.#writeUnseenTurn(Infinity);
  }

  #lookAtHolder(look: Look): void {
    const { timeNs, position } = look;
    const open = this.#open;
    if (open.kind === 'turn') {
      this.#push(open.fromNs, LaneState.runningWithGil, position);
    } else if (this.#state === LaneState.runningWithGil && open.kind === 'nothing') {
      if (position !== this.#position || this.#isStopped)
        this.#push(this.#middle(look), this.#state, position);
    } else {
      this.acquired(this.#middle(look));
      this.#push(
        Math.max(this.#startNs, Math.min(this.#middle(look), timeNs)),
        LaneState.runningWithGil,
        position,
      );
    }
    this.#open = NOTHING;
  }

  /** It keeps the GIL, but is kept from running: since the last tick at which it may have run. */
  #lookAtStopped(look: Look): void {
    if (this.#open.kind !== 'nothing' || this.#state !== LaneState.runningWithGil)
      this.#lookAtHolder({ ...look, previousNs: look.timeNs });
    if (this.#isStopped) return;
    const fromNs = Math.max(look.previousNs + TICK_NS, this.#startNs + 1);
    if (fromNs >= look.timeNs) return;
    this.#begin(fromNs, LaneState.runningWithGil);
    this.#isStopped = true;
    this.#sink.setState(fromNs, LaneState.ready, look.position);
  }

  #lookAtSettled(look: Look, state: LaneState): void {
    const open = this.#open;
    switch (open.kind) {
      case 'lost':
      case 'awake':
        this.#endRun(open, look, state);
        return;
      case 'turn':
        // The GIL changed hands too fast for all of it to be written down.
        this.#endTurn(open.fromNs);
        this.#change(look, state);
        break;
      default:
        this.#change(look, state);
        this.#insertRun(look, state);
    }
    this.#open = NOTHING;
  }

  /** It slept at the look before and sleeps now, but computed in between: somewhere in the middle, it is taken. */
  #insertRun(look: Look, state: LaneState): void {
    const fromNs = Math.max(look.previousNs, this.#startNs);
    const ranNs = Math.min(this.#cpu.offGilNs, look.timeNs - fromNs);
    if (ranNs <= 0) return;
    const startNs = Math.round((fromNs + look.timeNs - ranNs) / 2);
    this.#push(startNs, LaneState.runningWithoutGil, look.position);
    this.#push(startNs + ranNs, state, look.position);
  }

  /** It sleeps now. How long it ran without the GIL before, its time with a core tells. */
  #endRun(open: Open & { kind: 'lost' | 'awake' }, look: Look, state: LaneState): void {
    const ranNs = Math.min(this.#cpu.offGilNs, look.timeNs - open.fromNs);
    this.#position = look.position;
    this.#open = NOTHING;
    if (ranNs > 0) {
      if (open.kind === 'lost') this.#settleLoss(open, LaneState.runningWithoutGil);
      else this.#push(open.fromNs, LaneState.runningWithoutGil, look.position);
      this.#push(open.fromNs + ranNs, state, look.position);
    } else if (open.kind === 'lost') this.#endLoss(open, look, state);
    // It woke to take the GIL, or, if it sleeps again as before, for something of no length.
    else if (state === LaneState.waitingForGil) this.#push(open.fromNs, state, look.position);
    else this.#change(look, state);
  }

  /** Between a loss and a look that finds it waiting it may have slept: for as long as it usually does. */
  #endLoss(open: Open & { kind: 'lost' }, look: Look, state: LaneState): void {
    const afterNs = look.timeNs - open.fromNs;
    if (open.wasForced) {
      this.#settleLoss(open, state);
      return;
    }
    if (afterNs <= SOON_NS) this.#usualAfterLoss = state;
    const sleptNs = state === LaneState.waitingForGil ? this.#sleep.before(afterNs) : 0;
    this.#sleep.found(state, afterNs);
    this.#settleLoss(open, sleptNs > 0 ? this.#sleep.state : state);
    if (sleptNs > 0) this.#push(open.fromNs + sleptNs, state, look.position);
  }

  /** It slept when it was looked at last, and took the GIL from one that had it: who waits asks after the interval. */
  #insertWait(busySinceNs: Nanoseconds, timeNs: Nanoseconds): void {
    if (!ASLEEP.has(this.#state)) return;
    const middleNs = Math.round((Math.max(busySinceNs, this.#startNs) + timeNs) / 2);
    const fromNs = Math.max(middleNs, timeNs - this.#switchIntervalNs);
    if (fromNs < timeNs) this.#push(fromNs, LaneState.waitingForGil, this.#position);
  }

  #lookAtRunning(look: Look): void {
    const open = this.#open;
    const isWaiting = this.#state === LaneState.waitingForGil && open.kind === 'nothing';
    // Who had the GIL in a turn that nobody saw has hardly run before it waits again.
    const hasHardlyRun = ranIn(look) < SHORTEST_RUN_NS;
    const isStillWaiting = isWaiting && (look.missedHandOffs === 0 || hasHardlyRun);
    if (isStillWaiting && look.state === LookState.running) return;
    const isHolding = this.#state === LaneState.runningWithGil && open.kind === 'nothing';
    if (isHolding || open.kind === 'turn' || open.kind === 'blind') return;
    const run = this.#run;
    this.#run = run
      ? { ...run, lastNs: look.timeNs, ranNs: run.ranNs + ranIn(look) }
      : { sinceNs: look.timeNs, lastNs: look.timeNs, ranNs: 0 };
    const isRunning =
      this.#state === LaneState.runningWithoutGil || this.#state === LaneState.ready;
    if (open.kind === 'nothing' && !isRunning) {
      this.#open = { kind: 'awake', fromNs: this.#middle(look) };
    }
    if (open.kind !== 'nothing' || !isRunning) this.#position = look.position;
    if (look.timeNs - this.#run.sinceNs >= 2 * TICK_NS) this.#confirmRun(this.#run, look);
  }

  /** It was ready or running for a while: which of the two, its time with a core tells. */
  #confirmRun(run: Run, look: Look): void {
    const state = stateOfRun(run);
    const open = this.#open;
    if (open.kind === 'lost') this.#settleLoss(open, state);
    else if (open.kind === 'awake') this.#push(open.fromNs, state, look.position);
    else if (state !== this.#state || look.position !== this.#position) {
      this.#push(run.sinceNs, state, look.position);
    }
    this.#open = NOTHING;
    this.#run = { sinceNs: look.timeNs, lastNs: look.timeNs, ranNs: 0 };
  }

  #endBlind(open: Open & { kind: 'blind' }, look: Look): void {
    this.#open = NOTHING;
    const state = SETTLED_STATE[look.state];
    const isHolding = HOLDING.has(look.state);
    // Who waited before and after has waited all along unless the GIL went round in between; the same for holding.
    const cannotHaveChanged =
      look.ranNs === DID_NOT_RUN ||
      (this.#state === LaneState.waitingForGil &&
        state === this.#state &&
        this.#handOffsInBlind <= 1) ||
      (this.#state === LaneState.runningWithGil && isHolding && this.#handOffsInBlind === 0);
    if (open.wasSure && cannotHaveChanged) return;
    this.#push(open.fromNs, LaneState.unknown, this.#position);
    if (isHolding) this.#open = { kind: 'turn', fromNs: open.toNs };
    else if (state !== undefined) this.#push(open.toNs, state, look.position);
    else this.#open = { kind: 'awake', fromNs: open.toNs };
  }

  /** From the middle between two looks on the lane is in another state or at another line. */
  #change(look: Look, state: LaneState): void {
    if (state === this.#state && look.position === this.#position) return;
    const isFirst = this.#state === LaneState.starting;
    const timeNs = isFirst ? look.timeNs : this.#middle(look);
    this.#push(timeNs, state, look.position);
  }

  #middle(look: Look): Nanoseconds {
    return Math.round((Math.max(look.previousNs, this.#startNs) + look.timeNs) / 2);
  }

  /** Nobody looked at this turn. Where the thread stood before is where it waited, not what it held the GIL for. */
  #endTurn(fromNs: Nanoseconds): void {
    const startNs = this.#begin(fromNs, LaneState.runningWithGil);
    this.#unseenTurn = { startNs, lineBefore: this.#position };
    this.#lineAfter = undefined;
    this.#open = NOTHING;
  }

  #writeUnseenTurn(endNs: Nanoseconds): void {
    const turn = this.#unseenTurn;
    if (!turn) return;
    this.#unseenTurn = undefined;
    const isShort = endNs - turn.startNs <= SHORT_TURN_NS;
    const line = isShort && this.#lineAfter === turn.lineBefore ? turn.lineBefore : 0;
    this.#sink.setState(turn.startNs, LaneState.runningWithGil, line);
  }

  #settleLoss(open: Open & { kind: 'lost' }, state: LaneState): void {
    this.#open = NOTHING;
    this.#sink.released(reasonFor(state, open.toOther));
    this.#push(open.fromNs, state, this.#position);
  }

  /** It lost the GIL and got it again before anybody looked. */
  #guessAfterLoss(open: Open & { kind: 'lost' }, run: Run | undefined): LaneState {
    if (open.wasForced && !run?.ranNs) return LaneState.waitingForGil;
    if (run && run.lastNs - run.sinceNs >= TICK_NS) return stateOfRun(run);
    const usuallyRuns = this.#usualAfterLoss === LaneState.runningWithoutGil;
    if (run && (usuallyRuns || !open.toOther)) return LaneState.runningWithoutGil;
    return this.#usualAfterLoss ?? (open.toOther ? LaneState.waitingForGil : LaneState.blocked);
  }

  #push(timeNs: Nanoseconds, state: LaneState, position: PositionIndex): void {
    const startNs = this.#begin(timeNs, state);
    this.#position = position;
    this.#sink.setState(startNs, state, position);
  }

  /** A new segment begins, a little after the one before if need be. */
  #begin(timeNs: Nanoseconds, state: LaneState): Nanoseconds {
    const startNs =
      this.#state === LaneState.notStarted ? timeNs : Math.max(timeNs, this.#startNs + 1);
    this.#writeUnseenTurn(startNs);
    if (state === LaneState.waitingForGil && this.#state !== state) this.#sink.request(startNs);
    this.#startNs = startNs;
    this.#state = state;
    this.#isStopped = false;
    return startNs;
  }
}

function reasonFor(state: LaneState, toOther: boolean): ReleaseReason {
  switch (state) {
    case LaneState.waitingForGil:
      return ReleaseReason.forced;
    case LaneState.runningWithoutGil:
      return ReleaseReason.call;
    case LaneState.finished:
      return ReleaseReason.end;
    case LaneState.unknown:
      return toOther ? ReleaseReason.forced : ReleaseReason.blocking;
    default:
      return ReleaseReason.blocking;
  }
}
