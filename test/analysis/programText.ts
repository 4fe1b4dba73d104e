// Programs and findings as lines of text, so that a test can say all it expects at once.

import type { Program, Step } from '../../src/core/model/program';
import { formatDuration } from '../../src/core/units';
import type { Analysis } from '../../src/analysis/analyser';

/** One line per thread: `Thread-1  compute 5 ms @3 · repeat 10 (io 3 ms @4)`. */
export function programText(program: Program | undefined): string {
  if (!program) return 'no program';
  return program.threads
    .map(thread => `${thread.name}  ${stepsText(thread.body, program)}`)
    .join('\n');
}

export function stepsText(steps: readonly Step[], program: Program): string {
  return steps.map(step => stepText(step, program)).join(' · ');
}

function stepText(step: Step, program: Program): string {
  const { line } = program.positions[step.at];
  switch (step.kind) {
    case 'compute':
      return `compute ${formatDuration(step.ns)} @${line}`;
    case 'native':
      return `${step.gil} ${formatDuration(step.ns)} @${line}`;
    case 'block':
      return `${step.why} ${formatDuration(step.ns)} @${line}`;
    case 'repeat':
      return `repeat ${step.times} (${stepsText(step.body, program)}) @${line}`;
    case 'start':
    case 'join':
      return `${step.kind} ${step.thread} @${line}`;
    case 'lock':
    case 'unlock':
      return `${step.kind} ${program.locks[step.lock]} @${line}`;
    default:
      return `${step.kind} @${line}`;
  }
}

/** One line per finding: `code: «the underlined text»`. */
export function findingsText(analysis: Analysis, source: string): string[] {
  return analysis.findings.map(
    finding => `${finding.code}: «${source.slice(finding.fromOffset, finding.toOffset)}»`,
  );
}
