// The figures of a stretch of one run: exact, from the prefix sums, for any two moments.

import { livedIn, timePerState } from '../../src/core/model/timePerState';
import { tellsOfCores, tellsOfGil } from '../../src/core/model/told';
import { lossRows } from '../../src/core/insight/losses';
import { LaneState, usesCore } from '../../src/core/model/lanes';
import type { Trace } from '../../src/core/model/trace';
import { formatDuration, formatShare } from '../../src/core/units';
import type { HandOffIndex } from '../model/handOffs';
import { formatStretch } from './timeLabels';
import type { TimeWindow } from '../model/viewport';

/** Label and value of each figure of `range`. */
export function rangeRows(
  trace: Trace,
  handOffs: HandOffIndex,
  range: TimeWindow,
): readonly (readonly [label: string, value: string])[] {
  const fromNs = Math.max(0, range.fromNs);
  const toNs = Math.min(trace.nowNs, range.toNs);
  // A range up to the end includes what happens at that very moment.
  const untilNs = toNs < trace.nowNs ? toNs : Infinity;
  const lengthNs = Math.max(0, toNs - fromNs);
  const time = timePerState(trace.stores, fromNs, toNs);
  const busy = time.reduce((sum, ns, state) => sum + (usesCore(state) ? ns : 0), 0);
  const alive = livedIn(time);
  const unknownNs = time[LaneState.unknown];
  const share = (ns: number, of: number): string => (of > 0 ? formatShare(ns / of) : '–');
  const isGilTold = tellsOfGil(trace.header);
  const cores = `${(lengthNs > 0 ? busy / lengthNs : 0).toFixed(2)} of ${trace.header.cores}`;
  const length: readonly (readonly [string, string])[] = [
    ['length', formatDuration(lengthNs)],
    ['from', formatStretch(fromNs, toNs)],
  ];
  if (!isGilTold) return length;
  return [
    ...length,
    ['cores busy', tellsOfCores(trace.header) ? cores : '–'],
    ['GIL held', share(time[LaneState.runningWithGil], lengthNs)],
    [
      'waiting',
      `${share(time[LaneState.waitingForGil], alive)}, ${formatDuration(time[LaneState.waitingForGil])}`,
    ],
    ['hand-offs', String(handOffs.countBefore(untilNs) - handOffs.countBefore(fromNs))],
    ...(unknownNs > 0
      ? [['not observed', `${share(unknownNs, alive)}, ${formatDuration(unknownNs)}`] as const]
      : []),
    ...lossRows(trace).map(([label, figure]) => [label, `${figure} of the whole run`] as const),
  ];
}
