// What is found out about runs once and then looked up: hand-offs, holders, lines, the verdict.

import type { NoticesToPage } from '../../src/protocol/messages';
import type { PlaceInSource } from '../../src/protocol/place';
import { isComplete, isOver, isRecorded } from '../model/comparison';
import { type ComparisonView } from '../model/runView';
import { type RunView } from '../model/runView';
import { incomparable } from '../../src/core/insight/differences';
import { differenceParts } from '../model/differences';
import { HandOffIndex } from '../model/handOffs';
import { afterPaint } from '../ground/hurry';
import { heldMeanwhile, heldText, HoldsOfRuns } from '../model/heldMeanwhile';
import type { SpanPlace } from '../model/span';
import type { LitSpans } from '../model/span';
import type { ComparisonVerdict } from '../../src/core/insight/comparisonVerdict';

export const NO_VERDICT: ComparisonVerdict = { sentence: '', found: [] };

/** There is no verdict on what goes on: the next second may change it. */
const WHILE_RECORDING: ComparisonVerdict = {
  sentence: 'Recording. What is wrong, and what to change, is said when it ends.',
  found: [],
};

type Standstill = NoticesToPage['standstill'];

interface Lit {
  readonly of: PlaceInSource;
  readonly count: number;
  readonly spans: LitSpans | undefined;
}

/** How a complete run compares with another complete one. */
interface PairFacts {
  readonly incomparable: string;
  readonly parts: readonly string[];
}

/** Asks the host for the verdict on a comparison of this number, which it has whole. */
export type AskVerdict = (comparison: number) => Promise<ComparisonVerdict>;

/** Facts are kept as long as their run: they go with it. */
export class RunFacts {
  readonly holds = new HoldsOfRuns();
  readonly #ask: AskVerdict;
  readonly #handOffs = new WeakMap<RunView, HandOffIndex>();
  readonly #pairs = new WeakMap<RunView, WeakMap<RunView, PairFacts>>();
  readonly #lit = new WeakMap<RunView, Lit>();
  readonly #verdicts = new WeakMap<ComparisonView, ComparisonVerdict>();
  /** Stays until the next one of the same document is known, so that nothing jumps while a person types. */
  #verdictBefore = { document: '', verdict: NO_VERDICT };

  constructor(ask: AskVerdict) {
    this.#ask = ask;
  }

  /** Where a run's hand-offs are. */
  handOffsOf(run: RunView): HandOffIndex {
    const known = this.#handOffs.get(run);
    if (known) return known;
    const made = new HandOffIndex(run.trace);
    this.#handOffs.set(run, made);
    return made;
  }

  /** How two complete runs differ. */
  pair(before: RunView, now: RunView): PairFacts {
    const known = this.#pairs.get(now) ?? new WeakMap<RunView, PairFacts>();
    this.#pairs.set(now, known);
    const facts = known.get(before) ?? {
      incomparable: incomparable(before.trace, now.trace),
      parts: differenceParts(before.trace, now.trace),
    };
    known.set(before, facts);
    return facts;
  }

  /** Who held the GIL during a wait, in words; empty for any other span. */
  heldBy(run: RunView, span: SpanPlace): string {
    return heldText(run, heldMeanwhile(run, this.holds.of(run), span));
  }

  /** The spans of the line under the cursor; undefined where the run has none of that line. */
  litSpans(run: RunView, cursor: PlaceInSource | undefined): LitSpans | undefined {
    if (!cursor || cursor.line < 1) return undefined;
    const { positions } = run.trace;
    let known = this.#lit.get(run);
    if (known?.of !== cursor || known.count !== positions.length) {
      const found = new Set<number>();
      positions.forEach(({ file, line }, i) => {
        if (line === cursor.line && file === cursor.file) found.add(i);
      });
      const { stores } = run.trace;
      const spans: LitSpans = (lane, segment) => found.has(stores[lane].positionOf(segment));
      known = { of: cursor, count: positions.length, spans: found.size > 0 ? spans : undefined };
      this.#lit.set(run, known);
    }
    return known.spans;
  }

  /**
   * The sentence on a complete comparison. The host is asked for it after the frame that first shows all: it walks
   * whole traces, and pixels come first. `made` is called with it; until then the one before stands.
   */
  verdict(comparison: ComparisonView, made: (sentence: string) => void): ComparisonVerdict {
    const known = this.#verdicts.get(comparison);
    if (known !== undefined) return known;
    const meanwhile = this.#meanwhile(comparison);
    if (!isComplete(comparison)) return meanwhile;
    this.#verdicts.set(comparison, meanwhile); // asked once, whatever comes of it
    const { document, comparison: number } = comparison.head;
    const ask = async (): Promise<void> => {
      const verdict = await this.#ask(number);
      this.#verdictBefore = { document, verdict };
      this.#verdicts.set(comparison, verdict);
      made(verdict.sentence);
    };
    afterPaint(() => void ask().catch(() => undefined)); // the wish itself tells what went wrong
    return meanwhile;
  }

  #standstill: Standstill | undefined;

  /** What the host says of the program that is recorded. Returns what is to be said aloud: that it stands still, once. */
  standsStill(standstill: Standstill): string {
    const before = this.#standstill;
    const isSame = JSON.stringify(before) === JSON.stringify(standstill);
    if (!isSame) this.#standstill = standstill;
    const isKnown = before?.comparison === standstill.comparison && before.verdict !== null;
    return isKnown ? '' : (standstill.verdict?.sentence ?? '');
  }

  /** Whether what is recorded stands still, and can be ended from here. */
  canEnd(comparison: ComparisonView | undefined): boolean {
    return comparison !== undefined && this.#standstillOf(comparison)?.canEnd === true;
  }

  #standstillOf(comparison: ComparisonView): Standstill | undefined {
    const known = this.#standstill;
    const isOf = known?.comparison === comparison.head.comparison && !isOver(comparison);
    return isOf && known.verdict ? known : undefined;
  }

  #meanwhile(comparison: ComparisonView): ComparisonVerdict {
    // Of a run that failed or was cancelled nothing can be said, and the sentence before is of others.
    if (!isComplete(comparison) && isOver(comparison)) return NO_VERDICT;
    if (isRecorded(comparison))
      return isComplete(comparison)
        ? NO_VERDICT
        : (this.#standstillOf(comparison)?.verdict ?? WHILE_RECORDING);
    const { document, verdict } = this.#verdictBefore;
    return document === comparison.head.document ? verdict : NO_VERDICT;
  }
}
