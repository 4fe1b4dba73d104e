// Times along an axis and in a clock: as many digits as the step between neighbours needs, no more.

import { NS_PER_MS, NS_PER_S, NS_PER_US, type Nanoseconds } from '../../src/core/units';
import type { TimeWindow } from '../model/viewport';

interface Unit {
  readonly name: string;
  readonly ns: number;
}

const UNITS: readonly Unit[] = [
  { name: 's', ns: NS_PER_S },
  { name: 'ms', ns: NS_PER_MS },
  { name: 'µs', ns: NS_PER_US },
  { name: 'ns', ns: 1 },
];

/** Labels of the axis stand at least this far apart. */
export const TICK_GAP_PX = 90;

/** Round distances between ticks (1, 2 or 5 times a power of ten, in ns) that leave each label `minGapPx`. */
export function tickStepNs(window: TimeWindow, widthPx: number, minGapPx: number): Nanoseconds {
  const wanted = ((window.toNs - window.fromNs) * minGapPx) / Math.max(minGapPx, widthPx);
  const power = 10 ** Math.floor(Math.log10(Math.max(1, wanted)));
  const factor = [1, 2, 5, 10].find(f => f * power >= wanted) ?? 10;
  return factor * power;
}

/** The multiples of `stepNs` inside the window. */
export function tickTimes(window: TimeWindow, stepNs: Nanoseconds): Nanoseconds[] {
  const ticks: Nanoseconds[] = [];
  const first = Math.ceil(window.fromNs / stepNs);
  const last = Math.floor(window.toNs / stepNs);
  for (let i = first; i <= last; i++) ticks.push(i * stepNs);
  return ticks;
}

/** `0`, `0.5 s`, `1.0373 s`: unit by the size of `upToNs`, digits by the step between neighbours. */
export function tickLabel(timeNs: Nanoseconds, stepNs: Nanoseconds, upToNs: Nanoseconds): string {
  if (timeNs === 0) return '0';
  const unit = unitFor(upToNs);
  return `${(timeNs / unit.ns).toFixed(decimalsFor(stepNs, unit))} ${unit.name}`;
}

/** A moment as exactly as a window shows it: to the power of ten below a pixel, in the unit of its axis. */
export function momentLabel(timeNs: Nanoseconds, window: TimeWindow, widthPx: number): string {
  const pixelNs = (window.toNs - window.fromNs) / Math.max(1, widthPx);
  return tickLabel(timeNs, 10 ** Math.floor(Math.log10(Math.max(1, pixelNs))), window.toNs);
}

/** A clock of a fixed number of digits, so that it does not wobble while it runs: `0.640`, in the unit of `totalNs`. */
export function clockFigure(timeNs: Nanoseconds, totalNs: Nanoseconds): string {
  return (timeNs / unitFor(totalNs).ns).toFixed(3);
}

/** The unit that {@link clockFigure} counts in. */
export function clockUnit(totalNs: Nanoseconds): string {
  return unitFor(totalNs).name;
}

/** A duration with the unit and digits of the longest it stands beside, so that figures can be compared by eye. */
export function comparedFigure(
  ns: Nanoseconds,
  longestNs: Nanoseconds,
): { readonly value: string; readonly unit: string } {
  const unit = unitFor(longestNs);
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(Math.max(1, longestNs / unit.ns))));
  return { value: (ns / unit.ns).toFixed(unit.ns === 1 ? 0 : decimals), unit: unit.name };
}

/** Begin and end of a stretch in one unit, with digits enough to tell them apart: `1.5875 – 1.6033 s`. */
export function formatStretch(fromNs: Nanoseconds, toNs: Nanoseconds): string {
  const unit = unitFor(Math.max(toNs, 1));
  const step = Math.max(1, (toNs - fromNs) / 500);
  const decimals = decimalsFor(10 ** Math.ceil(Math.log10(step)), unit);
  return `${(fromNs / unit.ns).toFixed(decimals)} – ${(toNs / unit.ns).toFixed(decimals)} ${unit.name}`;
}

function unitFor(ns: Nanoseconds): Unit {
  return UNITS.find(unit => ns >= unit.ns) ?? UNITS[UNITS.length - 1];
}

function decimalsFor(stepNs: Nanoseconds, unit: Unit): number {
  return Math.max(0, Math.min(9, Math.ceil(Math.log10(unit.ns / stepNs) - 1e-9)));
}
