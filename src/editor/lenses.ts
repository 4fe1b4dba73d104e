// Above each function that the demo runs in threads: run it, and what the last run came to.

import * as vscode from 'vscode';
import { statisticsOf } from '../core/statistics';
import { formatShare } from '../core/units';
import { Afterwards } from './afterwards';
import type { Comparison } from './comparison';
import { PYTHON } from './documents';
import { RACE_SAMPLE } from './raceLesson';
import type { Sessions } from './sessions';

export function registerLenses(sessions: Sessions): vscode.Disposable {
  const changed = new vscode.EventEmitter<void>();
  const afterwards = new Afterwards();
  const provider: vscode.CodeLensProvider = {
    onDidChangeCodeLenses: changed.event,
    async provideCodeLenses(document) {
      const { threadFunctions } = await sessions.analysis(document);
      const { comparison } = sessions.of(document);
      const lenses = threadFunctions.flatMap(({ line }, index) =>
        lensesAt(line, index === 0 ? comparison : undefined),
      );
      return isRaceSample(document) ? [lessonLens(), ...lenses] : lenses;
    },
  };
  return vscode.Disposable.from(
    changed,
    afterwards,
    sessions.onDidChange(({ comparison }) => {
      if (comparison?.running === false) afterwards.run(() => changed.fire());
    }),
    vscode.languages.registerCodeLensProvider(PYTHON, provider),
  );
}

/** The sample or a copy of it; a file of somebody's own may have the same name. */
function isRaceSample(document: vscode.TextDocument): boolean {
  const named = document.uri.path.endsWith(`/${RACE_SAMPLE}`);
  return named && document.lineAt(0).text.startsWith('"""Which updates does the GIL protect');
}

/** Above the sample that is about the race. */
function lessonLens(): vscode.CodeLens {
  const title = '$(debug-step-over) Step through the race that the GIL prevents';
  return lensAt(1, title, 'gilscope.raceLesson');
}

function lensAt(line: number, title: string, command: string): vscode.CodeLens {
  return new vscode.CodeLens(new vscode.Range(line - 1, 0, line - 1, 0), { title, command });
}

function lensesAt(line: number, comparison: Comparison | undefined): vscode.CodeLens[] {
  const lens = (title: string, command: string) => lensAt(line, title, command);
  const outcome = comparison && outcomeOf(comparison);
  return [
    lens('$(play) Simulate', 'gilscope.runFile'),
    lens('$(server-process) Run on real threads', 'gilscope.runOnThreads'),
    ...(outcome === undefined ? [] : [lens(outcome, 'gilscope.showTimeline')]),
  ];
}

/** `56 % waiting for the GIL · Multiprocessing 3.3× faster`, of complete runs only. */
function outcomeOf({ runs, running }: Comparison): string | undefined {
  if (running || runs.some(({ outcome }) => outcome !== 'complete')) return undefined;
  const [baseline, ...others] = runs;
  const share = formatShare(statisticsOf(baseline.trace).waitingShare);
  const ratios = others.map(({ trace }) => ({
    title: trace.header.title,
    ratio: baseline.trace.nowNs / trace.nowNs,
  }));
  const best = ratios.reduce<(typeof ratios)[number] | undefined>(
    (a, b) => (a && a.ratio >= b.ratio ? a : b),
    undefined,
  );
  const waiting = `${share} waiting for the GIL`;
  return best && best.ratio > 1.05
    ? `${waiting} · ${best.title} ${best.ratio.toFixed(1)}× faster`
    : waiting;
}
