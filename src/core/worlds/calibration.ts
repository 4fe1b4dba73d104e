// A calibration: what the simulator's constants are on one interpreter and machine, as measured there. Plain JSON, so
// that it can be kept in a file; whatever comes back from one is checked here.

import { isRecord } from '../checks';
import { COSTS, type Cost, type Costs } from './costs';
import type { Spread } from '../random';
import { formatDuration, formatShare, NS_PER_S } from '../units';

/** Name of a constant of the table. */
export type CostName = keyof typeof COSTS;

/** The interpreter that was measured. */
export interface CalibratedPython {
  /** `CPython`; the command refuses others. */
  readonly implementation: string;
  /** `3.12.3` */
  readonly version: string;
  /** Whether its threads share a GIL: false in a free-threaded build that has it off. */
  readonly gil: boolean;
  readonly cores: number;
  readonly switchIntervalNs: number;
}

/** One constant as measured. */
export interface FoundCost {
  readonly name: CostName;
  readonly value: number | Spread;
  /** Between these lay eight tenths of the samples, or all of them if there were fewer than ten. */
  readonly low: number;
  readonly high: number;
  readonly sampleCount: number;
}

export interface Calibration {
  readonly version: 1;
  readonly python: CalibratedPython;
  /** Median turn of two counting threads: the switch interval as it comes out. Undefined without a GIL. */
  readonly holdNs?: number;
  readonly found: readonly FoundCost[];
  /** Constants that keep their defaults, each with a reason that completes “not measured:”. */
  readonly notMeasured: readonly { readonly name: CostName; readonly why: string }[];
}

export type ReadCalibration =
  | { readonly ok: true; readonly calibration: Calibration }
  | { readonly ok: false; readonly problem: string };

/** The constants to simulate with. */
export function costsOf({ found }: Calibration): Partial<Costs> {
  const costs: unknown = Object.fromEntries(found.map(({ name, value }) => [name, value]));
  return isCosts(costs) ? costs : {};
}

/** `CPython 3.12.3`. */
export function pythonName({ python }: Pick<Calibration, 'python'>): string {
  return `${python.implementation} ${python.version}`;
}

/** Reads what {@link Calibration} describes from parsed JSON. The problem completes a sentence with a colon before it. */
export function readCalibration(value: unknown): ReadCalibration {
  if (!isRecord(value) || value.version !== 1 || !Array.isArray(value.found)) {
    return { ok: false, problem: 'it is not what “gilscope calibrate --out” writes' };
  }
  if (!isPython(value.python)) {
    return { ok: false, problem: 'it does not say which Python was measured' };
  }
  const found: unknown[] = value.found;
  const problem = found.map(problemOfFound).find(text => text !== undefined);
  if (problem !== undefined) return { ok: false, problem };
  const notMeasured: unknown[] = Array.isArray(value.notMeasured) ? value.notMeasured : [];
  return {
    ok: true,
    calibration: {
      version: 1,
      python: value.python,
      ...(isDuration(value.holdNs) ? { holdNs: value.holdNs } : {}),
      found: found.filter(isFound),
      notMeasured: notMeasured.filter(isNotMeasured),
    },
  };
}

/** Why a value cannot be that constant; undefined if it can. */
export function problemOfCost(name: CostName, value: unknown): string | undefined {
  const cost: Cost<unknown> = COSTS[name];
  if (typeof cost.value === 'boolean') {
    return typeof value === 'boolean' ? undefined : `${name} is not true or false`;
  }
  const { least, most } = limitsOf(name, cost.unit);
  const isWithin = (part: unknown): part is number =>
    typeof part === 'number' && part >= least && part <= most;
  const range = `expected ${formatCost(name, least)} to ${formatCost(name, most)}`;
  if (typeof cost.value === 'number') {
    return isWithin(value) ? undefined : `${name} is ${printed(value)}, ${range}`;
  }
  if (!isSpread(value)) return `${name} lacks p10, p50 or p90`;
  const { p10, p50, p90 } = value;
  if (![p10, p50, p90].every(isWithin)) return `${name} is ${printed(value)}, ${range}`;
  return p10 <= p50 && p50 <= p90 ? undefined : `${name} has a p10, p50 and p90 out of order`;
}

/** What stands for a constant where one figure is wanted: the median of a spread. */
export function figureOf(value: number | boolean | Spread): number {
  return typeof value === 'object' ? value.p50 : Number(value);
}

/** A constant's figure for people: `38 µs`, `35 %`, `4.7 ms/MB`. */
export function formatCost(name: CostName, figure: number): string {
  switch (COSTS[name].unit) {
    case 'ns':
      return figure > 0 && figure < 100 ? `${figure.toPrecision(2)} ns` : formatDuration(figure);
    case 'ns/MB':
      return `${formatDuration(figure)}/MB`;
    case 'share':
      return formatShare(figure);
    default:
      return String(figure);
  }
}

/** The constants whose figure differs most from its default, as a ratio; at most `count`. */
export function biggestChanges({ found }: Calibration, count: number): readonly FoundCost[] {
  return [...found].sort((a, b) => changeOf(b) - changeOf(a)).slice(0, count);
}

/** How many times as large or as small as the default, as a logarithm. What is less than 1 % or 1 ns counts as that. */
function changeOf({ name, value }: FoundCost): number {
  const least = COSTS[name].unit === 'share' ? 0.01 : 1;
  const [now, before] = [value, COSTS[name].value].map(part => Math.max(least, figureOf(part)));
  return Math.abs(Math.log(now / before));
}

/** Ten seconds: more than any machine takes for one of these. A slice of nothing would divide by zero. */
function limitsOf(name: CostName, unit: Cost<unknown>['unit']): { least: number; most: number } {
  if (unit === 'share') return { least: 0, most: 1 };
  if (unit === 'factor') return { least: 0.1, most: 1000 };
  const isPeriod = name === 'timeSliceNs' || name === 'tickCheckNs';
  return { least: isPeriod ? 1000 : 0, most: 10 * NS_PER_S };
}

function problemOfFound(value: unknown): string | undefined {
  if (!isRecord(value) || !isCostName(value.name)) {
    const name = isRecord(value) ? value.name : value;
    return `there is no constant ${printed(name)}`;
  }
  const problem = problemOfCost(value.name, value.value);
  if (problem !== undefined) return problem;
  return isFound(value) ? undefined : `${value.name} lacks its low, high or sampleCount`;
}

function printed(value: unknown): string {
  if (typeof value === 'number') return String(value);
  const text = JSON.stringify(value) as string | undefined;
  return text === undefined ? 'nothing' : text.slice(0, 80);
}

function isCosts(value: unknown): value is Partial<Costs> {
  return (
    isRecord(value) &&
    Object.entries(value).every(
      ([name, part]) => isCostName(name) && problemOfCost(name, part) === undefined,
    )
  );
}

function isFound(value: unknown): value is FoundCost {
  return (
    isRecord(value) &&
    isCostName(value.name) &&
    problemOfCost(value.name, value.value) === undefined &&
    [value.low, value.high, value.sampleCount].every(isDuration)
  );
}

function isNotMeasured(value: unknown): value is { name: CostName; why: string } {
  return isRecord(value) && isCostName(value.name) && typeof value.why === 'string';
}

function isPython(value: unknown): value is CalibratedPython {
  return (
    isRecord(value) &&
    typeof value.implementation === 'string' &&
    typeof value.version === 'string' &&
    /^\d+(\.\d+){1,2}$/.test(value.version) &&
    typeof value.gil === 'boolean' &&
    isDuration(value.cores) &&
    isDuration(value.switchIntervalNs)
  );
}

function isSpread(value: unknown): value is Spread {
  return (
    isRecord(value) && [value.p10, value.p50, value.p90].every(part => typeof part === 'number')
  );
}

function isDuration(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function isCostName(name: unknown): name is CostName {
  return typeof name === 'string' && Object.hasOwn(COSTS, name);
}
