// What is true of Python's own statements and of CPython's counts today; and the same program on a Python of the
// person's.

import { describePythonRace, type PythonRace } from '../../src/core/refcounts/pythonRace';
import {
  COUNTS_TODAY,
  LOST_UPDATES_LESSON,
  PYTHON_LOST_UPDATES,
  PYTHON_VERSIONS,
} from '../../src/core/refcounts/refcounts';
import type { PythonNews } from '../../src/protocol/raceMessages';
import { element, setShown, setText } from '../ground/dom';
import { scrollingTable, shareText } from './tables';

export interface PythonWishes {
  readonly run: (ask: boolean) => void;
  readonly cancel: () => void;
  readonly openSample: () => void;
}

export class PythonPart {
  readonly root: HTMLElement;
  readonly #run = element('button', { class: 'step', attributes: { type: 'button' } });
  readonly #other = button('step', 'Run with another Python…');
  readonly #cancel = button('step', 'Cancel');
  readonly #status = element('p', { class: 'run-status', attributes: { role: 'status' } });
  readonly #table = element('div', { class: 'own-pythons' });

  constructor(wishes: PythonWishes) {
    const [theBook, ...more] = LOST_UPDATES_LESSON;
    const sample = button('link', 'Open race.py');
    this.#run.addEventListener('click', () => wishes.run(false));
    this.#other.addEventListener('click', () => wishes.run(true));
    this.#cancel.addEventListener('click', wishes.cancel);
    sample.addEventListener('click', wishes.openSample);
    this.root = element(
      'section',
      { class: 'python', attributes: { 'aria-labelledby': 'python-statements' } },
      element('h2', { id: 'python-statements' }, 'And in Python’s own statements'),
      element('p', {}, theBook),
      element('h3', {}, 'On your Python'),
      element(
        'p',
        { class: 'what' },
        'Two threads add to one number a million times each: with a plain +=, with a call between reading and writing, and with a lock around. The program is race.py, as it is shipped.',
      ),
      element('div', { class: 'buttons' }, this.#run, this.#other, this.#cancel, sample),
      this.#status,
      this.#table,
      element('h3', {}, 'Measured, version by version'),
      lostUpdatesTable(),
      element(
        'p',
        { class: 'remark' },
        'Additions that were missing in the end: two threads, CPython builds with a GIL, x86-64, smallest and largest of several runs (November 2026).',
      ),
      element(
        'ul',
        { class: 'statements' },
        ...PYTHON_LOST_UPDATES.map(({ statement, what }) =>
          element('li', {}, element('code', {}, statement), `: ${what}`),
        ),
      ),
      ...more.map(text => element('p', {}, text)),
      element('h2', {}, 'What CPython does with its counts today'),
      element(
        'dl',
        {},
        ...COUNTS_TODAY.flatMap(({ what, how }) => [
          element('dt', {}, what),
          element('dd', {}, how),
        ]),
      ),
    );
    this.show({ running: null, races: [], sentence: '' });
  }

  /** Shows what was found so far, and whether a Python is at it. */
  show({ running, races, sentence }: PythonNews): void {
    setShown(this.#cancel, running !== null);
    setShown(this.#run, running === null);
    setShown(this.#other, running === null);
    setText(this.#run, races.length > 0 ? 'Run again' : 'Run race.py on your Python');
    const last = races.at(-1);
    const said = sentence === '' && last ? describePythonRace(last) : sentence;
    setText(this.#status, running === null ? said : `${running} counts. Some seconds…`);
    if (races.length > 0) this.#table.replaceChildren(ownTable(races));
  }
}

function ownTable(races: readonly PythonRace[]): HTMLElement {
  const names = [...new Set(races.flatMap(({ ways }) => ways.map(({ name }) => name)))];
  const rows = races.map(({ python, gil, threads, additions, ways }) =>
    element(
      'tr',
      {},
      element(
        'th',
        { attributes: { scope: 'row' } },
        element('strong', {}, python),
        gil ? undefined : element('small', {}, 'without a GIL'),
      ),
      ...names.map(name => {
        const missing = ways.find(way => way.name === name)?.missing;
        const text = missing === undefined ? '–' : shareText(missing, threads * additions);
        return element('td', { class: (missing ?? 0) > 0 ? 'lost' : '' }, text);
      }),
    ),
  );
  return scrollingTable('What your Pythons lost', ['Python', ...names], rows);
}

/** A row for each version: where each statement stops to lose anything is seen at a glance. */
function lostUpdatesTable(): HTMLElement {
  const heads = PYTHON_LOST_UPDATES.map(({ statement, expected }) =>
    element(
      'th',
      { attributes: { scope: 'col' } },
      element('code', {}, statement),
      element('small', {}, `of ${range(...expected)}`),
    ),
  );
  const rows = PYTHON_VERSIONS.map((version, index) =>
    element(
      'tr',
      {},
      element('th', { attributes: { scope: 'row' } }, element('strong', {}, version)),
      ...PYTHON_LOST_UPDATES.map(({ lost }) =>
        element('td', { class: lost[index][1] > 0 ? 'lost' : '' }, range(...lost[index])),
      ),
    ),
  );
  return scrollingTable('Which statements lose updates', ['CPython', ...heads], rows);
}

function range(from: number, to: number): string {
  const text = (value: number): string => value.toLocaleString('en');
  return from === to ? text(from) : `${text(from)} to ${text(to)}`;
}

function button(kind: string, text: string): HTMLButtonElement {
  return element('button', { class: kind, attributes: { type: 'button' } }, text);
}
