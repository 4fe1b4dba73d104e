// Threads that could run and get no core: because there are too many, others have them, or a limit stops the process.

import { LaneState, usesCore } from '../../model/lanes';
import { measuredCores } from '../../model/measured';
import type { Trace } from '../../model/trace';
import type { Nanoseconds } from '../../units';
import { computedNs } from '../account';
import { NOBODY } from '../blame';
import { isCrowdedOut, takenShareOf } from '../coreShare';
import { inBoth, lengthOf, longestOf, stretchesOf, whenAtLeast, type Stretch } from '../stretches';
import { MOST_SPANS, type Finding, type LaneStretch } from './finding';
import { lanesAtCLocks } from './locks';
import type { Subject } from './subject';
import { sum } from './tally';

/** Ready without a core, of all lives. */
const MUCH_READY = 0.15;
/** Stopped by a limit, of the run’s duration. */
const MUCH_THROTTLED = 0.1;

/** A quota of a cgroup stops all of its threads at once; the system counts for how long. */
export function cpuLimits({ account, trace }: Subject): readonly Finding<'cpu-limit'>[] {
  const counted = throttledNs(trace);
  const costNs = Math.max(counted, account.times.cpuLimit);
  if (costNs < MUCH_THROTTLED * trace.nowNs || costNs === 0) return [];
  const threads = account.threads
    .filter(({ role, times }) => role === 'worker' && computedNs(times) > 0)
    .sort((a, b) => computedNs(b.times) - computedNs(a.times));
  return [
    {
      kind: 'cpu-limit',
      costNs,
      threads: threads.map(({ lane }) => lane),
      spans: longestOf(
        threads.flatMap(({ lane }) => throttledStretches(trace, lane)),
        MOST_SPANS,
      ),
      where: 0,
      culprit: NOBODY,
      certainty: 'sure',
      evidence: [],
      cores: measuredCores(trace, 0, trace.nowNs) ?? null,
      change: {
        kind: 'program',
        what: 'Give the process more CPU (the quota of its container), or less to do.',
      },
    },
  ];
}

/** Processes under one limit all tell the same sum: the largest is that of the limit. */
function throttledNs({ cpu = [] }: Trace): Nanoseconds {
  const first = new Map<number, Nanoseconds>();
  let mostNs = 0;
  for (const { process, throttledNs: ns } of cpu) {
    const before = first.get(process) ?? ns;
    first.set(process, before);
    mostNs = Math.max(mostNs, ns - before);
  }
  return mostNs;
}

function throttledStretches({ stores }: Trace, lane: number): LaneStretch[] {
  return stretchesOf(stores[lane], state => state === LaneState.throttled).map(stretch => ({
    lane,
    ...stretch,
  }));
}

export function crowdedOut({ trace, account }: Subject): readonly Finding<'crowded-out'>[] {
  const share = takenShareOf(trace);
  if (!isCrowdedOut(share)) return [];
  return [
    {
      kind: 'crowded-out',
      costNs: account.times.noCore,
      threads: account.threads.filter(({ times }) => times.noCore > 0).map(({ lane }) => lane),
      spans: [],
      where: 0,
      culprit: NOBODY,
      certainty: 'sure',
      evidence: [],
      share,
      change: { kind: 'none' },
    },
  ];
}

export function moreThreadsThanCores(
  subject: Subject,
): readonly Finding<'more-threads-than-cores'>[] {
  const { trace, account } = subject;
  const { cores } = trace.header;
  if (isCrowdedOut(takenShareOf(trace))) return [];
  // A lock inside of C code puts threads to sleep and wakes them so often that their waits for a core say little.
  const left = lanesAtCLocks(subject);
  const lanes = account.threads.map(({ lane }) => lane).filter(lane => !left.has(lane));
  const wants = lanes.flatMap(lane => stretchesOf(trace.stores[lane], wantsCore));
  const tooMany = whenAtLeast(cores + 1, wants);
  const waits = lanes.flatMap(lane => readyDuring(subject, lane, tooMany));
  const costNs = lengthOf(waits);
  const lifeNs = sum(account.threads, thread => thread.lifeNs);
  if (costNs === 0 || costNs < MUCH_READY * lifeNs) return [];
  const threads = [...new Set(waits.map(({ lane }) => lane))];
  return [
    {
      kind: 'more-threads-than-cores',
      costNs,
      threads,
      spans: longestOf(waits, MOST_SPANS),
      where: 0,
      culprit: NOBODY,
      certainty: 'sure',
      evidence: [],
      threadCount: mostAtOnce(wants, cores),
      share: costNs / lifeNs,
      change: {
        kind: 'program',
        what: `Use as many threads as there are cores (${cores}).`,
      },
    },
  ];
}

function readyDuring({ trace }: Subject, lane: number, when: readonly Stretch[]): LaneStretch[] {
  const ready = stretchesOf(trace.stores[lane], state => state === LaneState.ready);
  return inBoth(ready, when).map(stretch => ({ lane, ...stretch }));
}

/** The largest number of stretches that go on at once; more than `known` do. */
function mostAtOnce(stretches: readonly Stretch[], known: number): number {
  let most = known + 1;
  while (whenAtLeast(most + 1, stretches).length > 0) most++;
  return most;
}

function wantsCore(state: number): boolean {
  return usesCore(state) || state === LaneState.ready;
}
