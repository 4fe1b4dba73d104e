// The names at the left of the rows of a run, of those rows only that are seen, and the buttons that fold groups.

import { tellsOfCores, tellsOfGil } from '../../src/core/model/told';
import { NO_LOCK, type LaneInfo, type TraceHeader } from '../../src/core/model/trace';
import { element } from '../ground/dom';
import { rowsBetween, type PlacedRow, type Row, type RunLayout } from '../model/runLayout';
import { shortName } from '../../src/core/names';

/** What is labelled. */
export interface LabelledRun {
  readonly lanes: readonly LaneInfo[];
  readonly layout: RunLayout;
  readonly header: TraceHeader;
  /** The part of the layout that has a picture, in CSS pixels. */
  readonly topPx: number;
  readonly heightPx: number;
}

export class LaneLabels {
  /** Names are for the eye: screen readers have the grid of lanes. */
  readonly #names = element('div', { class: 'lane-names', attributes: { 'aria-hidden': 'true' } });
  readonly #heads = element('div', { class: 'lane-heads' });
  readonly root = element('div', { class: 'lane-labels' }, this.#names, this.#heads);
  readonly #toggled: (key: string) => void;
  #shown: readonly unknown[] = [];

  constructor(toggled: (key: string) => void) {
    this.#toggled = toggled;
  }

  show({ lanes, layout, header, topPx, heightPx }: LabelledRun): void {
    const key = [lanes, layout, header, topPx, heightPx];
    if (key.every((part, i) => part === this.#shown[i])) return;
    this.#shown = key;
    const rows = rowsBetween(layout, topPx, topPx + heightPx);
    this.#names.replaceChildren(
      ...makeFixed(lanes, layout, header),
      ...rows.filter(({ plan }) => plan.kind === 'lane').map(row => makeName(row, lanes)),
      ...rows
        .filter(({ plan }) => plan.kind === 'gap')
        .map(row => makeLabel([row.plan.title], row, 'of-gap', `${row.plan.title} in this run`)),
    );
    this.#showHeads(rows.filter(({ plan: { kind } }) => kind === 'group' || kind === 'idle'));
  }

  /** Whoever folded a group by keyboard still stands on its button afterwards. */
  #showHeads(rows: readonly PlacedRow[]): void {
    const { activeElement } = document;
    const focused = this.#heads.contains(activeElement)
      ? activeElement?.getAttribute('data-key')
      : undefined;
    const buttons = rows.map(row => this.#makeHead(row));
    this.#heads.replaceChildren(...buttons);
    buttons.find(button => button.dataset.key === focused)?.focus({ preventScroll: true });
  }

  #makeHead(row: PlacedRow): HTMLButtonElement {
    const { key, title, lanes, folded, kind } = row.plan;
    const made = element(
      'button',
      {
        class: `lane-head ${kind} ${folded ? 'folded' : 'open'}`,
        title: `${title}: ${folded ? 'show each lane' : 'fold into one row'}`,
        attributes: { type: 'button', 'aria-expanded': String(!folded), 'data-key': key },
      },
      element(
        'span',
        { class: 'twist', attributes: { 'aria-hidden': 'true' } },
        folded ? '▸' : '▾',
      ),
      element(
        'span',
        { class: 'of-head' },
        title,
        kind === 'idle' ? element('span', { class: 'wide-only' }, ' lanes') : undefined,
      ),
      kind === 'group'
        ? element(
            'span',
            { class: 'count' },
            lanes.length === 1 ? '1 lane' : `${lanes.length} lanes`,
          )
        : undefined,
    );
    place(made, row);
    made.addEventListener('click', () => this.#toggled(key));
    return made;
  }
}

function makeFixed(
  lanes: readonly LaneInfo[],
  layout: RunLayout,
  header: TraceHeader,
): HTMLElement[] {
  const scale = element(
    'div',
    { class: 'cores-scale' },
    element('span', {}, String(header.cores)),
    element('span', {}, '0'),
  );
  place(scale, layout.cores);
  return [
    makeLabel(ribbonName(lanes, header), layout.ribbon, 'of-ribbon'),
    makeLabel(['Cores', tellsOfCores(header) ? ' busy' : ' at least'], layout.cores, 'of-cores'),
    scale,
  ];
}

function ribbonName(lanes: readonly LaneInfo[], header: TraceHeader): string[] {
  const gils = new Set(lanes.map(lane => lane.gil).filter(gil => gil !== NO_LOCK)).size;
  if (gils === 0) return [tellsOfGil(header) ? 'No GIL' : 'GIL'];
  return gils === 1 ? ['GIL', ' held by'] : [`GIL × ${gils}`];
}

function makeName(row: PlacedRow, lanes: readonly LaneInfo[]): HTMLElement {
  const name = shortName(lanes.at(row.plan.lanes[0])?.name ?? '');
  return makeLabel([name], row, row.plan.low ? 'of-lane low' : 'of-lane', name);
}

/** A label at the left of a row; in a narrow page only the first of its words is shown. */
function makeLabel(words: readonly string[], row: Row, kind: string, title = ''): HTMLElement {
  const [first, rest = ''] = words;
  const made = element(
    'div',
    { class: `lane-label ${kind}`, title },
    first,
    rest === '' ? undefined : element('span', { class: 'wide-only' }, rest),
  );
  place(made, row);
  made.style.lineHeight = `${row.heightPx}px`;
  return made;
}

function place(target: HTMLElement, { topPx, heightPx }: Row): void {
  target.style.top = `${topPx}px`;
  target.style.height = `${heightPx}px`;
}
