// Programs that do not come to their end: those that fail, and those that say themselves why they cannot go on.

import type { Mark } from '../../model/mark';
import { NOBODY } from '../blame';
import type { Finding, FindingBase } from './finding';
import type { Subject } from './subject';

export function failures({ facts, trace }: Subject): readonly Finding<'failed'>[] {
  const { exitCode } = facts;
  if (typeof exitCode !== 'number' || exitCode === 0) return [];
  const change = { kind: 'none' } as const;
  return [{ kind: 'failed', ...nowhere(trace.nowNs), exitCode, change }];
}

export function stuck({ trace }: Pick<Subject, 'trace'>): readonly Finding<'stuck'>[] {
  for (const mark of trace.marks) {
    const what = wayOutOf(mark);
    if (what === undefined) continue;
    const change = { kind: 'program', what } as const;
    return [{ kind: 'stuck', ...nowhere(trace.nowNs), why: mark.text, change }];
  }
  return [];
}

/** What to change in a program that got stuck; undefined for a mark that says nothing of the kind. */
function wayOutOf(mark: Mark): string | undefined {
  switch (mark.kind) {
    case 'deadlock':
      return mark.waitsForLock
        ? 'Take the locks in the same order everywhere, or hold one at a time.'
        : 'Make sure that what this thread waits for happens.';
    case 'error':
      return 'Make sure that what this thread waits for happens.';
    case 'cut-off':
      return mark.reason === 'endless'
        ? 'Give the steps of the loop a time, or fewer rounds.'
        : undefined;
    default:
      return undefined;
  }
}

function nowhere(costNs: number): Omit<FindingBase, 'change'> {
  return {
    costNs,
    threads: [],
    spans: [],
    where: 0,
    culprit: NOBODY,
    certainty: 'sure',
    evidence: [],
  };
}
