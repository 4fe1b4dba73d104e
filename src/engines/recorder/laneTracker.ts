// One lane of a recording: turns what was seen now and then into a partition of time.
//
// Two sources meet here. The GIL's rows say exactly when (within a read) a thread got or lost it. The looks say, a
// few times per millisecond to per 5 ms, what the thread was doing. Where a state begins is decided like this:
//   - running with the GIL: from the acquire to the loss;
//   - what a thread does after a loss: whatever the next look finds, from the loss on;
//   - any other change: in the middle between two looks;
//   - a wait for the GIL ends only by taking it, so "running" right after "waiting" is still waiting;
//   - "running" without the GIL is believed at the second look in a row, because a thread that wakes up to take the
//     GIL looks the same for some microseconds;
//   - where the sampler itself was blind, the state is unknown, unless it provably cannot have changed.

import { LaneState } from '../../core/lanes';
import type { PositionIndex } from '../../core/program';
import { ReleaseReason } from '../../core/trace';
import type { Nanoseconds } from '../../core/units';
import { LookState } from './records';

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
      readonly seenRunning: boolean;
    }
  /** It slept, and was seen running once since `fromNs`. */
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

export interface Look {
  readonly timeNs: Nanoseconds;
  /** A {@link LookState}. */
  readonly state: number;
  readonly position: PositionIndex;
  readonly previousNs: Nanoseconds;
  readonly mayHaveRun: boolean;
  /** Hand-offs of its GIL that were only counted since the look before. */
  readonly missedHandOffs: number;
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
  [LookState.runningSurely]: LaneState.runningWithoutGil,
};

/** Keeps the open end of one lane. Call its methods in the order of the rows. */
export class LaneTracker {
  readonly #sink: LaneSink;
  #open: Open = NOTHING;
  #state: LaneState = LaneState.notStarted;
  #position: PositionIndex = 0;
  #startNs: Nanoseconds = 0;
  /** What the lane did after its last loss that was looked at. */
  #usualAfterLoss: LaneState | undefined;
  /** Hand-offs of its GIL while nobody looked. */
  #handOffsInBlind = 0;

  constructor(sink: LaneSink) {
    this.#sink = sink;
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

  acquired(timeNs: Nanoseconds): void {
    const open = this.#open;
    switch (open.kind) {
      case 'turn':
        return;
      case 'lost':
        this.#settleLoss(open, this.#guessAfterLoss(open));
        break;
      case 'awake':
        this.#push(open.fromNs, LaneState.waitingForGil, this.#position);
        break;
      case 'blind':
        this.#push(open.fromNs, LaneState.unknown, this.#position);
        break;
      case 'nothing':
        if (this.#state === LaneState.runningWithGil) return;
    }
    this.#open = { kind: 'turn', fromNs: timeNs };
  }

  lost(timeNs: Nanoseconds, toOther: boolean): void {
    if (this.#open.kind === 'turn') this.#endTurn(this.#open.fromNs);
    if (this.#open.kind === 'blind') {
      this.#handOffsInBlind++;
      this.#sink.released(toOther ? ReleaseReason.forced : ReleaseReason.blocking);
    } else if (this.#state === LaneState.runningWithGil && this.#open.kind === 'nothing') {
      this.#open = { kind: 'lost', fromNs: timeNs, toOther, seenRunning: false };
    } else this.#sink.released(reasonFor(this.#state, toOther));
  }

  /** Nobody looked from `fromNs` to `toNs`. */
  blind(fromNs: Nanoseconds, toNs: Nanoseconds): void {
    if (this.isFinished) return;
    const open = this.#open;
    if (open.kind === 'turn') this.#endTurn(open.fromNs);
    if (open.kind === 'lost') this.#sink.released(reasonFor(LaneState.unknown, open.toOther));
    const isEarlier = open.kind === 'lost' || open.kind === 'awake' || open.kind === 'blind';
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
    if (this.#open.kind === 'blind') this.#endBlind(this.#open, look);
    if (look.state === LookState.holding || look.state === LookState.holdingBlocked) {
      this.#lookAtHolder(look);
    } else if (look.state === LookState.running) {
      this.#lookAtRunning(look);
    } else {
      const state = SETTLED_STATE[look.state];
      if (state !== undefined) this.#lookAtSettled(look, state);
    }
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
    else if (open.kind === 'lost') this.#settleLoss(open, this.#guessAfterLoss(open));
    else if (open.kind === 'awake')
      this.#push(open.fromNs, LaneState.runningWithoutGil, this.#position);
    else if (open.kind === 'blind') this.#push(open.fromNs, LaneState.unknown, this.#position);
    this.#open = NOTHING;
  }

  #lookAtHolder(look: Look): void {
    const { timeNs, position } = look;
    const open = this.#open;
    if (open.kind === 'turn') {
      this.#push(open.fromNs, LaneState.runningWithGil, position);
    } else if (this.#state === LaneState.runningWithGil && open.kind === 'nothing') {
      if (position !== this.#position) this.#push(this.#middle(look), this.#state, position);
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

  #lookAtSettled(look: Look, state: LaneState): void {
    const open = this.#open;
    switch (open.kind) {
      case 'lost':
        this.#position = look.position;
        this.#settleLoss(open, state);
        return;
      case 'awake':
        // It woke to take the GIL, or, if it sleeps again as before, for something of no length.
        if (state === LaneState.waitingForGil || state === LaneState.runningWithoutGil)
          this.#push(open.fromNs, state, look.position);
        else this.#change(look, state);
        break;
      case 'turn':
        // The GIL changed hands too fast for all of it to be written down.
        this.#endTurn(open.fromNs);
        this.#change(look, state);
        break;
      default:
        this.#change(look, state);
    }
    this.#open = NOTHING;
  }

  #lookAtRunning(look: Look): void {
    const open = this.#open;
    // Ready to run but without a core since the look before: that is no work without the GIL.
    if (!look.mayHaveRun) return;
    switch (open.kind) {
      case 'lost':
        this.#position = look.position;
        if (open.seenRunning) this.#settleLoss(open, LaneState.runningWithoutGil);
        else this.#open = { ...open, seenRunning: true };
        return;
      case 'awake':
        this.#push(open.fromNs, LaneState.runningWithoutGil, look.position);
        this.#open = NOTHING;
        return;
      case 'turn':
      case 'blind':
        return;
      case 'nothing':
        break;
    }
    const isStillWaiting = this.#state === LaneState.waitingForGil && look.missedHandOffs === 0;
    if (isStillWaiting || this.#state === LaneState.runningWithGil) return;
    if (this.#state === LaneState.runningWithoutGil) this.#change(look, this.#state);
    else {
      this.#open = { kind: 'awake', fromNs: this.#middle(look) };
      this.#position = look.position;
    }
  }

  #endBlind(open: Open & { kind: 'blind' }, look: Look): void {
    this.#open = NOTHING;
    const state = SETTLED_STATE[look.state];
    const isHolding = look.state === LookState.holding || look.state === LookState.holdingBlocked;
    // Who waited before and after has waited all along unless the GIL went round in between; the same for holding.
    const cannotHaveChanged =
      !look.mayHaveRun ||
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

  #endTurn(fromNs: Nanoseconds): void {
    this.#push(fromNs, LaneState.runningWithGil, this.#position);
    this.#open = NOTHING;
  }

  #settleLoss(open: Open & { kind: 'lost' }, state: LaneState): void {
    this.#open = NOTHING;
    this.#usualAfterLoss = state;
    this.#sink.released(reasonFor(state, open.toOther));
    this.#push(open.fromNs, state, this.#position);
  }

  /** It lost the GIL and got it again before anybody looked. */
  #guessAfterLoss(open: Open & { kind: 'lost' }): LaneState {
    if (open.seenRunning) return LaneState.runningWithoutGil;
    return this.#usualAfterLoss ?? (open.toOther ? LaneState.waitingForGil : LaneState.blocked);
  }

  #push(timeNs: Nanoseconds, state: LaneState, position: PositionIndex): void {
    const startNs =
      this.#state === LaneState.notStarted ? timeNs : Math.max(timeNs, this.#startNs + 1);
    if (state === LaneState.waitingForGil && this.#state !== state) this.#sink.request(startNs);
    this.#startNs = startNs;
    this.#state = state;
    this.#position = position;
    this.#sink.setState(startNs, state, position);
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
