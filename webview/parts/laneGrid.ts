// The lanes for those who do not see them: a grid with one focus that reads spans as sentences.

import { element, setAttribute, setText } from '../ground/dom';
import type { RunView } from '../model/runView';
import type { ChosenSpan } from '../model/span';
import { spanSentence } from '../words/spans';
import { shortName } from '../../src/core/names';

/** Says who held the GIL during a wait. */
type HeldBy = (run: RunView, span: ChosenSpan) => string;

/** Rows that are made at most around the chosen one: a grid of 10,000 rows helps nobody. */
const ROWS_EACH_SIDE = 40;

/**
 * Visually hidden, focusable; the canvas beside it shows the focus. One row a lane, with the lane's name and its
 * chosen span. Keys are handled by the page, the same for everybody.
 */
export class LaneGrid {
  readonly root = element('div', {
    class: 'visually-hidden lane-grid',
    attributes: {
      role: 'grid',
      tabindex: '0',
      'aria-label': 'Threads over time. Arrow keys walk through spans and lanes.',
    },
  });
  #shape = '';

  show(runs: readonly RunView[], chosen: ChosenSpan | undefined, heldBy: HeldBy): void {
    const shape = `${runs.map(run => `${run.id}:${run.trace.lanes.length}`).join()} ${chosen?.run ?? 0} ${Math.floor((chosen?.lane ?? 0) / ROWS_EACH_SIDE)}`;
    if (shape !== this.#shape) {
      this.#shape = shape;
      this.root.replaceChildren(...runs.flatMap((run, i) => makeRows(run, i, chosen)));
    }
    this.#showChosen(runs, chosen, heldBy);
  }

  /** Tells when the grid has the focus: the canvas beside it shows it to those who came by keyboard, not by a click. */
  watchFocus(shown: (byKeyboard: boolean) => void, left: () => void): void {
    this.root.addEventListener('focus', () => shown(this.root.matches(':focus-visible')));
    this.root.addEventListener('blur', () => {
      shown(false);
      left();
    });
  }

  focus(): void {
    this.root.focus({ preventScroll: true });
  }

  #showChosen(runs: readonly RunView[], chosen: ChosenSpan | undefined, heldBy: HeldBy): void {
    const run = chosen && runs.at(chosen.run);
    const cell = chosen && this.root.querySelector(`#${cellId(chosen.run, chosen.lane)}`);
    if (!run || !cell || chosen.segment >= (run.trace.stores[chosen.lane]?.count ?? 0)) {
      this.root.removeAttribute('aria-activedescendant');
      return;
    }
    setText(cell, spanSentence(run.trace, chosen, heldBy(run, chosen)));
    setAttribute(this.root, 'aria-activedescendant', cell.id);
  }
}

function makeRows(run: RunView, runIndex: number, chosen: ChosenSpan | undefined): HTMLElement[] {
  const middle = chosen?.run === runIndex ? chosen.lane : 0;
  const { lanes, header } = run.trace;
  const rows: HTMLElement[] = [];
  const from = Math.max(0, middle - 2 * ROWS_EACH_SIDE);
  for (let lane = from; lane < Math.min(lanes.length, middle + 2 * ROWS_EACH_SIDE); lane++) {
    const name = shortName(lanes[lane].name);
    rows.push(
      element(
        'div',
        { attributes: { role: 'row', 'aria-rowindex': String(lane + 1) } },
        element('span', { attributes: { role: 'rowheader' } }, `${header.title}, ${name}`),
        element('span', { id: cellId(runIndex, lane), attributes: { role: 'gridcell' } }, name),
      ),
    );
  }
  return rows;
}

function cellId(run: number, lane: number): string {
  return `span-${run}-${lane}`;
}
