// Where the person looks: what is shown of all that is there.

import type { Problem } from '../../src/protocol/messages';
import type { PlaceInSource } from '../../src/protocol/place';
import type { LaneWishes } from './lanePlan';
import { AT_END, WHOLE_SPEED, type Playback } from './playback';
import type { SavedState } from './savedState';
import type { ChosenSpan } from './span';
import type { TimeWindow } from './viewport';
import type { ViewName } from './viewName';

/** Where the person looks. Replaced, never changed. */
export interface ViewState {
  /** Undefined: everything. */
  readonly window: TimeWindow | undefined;
  readonly playback: Playback;
  readonly speed: number;
  readonly chosen: ChosenSpan | undefined;
  readonly view: ViewName;
  /** Which run the Timeline and the Table show. */
  readonly run: number;
  readonly lanes: LaneWishes;
  /** A trace that grows is followed: the window moves with its end. */
  readonly following: boolean;
  /** A stretch that is measured. */
  readonly range: TimeWindow | undefined;
  /** What is searched; empty: nothing. */
  readonly query: string;
  /** Whether the run before is seen below the lanes; kept as a setting. */
  readonly previousRun: boolean;
  readonly cursor: PlaceInSource | undefined;
  readonly problems: readonly Problem[];
  readonly empty: { readonly reason: string; readonly offerDemo: boolean } | undefined;
}

/** Where the person looks first: where they looked before the page was hidden or made anew. */
export function firstView(saved: SavedState): ViewState {
  const { window, chosen, view, run, lanes, range, query } = saved;
  return {
    window,
    chosen,
    view,
    run,
    lanes,
    range,
    query,
    following: true,
    playback: AT_END,
    speed: 1,
    previousRun: true,
    cursor: undefined,
    problems: [],
    empty: undefined,
  };
}

/** What of it is remembered. */
export const SAVED_PARTS = ['window', 'chosen', 'speed', 'view', 'run', 'lanes', 'range', 'query'];

export function toSave(state: ViewState, document: string): SavedState {
  const { window, speed, chosen, view, run, lanes, range, query } = state;
  const whole = speed === WHOLE_SPEED;
  return { document, window, whole, chosen, view, run, lanes, range, query };
}
