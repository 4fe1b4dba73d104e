// Programs that do not come to their end: those that fail, and those that say themselves why they cannot go on.

import { NOBODY } from '../blame';
import type { Finding, FindingBase } from './finding';
import type { Subject } from './subject';

export function failures({ facts, trace }: Subject): readonly Finding<'failed'>[] {
  const { exitCode } = facts;
  if (typeof exitCode !== 'number' || exitCode === 0) return [];
  const change = { kind: 'none' } as const;
  return [{ kind: 'failed', ...nowhere(trace.nowNs), exitCode, change }];
}

export function stuck({ trace }: Subject): readonly Finding<'stuck'>[] {
  const why = trace.marks.find(mark =>
    /^(Deadlock|RuntimeError|Stopped.*never gets on)/.test(mark),
  );
  if (why === undefined) return [];
  const what = why.startsWith('Stopped')
    ? 'Give the steps of the loop a time, or fewer rounds.'
    : why.includes('lock ')
      ? 'Take the locks in the same order everywhere, or hold one at a time.'
      : 'Make sure that what this thread waits for happens.';
  return [{ kind: 'stuck', ...nowhere(trace.nowNs), why, change: { kind: 'program', what } }];
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
