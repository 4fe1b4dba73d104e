// What was found in a run, under its headline: where to look, and what else there is, folded until somebody asks.

import { shortName } from '../../src/core/names';
import type { PlaceInSource } from '../../src/protocol/place';
import { element, setShown, setText } from '../ground/dom';
import type { FoundLine } from '../../src/core/insight/comparisonVerdict';

export class FindingsList {
  readonly root = element('div', { class: 'findings' });
  readonly #headline = element('p', { class: 'finding-place' });
  readonly #others = element('details', {});
  readonly #summary = element('summary', {});
  readonly #list = element('ul', { attributes: { 'aria-label': 'Other findings' } });
  readonly #reveal: (place: PlaceInSource) => void;
  #shown: readonly FoundLine[] = [];

  constructor(reveal: (place: PlaceInSource) => void) {
    this.#reveal = reveal;
    this.#others.append(this.#summary, this.#list);
    this.root.append(this.#headline, this.#others);
    setShown(this.root, false);
  }

  show(found: readonly FoundLine[]): void {
    if (found === this.#shown) return;
    this.#shown = found;
    const headline = found.at(0);
    const others = found.slice(1);
    setShown(this.root, others.length > 0 || headline?.place !== undefined);
    this.#headline.replaceChildren(...this.#placeButton(headline));
    setShown(this.#headline, headline?.place !== undefined);
    setShown(this.#others, others.length > 0);
    setText(
      this.#summary,
      others.length === 1 ? 'One more finding' : `${others.length} more findings`,
    );
    this.#list.replaceChildren(
      ...others.map(line => element('li', {}, `${line.sentence} `, ...this.#placeButton(line))),
    );
  }

  /** A button that goes to the line; nothing where no line is known. */
  #placeButton(found: FoundLine | undefined): HTMLElement[] {
    const place = found?.place;
    if (!place) return [];
    const { file, line } = place;
    const name = `${shortName(file.split(/[\\/]/).at(-1) ?? file)}:${line}`;
    const label = `Go to ${name}`;
    const attributes = { type: 'button', 'aria-label': label, title: label };
    const button = element('button', { class: 'place', attributes }, name);
    button.addEventListener('click', () => this.#reveal({ file, line }));
    return [button];
  }
}
