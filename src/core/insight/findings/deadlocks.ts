// Threads that wait for each other in a circle.

import { deadlocksOf } from '../deadlock';
import { stuck } from './ends';
import type { Finding } from './finding';
import type { Subject } from './subject';

export function deadlocks(subject: Pick<Subject, 'trace'>): readonly Finding<'deadlock'>[] {
  const { trace } = subject;
  if (stuck(subject).length > 0) return []; // the program has said it itself
  return deadlocksOf(trace).map(deadlock => {
    const { circle, startNs, endNs, certainty } = deadlock;
    const threads = circle.map(({ lane }) => lane);
    return {
      kind: 'deadlock',
      costNs: (endNs - startNs) * circle.length,
      threads,
      spans: threads.map(lane => ({ lane, startNs, endNs })),
      where: circle[0].position,
      culprit: circle[0].next,
      certainty: certainty === 'proof' ? 'sure' : 'likely',
      evidence: [],
      deadlock,
      change: {
        kind: 'program',
        what:
          circle.length === 1
            ? 'Use an RLock, which its holder may take again, or do not ask for a lock that the thread has.'
            : 'Take the locks in the same order everywhere, or give up after a time: acquire(timeout=…).',
      },
    };
  });
}
