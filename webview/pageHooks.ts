// What the page asks of its owner, who has the wire.

import type { PlaceInSource } from '../src/protocol/place';
import type { AskVerdict } from './words/runFacts';
import type { SavedState } from './model/savedState';
import type { SearchHooks } from './parts/search';
import type { ToolbarHooks } from './parts/toolbar';

/** Wishes of the person, as calls. */
export interface PageHooks extends ToolbarHooks {
  search: SearchHooks['search'];
  verdict: AskVerdict;
  toHit(direction: 1 | -1): void;
  pin(run: number): void;
  togglePreviousRun(): void;
  reveal(place: PlaceInSource): void;
  runDemo(): void;
  copy(text: string): void;
  painted(comparison: number): void;
  save(state: SavedState): void;
}
