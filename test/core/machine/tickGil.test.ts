// The GIL of Python 2 to 3.1: what Beazley showed in 2010 comes out of the model.

import { ok } from 'node:assert/strict';
import { simulate } from '../../../src/core/machine/machine';
import { statisticsOf } from '../../../src/core/insight/statistics';
import { EventKind, ReleaseReason } from '../../../src/core/model/trace';
import type { TraceBuilder } from '../../../src/core/model/traceBuilder';
import { program } from '../../support/stories';

const SEEDS = [1, 2, 3, 4];

function runsOf(text: string, { cores = 2, runtime = 'gil-ticks' } = {}): TraceBuilder[] {
  return SEEDS.map(seed =>
    simulate({
      program: program(text),
      runtime,
      conditions: { cores, switchIntervalNs: 5e6, seed },
    }),
  );
}

/** How much longer `count` counting threads take than the same work in one. */
function slowdownOf(count: number, cores: number): number {
  const names = Array.from({ length: count }, (_, i) => `T${i}`);
  const runs = runsOf(names.map(name => `${name}  compute 200ms`).join('\n'), { cores });
  return runs.reduce((sum, { nowNs }) => sum + nowNs, 0) / runs.length / (count * 200e6);
}

describe('the tick-based GIL', () => {
  it('makes two counting threads slower on two cores than one after the other, but not on one core', () => {
    const [onTwo, onOne] = [slowdownOf(2, 2), slowdownOf(2, 1)];
    ok(onTwo > 1.05 && onTwo < 1.66, `two cores: ${onTwo}`); // five measured runs: 1.05 to 1.66
    ok(onOne < 1.02, `one core: ${onOne}`); // measured: 1.01
  });

  it('gets no quicker with more threads: each of them fails to take it, and the holder pays', () => {
    const slowdowns = [1, 2, 3, 4, 6, 8, 16].map(count => slowdownOf(count, 2));
    // Measured with four: 2.31. From three threads on the second core is as busy as it can be.
    for (const [i, slowdown] of slowdowns.entries()) {
      ok(i === 0 || slowdown > slowdowns[i - 1] * 0.98, slowdowns.join(' '));
    }
    ok(Math.abs(slowdowns[3] / 2.31 - 1) < 0.1, slowdowns.join(' '));
  });

  it('is let go of because 100 ticks are over, never because somebody asked', () => {
    for (const { events } of runsOf('A  compute 50ms\nB  compute 50ms')) {
      const kinds = new Set(events.kinds);
      ok(!kinds.has(EventKind.dropRequest));
      const reasons = [...events.arguments].filter((_, i) => events.kinds[i] === EventKind.release);
      ok(!reasons.includes(ReleaseReason.forced));
      ok(reasons.filter(reason => reason === ReleaseReason.tick).length > 100);
    }
  });

  it('hands itself over dozens of times in the interval of its successor', () => {
    const text = 'A  compute 500ms\nB  compute 500ms';
    const [ticks, interval] = ['gil-ticks', 'gil'].map(runtime => {
      const [trace] = runsOf(text, { runtime });
      return trace.nowNs / statisticsOf(trace).handOffCount;
    });
    ok(ticks < interval / 10, `${ticks} ns a hand-off, ${interval} since 3.2`);
  });
});
