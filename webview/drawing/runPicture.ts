// All that decides how a run looks now.

import type { Trace } from '../../src/core/model/trace';
import type { RunLayout } from '../model/runLayout';
import type { Nanoseconds } from '../../src/core/units';
import type { HandOffIndex } from '../model/handOffs';
import type { SpanPlace, LitSpans } from '../model/span';
import type { Theme } from './theme';
import type { TimeWindow } from '../model/viewport';

/** A trace at one moment of its growth. */
export interface TraceVersion {
  readonly trace: Trace;
  readonly version: number;
}
/** The run before the shown one, and where it is drawn. */
export interface Ghost extends TraceVersion {
  readonly strips: RunLayout;
  readonly behind: RunLayout | undefined;
}
/** All that decides how a run looks now. */
export interface RunPicture {
  readonly shown: TraceVersion;
  /** The run before, below the lanes, and behind them as long as this one grows. */
  readonly ghost: Ghost | undefined;
  readonly layout: RunLayout;
  readonly window: TimeWindow;
  readonly theme: Theme;
  /** CSS pixels of the layout above the canvas. */
  readonly scrollPx: number;
  /** Only what happened before this is shown. */
  readonly revealNs: Nanoseconds;
  /** Where the run ended; undefined while it goes on. */
  readonly endNs: Nanoseconds | undefined;
  /** Where the run ended that all are compared with. */
  readonly baselineEndNs: Nanoseconds | undefined;
  readonly chosen: SpanPlace | undefined;
  readonly lit: LitSpans | undefined;
  /** There is room for words, arrows and notches. */
  readonly detail: { readonly handOffs: HandOffIndex } | undefined;
  /** A stretch that is measured. */
  readonly range: TimeWindow | undefined;
  /** The window is about to change again: what is drawn now may be coarser than the screen. */
  readonly hurried: boolean;
}
/** Size of the canvas in CSS pixels. */
export interface CanvasSize {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly pixelRatio: number;
}
