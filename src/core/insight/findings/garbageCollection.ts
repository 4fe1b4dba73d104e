// Collections of garbage: the one that collects keeps the GIL until it is done.

import type { Finding } from './finding';
import { baseOf } from './gilStory';
import { sum } from './tally';
import type { Subject } from './subject';

/** A pause of this length is noticed by people and by time limits. */
const LONG_PAUSE_NS = 50e6;
/** So much of the waiting is worth a word even without a long pause. */
const MUCH = 0.05;

export function garbageCollections(subject: Subject): readonly Finding<'garbage-collection'>[] {
  const stories = [...subject.gilWaits].map(([lock, waits]) => ({ lock, waits, workers: [] }));
  return stories
    .filter(({ waits }) => {
      const { victims, longestNs } = waits.collecting;
      const lifeNs = sum(victims.ranked(), ([lane]) => subject.account.threads[lane].lifeNs);
      return longestNs >= LONG_PAUSE_NS || (lifeNs > 0 && victims.totalNs >= MUCH * lifeNs);
    })
    .map(story => ({
      kind: 'garbage-collection',
      ...baseOf(subject, story, 'collecting'),
      count: story.waits.collecting.spans.length,
      longestNs: story.waits.collecting.longestNs,
      certainty: 'likely',
      change: {
        kind: 'program',
        what: 'Call gc.freeze() when the long-lived objects are there, and raise the thresholds (gc.set_threshold).',
      },
    }));
}
