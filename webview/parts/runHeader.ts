// The header of a run: its title and its figures, in columns that line up with those of the other runs.

import { element, icon, setAttribute, setText } from '../ground/dom';
import { PIN_ICON } from '../ground/icons';
import type { Metric } from '../words/figures';

/** A row of the table that the headers of all runs form together. */
export class RunHeader {
  readonly root = element('header', { class: 'run-head' });
  readonly #title = element('h2');
  readonly #subtitle = element('span', { class: 'subtitle' });
  readonly #metrics = element('dl', { class: 'metrics' });
  readonly #cells = new Map<
    string,
    { value: HTMLElement; label: HTMLElement; cell: HTMLElement }
  >();

  readonly #pin = element(
    'button',
    { class: 'tool pin', attributes: { type: 'button' } },
    icon(PIN_ICON),
  );

  constructor(pin: () => void) {
    this.#pin.addEventListener('click', pin);
    this.root.append(
      element('div', { class: 'run-title' }, this.#pin, this.#title, this.#subtitle),
      this.#metrics,
    );
  }

  /** Whether the run stays when others come. */
  showPinned(pinned: boolean): void {
    setAttribute(this.#pin, 'aria-pressed', String(pinned));
    const name = pinned ? 'Pinned: others are compared with it (P lets go)' : 'Pin this run (P)';
    setAttribute(this.#pin, 'aria-label', name);
    setAttribute(this.#pin, 'title', name);
  }

  show(title: string, subtitle: string, metrics: readonly Metric[]): void {
    setText(this.#title, title);
    setAttribute(this.#title, 'title', title);
    setText(this.#subtitle, subtitle);
    for (const { name, value, label, tone } of metrics) {
      const cell = this.#cells.get(name) ?? this.#addCell(name);
      setText(cell.value, value);
      setText(cell.label, label);
      setAttribute(cell.cell, 'data-tone', tone);
    }
  }

  #addCell(name: string): { value: HTMLElement; label: HTMLElement; cell: HTMLElement } {
    // The label comes first for those who hear it, and second for those who see it (by the style sheet).
    const label = element('dt');
    const value = element('dd');
    const cell = element('div', { class: `metric of-${name}` }, label, value);
    this.#metrics.append(cell);
    const made = { value, label, cell };
    this.#cells.set(name, made);
    return made;
  }
}
