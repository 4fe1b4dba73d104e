// The header of a run: its title and its figures, in columns that line up with those of the other runs.

import { element, setAttribute, setText } from './dom';
import type { Metric } from './figures';

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

  constructor() {
    this.root.append(
      element('div', { class: 'run-title' }, this.#title, this.#subtitle),
      this.#metrics,
    );
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
