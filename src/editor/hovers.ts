// Hovers on annotated lines: what the line does to the GIL, and what the last run says of it.

import * as vscode from 'vscode';
import type { ReleaseNote } from '../analysis/releases';
import type { LineNote } from '../analysis/lineNotes';
import { formatDuration, type Nanoseconds } from '../core/units';
import type { ComparedRun } from './comparison';
import { PYTHON } from './documents';
import { figuresByLine, type LineFigures } from './lineFigures';
import { escapeMarkdown } from './markdown';
import type { Session } from './session';
import type { Sessions } from './sessions';

const LINKS = ['gilscope.runFile', 'gilscope.showTimeline'];

/** How many of the lanes that were made to wait are named. */
const NAMED_VICTIMS = 3;

export function registerHovers(sessions: Sessions): vscode.Disposable {
  return vscode.languages.registerHoverProvider(PYTHON, {
    async provideHover(document, position) {
      const analysis = await sessions.analysis(document);
      const session = sessions.of(document);
      const call = session.releaseNoteAt(document.offsetAt(position));
      const note = session.notes(analysis).find(({ line }) => line === position.line + 1);
      const texts = [
        ...(call ? [callText(call)] : []),
        ...(note ? [hoverText(note, session)] : []),
      ];
      if (texts.length === 0) return undefined;
      const range = call
        ? new vscode.Range(document.positionAt(call.from), document.positionAt(call.to))
        : document.lineAt(position.line).range;
      return new vscode.Hover(texts, range);
    },
  });
}

/** Whether a call lets go of the GIL, in two lines. */
function callText({ lines: [verdict, evidence] }: ReleaseNote): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  text.appendMarkdown(`**GIL:** ${escapeMarkdown(verdict)}  \n${escapeMarkdown(evidence)}`);
  return text;
}

/** Names of the person's file reach the text through `escapeMarkdown` only: they may hold any character. */
function hoverText(note: LineNote, session: Session): vscode.MarkdownString {
  const text = new vscode.MarkdownString('', true);
  text.isTrusted = { enabledCommands: LINKS };
  text.appendMarkdown('**What this line does to the GIL**');
  if (note.functionName !== '<module>') {
    text.appendMarkdown(' · ');
    text.appendMarkdown(escapeMarkdown(`${note.functionName}()`));
  }
  for (const sentence of note.sentences) {
    text.appendMarkdown('\n\n');
    text.appendMarkdown(escapeMarkdown(sentence));
  }
  if (!note.words.includes('machine')) appendFigures(text, note, session);
  const [run, show] = LINKS;
  text.appendMarkdown(
    `\n\n[$(play) Run](command:${run}) · [$(graph-line) Show timeline](command:${show})`,
  );
  return text;
}

function appendFigures(text: vscode.MarkdownString, note: LineNote, session: Session): void {
  const { comparison } = session;
  if (!note.isRun) {
    text.appendMarkdown('\n\nNo thread of the demo comes here.');
    return;
  }
  if (!comparison) {
    text.appendMarkdown(
      '\n\nRun the file to see how long threads held the GIL here, and who waited.',
    );
    return;
  }
  const columns = comparison.runs.flatMap(run => {
    const figures = figuresByLine(run.trace, file => session.isHere(file)).get(note.line);
    return figures ? [{ run, figures }] : [];
  });
  if (columns.length === 0) return;
  text.appendMarkdown(`\n\n${table(columns)}`);
  const worst = columns[0].figures;
  if (worst.madeWaitNs > 0) {
    text.appendMarkdown('\n\n$(warning) ');
    text.appendMarkdown(escapeMarkdown(victimsSentence(worst)));
  }
  text.appendMarkdown('\n\n');
  text.appendMarkdown(escapeMarkdown(whichRun(comparison.running, columns[0].run)));
}

interface Column {
  readonly run: ComparedRun;
  readonly figures: LineFigures;
}

/** Titles come from our own table of runtimes, figures from numbers: nothing here needs escaping. */
function table(columns: readonly Column[]): string {
  const rows: [string, (figures: LineFigures) => Nanoseconds][] = [
    ['held the GIL', figures => figures.heldNs],
    ['waited for the GIL', figures => figures.waitedNs],
    ['waited for a lock', figures => figures.waitedForLockNs],
    ['ran without the GIL', figures => figures.freeNs],
    ['blocked', figures => figures.blockedNs],
    ['made others wait', figures => figures.madeWaitNs],
  ];
  const used = rows.filter(([, pick]) => columns.some(({ figures }) => pick(figures) > 0));
  const cells = (texts: readonly string[]) => `| ${texts.join(' | ')} |`;
  return [
    cells([
      'All threads, at this line',
      ...columns.map(({ run }) => `&nbsp; &nbsp; ${run.trace.header.title}`),
    ]),
    cells(['---', ...columns.map(() => '--:')]),
    ...used.map(([name, pick]) =>
      cells([name, ...columns.map(({ figures }) => timeCell(pick(figures)))]),
    ),
  ].join('\n');
}

function timeCell(ns: Nanoseconds): string {
  return ns === 0 ? '–' : formatDuration(ns);
}

function victimsSentence({ madeWaitNs, victims }: LineFigures): string {
  const named = victims
    .slice(0, NAMED_VICTIMS)
    .map(({ name, ns }) => `${name} (${formatDuration(ns)})`);
  const others = victims.length - named.length;
  const list = [...named, ...(others > 0 ? [`${others} more`] : [])].join(', ');
  return `While a thread held the GIL here, others waited ${formatDuration(madeWaitNs)}: ${list}.`;
}

function whichRun(running: boolean, { trace }: ComparedRun): string {
  const how = trace.header.engine === 'simulated' ? 'Simulated' : 'Measured';
  return running ? `${how}; the run is still going on.` : `${how}, in the last run.`;
}
