// Questions about what changes would bring to a run, and their answers, as they cross to a worker thread and back.

import type { WhatIf } from '../core/replay/change';
import { predictionOf, subjectOfWhatIf, type WhatIfSubject } from '../core/replay/predict';
import { inOrder, proposalsFor } from '../core/replay/proposals';
import { changesText, endText, predictionText } from '../core/replay/whatIfText';
import type { TraceChunk, TraceHeader } from '../core/model/trace';
import { TraceBuilder } from '../core/model/traceBuilder';
import { wholeTrace } from '../core/model/traceCursor';

/** A trace as it crosses. */
export interface SentTrace {
  readonly header: TraceHeader;
  readonly chunk: TraceChunk;
}

/** A change on top of those that are made already. */
export interface Proposal {
  readonly changes: readonly WhatIf[];
  readonly what: string;
  readonly text: string;
}

export interface Proposals {
  /** Why nothing can be predicted, as a sentence. */
  readonly problem: string | undefined;
  readonly proposals: readonly Proposal[];
}

/** A run with changes. */
export interface PredictedRun extends SentTrace {
  readonly doubts: readonly string[];
}

/** What a trace can be asked. Reading it takes the time, so it is read once. */
export class WhatIfAnswers {
  readonly #subject: WhatIfSubject;

  constructor({ header, chunk }: SentTrace) {
    const trace = new TraceBuilder(header);
    const problem = trace.appendChunk(chunk);
    if (problem !== undefined) throw new Error(problem);
    this.#subject = subjectOfWhatIf(trace);
  }

  /** What could be changed besides what is changed already, the most promising first. */
  proposals(made: readonly WhatIf[]): Proposals {
    const { problem } = this.#subject;
    if (problem !== undefined) return { problem, proposals: [] };
    const fresh = proposalsFor(this.#subject).filter(
      change => !made.some(old => clash(old, change)),
    );
    const answers = inOrder(fresh.map(change => predictionOf(this.#subject, [...made, change])));
    const told = answers.map(answer => ({
      changes: answer.changes,
      what: changesText(answer.changes.slice(made.length)),
      text: predictionText(answer),
    }));
    return { problem, proposals: told };
  }

  /** The run with all of the changes; a sentence where it cannot be predicted. */
  run(changes: readonly WhatIf[]): PredictedRun | string {
    const prediction = predictionOf(this.#subject, changes);
    if ('why' in prediction) return prediction.why;
    const { after, doubts } = prediction;
    const header: TraceHeader = {
      ...after.header,
      title: `Predicted: ${changesText(changes)}`,
      subtitle: `predicted, ends after ${endText(prediction)}`,
    };
    return { header, chunk: wholeTrace(after), doubts };
  }
}

/** Two changes of one kind take each other's place, but lines and locks are many. */
function clash(made: WhatIf, other: WhatIf): boolean {
  if (made.kind !== other.kind) return false;
  if (made.kind === 'lock' && other.kind === 'lock') return made.lock === other.lock;
  const isLine = made.kind === 'release' || made.kind === 'pieces';
  return !isLine || JSON.stringify(made) === JSON.stringify(other);
}
