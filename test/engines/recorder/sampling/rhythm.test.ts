// When the sampler reads without pause: after hand-offs, and when the program's rhythm says that one is due.
import assert from 'node:assert/strict';

import { Burst } from '../../../../src/engines/recorder/sampling/burst';
import { Rhythm } from '../../../../src/engines/recorder/sampling/rhythm';

const US = 1000;
const MS = 1000 * US;

/** A rhythm that has seen turns of these lengths, and the time of the last hand-off. */
function after(...lengthsMs: readonly number[]): { rhythm: Rhythm; nowNs: number } {
  const rhythm = new Rhythm();
  let nowNs = 0;
  rhythm.handedOn(nowNs);
  for (const length of lengthsMs) rhythm.handedOn((nowNs += length * MS));
  return { rhythm, nowNs };
}

describe('the rhythm of hand-offs', () => {
  it('expects the next one when turns of late have ended', () => {
    const { rhythm, nowNs } = after(5, 5.1, 4.95, 5);
    const dueNs = rhythm.dueIn(nowNs + 4 * MS, 1.5 * MS);
    // 4 ms have passed; turns end from 4.95 ms on, and one may end 0.2 ms earlier
    assert.ok(dueNs >= 0.7 * MS && dueNs <= 1 * MS, String(dueNs));
    assert.equal(rhythm.dueIn(nowNs + 5 * MS, MS), 0);
  });

  it('expects none long before, and none when the turn has outlasted all of them', () => {
    const { rhythm, nowNs } = after(5, 5.1, 4.95, 5);
    assert.equal(rhythm.dueIn(nowNs + 1 * MS, MS), MS);
    assert.equal(rhythm.dueIn(nowNs + 7 * MS, MS), MS);
  });

  it('knows several lengths, and expects the longer one when the shorter has passed', () => {
    const { rhythm, nowNs } = after(2, 7, 2, 7, 2, 7);
    assert.equal(rhythm.dueIn(nowNs + 2 * MS, MS), 0);
    assert.equal(rhythm.dueIn(nowNs + 4 * MS, MS), MS);
    assert.equal(rhythm.dueIn(nowNs + 7 * MS, MS), 0);
  });

  it('expects nothing where turns have no length in common', () => {
    const { rhythm, nowNs } = after(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
    for (let ms = 1; ms <= 8; ms++) assert.equal(rhythm.dueIn(nowNs + ms * MS, 100 * US), 100 * US);
  });

  it('forgets how the program behaved before', () => {
    const { rhythm, nowNs } = after(...Array<number>(40).fill(3), ...Array<number>(40).fill(6));
    assert.equal(rhythm.dueIn(nowNs + 3 * MS, MS), MS);
    assert.equal(rhythm.dueIn(nowNs + 6 * MS, MS), 0);
  });
});

describe('a burst of reads', () => {
  const pacing = { burstNs: 250 * US, burstShare: 0.15 };

  /** Reads every 10 µs; each hand-off of `handOffsAt` is counted. What share of the time was a burst. */
  function shareOfBursts(durationMs: number, handOffsAt: (nowNs: number) => number): number {
    const burst = new Burst();
    let inBurst = 0;
    for (let nowNs = 0; nowNs < durationMs * MS; nowNs += 10 * US)
      if (burst.goesOn(nowNs, handOffsAt(nowNs), pacing)) inBurst++;
    return inBurst / ((durationMs * MS) / (10 * US));
  }

  it('follows a hand-off for its time', () => {
    const share = shareOfBursts(100, nowNs => (nowNs >= 50 * MS ? 1 : 0));
    assert.ok(share > 0.002 && share < 0.003, String(share)); // 0.25 of 100 ms
  });

  it('takes no more than its share of the time, however fast the program switches', () => {
    const share = shareOfBursts(10_000, nowNs => nowNs / (10 * US));
    assert.ok(share > 0.14 && share < 0.17, String(share));
  });

  it('begins when a hand-off is due, and is slept for until then', () => {
    const burst = new Burst();
    burst.goesOn(0, 0, pacing);
    burst.goesOn(100 * MS, 0, pacing); // something is saved up
    assert.equal(burst.pauseNs(100 * MS, 80 * US, 200 * US), 80 * US);
    assert.equal(burst.pauseNs(100 * MS, 200 * US, 200 * US), 200 * US);
    assert.equal(burst.pauseNs(100 * MS, 0, 200 * US), 0);
    assert.equal(burst.goesOn(100.1 * MS, 0, pacing), true);
    assert.equal(burst.goesOn(100.3 * MS, 0, pacing), false);
  });

  it('does not begin when its share is spent', () => {
    const burst = new Burst();
    burst.goesOn(0, 0, pacing);
    assert.equal(burst.pauseNs(0, 0, 200 * US), 200 * US);
  });
});
