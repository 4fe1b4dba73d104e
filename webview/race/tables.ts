// Tables of the race lesson: they scroll by themselves where the page is narrow.

import { element } from '../ground/dom';

/** A table with a name for screen readers. Heads are text or made already; an empty one is no head. */
export function scrollingTable(
  name: string,
  heads: readonly (string | HTMLElement)[],
  rows: readonly HTMLElement[],
): HTMLElement {
  const row = heads.map(head => {
    if (typeof head !== 'string') return head;
    return head === '' ? element('td', {}) : element('th', { attributes: { scope: 'col' } }, head);
  });
  const table = element(
    'table',
    {},
    element('caption', { class: 'visually-hidden' }, name),
    element('thead', {}, element('tr', {}, ...row)),
    element('tbody', {}, ...rows),
  );
  const attributes = { role: 'region', tabindex: '0', 'aria-label': name };
  return element('div', { class: 'scroller', attributes }, table);
}

/** `0`, `37 (under 0.1 %)`, `12.3 %`. */
export function shareText(lost: number, all: number): string {
  if (lost === 0) return '0';
  const percent = (lost / all) * 100;
  return percent < 0.1 ? `${lost.toLocaleString('en')} (under 0.1 %)` : `${percent.toFixed(1)} %`;
}
