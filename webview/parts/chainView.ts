// Why a thread waited for a lock: from the lock's holder to whoever acts, as rows of links that lead to their lines.

import { formatDuration } from '../../src/core/units';
import type { ChainAnswer } from '../../src/protocol/messages';
import type { Wish } from '../../src/protocol/messages';
import { element } from '../ground/dom';
import type { SpanPlace } from '../model/span';
import type { RunView } from '../model/runView';

/** The rest is told as one number. */
const SHOWN_WAYS = 4;

export class ChainView {
  readonly root = element('section', { class: 'chains' });
  readonly #wish: Wish;
  #shown = '';

  constructor(wish: Wish) {
    this.#wish = wish;
    this.root.hidden = true;
  }

  /** Shows the chain of a wait; without one it hides. It is asked for once, and once more when the run has ended. */
  show(run: RunView, wait: SpanPlace | undefined): void {
    const key = wait ? `${run.id} ${wait.lane} ${wait.segment} ${run.outcome}` : '';
    if (key === this.#shown) return;
    this.#shown = key;
    this.root.hidden = true;
    if (!wait) return;
    const { lane, segment } = wait;
    void this.#wish('chain', { run: run.id, lane, segment }).then(answer => {
      if (this.#shown === key && answer) this.#draw(answer);
    });
  }

  #draw({ lock, ways }: ChainAnswer): void {
    const more = ways.length - SHOWN_WAYS;
    this.root.replaceChildren(
      element('h3', {}, `Why it waited for ${lock}`),
      ...ways.slice(0, SHOWN_WAYS).map(way => wayOf(way)),
      ...(more > 0 ? [element('p', { class: 'hint' }, `and ${more} more`)] : []),
    );
    this.root.hidden = false;
  }
}

function wayOf({ ns, steps }: ChainAnswer['ways'][number]): HTMLElement {
  const time = formatDuration(ns);
  const list = element('ol', { class: 'chain', attributes: { 'aria-label': `For ${time}` } });
  for (const { text, place, file, line } of steps) {
    const attributes = { type: 'button', 'data-file': file, 'data-line': String(line) };
    const button = line > 0 ? element('button', { class: 'code', attributes }, place) : undefined;
    list.append(element('li', {}, `${text} `, button));
  }
  return element('div', { class: 'way' }, element('p', { class: 'way-time' }, time), list);
}
