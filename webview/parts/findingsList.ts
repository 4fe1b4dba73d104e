// What was found in a run, under its headline: where to look, and what else there is, folded until somebody asks.

import { shortName } from '../../src/core/names';
import type { PlaceInSource } from '../../src/protocol/place';
import { element, setShown, setText } from '../ground/dom';
import type { ComparisonVerdict } from '../../src/core/insight/comparisonVerdict';
import type { FoundLine, WaitingThreads } from '../../src/core/insight/foundLine';

export class FindingsList {
  readonly root = element('div', { class: 'findings' });
  readonly #headline = element('p', { class: 'finding-place' });
  readonly #others = element('details', {});
  readonly #summary = element('summary', {});
  readonly #list = element('ul', { attributes: { 'aria-label': 'Other findings' } });
  readonly #threads = element('div', {});
  readonly #reveal: (place: PlaceInSource) => void;
  #shown: ComparisonVerdict | undefined;

  constructor(reveal: (place: PlaceInSource) => void) {
    this.#reveal = reveal;
    this.#others.append(this.#summary, this.#list);
    this.root.append(this.#headline, this.#threads, this.#others);
    setShown(this.root, false);
  }

  show(verdict: ComparisonVerdict): void {
    if (verdict === this.#shown) return;
    this.#shown = verdict;
    const { found, threads } = verdict;
    this.#showThreads(threads);
    const headline = found.at(0);
    const others = found.slice(1);
    setShown(
      this.root,
      others.length > 0 || headline?.place !== undefined || threads !== undefined,
    );
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

  /** Who waits, one below the other. A circle is drawn as one: from each to the next, and from the last back. */
  #showThreads(threads: WaitingThreads | undefined): void {
    setShown(this.#threads, threads !== undefined);
    if (!threads) return;
    const { isCircle, lines } = threads;
    const label = isCircle
      ? 'Circle of waits: each waits for the next, the last for the first'
      : 'Who waits';
    const list = element('ol', { attributes: { 'aria-label': label } });
    list.append(
      ...lines.map(line => element('li', {}, `${line.sentence} `, ...this.#placeButton(line))),
    );
    const focused = [...this.#threads.querySelectorAll('button')].indexOf(
      document.activeElement as HTMLButtonElement,
    );
    this.#threads.className = isCircle ? 'waiting-threads circle' : 'waiting-threads';
    this.#threads.replaceChildren(list);
    // It is made anew while the program stands still: whoever is in it stays there.
    if (focused >= 0) this.#threads.querySelectorAll('button').item(focused).focus();
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
