// What the analysis tells people about their file: a sentence, a place, a stable name.

import type { LineIndex } from './lineIndex';

export type FindingSeverity = 'error' | 'warning' | 'information';

/** A half-open stretch of the source, in UTF-16 offsets. */
export interface SourceRange {
  readonly from: number;
  readonly to: number;
}

/** Something to tell about the source. `code` is stable: settings and tests name findings by it. */
export interface Finding {
  readonly code: string;
  readonly severity: FindingSeverity;
  /** One or two sentences: what is wrong, and what was expected. */
  readonly message: string;
  readonly fromOffset: number;
  readonly toOffset: number;
  /** Lines count from 1, columns from 0. */
  readonly fromLine: number;
  readonly fromColumn: number;
  readonly toLine: number;
  readonly toColumn: number;
}

/** The most findings one file gets: more would bury the first, and cost the editor time. */
export const MAX_FINDINGS = 200;

/** Gathers findings, at most {@link MAX_FINDINGS}; what comes after is counted in the last one. */
export class FindingList {
  readonly #lines: LineIndex;
  readonly #findings: Finding[] = [];
  #leftOut = 0;

  constructor(lines: LineIndex) {
    this.#lines = lines;
  }

  add(code: string, severity: FindingSeverity, range: SourceRange, message: string): void {
    if (this.#findings.length >= MAX_FINDINGS - 1) {
      this.#leftOut++;
      return;
    }
    this.#findings.push(this.#make(code, severity, range, message));
  }

  /** All findings in the order of the text. */
  toArray(): readonly Finding[] {
    const sorted = [...this.#findings].sort((a, b) => a.fromOffset - b.fromOffset);
    if (this.#leftOut === 0) return sorted;
    const last = sorted[sorted.length - 1];
    const range = { from: last.fromOffset, to: last.toOffset };
    const message = `${this.#leftOut} more findings are not listed; mend the first ones to see them.`;
    return [...sorted, this.#make('more-findings', 'information', range, message)];
  }

  #make(
    code: string,
    severity: FindingSeverity,
    { from, to }: SourceRange,
    message: string,
  ): Finding {
    const start = this.#lines.placeOf(from);
    const end = this.#lines.placeOf(to);
    return {
      code,
      severity,
      message,
      fromOffset: from,
      toOffset: to,
      fromLine: start.line,
      fromColumn: start.column,
      toLine: end.line,
      toColumn: end.column,
    };
  }
}
