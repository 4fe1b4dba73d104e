// A circle of waits in words: as one sentence, and as one line for each of its threads.

import type { Trace } from '../model/trace';
import { shortName } from '../names';
import type { Deadlock, DeadlockEdge } from './deadlock';
import type { FoundLine } from './foundLine';
import { placeText } from './placeText';

/** Each edge by its thread, its line, its lock and who has that. */
export function deadlockText({ circle, certainty }: Deadlock, trace: Trace): string {
  const edges = circle.map(edge => {
    const place = placeText(trace, edge.position);
    return edgeText(trace, edge, place === '' ? '' : ` at ${place}`);
  });
  const sure = certainty === 'proof' ? 'A deadlock' : 'A deadlock, almost surely';
  return `${sure}: ${edges.join('; ')}. None of them can go on.`;
}

/** The edges one below the other: each is about the thread that the one before waits for. */
export function deadlockLines({ circle }: Deadlock, trace: Trace): readonly FoundLine[] {
  return circle.map(edge => ({
    sentence: `${edgeText(trace, edge, '')}.`,
    place: edge.position > 0 ? trace.positions[edge.position] : undefined,
  }));
}

/** `B waits at line 4 for left, which A has`. */
function edgeText(trace: Trace, { lane, next, lock }: DeadlockEdge, at: string): string {
  const laneName = (of: number): string => shortName(trace.lanes[of].name);
  const what = lock < 0 ? 'the end of' : `${shortName(trace.locks[lock].name)}, which`;
  const whose = next === lane ? 'it' : laneName(next);
  return `${laneName(lane)} waits${at} for ${what} ${whose}${lock < 0 ? '' : ' has'}`;
}
