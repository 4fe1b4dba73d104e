// What the page asks of its owner, who has the wire.

import type { SavedState } from './model/savedState';
import type { ToolbarHooks } from './parts/toolbar';

/** Wishes of the person, as calls. */
export interface PageHooks extends ToolbarHooks {
  toHit(direction: 1 | -1): void;
  togglePreviousRun(): void;
  copy(text: string): void;
  painted(comparison: number): void;
  save(state: SavedState): void;
}
