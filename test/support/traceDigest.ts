// What a trace holds, as a count and a checksum, so that two that lie in different programs can be compared.

import type { Trace } from '../../src/core/model/trace';

/** Equal for traces that are equal in every segment and event. */
export interface TraceDigest {
  readonly segments: number;
  readonly events: number;
  /** Of all lanes in order, every column whole. */
  readonly checksum: string;
}

/** Works in a page, too: it needs nothing but the trace. */
export function digestOf(trace: Pick<Trace, 'stores' | 'events' | 'eventCount'>): TraceDigest {
  let [low, high] = [0x811c9dc5, 0x9e3779b9];
  const add = (values: Float64Array | Uint8Array | Uint16Array | Uint32Array): void => {
    for (const value of values) {
      low = Math.imul(low ^ (value % 0x1_0000_0000), 0x01000193);
      high = Math.imul(high ^ Math.floor(value / 0x1_0000_0000) ^ low, 0x85ebca6b);
    }
    high = Math.imul(high ^ values.length, 0x01000193);
  };
  let segments = 0;
  for (const store of trace.stores) {
    const { starts, states, positions } = store.columns();
    segments += starts.length;
    for (const column of [starts, states, positions]) add(column);
  }
  const { times, kinds, lanes, locks, arguments: operands } = trace.events;
  for (const column of [times, kinds, lanes, locks, operands]) add(column);
  const checksum = [low, high].map(half => (half >>> 0).toString(16).padStart(8, '0')).join('');
  return { segments, events: trace.eventCount, checksum };
}
