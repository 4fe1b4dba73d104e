// Traces as text, for tests: made by hand, printed in full.

import type { Trace, TraceHeader } from '../../src/core/model/trace';

/** A header that claims nothing unusual. */
export const EXACT_HEADER: TraceHeader = {
  engine: 'simulated',
  runtime: 'gil',
  title: 'Threads + GIL',
  subtitle: 'one thread runs at a time',
  cores: 4,
  switchIntervalNs: 5_000_000,
  certainty: {
    states: { kind: 'exact' },
    handOffs: { kind: 'exact' },
    lines: { kind: 'exact' },
  },
};

/** Everything a trace says, as plain values that can be compared whole. */
export function storyOf(trace: Trace): unknown {
  const { lanes, locks, positions, marks, events, nowNs, done, droppedCount } = trace;
  return {
    lanes,
    locks,
    positions,
    marks,
    nowNs,
    done,
    droppedCount,
    segments: trace.stores.map(store => {
      const { starts, states, positions: places } = store.columns();
      return [...starts].map((start, i) => `${start} ${states[i]} @${places[i]}`);
    }),
    ends: trace.stores.map(store => store.endNs),
    events: [...events.times].map(
      (time, i) =>
        `${time} ${events.kinds[i]} ${events.lanes[i]} ${events.locks[i]} ${events.arguments[i]}`,
    ),
  };
}
