// A trace as plain values: what two traces must share to be the same, byte for byte.

import type { Trace } from '../../src/core/model/trace';

/** Everything but the program's name and the classes that hold it. */
export function contentOf(trace: Trace): unknown {
  const { times, kinds, lanes, locks, arguments: operands } = trace.events;
  return {
    lanes: trace.lanes,
    locks: trace.locks,
    positions: trace.positions,
    marks: trace.marks,
    nowNs: trace.nowNs,
    done: trace.done,
    events: [times, kinds, lanes, locks, operands].map(column => [...column].join()),
    stores: trace.stores.map(store => {
      const { starts, states, positions } = store.columns();
      return [starts, states, positions].map(column => [...column].join());
    }),
  };
}
