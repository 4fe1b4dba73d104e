// Which key does what, as a table.

import type { ViewName } from './viewTabs';

/** Everything a key can do. */
export type KeyAction =
  | 'playPause'
  | 'nextHandOff'
  | 'previousHandOff'
  | 'nextSpan'
  | 'previousSpan'
  | 'laneBelow'
  | 'laneAbove'
  | 'firstSpan'
  | 'lastSpan'
  | 'reveal'
  | 'zoomIn'
  | 'zoomOut'
  | 'panLeft'
  | 'panRight'
  | 'fit'
  | 'restart'
  | 'slower'
  | 'faster'
  | 'letGo'
  | 'help'
  | ViewName;

const BY_KEY: Readonly<Partial<Record<string, KeyAction>>> = {
  ' ': 'playPause',
  n: 'nextHandOff',
  N: 'previousHandOff',
  ArrowRight: 'nextSpan',
  ArrowLeft: 'previousSpan',
  ArrowDown: 'laneBelow',
  ArrowUp: 'laneAbove',
  Home: 'firstSpan',
  End: 'lastSpan',
  Enter: 'reveal',
  w: 'zoomIn',
  '+': 'zoomIn',
  '=': 'zoomIn',
  s: 'zoomOut',
  '-': 'zoomOut',
  a: 'panLeft',
  d: 'panRight',
  '0': 'fit',
  r: 'restart',
  '[': 'slower',
  ']': 'faster',
  Escape: 'letGo',
  '?': 'help',
  '1': 'compare',
  '2': 'timeline',
  '3': 'table',
  t: 'table',
};

/**
 * The action of a key press, or undefined. With Ctrl, Alt or Cmd the key is the editor's; a focused button keeps
 * the keys that press it.
 */
export function keyAction(event: KeyboardEvent): KeyAction | undefined {
  if (event.ctrlKey || event.altKey || event.metaKey) return undefined;
  const pressesButton = event.key === ' ' || event.key === 'Enter';
  // Whoever types into a field types.
  if (event.target instanceof HTMLInputElement) return undefined;
  if (pressesButton && event.target instanceof Element && event.target.closest('button')) {
    return undefined;
  }
  return BY_KEY[event.key];
}
