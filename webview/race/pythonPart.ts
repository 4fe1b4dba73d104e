// What is true of Python's own statements and of CPython's counts today.

import { COUNTS_TODAY, LOST_UPDATES_LESSON, PYTHON_LOST_UPDATES } from '../../src/core/refcounts';
import { element } from '../dom';

/** Text and a table that never change. */
export function pythonPart(): HTMLElement {
  return element(
    'section',
    { class: 'python', attributes: { 'aria-labelledby': 'python-statements' } },
    element('h2', { id: 'python-statements' }, 'And in Python’s own statements'),
    lostUpdatesTable(),
    element(
      'p',
      { class: 'remark' },
      'Additions that were missing in the end: two threads, CPython builds with a GIL, x86-64, smallest and largest of several runs (November 2026).',
    ),
    ...LOST_UPDATES_LESSON.map(text => element('p', {}, text)),
    element('h2', {}, 'What CPython does with its counts today'),
    element(
      'dl',
      {},
      ...COUNTS_TODAY.flatMap(({ what, how }) => [element('dt', {}, what), element('dd', {}, how)]),
    ),
  );
}

function lostUpdatesTable(): HTMLElement {
  const rows = PYTHON_LOST_UPDATES.flatMap(({ statement, what, lost }) =>
    lost.map(({ versions, least, most, expected }) =>
      element(
        'tr',
        { class: most > 0 ? 'bad' : '' },
        element(
          'th',
          { attributes: { scope: 'row' } },
          element('code', {}, statement),
          element('small', {}, what),
        ),
        element('td', {}, versions),
        element('td', {}, range(least, most)),
        element('td', {}, range(...expected)),
      ),
    ),
  );
  const heads = ['loop body', 'CPython', 'missing', 'of'].map(head =>
    element('th', { attributes: { scope: 'col' } }, head),
  );
  const table = element(
    'table',
    {},
    element('caption', { class: 'visually-hidden' }, 'Which statements lose updates'),
    element('thead', {}, element('tr', {}, ...heads)),
    element('tbody', {}, ...rows),
  );
  const attributes = {
    role: 'region',
    tabindex: '0',
    'aria-label': 'Which statements lose updates',
  };
  return element('div', { class: 'scroller', attributes }, table);
}

function range(from: number, to: number): string {
  const text = (value: number): string => value.toLocaleString('en');
  return from === to ? text(from) : `${text(from)} to ${text(to)}`;
}
