// How long an edit of a 2,000-line file takes to be understood again. Budget: 20 ms at the 95th percentile.

import { readFileSync } from 'node:fs';
import { Analyser } from '../../src/analysis/analyser';
import { RULES } from '../../src/analysis/advice/rules';

const EDITS = 500;
const BUDGET_MS = 20;

/** The same sample again and again until there are 2,000 lines, each function under a name of its own. */
function longSource(): string {
  const sample = readFileSync('media/samples/cpu_bound.py', 'utf8');
  const parts: string[] = [];
  for (let lines = 0, part = 0; lines < 2_000; part++) {
    parts.push(
      sample.replaceAll(
        /\b(primes_below|longest_chain|crunch|save|wall_time|main)\b/g,
        `$1_${part}`,
      ),
    );
    lines += sample.split('\n').length;
  }
  return parts.join('\n');
}

/** Percentiles, without the first tenth, in which the code is still being compiled. */
function spread(timesMs: readonly number[]): string {
  const sorted = timesMs.slice(timesMs.length / 10).sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(sorted.length * share)].toFixed(1);
  return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms`;
}

/** Edits all over the file, each timed alone. */
function measure(): void {
  const analyser = new Analyser('long.py');
  const source = longSource();
  analyser.update(source);
  const timesMs: number[] = [];
  const withAdviceMs: number[] = [];
  for (let edit = 0; edit < EDITS; edit++) {
    // The golden ratio spreads the places evenly over the file.
    const at = Math.floor(source.length * ((edit * 0.618) % 1));
    const edited = `${source.slice(0, at)}x${source.slice(at)}`;
    const startedMs = performance.now();
    analyser.update(edited);
    timesMs.push(performance.now() - startedMs);
    analyser.advice(RULES);
    withAdviceMs.push(performance.now() - startedMs);
    // Undone, so that the next edit is one edit again.
    analyser.update(source);
  }
  const lines = source.split('\n').length;
  console.log(`${lines} lines, an edit anywhere (budget ${BUDGET_MS} ms at p95):`);
  console.log(`program and findings  ${spread(timesMs)}`);
  console.log(`and all advice        ${spread(withAdviceMs)}`);
}

measure();
