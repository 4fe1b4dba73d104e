// What real interpreters did: test/golden/gilMeasurements.json, checked as far as the tests rely on it.

import { ok } from 'node:assert/strict';
import fs from 'node:fs';

/** One run of a measuring script; which fields it has depends on its kind. */
export interface MeasuredRun {
  readonly kind: string;
  readonly python: string;
  /** At most 12 % of the cores were used by other work. */
  readonly quiet: boolean;
  readonly command?: string | null;
  readonly n?: number | null;
  readonly interval_s?: number | null;
  readonly dur_s?: number | null;
  readonly ownership_changes?: number | null;
  readonly switch_number_delta?: number | null;
  readonly share?: readonly number[] | null;
  /** Share of as many turns in a row as there are threads in which no thread had two. */
  readonly frac_round_robin?: number | null;
  readonly threads?: number | null;
  readonly interval?: number | null;
  readonly serial_wall?: number | null;
  readonly threaded_wall?: number | null;
  readonly threaded_cpu?: number | null;
  readonly switches?: number | null;
  readonly workload?: string | null;
  readonly cpu_threads?: number | null;
  readonly mean_ms?: number | null;
  readonly p50_ms?: number | null;
  readonly thread_start_join_us?: number | null;
  readonly processpool_roundtrip_us_fork?: number | null;
  readonly processpool_roundtrip_us_forkserver?: number | null;
  readonly process_start_join_ms_fork?: number | null;
  readonly process_start_join_ms_forkserver?: number | null;
  readonly process_start_join_ms_spawn?: number | null;
}

/** The runs that nothing disturbed. */
export function quietRuns(): MeasuredRun[] {
  return allRuns().filter(run => run.quiet);
}

/** Disturbed ones too, for what differs more from run to run than by what disturbs it. */
export function allRuns(): MeasuredRun[] {
  const file: unknown = JSON.parse(fs.readFileSync('test/golden/gilMeasurements.json', 'utf8'));
  ok(typeof file === 'object' && file !== null && 'runs' in file && Array.isArray(file.runs));
  const runs: unknown[] = file.runs;
  ok(runs.every(isRun), 'every run has a kind, an interpreter and says whether it was quiet');
  return runs;
}

function isRun(value: unknown): value is MeasuredRun {
  return (
    typeof value === 'object' &&
    value !== null &&
    'kind' in value &&
    typeof value.kind === 'string' &&
    'python' in value &&
    typeof value.python === 'string' &&
    'quiet' in value &&
    typeof value.quiet === 'boolean'
  );
}
