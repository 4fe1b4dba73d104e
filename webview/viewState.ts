// Where the person looks: what is shown of all that is there.

import type { PlaceInSource, Problem } from '../src/protocol/messages';
import type { Playback } from './playback';
import type { ChosenSpan } from './savedState';
import type { ViewName } from './viewTabs';
import type { TimeWindow } from './viewport';

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
  /** A stretch that is measured. */
  readonly range: TimeWindow | undefined;
  readonly cursor: PlaceInSource | undefined;
  readonly problems: readonly Problem[];
  readonly empty: { readonly reason: string; readonly offerDemo: boolean } | undefined;
}
