// The page of the race lesson, from a run that is written down.

import assert from 'node:assert/strict';
import { COUNTING_METHODS } from '../../src/core/refcounts';
import { raceLessonText } from '../../src/editor/raceLessonText';

const RUN = {
  threadCount: 2,
  cores: 2,
  results: COUNTING_METHODS.map(({ name, safe }) => ({
    method: name,
    threadCount: 2,
    updateCount: 1000,
    lostCount: safe ? 0 : 123,
    objectCount: 10,
    freedInUseCount: safe ? 0 : 4,
    neverFreedCount: safe ? 0 : 5,
    nsPerUpdateAlone: 2.4,
    nsPerUpdateTogether: 25,
  })),
};

describe('the page of the race lesson', () => {
  const text = raceLessonText(RUN);

  it('tells what every way of counting lost and cost', () => {
    assert.match(text, /\*\*No protection\*\*.*123 of 1000 updates were lost/);
    for (const { title } of COUNTING_METHODS) assert.ok(text.includes(`**${title}**`), title);
    assert.match(text, /2\.4 ns alone and 25 ns with 2 threads/);
  });

  it('shows the shortest bad order step by step, and that a lock leaves none', () => {
    // Both load 1; one stores 2, drops to 1 …; the first step of any bad order is a load.
    assert.match(text, /\| 1 \| load the count \| {2}\| 1 \|/);
    assert.match(text, /The end: \*\*(freed in use|used after it was freed)\*\*/);
    assert.match(text, /With a lock around each change there is no such order: all \d+ orders/);
  });

  it('does not repeat the book: x += 1 has lost nothing since 3.10, which proves nothing', () => {
    assert.match(text, /`x \+= 1` \(a global\) \| 3\.10 to 3\.13 \| 0 \|/);
    assert.match(text, /no proof/);
  });
});
