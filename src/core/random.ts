// Seeded randomness: all that a real operating system would decide is drawn here, so a seed fixes a whole run.

import type { Nanoseconds } from './units';

/**
 * Marsaglia's xorshift with 128 bits of state (period 2^128-1), seeded through a 32-bit mixing function so that
 * neighbouring seeds give unrelated runs. Integer arithmetic only: the same numbers on every machine.
 */
export class Random {
  #x: number;
  #y: number;
  #z: number;
  #w: number;

  /** Any finite number is a seed; both its halves count. */
  constructor(seed: number) {
    this.#x = mix(seed | 0);
    this.#y = mix((this.#x ^ Math.floor(seed / 2 ** 32)) | 0);
    this.#z = mix(this.#y + 1);
    this.#w = mix(this.#z + 1) | 1;
  }

  /** A number in [0, 1), in steps of 2^-32. */
  next(): number {
    const t = this.#x ^ (this.#x << 11);
    this.#x = this.#y;
    this.#y = this.#z;
    this.#z = this.#w;
    this.#w = this.#w ^ (this.#w >>> 19) ^ t ^ (t >>> 8);
    return (this.#w >>> 0) / 2 ** 32;
  }

  /** A whole number in [0, limit). */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }
}

function mix(value: number): number {
  let x = (value + 0x9e3779b9) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return x ^ (x >>> 15);
}

/** A distribution of durations by three of its quantiles, as measurements report them. */
export interface Spread {
  readonly p10: Nanoseconds;
  readonly p50: Nanoseconds;
  readonly p90: Nanoseconds;
}

/** Draws a whole number of ns: straight lines between the quantiles, tails as wide as their neighbours suggest. */
export function drawFrom(random: Random, spread: Spread): Nanoseconds {
  if (spread.p90 === spread.p10) return spread.p50;
  return Math.round(quantile(spread, random.next()));
}

function quantile({ p10, p50, p90 }: Spread, share: number): number {
  if (share < 0.1) return p10 - (0.1 - share) * Math.min(p10 * 5, (p50 - p10) * 2.5);
  if (share < 0.5) return p10 + ((share - 0.1) / 0.4) * (p50 - p10);
  if (share < 0.9) return p50 + ((share - 0.5) / 0.4) * (p90 - p50);
  return p90 + (share - 0.9) * (p90 - p50) * 5;
}
