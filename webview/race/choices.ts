// What can be chosen in the race lesson, and what each choice is called.

import type { RaceProtection, RaceWork } from '../../src/core/refcounts/raceScenario';

export const WORKS: readonly {
  readonly name: RaceWork;
  readonly title: string;
  readonly what: string;
}[] = [
  {
    name: 'borrow',
    title: 'Borrow an object',
    what: 'Each thread makes a reference to the object, uses it, and drops the reference. Somebody else has one all the time, so the object must never be freed.',
  },
  {
    name: 'giveBack',
    title: 'Drop the last references',
    what: 'Each thread has a reference from the beginning and drops it. Whoever drops the last one frees the object.',
  },
  {
    name: 'countUp',
    title: 'Make references',
    what: 'Each thread makes a reference and keeps it.',
  },
  {
    name: 'plainAdd',
    title: 'x += 1',
    what: 'The count is a number of yours, x. Since 3.10 a thread lets go of the GIL only where a loop turns or a function is called, so not within this statement; up to 3.9 it could between any two instructions.',
  },
  {
    name: 'callBetween',
    title: 'v = c.v; f(); c.v = v + 1',
    what: 'The count is a number of yours, c.v. A call lies between reading and writing it, and there the interpreter may hand the GIL over.',
  },
];

const COUNTS: readonly RaceProtection[] = ['none', 'gil', 'atomic', 'object-lock', 'biased'];

/** Which ways make sense for which work: a Python statement can neither be one instruction nor have an owner. */
export const PROTECTIONS_OF: Readonly<Record<RaceWork, readonly RaceProtection[]>> = {
  borrow: COUNTS,
  giveBack: COUNTS,
  countUp: COUNTS,
  plainAdd: ['none', 'gil', 'gil-up-to-3.9', 'around'],
  callBetween: ['none', 'gil', 'object-lock', 'around'],
};

export const PROTECTION_TITLES: Readonly<Record<RaceProtection, string>> = {
  none: 'Without GIL',
  gil: 'With GIL',
  'gil-up-to-3.9': 'GIL up to 3.9',
  atomic: 'Atomic',
  'object-lock': 'Lock per object',
  biased: 'Biased',
  around: 'threading.Lock',
};
