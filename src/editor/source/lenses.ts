// Above each function that the demo runs in threads, and above each thread, process or pool that the code makes: run it,
// record it, and what the last run came to.

import * as vscode from 'vscode';
import { statisticsOf } from '../../core/insight/statistics';
import { formatShare } from '../../core/units';
import { Afterwards } from '../window/afterwards';
import type { Comparison } from '../runs/comparison';
import { isPython, PYTHON } from '../window/documents';
import type { Reading } from '../reading/questions';
import type { LinkTarget } from '../window/links';
import { notebookOf } from '../runs/notebookProgram';
import { RACE_SAMPLE } from '../panel/raceLesson';
import type { Sessions } from '../runs/sessions';

export function registerLenses(sessions: Sessions): vscode.Disposable {
  const changed = new vscode.EventEmitter<void>();
  const afterwards = new Afterwards();
  const provider: vscode.CodeLensProvider = {
    onDidChangeCodeLenses: changed.event,
    async provideCodeLenses(document) {
      if (!isPython(document)) return [];
      const session = sessions.of(document);
      const { reading, runnable } = await session.read(document);
      const isRunnable = runnable !== undefined;
      const lines = linesOf(reading, await session.constructLines(document));
      const lenses = lines.flatMap((line, index) =>
        lensesAt({
          document,
          line,
          isRunnable,
          comparison: index === 0 ? session.comparison : undefined,
        }),
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

function lensAt(
  line: number,
  title: string,
  command: string,
  target?: LinkTarget,
): vscode.CodeLens {
  const action = { title, command, ...(target && { arguments: [target] }) };
  return new vscode.CodeLens(new vscode.Range(line - 1, 0, line - 1, 0), action);
}

/** More would be noise. */
const MOST_LINES = 40;

/** Annotated functions, and where threads, processes and pools are made; from 1, in order. */
function linesOf(
  { threadFunctions }: Reading,
  constructLines: readonly number[],
): readonly number[] {
  const lines = new Set([...threadFunctions.map(({ line }) => line), ...constructLines]);
  return [...lines].sort((a, b) => a - b).slice(0, MOST_LINES);
}

interface LensPlace {
  readonly document: vscode.TextDocument;
  readonly line: number;
  /** Whether the analysis found a program in the file. */
  readonly isRunnable: boolean;
  readonly comparison: Comparison | undefined;
}

function lensesAt({ document, line, isRunnable, comparison }: LensPlace): vscode.CodeLens[] {
  const target: LinkTarget = { uri: document.uri.toString(), line };
  const lens = (title: string, command: string) => lensAt(line, title, command, target);
  const outcome = comparison && outcomeOf(comparison);
  const isRecordable = document.uri.scheme === 'file' && vscode.workspace.isTrusted;
  return [
    ...(isRunnable
      ? [
          lens('$(play) Simulate', 'gilscope.runFile'),
          lens('$(server-process) Run on real threads', 'gilscope.runOnThreads'),
        ]
      : []),
    ...(notebookOf(document)
      ? [lens('$(notebook) Run all cells as one program', 'gilscope.runNotebook')]
      : []),
    ...(isRecordable ? [lens('$(record) Record', 'gilscope.recordFile')] : []),
    ...(isRunnable ? [lens('What if processes?', 'gilscope.whatIfProcesses')] : []),
    ...(outcome === undefined ? [] : [lens(outcome, 'gilscope.showLine')]),
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
