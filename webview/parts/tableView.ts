// The Table view: the equal of the picture. Only the rows that are seen exist as elements.

import type { SourcePosition } from '../../src/core/model/program';
import type { RunView } from '../model/runView';
import { element, setAttribute, setShown, setText } from '../ground/dom';
import type { SpanPlace } from '../model/span';
import type { ChosenSpan } from '../model/span';
import type { Hits } from './search';
import {
  cellText,
  makeTable,
  orderRows,
  TABLE_KINDS,
  tableCsv,
  type TableKind,
  type TableModel,
  type TableSource,
} from './tableModel';

/** What the table does with its rows. */
export interface TableHooks {
  chosen(span: SpanPlace): void;
  reveal(place: SourcePosition): void;
  copy(text: string): void;
  /** Lights the spans of a line. */
  light(place: SourcePosition): void;
  changed(): void;
}

/** What the table shows. */
export interface TableFrame {
  readonly source: TableSource;
  readonly hits: Hits | undefined;
  readonly chosen: ChosenSpan | undefined;
}

const ROW_PX = 26;
const SPARE_ROWS = 8;
const DOUBLE_CLICK_MS = 500;

const TITLES: Readonly<Record<TableKind, string>> = {
  'hand-offs': 'Hand-offs',
  waits: 'Waits',
  'lock-waits': 'Waits for locks',
  holds: 'Holds',
  threads: 'Threads',
  lines: 'Lines',
  blame: 'Blame',
  marks: 'Marks',
};

export class TableView {
  readonly root = element('section', {
    class: 'table-view',
    attributes: { 'aria-label': 'Table' },
  });
  readonly #kinds = element('div', {
    class: 'segmented',
    attributes: { role: 'group', 'aria-label': 'What the table lists' },
  });
  readonly #filter = element('input', {
    class: 'filter',
    attributes: {
      type: 'search',
      placeholder: 'Filter by thread, line, reason',
      'aria-label': 'Filter the rows',
    },
  });
  readonly #count = element('span', { class: 'hint' });
  readonly #head = element('thead');
  readonly #body = element('tbody');
  readonly #table = element('table', {}, this.#head, this.#body);
  readonly #scroller = element(
    'div',
    {
      class: 'table-scroller',
      attributes: { tabindex: '0', role: 'region', 'aria-label': 'Rows' },
    },
    this.#table,
  );
  readonly #hooks: TableHooks;
  #kind: TableKind = 'hand-offs';
  #clickedRow = -1;
  #clickedMs = 0;
  #order = { column: 0, descending: false };
  #source: TableSource | undefined;
  #made: { readonly of: readonly unknown[]; readonly model: TableModel } | undefined;
  #rows: Uint32Array = new Uint32Array(0);
  #cursor = -1;
  #hits: Hits | undefined;
  #followed: SpanPlace | undefined;

  constructor(hooks: TableHooks) {
    this.#hooks = hooks;
    for (const kind of TABLE_KINDS) {
      const button = element(
        'button',
        { attributes: { type: 'button', 'data-kind': kind } },
        TITLES[kind],
      );
      button.addEventListener('click', () => this.#choose(kind));
      this.#kinds.append(button);
    }
    const copy = element(
      'button',
      { class: 'worded', attributes: { type: 'button' } },
      'Copy as CSV',
    );
    copy.addEventListener('click', () => {
      if (this.#made) hooks.copy(tableCsv(this.#made.model, this.#rows));
    });
    this.root.append(
      element('div', { class: 'table-bar' }, this.#kinds, this.#filter, this.#count, copy),
      this.#scroller,
    );
    this.#filter.addEventListener('input', () => this.#reorder());
    this.#scroller.addEventListener('scroll', () => this.#fill(), { passive: true });
    new ResizeObserver(() => this.#fill()).observe(this.#scroller);
    this.#head.addEventListener('click', event => this.#sortBy(event));
    this.#body.addEventListener('click', event => this.#clicked(event));
  }

  /** Shows a run; makes the table anew only when the run grew or another was chosen. */
  show({ source, hits, chosen }: TableFrame): void {
    this.#source = source;
    const look = hits !== this.#hits;
    this.#hits = hits;
    if (!this.#remake(source) && look) this.#reorder();
    this.#follow(chosen);
  }

  /** Makes the table, if it is not there or has grown. */
  #remake(source: TableSource): boolean {
    const of = [source.run, source.run.version, this.#kind];
    if (this.#made && of.every((part, i) => part === this.#made?.of[i])) return false;
    const anew = this.#made?.of[0] !== source.run || this.#made.of[2] !== this.#kind;
    this.#made = { of, model: makeTable(this.#kind, source) };
    if (anew) {
      this.#cursor = -1;
      this.#scroller.scrollTop = 0;
    }
    this.#showHead();
    this.#reorder();
    return true;
  }

  /** Puts the cursor on what was chosen in the picture, if it has a row. */
  #follow(chosen: SpanPlace | undefined): void {
    if (!this.#made || !chosen || chosen === this.#followed) return;
    this.#followed = chosen;
    const { model } = this.#made;
    const position = this.#source?.run.trace.stores[chosen.lane]?.positionOf(chosen.segment);
    const isOf = (row: number): boolean => {
      const span = model.spanOf(row);
      if (!span) return model.positionOf(row) === position;
      return (
        span.lane === chosen.lane && (this.#kind === 'threads' || span.segment === chosen.segment)
      );
    };
    const index = this.#rows.findIndex(isOf);
    const row = this.#rows.at(this.#cursor);
    if (index >= 0 && (this.#cursor < 0 || row === undefined || !isOf(row)))
      this.#goTo(index, false);
  }

  /** Moves the cursor by some rows and chooses the span there. */
  move(by: number): void {
    this.#goTo(Math.max(0, Math.min(this.#rows.length - 1, this.#cursor + by)));
  }

  /** Goes to the line of the row at the cursor. */
  reveal(): void {
    const run = this.#source?.run;
    const row = this.#rows.at(this.#cursor);
    if (!run || !this.#made || this.#cursor < 0 || row === undefined) return;
    const place = placeAt(run, this.#made.model.positionOf(row));
    if (place) this.#hooks.reveal(place);
  }

  #choose(kind: TableKind): void {
    this.#kind = kind;
    this.#order = {
      column: kind === 'blame' ? 3 : kind === 'lines' ? 1 : 0,
      descending: kind === 'blame' || kind === 'lines',
    };
    this.#followed = undefined;
    this.#hooks.changed();
  }

  #sortBy(event: Event): void {
    const button = event.target instanceof Element ? event.target.closest('button') : null;
    if (!button) return;
    const column = Number(button.dataset.column);
    const descending = column === this.#order.column && !this.#order.descending;
    this.#order = { column, descending };
    this.#showHead();
    this.#reorder();
    this.#head.querySelectorAll('button')[column].focus();
  }

  #reorder(): void {
    if (!this.#made || !this.#source) return;
    this.#rows = orderRows(this.#made.model, this.#order, this.#filter.value, this.#hits);
    this.#cursor = Math.min(this.#cursor, this.#rows.length - 1);
    const [seen, all] = [this.#rows.length, this.#made.model.rowCount].map(count =>
      count.toLocaleString('en'),
    );
    setText(this.#count, all === '0' ? 'none in this run' : `${seen} of ${all}`);
    setAttribute(this.#table, 'aria-rowcount', String(this.#rows.length + 1));
    for (const button of this.#kinds.children) {
      setAttribute(button, 'aria-pressed', String(button.getAttribute('data-kind') === this.#kind));
    }
    this.#fill();
  }

  #showHead(): void {
    const cells = this.#made?.model.columns.map(({ title, kind }, i) => {
      const sorted = i === this.#order.column;
      const arrow = sorted ? (this.#order.descending ? ' ↓' : ' ↑') : '';
      const button = element(
        'button',
        { attributes: { type: 'button', 'data-column': String(i) } },
        `${title}${arrow}`,
      );
      const sort = sorted ? (this.#order.descending ? 'descending' : 'ascending') : 'none';
      return element(
        'th',
        { class: kind, attributes: { scope: 'col', 'aria-sort': sort } },
        button,
      );
    });
    this.#head.replaceChildren(element('tr', {}, ...(cells ?? [])));
  }

  /** Makes the rows that are seen, and two that take the place of all others. */
  #fill(): void {
    const { scrollTop, clientHeight } = this.#scroller;
    if (!this.#made || !this.#source || clientHeight === 0) return;
    const from = Math.max(0, Math.floor(scrollTop / ROW_PX) - SPARE_ROWS);
    const to = Math.min(
      this.#rows.length,
      Math.ceil((scrollTop + clientHeight) / ROW_PX) + SPARE_ROWS,
    );
    const rows: HTMLElement[] = [spacer(from)];
    for (let i = from; i < to; i++) rows.push(this.#makeRow(i, this.#made.model, this.#source.run));
    this.#body.replaceChildren(...rows, spacer(this.#rows.length - to));
  }

  #makeRow(index: number, model: TableModel, run: RunView): HTMLElement {
    const row = this.#rows[index];
    const cells = model.columns.map((column, i) => {
      const text = cellText(column, row, run.trace.nowNs);
      const isPlace =
        column.kind === 'text' && text.includes(':') && placeAt(run, model.positionOf(row));
      const last =
        i === model.columns.length - 1 || column.title === 'Which is at' || column.title === 'Line';
      return element(
        'td',
        { class: isPlace && last ? 'text code' : column.kind, title: text },
        text,
      );
    });
    const attributes = {
      'data-index': String(index),
      'aria-rowindex': String(index + 2),
      'aria-selected': String(index === this.#cursor),
    };
    return element('tr', { attributes }, ...cells);
  }

  /** A click chooses a row; one on its line, or a second one soon, goes there. Rows are made anew, so no `dblclick` comes. */
  #clicked({ target, timeStamp }: Event): void {
    if (!(target instanceof Element)) return;
    const index = Number(target.closest('tr')?.dataset.index ?? -1);
    if (index < 0) return;
    const isSecond = index === this.#clickedRow && timeStamp - this.#clickedMs < DOUBLE_CLICK_MS;
    this.#clickedRow = index;
    this.#clickedMs = timeStamp;
    this.#goTo(index);
    if (isSecond || target.closest('td.code')) this.reveal();
  }

  #goTo(index: number, tell = true): void {
    const row = this.#rows.at(index);
    if (index < 0 || row === undefined || !this.#made) return;
    this.#cursor = index;
    const top = index * ROW_PX;
    const { scrollTop, clientHeight } = this.#scroller;
    if (top < scrollTop) this.#scroller.scrollTop = top;
    else if (top + 2 * ROW_PX > scrollTop + clientHeight)
      this.#scroller.scrollTop = top + 2 * ROW_PX - clientHeight;
    this.#fill();
    const span = this.#made.model.spanOf(row);
    if (!tell) return;
    if (span) this.#hooks.chosen(span);
    const place = this.#source && placeAt(this.#source.run, this.#made.model.positionOf(row));
    if (!span && place) this.#hooks.light(place);
  }
}

function spacer(rowCount: number): HTMLElement {
  const made = element('tr', { class: 'spacer', attributes: { 'aria-hidden': 'true' } });
  made.style.height = `${rowCount * ROW_PX}px`;
  setShown(made, rowCount > 0);
  return made;
}

function placeAt(run: RunView, position: number): SourcePosition | undefined {
  const place = run.trace.positions[position];
  return place.line > 0 ? place : undefined;
}
