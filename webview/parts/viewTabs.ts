// Which view is shown, and of which run.

import { element, setAttribute, setShown } from '../ground/dom';
import { shortName } from '../../src/core/names';
import { VIEWS, type ViewName } from '../model/viewName';

const TITLES: Readonly<Record<ViewName, string>> = {
  compare: 'Compare',
  timeline: 'Timeline',
  table: 'Table',
};

/** A row of buttons of which one is pressed. */
export class ViewTabs {
  readonly root = element('div', {
    class: 'segmented views',
    attributes: { role: 'group', 'aria-label': 'View' },
  });

  constructor(chosen: (view: ViewName) => void) {
    VIEWS.forEach((view, i) => {
      const button = element('button', { attributes: { type: 'button' } }, TITLES[view]);
      button.title = `${TITLES[view]} (${i + 1})`;
      button.addEventListener('click', () => chosen(view));
      this.root.append(button);
    });
  }

  show(view: ViewName): void {
    [...this.root.children].forEach((button, i) =>
      setAttribute(button, 'aria-pressed', String(VIEWS[i] === view)),
    );
  }
}

/** The runs of a comparison, for the views that show one of them. */
export class RunTabs {
  readonly root = element('div', {
    class: 'segmented run-tabs',
    attributes: { role: 'group', 'aria-label': 'Run' },
  });
  readonly #chosen: (run: number) => void;
  #titles = '';

  constructor(chosen: (run: number) => void) {
    this.#chosen = chosen;
  }

  show(titles: readonly string[], run: number, shown: boolean): void {
    setShown(this.root, shown && titles.length > 1);
    const key = titles.join('\n');
    if (key !== this.#titles) {
      this.#titles = key;
      const buttons = titles.map((title, i) => {
        const button = element('button', { attributes: { type: 'button' } }, shortName(title));
        button.addEventListener('click', () => this.#chosen(i));
        return button;
      });
      this.root.replaceChildren(...buttons);
    }
    [...this.root.children].forEach((button, i) =>
      setAttribute(button, 'aria-pressed', String(i === run)),
    );
  }
}
