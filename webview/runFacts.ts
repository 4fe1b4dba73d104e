// What is found out about runs once and then looked up: hand-offs, holders, lines, the verdict.

import type { PlaceInSource } from '../src/protocol/messages';
import { isComplete, type ComparisonView, type RunView } from './comparison';
import { HandOffIndex } from './handOffs';
import { heldMeanwhile, heldText, HoldsOfRuns } from './heldMeanwhile';
import type { SpanPlace } from './runPainter';
import { verdictText } from './verdictText';

interface Lit {
  readonly of: PlaceInSource;
  readonly count: number;
  readonly positions: ReadonlySet<number>;
}

/** Facts are kept as long as their run: they go with it. */
export class RunFacts {
  readonly holds = new HoldsOfRuns();
  readonly #handOffs = new WeakMap<RunView, HandOffIndex>();
  readonly #lit = new WeakMap<RunView, Lit>();
  readonly #verdicts = new WeakMap<ComparisonView, string>();
  /** Stays until the next one is known, so that nothing jumps while a person types. */
  #verdictBefore = '';

  /** Where a run's hand-offs are. */
  handOffsOf(run: RunView): HandOffIndex {
    const known = this.#handOffs.get(run);
    if (known) return known;
    const made = new HandOffIndex(run.trace);
    this.#handOffs.set(run, made);
    return made;
  }

  /** Who held the GIL during a wait, in words; empty for any other span. */
  heldBy(run: RunView, span: SpanPlace): string {
    return heldText(run, heldMeanwhile(run, this.holds.of(run), span));
  }

  /** The positions of the line under the cursor; undefined where the run has none of that line. */
  litPositions(run: RunView, cursor: PlaceInSource | undefined): ReadonlySet<number> | undefined {
    if (!cursor || cursor.line < 1) return undefined;
    const { positions } = run.trace;
    let known = this.#lit.get(run);
    if (known?.of !== cursor || known.count !== positions.length) {
      const found = positions.flatMap(({ file, line }, i) =>
        line === cursor.line && file === cursor.file ? [i] : [],
      );
      known = { of: cursor, count: positions.length, positions: new Set(found) };
      this.#lit.set(run, known);
    }
    return known.positions.size > 0 ? known.positions : undefined;
  }

  /**
   * The sentence on a complete comparison. Made in a task of its own, after the frame that first shows all: it walks
   * whole traces, and pixels come first. `made` is called with it; until then the one before stands.
   */
  verdict(comparison: ComparisonView, made: (sentence: string) => void): string {
    const known = this.#verdicts.get(comparison);
    if (known !== undefined || !isComplete(comparison)) return known ?? this.#verdictBefore;
    this.#verdicts.set(comparison, this.#verdictBefore); // asked once, whatever comes of it
    setTimeout(() => {
      this.#verdictBefore = verdictText(comparison.runs);
      this.#verdicts.set(comparison, this.#verdictBefore);
      made(this.#verdictBefore);
    });
    return this.#verdictBefore;
  }
}
