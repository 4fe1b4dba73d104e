// What survives a hidden tab, a move to another window and a reload. It comes back from disk, so it is checked.

import { isRecord } from '../../src/core/checks';
import { FIRST_WISHES, LANE_ORDERS, type LaneWishes } from './lanePlan';
import type { ChosenSpan } from './span';
import { VIEWS, type ViewName } from './viewName';
import type { TimeWindow } from './viewport';

/** The page's memory. `document` is for the host, which is asked for it again. */
export interface SavedState {
  readonly document: string;
  readonly window: TimeWindow | undefined;
  /** Everything is shown at once instead of played. */
  readonly whole: boolean;
  readonly chosen: ChosenSpan | undefined;
  readonly view: ViewName;
  /** Which run the Timeline and the Table show. */
  readonly run: number;
  readonly lanes: LaneWishes;
  /** A stretch that is measured. */
  readonly range: TimeWindow | undefined;
  /** What stands in the search; empty: nothing is searched. */
  readonly query: string;
}

/** Reads what `getState` returned; whatever is not as expected is as if it had not been saved. */
export function readSavedState(state: unknown): SavedState {
  const { document, window, whole, chosen, view, run, lanes, range, query } = isRecord(state)
    ? state
    : {};
  return {
    document: typeof document === 'string' ? document : '',
    window: isWindow(window) ? window : undefined,
    whole: whole === true,
    chosen: isChosen(chosen) ? chosen : undefined,
    view: VIEWS.find(name => name === view) ?? 'compare',
    run: isIndex(run) ? Number(run) : 0,
    lanes: readWishes(lanes),
    range: isWindow(range) ? range : undefined,
    query: typeof query === 'string' ? query : '',
  };
}

function readWishes(value: unknown): LaneWishes {
  if (!isRecord(value)) return FIRST_WISHES;
  const { order, toggled } = value;
  return {
    order: LANE_ORDERS.find(name => name === order) ?? FIRST_WISHES.order,
    toggled: Array.isArray(toggled) ? toggled.filter(key => typeof key === 'string') : [],
  };
}

function isWindow(value: unknown): value is TimeWindow {
  if (!isRecord(value)) return false;
  const { fromNs, toNs } = value;
  return (
    typeof fromNs === 'number' && typeof toNs === 'number' && fromNs >= 0 && toNs - fromNs >= 1
  );
}

function isChosen(value: unknown): value is ChosenSpan {
  if (!isRecord(value)) return false;
  const { run, lane, segment, handOff = 0 } = value;
  return [run, lane, segment, handOff].every(isIndex);
}

function isIndex(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
