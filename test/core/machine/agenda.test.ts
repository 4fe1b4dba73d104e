// The agenda and the queues of the simulator, against plain lists.

import { deepStrictEqual, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { Agenda } from '../../../src/core/machine/agenda';
import { drawFrom, Random } from '../../../src/core/random';
import { WaitLinks, WaitQueue } from '../../../src/core/machine/waitQueue';

const SLOTS = 9;

describe('the agenda', () => {
  it('gives timers in order of time, and at one instant in the order they were set', () => {
    const operation = fc.record({
      slot: fc.nat({ max: SLOTS - 1 }),
      timeNs: fc.nat({ max: 5 }),
      clears: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 40 }), operations => {
        const agenda = new Agenda(SLOTS);
        let plain: { slot: number; timeNs: number }[] = [];
        for (const { slot, timeNs, clears } of operations) {
          plain = plain.filter(timer => timer.slot !== slot);
          if (clears) agenda.clear(slot);
          else {
            agenda.set(slot, timeNs);
            plain.push({ slot, timeNs });
          }
        }
        const given: { slot: number; timeNs: number }[] = [];
        while (agenda.size > 0) {
          given.push({ slot: agenda.first, timeNs: agenda.firstNs });
          agenda.clear(agenda.first);
        }
        deepStrictEqual(
          given,
          [...plain].sort((a, b) => a.timeNs - b.timeNs),
        );
      }),
      { numRuns: 10_000 },
    );
  });
});

describe('a queue of waiting threads', () => {
  it('is first in, first out, and lets anybody leave', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: SLOTS - 1 }), { maxLength: 40 }), members => {
        const queue = new WaitQueue(new WaitLinks(SLOTS));
        const plain: number[] = [];
        for (const member of members) {
          if (plain.includes(member)) {
            queue.remove(member);
            plain.splice(plain.indexOf(member), 1);
          } else {
            queue.push(member);
            plain.push(member);
          }
          deepStrictEqual([queue.size, queue.head], [plain.length, plain.at(0) ?? -1]);
        }
        deepStrictEqual(
          plain.map(() => queue.shift()),
          plain,
        );
      }),
      { numRuns: 10_000 },
    );
  });
});

describe('random numbers', () => {
  it('of one seed are the same, of neighbouring seeds unrelated', () => {
    const draw = (seed: number): number[] => {
      const random = new Random(seed);
      return Array.from({ length: 1_000 }, () => random.next());
    };
    deepStrictEqual(draw(7), draw(7));
    const [a, b] = [draw(7), draw(8)];
    const agreeing = a.filter((value, i) => Math.abs(value - b[i]) < 0.01).length;
    ok(agreeing < 50, `${agreeing} of 1000 agree within a hundredth; 20 are expected by chance`);
  });

  it('from a spread have its quantiles', () => {
    const random = new Random(1);
    const spread = { p10: 10, p50: 55, p90: 120 };
    const drawn = Array.from({ length: 20_000 }, () => drawFrom(random, spread)).sort(
      (a, b) => a - b,
    );
    for (const [share, expected] of [
      [0.1, 10],
      [0.5, 55],
      [0.9, 120],
    ]) {
      ok(Math.abs(drawn[Math.floor(share * drawn.length)] - expected) <= 3, `p${share * 100}`);
    }
    ok(drawn[0] >= 0);
  });
});
