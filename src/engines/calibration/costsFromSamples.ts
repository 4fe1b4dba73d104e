// From what was measured to the constants of the simulator: one row for each, with the samples that it needs.

import { COSTS } from '../../core/worlds/costs';
import type { CostName, FoundCost } from '../../core/worlds/calibration';
import type { Spread } from '../../core/random';

/** What `measure.py` prints: nanoseconds, but for `distinctTurns`, which is 1 or 0. No list is empty. */
export type Samples = ReadonlyMap<string, readonly number[]>;

/** The constants that the samples give, and which they do not; `reasons` says why samples are missing, by their name. */
export function costsFromSamples(
  samples: Samples,
  reasons: ReadonlyMap<string, string>,
): { found: FoundCost[]; notMeasured: { name: CostName; why: string }[] } {
  const found: FoundCost[] = [];
  const notMeasured: { name: CostName; why: string }[] = [];
  for (const name of COST_NAMES) {
    const source = SOURCES[name];
    if (typeof source === 'string') {
      notMeasured.push({ name, why: source });
      continue;
    }
    const missing = source.needs.find(need => !samples.has(need));
    const made = missing === undefined ? source.make(samples) : undefined;
    if (made) found.push({ name, ...made });
    else notMeasured.push({ name, why: reasons.get(missing ?? '') ?? ONE_KIND });
  }
  return { found, notMeasured };
}

const ONE_KIND = 'the gaps at hand-offs are all of one kind here';

const COST_NAMES: readonly CostName[] = Object.keys(COSTS).filter((name): name is CostName =>
  Object.hasOwn(COSTS, name),
);

type Made = Omit<FoundCost, 'name'>;

interface Source {
  readonly needs: readonly string[];
  readonly make: (samples: Samples) => Made | undefined;
}

/** Gaps at hand-offs are of two kinds (see core/gil.ts); the border lies here on every Linux tried. */
const SHORT_GAP_NS = 12_000;

/** Where each constant comes from, or why it cannot be measured. */
const SOURCES: Readonly<Record<CostName, Source | string>> = {
  timerSlackNs: median('timerSlack'),
  timeoutWake: {
    needs: ['timedWaitLate'],
    make: samples => {
      const slackNs = samples.get('timerSlack')?.[0] ?? COSTS.timerSlackNs.value;
      return spreadOf(take(samples, 'timedWaitLate').map(late => Math.max(0, late - slackNs)));
    },
  },
  wakeLatency: { needs: ['handOffGap'], make: samples => spreadOf(sleepersGaps(samples)) },
  hotWakeLatency: {
    needs: ['pingPong'],
    make: samples => spreadOf(take(samples, 'pingPong')),
  },
  hotSleepNs: 'fitted to hand-offs at many switch intervals',
  evaluationPointNs: median('loopTurn'),
  timeSliceNs: median('slice'),
  threadStartNs: median('threadStart'),
  threadBootstrapNs: median('threadBootstrap'),
  threadStartWaits: 'a fact of Lib/threading.py, not a cost',
  idleCoreFoundShare: 'fitted to the turns of three and more threads',
  askerTakesShare: {
    needs: ['distinctTurns'],
    // In three turns by three threads the asker wins the second race or not: core/gil.ts.
    make: samples => shareOf(take(samples, 'distinctTurns').map(isDistinct => 1 - isDistinct)),
  },
  askerTakeOver: {
    needs: ['handOffGap'],
    make: samples => {
      const short = take(samples, 'handOffGap').filter(gap => gap <= SHORT_GAP_NS);
      return hasTwoKinds(samples) ? spreadOf(short) : undefined;
    },
  },
  processStartParentNs: {
    needs: ['spawnStart', 'forkserverStart'],
    make: samples => {
      const [spawn, forkserver] = [take(samples, 'spawnStart'), take(samples, 'forkserverStart')];
      const all = spreadOf([...spawn, ...forkserver]);
      return { ...all, value: Math.round((medianOf(spawn) + medianOf(forkserver)) / 2) };
    },
  },
  forkserverChildNs: child('forkserver', parentOfProcess),
  spawnChildNs: child('spawn', parentOfProcess),
  forkParentNs: median('forkStart'),
  forkChildNs: child('fork', samples => medianOf(take(samples, 'forkStart'))),
  interpreterStartNs: median('interpreterStart'),
  messageNs: {
    needs: ['roundTrip'],
    // Two messages, each with two ends, and two threads to wake up.
    make: samples => {
      const wakesNs = 2 * wakeNs(samples);
      return figure(take(samples, 'roundTrip').map(trip => Math.max(0, (trip - wakesNs) / 4)));
    },
  },
  pickleNsPerMB: median('picklePerMB'),
  unpickleNsPerMB: median('unpicklePerMB'),
  copyNsPerMB: median('copyPerMB'),
  pipeNsPerMB: median('pipePerMB'),
  freeThreadedSlowdown: 'needs a default and a free-threaded build of one version side by side',
  freeThreaded313Slowdown: 'needs a default and a free-threaded build of 3.13 side by side',
  contendedObjectFactor: 'needs a free-threaded build',
  tickCheckNs: 'needs Python 2',
  tickGapNs: 'needs Python 2',
  failedWakeNs: 'needs Python 2',
};

function median(need: string): Source {
  return { needs: [need], make: samples => figure(take(samples, need)) };
}

/** Core time of a new process: the whole of start and join, less what the parent does and two wake-ups. */
function child(method: string, parentNs: (samples: Samples) => number): Source {
  return {
    needs: [`${method}Start`, `${method}Whole`],
    make: samples => {
      const othersNs = parentNs(samples) + 2 * wakeNs(samples);
      return figure(take(samples, `${method}Whole`).map(whole => Math.max(0, whole - othersNs)));
    },
  };
}

function parentOfProcess(samples: Samples): number {
  const starts = ['spawnStart', 'forkserverStart'].filter(name => samples.has(name));
  const medians = starts.map(name => medianOf(take(samples, name)));
  return medians.reduce((sum, ns) => sum + ns, 0) / Math.max(1, medians.length);
}

function wakeNs(samples: Samples): number {
  return samples.has('handOffGap') ? medianOf(sleepersGaps(samples)) : COSTS.wakeLatency.value.p50;
}

/** The gaps in which a sleeping thread was woken; all, where there is but one kind. */
function sleepersGaps(samples: Samples): readonly number[] {
  const gaps = take(samples, 'handOffGap');
  return hasTwoKinds(samples) ? gaps.filter(gap => gap > SHORT_GAP_NS) : gaps;
}

function hasTwoKinds(samples: Samples): boolean {
  const gaps = take(samples, 'handOffGap');
  const long = gaps.filter(gap => gap > SHORT_GAP_NS).length;
  return long >= gaps.length * 0.4 && gaps.length - long >= gaps.length * 0.05;
}

function take(samples: Samples, name: string): readonly number[] {
  return samples.get(name) ?? [];
}

/** The median as the value, in whole ns. */
function figure(values: readonly number[]): Made {
  return { ...spreadOf(values), value: Math.round(medianOf(values)) };
}

/** The mean as the value; low and high: two standard errors to either side. */
function shareOf(values: readonly number[]): Made {
  const share = values.reduce((sum, value) => sum + value, 0) / values.length;
  const error = 2 * Math.sqrt((share * (1 - share)) / values.length);
  return {
    value: Math.round(share * 100) / 100,
    low: Math.max(0, share - error),
    high: Math.min(1, share + error),
    sampleCount: values.length,
  };
}

function spreadOf(values: readonly number[]): Made & { readonly value: Spread } {
  const [p10, p50, p90] = [0.1, 0.5, 0.9].map(share => Math.round(quantileOf(values, share)));
  const isFew = values.length < 10;
  return {
    value: { p10, p50, p90 },
    low: isFew ? Math.min(...values) : quantileOf(values, 0.1),
    high: isFew ? Math.max(...values) : quantileOf(values, 0.9),
    sampleCount: values.length,
  };
}

function medianOf(values: readonly number[]): number {
  return quantileOf(values, 0.5);
}

/** Straight lines between neighbours. */
function quantileOf(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)];
  return below + (sorted[Math.ceil(at)] - below) * (at - Math.floor(at));
}
