// What stands under the toolbar: the verdict, and what is wrong with the file. And what stands there instead of runs.

import type { Problem } from '../../src/protocol/messages';
import type { PlaceInSource } from '../../src/protocol/place';
import { element, setShown, setText } from '../ground/dom';
import type { ComparisonVerdict } from '../../src/core/insight/comparisonVerdict';
import { FindingsList } from './findingsList';

/** How many problems are named; the editor lists them all. */
const NAMED_PROBLEMS = 3;

export class Notices {
  readonly root = element('div', { class: 'notices' });
  readonly #verdict = element('p', { class: 'verdict' });
  readonly #problems = element('ul', {
    class: 'problems',
    attributes: { 'aria-label': 'Problems' },
  });
  #shown: readonly Problem[] = [];

  readonly #findings: FindingsList;

  constructor(reveal: (line: number) => void, revealPlace: (place: PlaceInSource) => void) {
    this.#findings = new FindingsList(revealPlace);
    this.root.append(this.#verdict, this.#findings.root, this.#problems);
    this.#problems.addEventListener('click', event => {
      const button = event.target instanceof Element ? event.target.closest('button') : null;
      if (button) reveal(Number(button.dataset.line));
    });
    setShown(this.#problems, false);
  }

  showVerdict(verdict: ComparisonVerdict): void {
    const { sentence } = verdict;
    setText(this.#verdict, sentence);
    setShown(this.#verdict, sentence !== '');
    this.#findings.show(verdict);
  }

  showProblems(problems: readonly Problem[]): void {
    if (problems === this.#shown) return;
    this.#shown = problems;
    setShown(this.#problems, problems.length > 0);
    const named = problems.slice(0, NAMED_PROBLEMS).map(({ message, line, severity }) => {
      const button = element(
        'button',
        { attributes: { type: 'button', 'data-line': String(line) } },
        `line ${line}`,
      );
      return element('li', { class: severity }, button, ` ${message}`);
    });
    const more = problems.length - named.length;
    if (more > 0) named.push(element('li', {}, `and ${more} more`));
    this.#problems.replaceChildren(...named);
  }
}

/** What is there instead of runs. */
export class EmptyState {
  readonly root = element('div', { class: 'empty' });
  readonly #reason = element('p');
  readonly #run = element(
    'button',
    { class: 'worded primary', attributes: { type: 'button' } },
    'Run GIL Demo',
  );

  constructor(runDemo: () => void) {
    this.#run.addEventListener('click', runDemo);
    this.root.append(element('h2', {}, 'Nothing to show yet'), this.#reason, this.#run);
    this.root.hidden = true;
  }

  show(state: { readonly reason: string; readonly offerDemo: boolean } | undefined): void {
    setShown(this.root, state !== undefined);
    if (!state) return;
    setText(this.#reason, state.reason);
    setShown(this.#run, state.offerDemo);
  }
}
