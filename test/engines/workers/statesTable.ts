// Traces of the same program side by side, as lines of text.

import { LANE_STATE_NAMES } from '../../../src/core/model/lanes';
import type { Trace } from '../../../src/core/model/trace';
import { formatDuration, formatShare } from '../../../src/core/units';
import { handOffsOf, timesOf } from './realRuns';

const STATES = [2, 3, 4, 5, 6, 7];

/** One line for each lane and trace: how long, and the share of each state. */
export function statesTable(title: string, traces: readonly Trace[]): string[] {
  const rows = traces.flatMap(trace =>
    trace.lanes.map(({ name }, lane) => {
      const times = timesOf(trace, lane);
      const shares = STATES.filter(state => times[state] > 0).map(
        state => `${LANE_STATE_NAMES[state]} ${formatShare(times[state] / trace.nowNs)}`,
      );
      return `  ${trace.header.engine.padEnd(10)} ${name.padEnd(5)} ${shares.join(', ')}`;
    }),
  );
  const heads = traces.map(
    trace =>
      `${trace.header.engine} ${formatDuration(trace.nowNs)}, ${handOffsOf(trace)} hand-offs of its first lock`,
  );
  return [`${title}: ${heads.join('; ')}`, ...rows];
}
