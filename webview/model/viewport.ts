// The stretch of time that is seen, and how it maps to pixels. Pure: no DOM, no clock.

import type { Nanoseconds } from '../../src/core/units';

/** `[fromNs, toNs)`, never empty. */
export interface TimeWindow {
  readonly fromNs: Nanoseconds;
  readonly toNs: Nanoseconds;
}

/** The narrowest window: below this, one pixel would be less than a nanosecond. */
const MIN_SPAN_NS = 2_000;

/** White space after the end of the longest run, so that its end line is seen, as a share of its length. */
const END_MARGIN = 0.02;

/** The window that shows everything up to `endNs`. */
export function fitWindow(endNs: Nanoseconds): TimeWindow {
  return { fromNs: 0, toNs: Math.max(MIN_SPAN_NS, endNs * (1 + END_MARGIN)) };
}

/** Narrows (`factor` < 1) or widens the window so that `anchorNs` keeps its place on the screen. */
export function zoomWindow(
  window: TimeWindow,
  factor: number,
  anchorNs: Nanoseconds,
  endNs: Nanoseconds,
): TimeWindow {
  const all = fitWindow(endNs);
  const span = window.toNs - window.fromNs;
  const newSpan = clamp(span * factor, MIN_SPAN_NS, all.toNs);
  const fromNs = anchorNs - ((anchorNs - window.fromNs) * newSpan) / span;
  return place(fromNs, newSpan, all.toNs);
}

/** Moves the window by `deltaNs`, stopping at both ends. */
export function panWindow(
  window: TimeWindow,
  deltaNs: Nanoseconds,
  endNs: Nanoseconds,
): TimeWindow {
  return place(window.fromNs + deltaNs, window.toNs - window.fromNs, fitWindow(endNs).toNs);
}

/** Moves the window as little as needed so that `[fromNs, toNs)` is inside, or begins inside if it is too long. */
export function windowShowing(
  window: TimeWindow,
  span: TimeWindow,
  endNs: Nanoseconds,
): TimeWindow {
  const length = window.toNs - window.fromNs;
  const margin = length * 0.05;
  if (span.fromNs < window.fromNs + margin || span.toNs - span.fromNs > length - 2 * margin) {
    if (span.fromNs >= window.fromNs && span.toNs <= window.toNs) return window;
    return panWindow(window, span.fromNs - margin - window.fromNs, endNs);
  }
  if (span.toNs > window.toNs - margin) {
    return panWindow(window, span.toNs + margin - window.toNs, endNs);
  }
  return window;
}

/** Where a time stands, in pixels from the left edge of a picture that is `widthPx` wide. */
export function xOf(timeNs: Nanoseconds, window: TimeWindow, widthPx: number): number {
  return ((timeNs - window.fromNs) / (window.toNs - window.fromNs)) * widthPx;
}

/** The time under a pixel. */
export function timeAt(xPx: number, window: TimeWindow, widthPx: number): Nanoseconds {
  return window.fromNs + (xPx / Math.max(1, widthPx)) * (window.toNs - window.fromNs);
}

function place(fromNs: Nanoseconds, span: Nanoseconds, lastNs: Nanoseconds): TimeWindow {
  const from = clamp(fromNs, 0, Math.max(0, lastNs - span));
  return { fromNs: from, toNs: from + span };
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
