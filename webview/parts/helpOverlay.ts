// The overlay that lists the keys.

import { element } from '../ground/dom';
import { keyName, KEYS } from './keys';

/** A modal dialog: the browser keeps the focus inside and gives it back. */
export class HelpOverlay {
  readonly root = element('dialog', {
    class: 'help',
    attributes: { 'aria-labelledby': 'help-title' },
  });

  constructor() {
    const list = element('dl');
    const add = (keys: string, what: string): void =>
      list.append(
        element('div', {}, element('dt', {}, element('kbd', {}, keys)), element('dd', {}, what)),
      );
    for (const [, keys, what] of KEYS) add(keys.map(keyName).join(' '), what);
    add('Shift+drag', 'measure a stretch of time');
    const close = element('button', { class: 'worded', attributes: { type: 'button' } }, 'Close');
    close.addEventListener('click', () => this.root.close());
    this.root.append(
      element('h2', { id: 'help-title' }, 'Keys'),
      list,
      element('p', { class: 'hint' }, 'All of them are commands of the category GIL Scope, too.'),
      close,
    );
  }

  toggle(): void {
    if (this.root.open) this.root.close();
    else this.root.showModal();
  }

  get open(): boolean {
    return this.root.open;
  }
}
