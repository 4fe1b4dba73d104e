// Looking for spans: a field, what it found, and the way from one to the next. What words mean the host knows.

import { messageOf } from '../../src/core/errors';
import { formatDuration } from '../../src/core/units';
import { spanTest, type SpanFilter } from '../../src/core/model/spanFilter';
import type { SearchAnswer } from '../../src/protocol/messages';
import type { RunView } from '../model/runView';
import { element, setText } from '../ground/dom';
import type { ChosenSpan } from '../model/span';
import type { LitSpans } from '../model/span';

/** What the field does. */
export interface SearchHooks {
  search(query: string): Promise<SearchAnswer>;
  /** Something is to be drawn anew. */
  wanted(): void;
  /** Something else is searched. */
  typed(query: string): void;
  say(sentence: string): void;
  step(direction: 1 | -1): void;
  left(): void;
}

/** A trace that grows is searched again after this pause at the earliest. */
const PAUSE_MS = 500;

export class Search {
  readonly root: HTMLElement;
  readonly #input = element('input', {
    class: 'filter',
    attributes: {
      type: 'search',
      'aria-label': 'Search spans',
      placeholder: 'thread, function, line:42, state:waiting, >5ms',
      title: 'Also -state:blocked, mark:gc, "two words". Enter: next, Shift+Enter: previous',
    },
  });
  readonly #said = element('span', { class: 'hint' });
  readonly #hooks: SearchHooks;
  #hits = new Map<number, Hits>();
  #problem = '';
  #searched = '';
  #query = '';
  #asking = false;
  #againMs = 0;
  /** A step that waits for the answer to what was typed just before it. */
  #wish: 1 | -1 | undefined;

  /** `query` is what was searched before the page was hidden or made anew. */
  constructor(hooks: SearchHooks, query: string) {
    this.#hooks = hooks;
    this.#input.value = query;
    this.root = element(
      'search',
      { class: 'table-bar' },
      this.#input,
      button('↑', 'Previous hit (Shift+F3)', () => hooks.step(-1)),
      button('↓', 'Next hit (F3)', () => hooks.step(1)),
      button('×', 'Clear the search (Esc)', () => this.close()),
      this.#said,
    );
    this.root.hidden = query === '';
    this.#input.addEventListener('input', () => hooks.typed(this.query));
    this.#input.addEventListener('keydown', ({ key, shiftKey }) => {
      if (key === 'Enter' || key === 'F3') this.#wish = shiftKey ? -1 : 1;
      this.#step();
      if (key === 'Escape') this.close();
    });
  }

  /** What is searched now. */
  get query(): string {
    return this.#input.value.trim();
  }

  /** Whether the person types into it. */
  get focused(): boolean {
    return this.#input === document.activeElement;
  }

  open(): void {
    this.root.hidden = false;
    this.#input.select();
    this.#input.focus();
  }

  close(): void {
    if (this.root.hidden) return;
    this.root.hidden = true;
    this.#input.value = this.#problem = '';
    this.#hooks.typed('');
    this.#hooks.left();
  }

  /** What was found in a run; undefined: nothing is searched. */
  hitsOf(run: RunView): Hits | undefined {
    return this.query === '' ? undefined : this.#hits.get(run.id);
  }

  /** Searches where the query changed or a run grew, and says what was found in the shown runs. */
  show(all: readonly RunView[], shown: readonly RunView[]): void {
    this.#search(all);
    const hits = shown.flatMap(run => this.hitsOf(run) ?? []);
    const ns = hits.reduce((sum, found) => sum + found.ns, 0);
    const counts = hits.map(({ count }) => count.toLocaleString('en')).join(' + ');
    const found = `${counts} ${counts === '1' ? 'span' : 'spans'}, ${formatDuration(ns)}`;
    const said = this.#problem || (hits.length > 0 ? found : '');
    if (said !== this.#said.textContent) this.#hooks.say(said);
    setText(this.#said, said);
  }

  #search(runs: readonly RunView[]): void {
    const { query } = this;
    const key = [query, ...runs.map(({ id, version }) => `${id}.${version}`)].join();
    if (key === this.#searched || this.#asking) return;
    const pauseMs = query === this.#query ? this.#againMs - performance.now() : 0;
    this.#asking = true;
    setTimeout(() => {
      void this.#hooks
        .search(query)
        .then(
          answer => this.#found(runs, answer),
          (error: unknown) => this.#found(runs, { problem: messageOf(error), filters: [] }),
        )
        .finally(() => {
          this.#asking = false;
          this.#step();
          this.#hooks.wanted();
        });
      this.#searched = key;
      this.#query = query;
    }, pauseMs);
  }

  #step(): void {
    if (!this.#wish || this.#asking || this.#query !== this.query) return;
    this.#hooks.step(this.#wish);
    this.#wish = undefined;
  }

  #found(runs: readonly RunView[], { problem, filters }: SearchAnswer): void {
    const startMs = performance.now();
    this.#problem = problem;
    this.#hits = new Map();
    for (const filter of filters) {
      const run = runs.find(({ id }) => id === filter.run);
      if (run) this.#hits.set(run.id, new Hits(run, filter));
    }
    const endMs = performance.now();
    this.#againMs = endMs + PAUSE_MS + 9 * (endMs - startMs);
  }
}

/** The spans of one run that fit. */
export class Hits {
  count = 0;
  ns = 0;
  /** Source positions at which there is a hit. */
  readonly positions = new Set<number>();
  readonly #run: RunView;
  /** For each lane a byte a segment, 1 for a hit. */
  readonly #found: readonly Uint8Array[];
  readonly has: LitSpans = (lane, segment) => this.#found[lane]?.[segment] === 1;

  constructor(run: RunView, filter: SpanFilter) {
    this.#run = run;
    const fits = spanTest(run.trace, filter);
    this.#found = run.trace.stores.map((store, lane) => {
      const found = new Uint8Array(store.count);
      for (let i = 0; i < found.length; i++) {
        if (!fits(lane, i)) continue;
        found[i] = 1;
        this.count++;
        this.ns += store.endOf(i) - store.startOf(i);
        this.positions.add(store.positionOf(i));
      }
      return found;
    });
  }

  /** The hit after (`1`) or before (`-1`) a moment in a lane, in order of time and then of lanes. */
  next(timeNs: number, lane: number, direction: 1 | -1): Omit<ChosenSpan, 'run'> | undefined {
    const { stores } = this.#run.trace;
    let best: { lane: number; segment: number; startNs: number } | undefined;
    this.#found.forEach((found, at) => {
      const store = stores[at];
      const here = store.segmentAt(timeNs);
      const isLater = here < 0 || store.startOf(here) < timeNs || at <= lane;
      const isEarlier = here >= 0 && (store.startOf(here) < timeNs || at < lane);
      const from = direction === 1 ? here + Number(isLater) : here - Number(!isEarlier);
      const segment =
        direction === 1
          ? found.indexOf(1, Math.max(0, from))
          : from < 0
            ? -1
            : found.lastIndexOf(1, from);
      if (segment < 0) return;
      const startNs = store.startOf(segment);
      if (!best || direction * (startNs - best.startNs || at - best.lane) < 0)
        best = { lane: at, segment, startNs };
    });
    return best && { lane: best.lane, segment: best.segment };
  }
}

function button(text: string, title: string, pressed: () => void): HTMLElement {
  const made = element(
    'button',
    { class: 'worded', title, attributes: { type: 'button', 'aria-label': title } },
    text,
  );
  made.addEventListener('click', pressed);
  return made;
}
