// The legend: each state as a bar of the height that it has in a lane.

import { LANE_STATE_COUNT } from '../../src/core/model/lanes';
import { element, setAttribute, setShown, setText } from '../ground/dom';
import { LEGEND } from '../../src/core/model/stateLooks';
import type { RunView } from '../model/runView';

const GLYPH_PX = 12;

/** Shows only the states that occur, so that there is nothing to learn that is not in the picture. */
export class Legend {
  readonly root = element('footer', { class: 'legend', attributes: { 'aria-label': 'Legend' } });
  readonly #entries = new Map<number, HTMLElement>();

  readonly #previous = element(
    'button',
    { class: 'previous-run', attributes: { type: 'button' } },
    'below: run before',
  );

  constructor(togglePrevious: () => void) {
    this.#previous.addEventListener('click', togglePrevious);
    this.#previous.title = 'Show or hide the run before (B)';
    const list = element('ul', { attributes: { 'aria-label': 'States' } });
    for (const look of LEGEND) {
      const glyph = element('span', { class: `glyph hatch-${look.hatch}` });
      glyph.dataset.state = String(look.state);
      glyph.style.height = `${Math.max(2, Math.round(look.weight * GLYPH_PX))}px`;
      glyph.style.setProperty('--color', `var(--gs-${look.color})`);
      const entry = element(
        'li',
        {},
        element('span', { class: 'glyph-box' }, glyph),
        element('span', { class: 'whole' }, look.label),
        element('span', { class: 'brief' }, look.brief),
      );
      this.#entries.set(look.state, entry);
      list.append(entry);
    }
    this.root.append(
      list,
      this.#previous,
      element('span', { class: 'rule' }, 'bar height = share of time'),
      this.#makeMore(),
    );
  }

  /** A narrow page has room for a line of it. */
  #makeMore(): HTMLElement {
    const attributes = { type: 'button', 'aria-label': 'Whole legend', 'aria-expanded': 'false' };
    const more = element('button', { class: 'tool more', title: 'Whole legend', attributes }, '▴');
    more.addEventListener('click', () => {
      const open = this.root.classList.toggle('open');
      setAttribute(more, 'aria-expanded', String(open));
      setText(more, open ? '▾' : '▴');
    });
    return more;
  }

  /** `previous`: whether there is a run before those that are shown, and whether it is seen. */
  show(
    runs: readonly RunView[],
    previous: { readonly exists: boolean; readonly seen: boolean },
  ): void {
    setShown(this.#previous, previous.exists);
    setAttribute(this.#previous, 'aria-pressed', String(previous.seen));
    const time = new Float64Array(LANE_STATE_COUNT);
    for (const { trace } of runs) {
      for (const store of trace.stores) store.addTimePerState(0, trace.nowNs, time);
    }
    for (const [state, entry] of this.#entries) setShown(entry, time[state] > 0);
    setShown(this.root, runs.length > 0);
  }
}
