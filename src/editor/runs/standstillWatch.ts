// Watches what is recorded and shown: whether its program stands still, said while it does.

import { standstillOf } from '../../core/insight/standstill';
import type { NoticesToPage } from '../../protocol/messages';
import type { Comparison } from './comparison';

/** How much the trace grows between two looks. */
const LOOK_EVERY_NS = 500e6;

export class StandstillWatch {
  readonly #tell: (news: NoticesToPage['standstill']) => void;
  #comparison = -1;
  #lookedAtNs = 0;
  #isStill = false;

  constructor(tell: (news: NoticesToPage['standstill']) => void) {
    this.#tell = tell;
  }

  /** More of a comparison is known. */
  grown({ title: { comparison }, plan: { engine }, runs, running }: Comparison): void {
    const trace = runs.at(0)?.trace;
    if (engine.name !== 'recorded' || !running || !trace) return;
    if (comparison !== this.#comparison) this.#begin(comparison);
    if (trace.nowNs - this.#lookedAtNs < LOOK_EVERY_NS) return;
    this.#lookedAtNs = trace.nowNs;
    const verdict = standstillOf(trace) ?? null;
    // Told again while it stands still: the page may be another one by now.
    if (!verdict && !this.#isStill) return;
    this.#isStill = verdict !== null;
    this.#tell({ comparison, verdict, canEnd: engine.endProgram !== undefined });
  }

  #begin(comparison: number): void {
    this.#comparison = comparison;
    this.#lookedAtNs = 0;
    this.#isStill = false;
  }
}
