// The race on this machine's real threads: what each way to protect the count lost, and what it costs.

import {
  countingMethod,
  describeCounting,
  type CountingResult,
  type CountingRun,
} from '../../src/core/refcounts/refcounts';
import type { RaceNews } from '../../src/protocol/raceMessages';
import { element, setShown, setText } from '../ground/dom';
import { scrollingTable, shareText } from './tables';

export interface RealRunWishes {
  readonly run: () => void;
  readonly cancel: () => void;
}

export class RealRun {
  readonly root: HTMLElement;
  readonly #where = element('p', { class: 'what' });
  readonly #status = element('p', { class: 'run-status', attributes: { role: 'status' } });
  readonly #table = element('div');
  readonly #run = element('button', { class: 'step', attributes: { type: 'button' } }, 'Run again');
  readonly #cancel = element('button', { class: 'step', attributes: { type: 'button' } }, 'Cancel');

  constructor(wishes: RealRunWishes) {
    this.#run.addEventListener('click', wishes.run);
    this.#cancel.addEventListener('click', wishes.cancel);
    this.root = element(
      'section',
      { class: 'real', attributes: { 'aria-labelledby': 'for-real' } },
      element('h2', { id: 'for-real' }, 'On this machine'),
      this.#where,
      element('div', { class: 'buttons' }, this.#run, this.#cancel),
      this.#status,
      this.#table,
    );
  }

  /** Shows a run, or that there is none yet, and whether one is under way. */
  show({ run, running, sentence }: Pick<RaceNews, 'run' | 'running' | 'sentence'>): void {
    setShown(this.#cancel, running);
    setShown(this.#run, !running);
    setText(this.#run, run ? 'Run again' : 'Run on real threads');
    setText(
      this.#status,
      running ? 'Real threads change one count now, in five ways. Some seconds…' : sentence,
    );
    setText(this.#where, run ? whereText(run) : 'Real threads change one reference count.');
    if (run) this.#table.replaceChildren(tableOf(run), ...remarksOn(run));
  }
}

function whereText({ threadCount, cores }: CountingRun): string {
  const where = cores === 1 ? 'one core' : `${cores} cores`;
  const few =
    threadCount > cores
      ? ' More threads than cores meet only where one loses its core in the middle of an update.'
      : '';
  return `${threadCount} real threads change one reference count, on this machine’s ${where}.${few}`;
}

function tableOf({ results }: CountingRun): HTMLElement {
  const heads = ['', 'lost', 'freed in use', 'never freed', 'alone', 'together'];
  const dearest = Math.max(...results.map(one => one.nsPerUpdateTogether));
  const rows = results.flatMap(result => rowsOf(result, dearest));
  return scrollingTable('What each way lost and costs', heads, rows);
}

/** The figures of a way, and below them what it is: they are read across, the words only once. */
function rowsOf(result: CountingResult, dearestNs: number): HTMLElement[] {
  const { title, how, python } = countingMethod(result.method);
  const bad = result.lostCount + result.freedInUseCount + result.neverFreedCount > 0;
  const bar = element('span', { class: 'bar', attributes: { 'aria-hidden': 'true' } });
  bar.style.width = `${Math.max(2, (result.nsPerUpdateTogether / dearestNs) * 100).toFixed(1)}%`;
  const kind = bad ? 'bad' : '';
  const figures = element(
    'tr',
    { class: kind },
    element('th', { attributes: { scope: 'row' } }, element('strong', {}, title)),
    element('td', {}, shareText(result.lostCount, result.updateCount)),
    element('td', {}, `${result.freedInUseCount} of ${result.objectCount}`),
    element('td', {}, `${result.neverFreedCount} of ${result.objectCount}`),
    element('td', {}, nsText(result.nsPerUpdateAlone)),
    element('td', {}, nsText(result.nsPerUpdateTogether), bar),
  );
  const words = element('td', { attributes: { colspan: '6' } }, `${how}. ${python}`);
  return [figures, element('tr', { class: `words ${kind}`.trim() }, words)];
}

/** What the run without protection says, and how sure that is. */
function remarksOn({ results }: CountingRun): HTMLElement[] {
  const plain = results.find(({ method }) => method === 'none');
  return plain
    ? [element('p', { class: 'remark' }, `Without protection: ${describeCounting(plain)}`)]
    : [];
}

function nsText(ns: number): string {
  return ns < 10 ? `${ns.toFixed(1)} ns` : `${Math.round(ns)} ns`;
}
