// Following the edge of a trace that grows.

import type { Nanoseconds } from '../../src/core/units';
import type { RunView } from './runView';
import { prefersReducedMotion } from '../ground/motion';
import type { ViewState } from './viewState';
import { fitWindow, type TimeWindow } from './viewport';

/** What the pill says: nothing grows; the window follows; it stays where the person looks. */
export type LiveState = 'none' | 'following' | 'paused';

/** Those who asked for less motion see the edge move in steps of this. */
const STEP_NS = 1e9;
/** A window that ends within this share of itself before the edge is at the edge. */
const AT_EDGE = 0.03;
const SAME_LENGTH = 1e-6;

/** Whether a trace grows, and whether the window goes with it. */
export function liveState({ following, playback }: ViewState, runs: readonly RunView[]): LiveState {
  if (!runs.some(isLive)) return 'none';
  return following && playback.atEnd ? 'following' : 'paused';
}

/** The view a frame later: its window at the edge, if it follows one. */
export function follow(view: ViewState, runs: readonly RunView[], endNs: Nanoseconds): ViewState {
  if (!view.window || liveState(view, runs) !== 'following') return view;
  return { ...view, window: windowAtEdge(view.window, endNs, prefersReducedMotion()) };
}

/** Whether a run goes on that has a clock of its own: a simulation is not watched, it is over at once. */
export function isLive({ outcome, trace }: RunView): boolean {
  return (
    outcome === 'running' &&
    trace.header.engine !== 'simulated' &&
    trace.header.openedFrom === undefined
  );
}

/** The window moved so that it ends where the trace does now. */
export function windowAtEdge(window: TimeWindow, endNs: Nanoseconds, steps: boolean): TimeWindow {
  const length = window.toNs - window.fromNs;
  const edgeNs = steps ? Math.ceil(endNs / STEP_NS) * STEP_NS : endNs;
  const toNs = Math.max(length, edgeNs + length * (AT_EDGE / 2));
  return { fromNs: toNs - length, toNs };
}

/** Whether a window that was chosen goes on to follow: who zooms does, who moves away from the edge looks back. */
export function goesOnFollowing(
  before: TimeWindow,
  after: TimeWindow | undefined,
  endNs: Nanoseconds,
): boolean {
  if (!after) return true;
  const length = after.toNs - after.fromNs;
  const zoomed = Math.abs(length / (before.toNs - before.fromNs) - 1) > SAME_LENGTH;
  return zoomed || after.toNs >= Math.min(endNs, fitWindow(endNs).toNs) - AT_EDGE * length;
}
