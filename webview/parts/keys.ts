// Which key does what, as a table: the help lists it, and each action is a command of the editor too.

import type { PageCommand } from '../../src/protocol/messages';

/** Every action of a key, its keys as the browser names them, and what it does. */
export const KEYS: readonly (readonly [
  action: PageCommand,
  keys: readonly string[],
  what: string,
])[] = [
  ['playPause', [' '], 'play or pause'],
  ['nextHandOff', ['n'], 'next hand-off of the GIL'],
  ['previousHandOff', ['N'], 'previous hand-off'],
  ['previousSpan', ['ArrowLeft'], 'previous span of the lane'],
  ['nextSpan', ['ArrowRight'], 'next span'],
  ['laneAbove', ['ArrowUp'], 'lane above'],
  ['laneBelow', ['ArrowDown'], 'lane below'],
  ['firstSpan', ['Home'], 'first span of the lane'],
  ['lastSpan', ['End'], 'last span'],
  ['extendNext', ['Shift+ArrowRight'], 'measure up to the next span'],
  ['extendPrevious', ['Shift+ArrowLeft'], 'measure back to the previous span'],
  ['reveal', ['Enter'], 'go to the line of the span'],
  ['zoomIn', ['w', '+', '='], 'zoom in (also Ctrl+wheel)'],
  ['zoomOut', ['s', '-'], 'zoom out'],
  ['panLeft', ['a'], 'move left (also drag)'],
  ['panRight', ['d'], 'move right'],
  ['fit', ['0'], 'show everything'],
  ['restart', ['r'], 'run again'],
  ['followLive', ['l'], 'follow a run that goes on'],
  ['orderLanes', ['o'], 'next order of the lanes'],
  ['foldGroup', ['g'], 'fold or open the group of the lane'],
  ['previousRun', ['b'], 'show or hide the previous run'],
  ['slower', ['['], 'slower'],
  ['faster', [']'], 'faster'],
  ['compare', ['1'], 'Compare'],
  ['timeline', ['2'], 'Timeline'],
  ['table', ['3', 't'], 'Table'],
  ['search', ['/'], 'search (also Ctrl+F)'],
  ['nextHit', ['F3'], 'next hit'],
  ['previousHit', ['Shift+F3'], 'previous hit'],
  ['pin', ['p'], 'pin or unpin the run'],
  ['export', ['e'], 'export picture or figures'],
  ['letGo', ['Escape'], 'clear span, selection and search'],
  ['help', ['?'], 'these keys'],
];

/** What a key is called: `Shift+N`, `→`. */
export function keyName(key: string): string {
  if (/^[A-Z]$/.test(key)) return `Shift+${key}`;
  const named = key.replace(/Arrow\w+/, arrow => NAMES[arrow] ?? arrow);
  return NAMES[key] ?? (key.length > 1 ? named : key.toUpperCase());
}

const NAMES: Readonly<Partial<Record<string, string>>> = {
  ' ': 'Space',
  Escape: 'Esc',
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
};

/**
 * The action of a key press, or undefined. With Ctrl, Alt or Cmd the key is the editor's; a focused button keeps
 * the keys that press it.
 */
export function keyAction(event: KeyboardEvent): PageCommand | undefined {
  if (event.ctrlKey || event.altKey || event.metaKey) return undefined;
  const pressesButton = event.key === ' ' || event.key === 'Enter';
  // Whoever types into a field types.
  if (event.target instanceof HTMLInputElement) return undefined;
  if (event.target instanceof HTMLSelectElement) return undefined;
  if (pressesButton && event.target instanceof Element && event.target.closest('button')) {
    return undefined;
  }
  const { key, shiftKey } = event;
  const named = shiftKey && key.length > 1 ? `Shift+${key}` : key;
  return KEYS.find(([, keys]) => keys.includes(named))?.[0];
}
