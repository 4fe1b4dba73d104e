// C code that computes for long and keeps the GIL.

import type { Finding } from './finding';
import { baseOf, gilStories } from './gilStory';
import type { Subject } from './subject';

export function longHolds(subject: Subject): readonly Finding<'long-hold'>[] {
  return gilStories(subject)
    .filter(({ waits }) => waits.long.victims.totalNs > 0)
    .map(story => ({
      kind: 'long-hold',
      ...baseOf(subject, story, 'long'),
      longestNs: story.waits.long.longestNs,
      change: {
        kind: 'runtime',
        runtime: 'processes',
        what: 'Call it in smaller pieces, or move that call into a process.',
      },
    }));
}
