// The card beside the pointer or the chosen span.

import { element } from '../ground/dom';
import { placeText, type SpanText } from '../words/spans';
import { lookOf } from '../../src/core/model/stateLooks';

/** A point of the page, in CSS pixels from the top left of the window. */
export interface PagePoint {
  readonly xPx: number;
  readonly yPx: number;
}

const OFFSET_PX = 14;
const EDGE_PX = 4;
/** The same as in the style sheet. */
const NARROW_PX = 460;

/** One card for the whole page. Takes no pointer events, so that it never stands in the way of what it explains. */
export class HoverCard {
  readonly root = element('div', { class: 'card', attributes: { role: 'tooltip' } });

  constructor() {
    this.root.hidden = true;
  }

  show(text: SpanText, at: PagePoint): void {
    this.root.replaceChildren(...contentOf(text));
    this.root.hidden = false;
    const { width, height } = this.root.getBoundingClientRect();
    const left =
      at.xPx + OFFSET_PX + width > innerWidth ? at.xPx - OFFSET_PX - width : at.xPx + OFFSET_PX;
    const top =
      at.yPx + OFFSET_PX + height > innerHeight ? at.yPx - OFFSET_PX - height : at.yPx + OFFSET_PX;
    // A narrow page has no room beside the pointer: there it lies at the end that the pointer is not at.
    const narrow = innerWidth <= NARROW_PX;
    const bottom = innerHeight - height - EDGE_PX;
    const docked = at.yPx + OFFSET_PX < bottom ? bottom : EDGE_PX;
    this.root.style.left = `${narrow ? EDGE_PX : Math.max(EDGE_PX, left)}px`;
    this.root.style.top = `${narrow ? docked : Math.max(EDGE_PX, top)}px`;
  }

  hide(): void {
    this.root.hidden = true;
  }
}

function contentOf({ title, state, rows, place }: SpanText): Node[] {
  const look = state === undefined ? undefined : lookOf(state);
  const swatch = look && element('span', { class: 'swatch' });
  swatch?.style.setProperty('background', `var(--gs-${look?.color ?? 'unknown'})`);
  const list = element('dl');
  for (const [label, value] of rows) {
    list.append(element('dt', {}, label), element('dd', {}, value));
  }
  if (place) {
    list.append(element('dt', {}, 'at'), element('dd', { class: 'code' }, placeText(place)));
  }
  const nodes: Node[] = [element('div', { class: 'card-title' }, swatch, title), list];
  if (place)
    nodes.push(element('div', { class: 'card-hint' }, 'Double click or Enter: go to line'));
  return nodes;
}
