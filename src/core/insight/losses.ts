// What is missing of a trace because it was lost or not seen: worded here, once.

import type { Trace } from '../model/trace';

type Losing = Pick<Trace, 'header' | 'droppedCount'>;

interface Words {
  readonly singular: string;
  readonly plural: string;
  /** What became of them, after "was" or "were". */
  readonly fate: string;
  /** As the name of a figure. */
  readonly label: string;
  /** Before the thing where nothing else says that those in the trace are not all. */
  readonly more: string;
}

const EVENTS: Words = {
  singular: 'event',
  plural: 'events',
  fate: 'lost',
  label: 'events lost',
  more: '',
};

/** Of a recording only hand-offs are lost: CPython counts those that nobody saw. */
const HAND_OFFS: Words = {
  singular: 'hand-off',
  plural: 'hand-offs',
  fate: 'counted but not seen',
  label: 'hand-offs not seen',
  more: 'more ',
};

function wordsOf({ header }: Losing): Words {
  return header.engine === 'recorded' ? HAND_OFFS : EVENTS;
}

/** As a clause: `3 hand-offs were counted but not seen`. Empty if nothing was lost. */
export function lossClause(trace: Losing): string {
  const { singular, plural, fate } = wordsOf(trace);
  const { droppedCount } = trace;
  if (droppedCount === 0) return '';
  return droppedCount === 1
    ? `1 ${singular} was ${fate}`
    : `${figureOf(trace)} ${plural} were ${fate}`;
}

/** In a list of facts: `3 more hand-offs counted but not seen`. Empty if nothing was lost. */
export function lossText(trace: Losing): string {
  const { singular, plural, fate, more } = wordsOf(trace);
  const { droppedCount } = trace;
  if (droppedCount === 0) return '';
  return `${figureOf(trace)} ${more}${droppedCount === 1 ? singular : plural} ${fate}`;
}

/** As rows of a table of figures: none or one. */
export function lossRows(trace: Losing): readonly (readonly [label: string, figure: string])[] {
  return trace.droppedCount === 0 ? [] : [[wordsOf(trace).label, figureOf(trace)]];
}

function figureOf({ droppedCount }: Losing): string {
  return droppedCount.toLocaleString('en');
}
