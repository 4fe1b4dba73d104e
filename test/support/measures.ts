// Sorted samples and how they are told: medians with spread, never a single lucky run.

/** The value below which the share `q` of the samples lies; samples need not be sorted. */
export function quantile(samples: readonly number[], q: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}

/** `p50 41 · p95 78 · max 93 ms (120 samples)`. */
export function spreadText(samples: readonly number[], unit: string): string {
  const figure = (value: number) => (value < 10 ? value.toFixed(1) : String(Math.round(value)));
  const parts = [
    `p50 ${figure(quantile(samples, 0.5))}`,
    `p95 ${figure(quantile(samples, 0.95))}`,
    `max ${figure(Math.max(...samples))} ${unit}`,
  ];
  return `${parts.join(' · ')} (${samples.length} samples)`;
}
