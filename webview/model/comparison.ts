// What is shown: the runs that came over the wire, and which of them are current, stale or a ghost.

import { UserError, messageOf } from '../../src/core/errors';
import { TraceBuilder } from '../../src/core/model/traceBuilder';
import { ghostsOf } from './ghost';
import { decodeChunk, type WireChunk } from '../../src/protocol/batch';
import type { ComparisonHead, NoticesToPage, RunHead, RunId } from '../../src/protocol/messages';
import { shortName } from '../../src/core/names';
import type { ComparisonView, RunView } from './runView';

/** What stood for less than this was only on the way to something else. */
const GLIMPSE_MS = 2000;

/** What came of a chunk: it was added to a run, or nobody wants it any more. */
export type ChunkFate = 'added' | 'stale';

/**
 * Keeps at most three comparisons: the shown one, a complete one before it (its ghost), and one that was
 * begun but has nothing to show yet. Anything older is let go at once, however often a person types.
 */
export class Comparisons {
  #shown: ComparisonView | undefined;
  #ghost: ComparisonView | undefined;
  #coming: ComparisonView | undefined;
  /** For the shown runs those before them. */
  #ghosts: ReadonlyMap<RunView, RunView> = new Map();
  #shownAtMs = 0;
  readonly #nowMs: () => number;

  constructor(nowMs = (): number => performance.now()) {
    this.#nowMs = nowMs;
  }

  get shown(): ComparisonView | undefined {
    return this.#shown;
  }

  /**
   * The last complete comparison of the same document before the shown one. A recording has none as long as it grows:
   * it is watched, and what shone through would be taken for a part of it.
   */
  get ghost(): ComparisonView | undefined {
    const shown = this.#shown;
    return shown && !isOver(shown) && isRecorded(shown) ? undefined : this.#ghost;
  }

  /** The same run of that comparison, if it was another. */
  ghostOf(run: RunView): RunView | undefined {
    return this.ghost && this.#ghosts.get(run);
  }

  /** Whether something runs, shown already or not. */
  get busy(): boolean {
    const latest = this.#coming ?? this.#shown;
    return latest !== undefined && !isOver(latest);
  }

  /** Whether something runs, and whether what is shown is a recording. */
  get activity(): { readonly busy: boolean; readonly recording: boolean } {
    return { busy: this.busy, recording: this.#shown !== undefined && isRecorded(this.#shown) };
  }

  /** A new comparison is coming; what was coming before is dropped. */
  begin(head: ComparisonHead): void {
    this.#coming = { head, runs: head.runs.map(newRun) };
  }

  /** Adds a chunk to its run. Throws a `UserError` if it does not fit; that run has then failed. */
  addChunk(chunk: { readonly run: RunId } & WireChunk): ChunkFate {
    const run = this.#find(chunk.run);
    if (run?.outcome !== 'running') return 'stale';
    this.#showComingWith(run);
    const problem = append(run.trace, chunk);
    run.version++;
    if (problem === undefined) return 'added';
    run.outcome = 'failed';
    run.sentence = `The picture of this run is broken: ${problem}`;
    throw new UserError(run.sentence);
  }

  /** A run is over. */
  end({ run: id, outcome, sentence }: NoticesToPage['ended']): void {
    const run = this.#find(id);
    if (!run) return;
    this.#showComingWith(run);
    if (run.outcome === 'failed') return;
    run.outcome = outcome;
    run.sentence = sentence;
    run.version++;
    this.#ghosts = ghostsOf(this.#ghost, this.#shown);
  }

  /** Nothing is shown any more. */
  clear(): void {
    this.#shown = this.#ghost = this.#coming = undefined;
    this.#ghosts = new Map();
  }

  #find(id: RunId): RunView | undefined {
    return [this.#coming, this.#shown].flatMap(view => view?.runs ?? []).find(run => run.id === id);
  }

  /** What was coming is shown as soon as one of its runs has something to show. */
  #showComingWith(run: RunView): void {
    if (!this.#coming?.runs.includes(run)) return;
    this.#ghost = this.#nextGhost(this.#coming.head);
    this.#shown = this.#coming;
    this.#shownAtMs = this.#nowMs();
    this.#coming = undefined;
    this.#ghosts = ghostsOf(this.#ghost, this.#shown);
  }

  /**
   * What is compared with what comes: the shown comparison, unless nobody has had the time to look at it. Whoever types
   * a number sees what all of the edit changed, not what its last digit did.
   */
  #nextGhost({ document, comparison }: ComparisonHead): ComparisonView | undefined {
    const [shown, before] = [this.#shown, this.#ghost];
    if (shown?.head.document !== document) return undefined;
    // Other runs of the same comparison, as when one is pinned, are no later run.
    if (shown.head.comparison === comparison || !isComplete(shown)) return before;
    return before && this.#nowMs() - this.#shownAtMs < GLIMPSE_MS ? before : shown;
  }
}

/** Whether nothing more will come, for better or worse. */
export function isOver(comparison: ComparisonView): boolean {
  return comparison.runs.every(run => run.outcome !== 'running');
}

/** Whether all of it came. */
export function isComplete(comparison: ComparisonView): boolean {
  return comparison.runs.every(run => run.outcome === 'complete');
}

/** Whether a real Python is recorded: what happens is shown while it happens. A file that was opened is over. */
export function isRecorded({ head }: ComparisonView): boolean {
  return head.runs.some(
    ({ header }) => header.engine === 'recorded' && header.openedFrom === undefined,
  );
}

/** Where the longest of the runs ends, as far as is known. */
export function endOf(comparison: ComparisonView | undefined): number {
  return (comparison?.runs ?? []).reduce((end, run) => Math.max(end, run.trace.nowNs), 0);
}

/** Why a chunk cannot be added, if it cannot. */
function append(trace: TraceBuilder, chunk: WireChunk): string | undefined {
  try {
    const problem = trace.appendChunk(decodeChunk(chunk));
    return problem && `${problem}.`;
  } catch (error) {
    return messageOf(error);
  }
}

/** Where the run ended that one is compared with: the first, and for that the one that took longest. */
export function comparedEnd(runs: readonly RunView[], index: number): number | undefined {
  const compared = index > 0 ? [runs[0]] : runs;
  if (compared.some(({ outcome }) => outcome === 'running')) return undefined;
  return Math.max(...compared.map(({ trace }) => trace.nowNs));
}

function newRun({ run, header, pinned = false, of }: RunHead): RunView {
  const [title, subtitle] = [shortName(header.title, 100), shortName(header.subtitle, 200)];
  const trace = new TraceBuilder({ ...header, title, subtitle });
  return {
    id: run,
    pinned,
    ...(of !== undefined && { of: shortName(of) }),
    trace,
    version: 0,
    outcome: 'running',
    sentence: '',
  };
}
