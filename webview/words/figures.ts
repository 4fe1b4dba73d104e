// The figures of a run as the page shows them: of all of it, or up to the playhead while it plays.

import { livedIn, timePerState } from '../../src/core/model/timePerState';
import { formatTimes, speedUpOf } from '../../src/core/insight/speedUp';
import { LaneState, usesCore } from '../../src/core/model/lanes';
import { measuredCores } from '../../src/core/model/measured';
import { tellsOfCores, tellsOfGil } from '../../src/core/model/told';
import type { Trace } from '../../src/core/model/trace';
import { formatDuration, formatShare, type Nanoseconds } from '../../src/core/units';
import type { HandOffIndex } from '../model/handOffs';
import { comparedFigure } from './timeLabels';

/** From here down a run is told to take longer, not to be sped up. */
const SLOWER = 0.95;

/** Stands for a figure that the trace does not tell. */
const NOT_TOLD = '–';

/** What the header of a run says. */
export interface RunFigures {
  readonly wallNs: Nanoseconds;
  /** Share of the threads' lives, first start to end, spent waiting for the GIL; undefined: the trace does not tell. */
  readonly waitingShare: number | undefined;
  readonly handOffs: number | undefined;
  /** Cores busy on average; undefined: the trace does not tell. */
  readonly effectiveCores: number | undefined;
  readonly cores: number;
}

/** One metric of the header: its figure, its unit, and whether it is good news. */
export interface Metric {
  readonly name: string;
  readonly value: string;
  readonly label: string;
  readonly tone: 'plain' | 'good' | 'bad';
}

/** The figures of `[0, untilNs)`. */
export function figuresUpTo(
  trace: Trace,
  handOffs: HandOffIndex,
  untilNs: Nanoseconds,
): RunFigures {
  const wallNs = Math.min(untilNs, trace.nowNs);
  const time = timePerState(trace.stores, 0, wallNs);
  const alive = livedIn(time);
  const busy = time.reduce((sum, ns, state) => sum + (usesCore(state) ? ns : 0), 0);
  const isGilTold = tellsOfGil(trace.header);
  const waiting = alive > 0 ? time[LaneState.waitingForGil] / alive : 0;
  const cores = measuredCores(trace, 0, wallNs) ?? (wallNs > 0 ? busy / wallNs : 0);
  return {
    wallNs,
    waitingShare: isGilTold ? waiting : undefined,
    handOffs: isGilTold ? handOffs.countBefore(untilNs) : undefined,
    effectiveCores: isGilTold && tellsOfCores(trace.header) ? cores : undefined,
    cores: trace.header.cores,
  };
}

/** What a run's figures are compared with. */
export interface Compared {
  readonly isBaseline: boolean;
  /** Undefined: not known yet. */
  readonly speedUp: number | undefined;
  /** Why there is no saying how much faster; empty if there is. */
  readonly incomparable: string;
  /** The longest of all runs: all wall times are told in its unit. */
  readonly longestNs: Nanoseconds;
}

/** The metrics in the order of the table. */
export function metricsOf(figures: RunFigures, compared: Compared): readonly Metric[] {
  const { isBaseline } = compared;
  const wall = comparedFigure(figures.wallNs, compared.longestNs);
  return [
    { name: 'wall', value: wall.value, label: `${wall.unit} wall time`, tone: 'plain' },
    isBaseline
      ? { name: 'speedUp', value: '1.0×', label: 'baseline', tone: 'plain' }
      : speedUpMetric(compared),
    waitingMetric(figures),
    {
      name: 'handOffs',
      value: figures.handOffs?.toLocaleString('en') ?? NOT_TOLD,
      label: figures.handOffs === 1 ? 'hand-off' : 'hand-offs',
      tone: 'plain',
    },
    coresMetric(figures),
  ];
}

function waitingMetric({ waitingShare }: RunFigures): Metric {
  const value = waitingShare === undefined ? NOT_TOLD : formatShare(waitingShare);
  const tone = (waitingShare ?? 0) >= 0.1 ? 'bad' : 'plain';
  return { name: 'waiting', value, label: 'waiting for the GIL', tone };
}

function coresMetric({ effectiveCores, cores }: RunFigures): Metric {
  if (effectiveCores === undefined)
    return { name: 'cores', value: NOT_TOLD, label: 'cores busy', tone: 'plain' };
  const label = `of ${cores} ${cores === 1 ? 'core' : 'cores'} busy`;
  const tone = cores > 1 && effectiveCores < cores / 2 ? 'bad' : 'plain';
  return { name: 'cores', value: effectiveCores.toFixed(1), label, tone };
}

/** What is said in white space. */
export interface Saved {
  readonly big: string;
  readonly small: string;
}

/** What stands in the white space of a run that ended earlier or later than the one it is compared with. */
export function savedText(
  wallNs: Nanoseconds,
  baseline: { readonly title: string; readonly wallNs: Nanoseconds },
): Saved | undefined {
  const factor = speedUpOf(baseline.wallNs, wallNs);
  if (factor === undefined || factor < 1.05) return undefined;
  const done = comparedFigure(wallNs, baseline.wallNs);
  const saved = formatDuration(baseline.wallNs - wallNs);
  return {
    big: `${formatTimes(factor)} faster`,
    small: `done at ${done.value} ${done.unit}, ${saved} before ${baseline.title}`,
  };
}

/** `2.7× speed-up`, `1.2× as long`, `– not comparable`. */
export function speedUpText(speedUp: number | undefined, incomparable: string): string {
  if (incomparable !== '') return '– not comparable';
  if (speedUp === undefined) return '– speed-up';
  return speedUp > SLOWER
    ? `${formatTimes(speedUp)} speed-up`
    : `${formatTimes(1 / speedUp)} as long`;
}

function speedUpMetric({ speedUp, incomparable }: Compared): Metric {
  const [value, ...label] = speedUpText(speedUp, incomparable).split(' ');
  const tone = speedUp === undefined || incomparable !== '' ? 'plain' : toneOfSpeedUp(speedUp);
  return { name: 'speedUp', value, label: label.join(' '), tone };
}

function toneOfSpeedUp(speedUp: number): Metric['tone'] {
  if (speedUp >= 1.05) return 'good';
  return speedUp <= SLOWER ? 'bad' : 'plain';
}
