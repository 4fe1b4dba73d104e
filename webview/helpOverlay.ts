// The overlay that lists the keys.

import { element } from './dom';

const KEYS: readonly (readonly [keys: string, what: string])[] = [
  ['Space', 'play or pause'],
  ['N · Shift+N', 'next, previous hand-off of the GIL'],
  ['← →', 'previous, next span of the lane'],
  ['↑ ↓', 'lane above, below'],
  ['Home · End', 'first, last span of the lane'],
  ['Enter', 'go to the line of the span'],
  ['W S · + −', 'zoom in, out (also Ctrl+wheel)'],
  ['A D', 'move left, right (also drag, Shift+wheel)'],
  ['0', 'show everything'],
  ['R', 'run again'],
  ['[ ]', 'slower, faster'],
  ['1 2 3', 'Compare, Timeline, Table'],
  ['Shift+drag', 'measure a stretch of time'],
  ['Esc', 'let go of the span, close this'],
  ['?', 'these keys'],
];

/** A modal dialog: the browser keeps the focus inside and gives it back. */
export class HelpOverlay {
  readonly root = element('dialog', {
    class: 'help',
    attributes: { 'aria-labelledby': 'help-title' },
  });

  constructor() {
    const list = element('dl');
    for (const [keys, what] of KEYS) {
      list.append(element('dt', {}, element('kbd', {}, keys)), element('dd', {}, what));
    }
    const close = element('button', { class: 'worded', attributes: { type: 'button' } }, 'Close');
    close.addEventListener('click', () => this.root.close());
    this.root.append(element('h2', { id: 'help-title' }, 'Keys'), list, close);
  }

  toggle(): void {
    if (this.root.open) this.root.close();
    else this.root.showModal();
  }

  get open(): boolean {
    return this.root.open;
  }
}
