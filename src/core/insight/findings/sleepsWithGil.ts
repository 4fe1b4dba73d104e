// C code that waits in a system call and keeps the GIL.

import type { Finding } from './finding';
import { baseOf, gilStories } from './gilStory';
import type { Subject } from './subject';

export function sleepsWithGil(subject: Subject): readonly Finding<'sleeps-with-gil'>[] {
  return gilStories(subject)
    .filter(({ waits }) => waits.sleeping.victims.totalNs > 0)
    .map(story => ({
      kind: 'sleeps-with-gil',
      ...baseOf(subject, story, 'sleeping'),
      count: story.waits.sleeping.spans.length,
      longestNs: story.waits.sleeping.longestNs,
      change: {
        kind: 'program',
        what: 'Let the extension give the GIL away around that call (ctypes.CDLL does, PyDLL does not), or call it in a process.',
      },
    }));
}
