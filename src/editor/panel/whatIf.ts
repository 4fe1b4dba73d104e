// What if…: the changes that make sense for the shown run, each with its predicted end; the chosen one stands below the run.

import * as vscode from 'vscode';
import { UserError } from '../../core/errors';
import type { WhatIf } from '../../core/replay/change';
import { changesText } from '../../core/replay/whatIfText';
import { TraceBuilder } from '../../core/model/traceBuilder';
import { formatDuration } from '../../core/units';
import { WhatIfPredictor } from '../../engines/whatIf';
import type { PredictedRun, Proposals } from '../../engines/whatIfAnswers';
import type { ComparedRun } from '../runs/comparison';
import type { Timeline } from './timeline';

/** Numbers of predicted runs, apart from those of all others. */
let nextRun = 2_000_000_000;

interface Item extends vscode.QuickPickItem {
  /** Undefined: back to the run as it was. */
  readonly changes: readonly WhatIf[] | undefined;
}

/** The question of the window. Each new one ends the one before. */
export class WhatIfQuestions implements vscode.Disposable {
  readonly #timeline: Timeline;
  #predictor: WhatIfPredictor | undefined;
  /** The changes that are shown now, and of which run. */
  #made: { readonly run: number; readonly changes: readonly WhatIf[] } | undefined;

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  /** Asks, predicts, shows. */
  async ask(): Promise<void> {
    const run = this.#run();
    this.dispose();
    const predictor = (this.#predictor = new WhatIfPredictor(run.trace));
    try {
      const made = this.#made?.run === run.id ? this.#made.changes : [];
      const changes = await chosen(run, made, predictor.proposals(made));
      if (!changes || this.#predictor !== predictor) return;
      if (changes.length === 0) this.#back();
      else this.#show(run, changes, await predictor.run(changes));
    } finally {
      predictor.dispose();
    }
  }

  dispose(): void {
    this.#predictor?.dispose();
    this.#predictor = undefined;
  }

  /** The first run of what is shown that is no prediction itself. */
  #run(): ComparedRun {
    const runs = this.#timeline.shown?.comparison?.runs ?? [];
    const run = runs.find(({ trace }) => trace.nowNs > 0);
    if (!run)
      throw new UserError(
        'There is no run yet to change anything of. Run or record something first.',
      );
    return run;
  }

  #back(): void {
    this.#made = undefined;
    this.#timeline.choice.showAll();
  }

  #show(run: ComparedRun, changes: readonly WhatIf[], predicted: PredictedRun | string): void {
    if (typeof predicted === 'string') throw new UserError(predicted);
    const trace = new TraceBuilder(predicted.header);
    const problem = trace.appendChunk(predicted.chunk);
    if (problem !== undefined) throw new Error(problem);
    const after: ComparedRun = { id: nextRun++, trace, outcome: 'complete', sentence: '' };
    this.#made = { run: run.id, changes };
    this.#timeline.open();
    const of = this.#timeline.shown?.fileName ?? '';
    this.#timeline.choice.showJust([
      { run, of },
      { run: after, of },
    ]);
    if (predicted.doubts.length > 0)
      void vscode.window.showInformationMessage(
        `${changesText(changes)}: ${predicted.doubts.join(' ')}`,
      );
  }
}

/** What the person chooses; undefined if nothing, an empty list to go back. */
async function chosen(
  run: ComparedRun,
  made: readonly WhatIf[],
  answer: Promise<Proposals>,
): Promise<readonly WhatIf[] | undefined> {
  const items = answer.then(({ problem, proposals }): Item[] => {
    if (problem !== undefined) throw new UserError(`Nothing can be predicted: ${problem}`);
    const back: Item[] =
      made.length === 0
        ? []
        : [{ label: 'The run as it was', description: 'no change', changes: [] }];
    const offered = proposals.map(({ changes, what, text }): Item => ({
      label: made.length === 0 ? what : `and ${what}`,
      detail: text,
      changes,
    }));
    if (offered.length === 0 && back.length === 0)
      throw new UserError('Nothing in this run speaks for a change.');
    return [...back, ...offered];
  });
  const title = made.length === 0 ? 'What if…' : `What if… (with ${changesText(made)})`;
  const placeHolder = `${run.trace.header.title}, ${formatDuration(run.trace.nowNs)}: what would you change?`;
  const item = await vscode.window.showQuickPick(items, {
    title,
    placeHolder,
    matchOnDetail: true,
  });
  return item?.changes;
}
