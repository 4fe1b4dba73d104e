// Hovers on annotated lines: what the line does to the GIL, and what the last run says of it.

import * as vscode from 'vscode';
import type { ReleaseNote } from '../../analysis/knowledge/releases';
import type { LineNote } from '../../analysis/annotations/lineNotes';
import { formatDuration, type Nanoseconds } from '../../core/units';
import { probeOf } from '../../engines/gilProbe';
import type { ComparedRun } from '../runs/comparison';
import { isPython, PYTHON } from '../window/documents';
import { figuresByLine, type LineFigures } from '../drawings/lineFigures';
import { drawLineTimeline } from '../drawings/lineTimeline';
import { linkedMarkdown, linkMarkdown, type HoverLink, type LinkTarget } from '../window/links';
import { escapeMarkdown } from '../drawings/markdown';
import { asksForMemory, memoryHover } from './memoryHover';
import type { Palette } from '../drawings/palette';
import type { Session } from '../runs/session';
import type { Sessions } from '../runs/sessions';
import { imageMarkdown } from '../drawings/svg';
import { verifiedLines, type Verifications } from '../python/verifications';

/** How many of the lanes that were made to wait are named. */
const NAMED_VICTIMS = 3;

export interface HoverOptions {
  readonly sessions: Sessions;
  /** The colours of the theme as it is now. */
  readonly palette: () => Palette;
  readonly verifications: Verifications;
}

export function registerHovers(options: HoverOptions): vscode.Disposable {
  return vscode.languages.registerHoverProvider(PYTHON, {
    async provideHover(document, position) {
      if (!isPython(document)) return undefined;
      const line = position.line + 1;
      const { version } = document;
      const session = options.sessions.of(document);
      const [call, note, memory] = await Promise.all([
        session.releaseNoteAt(document, document.offsetAt(position)),
        session.noteAtLine(document, line),
        asksForMemory(document) ? session.memoryAtLine(document, line) : undefined,
      ]);
      if (document.version !== version) return undefined; // the text has moved on
      const lineText = lineHover({ document, line, note, session, palette: options.palette() });
      const memoryText = memory && memoryHover(memory, line, options.palette());
      const texts = [
        ...(memoryText ? [memoryText] : []),
        ...(call ? [callText(call, { uri: document.uri.toString(), line }, options)] : []),
        ...(lineText ? [lineText] : []),
      ];
      if (texts.length === 0) return undefined;
      const range = call
        ? new vscode.Range(document.positionAt(call.from), document.positionAt(call.to))
        : document.lineAt(position.line).range;
      return new vscode.Hover(texts, range);
    },
  });
}

/** Whether a call releases the GIL, in two lines; then what was measured here, and a link that measures it. */
function callText(
  { row, lines: [verdict, evidence] }: ReleaseNote,
  target: LinkTarget,
  { verifications }: HoverOptions,
): vscode.MarkdownString {
  const text = linkedMarkdown();
  text.appendMarkdown(`**GIL:** ${escapeMarkdown(verdict)}  \n${escapeMarkdown(evidence)}`);
  for (const line of verifiedLines(verifications, row)) {
    text.appendMarkdown(`\n\n$(beaker) ${escapeMarkdown(line)}`);
  }
  if (probeOf(row.name) && vscode.workspace.isTrusted) {
    text.appendMarkdown(`\n\n${linkMarkdown('verify', { ...target, call: row.name })}`);
  }
  return text;
}

/** What a hover over a line is made of. */
interface HoveredLine {
  readonly document: vscode.TextDocument;
  /** From 1. */
  readonly line: number;
  /** What the line was said, or assumed, to do. */
  readonly note: LineNote | undefined;
  readonly session: Session;
  readonly palette: Palette;
}

/** Names of the person's file reach the text through `escapeMarkdown` only: they may hold any character. */
function lineHover(hovered: HoveredLine): vscode.MarkdownString | undefined {
  const { note } = hovered;
  const columns = note?.words.includes('machine') === true ? [] : columnsOf(hovered);
  if (!note && columns.length === 0) return undefined;
  const text = linkedMarkdown();
  text.appendMarkdown(
    note ? '**What this line does to the GIL**' : '**This line in the last run**',
  );
  if (note && note.functionName !== '<module>') {
    text.appendMarkdown(` · ${escapeMarkdown(`${note.functionName}()`)}`);
  }
  for (const sentence of note?.sentences ?? []) {
    text.appendMarkdown(`\n\n${escapeMarkdown(sentence)}`);
  }
  if (columns.length === 0) text.appendMarkdown(whyNoFigures(hovered));
  // Before the drawing: a hover shows 250 pixels of itself until it is scrolled.
  text.appendMarkdown(`\n\n${linksOf(hovered)}`);
  if (columns.length > 0) appendFigures(text, columns, hovered);
  return text;
}

function linksOf({ document, line, session }: HoveredLine): string {
  const target = { uri: document.uri.toString(), line };
  const links: readonly HoverLink[] = session.comparison
    ? ['simulate', 'realThreads', 'replay', 'show']
    : ['simulate', 'realThreads'];
  return links.map(link => linkMarkdown(link, target)).join(' &nbsp;·&nbsp; ');
}

function whyNoFigures({ note, session }: HoveredLine): string {
  if (note?.words.includes('machine') === true) return '';
  if (note && !note.isRun) return '\n\nNo thread of the demo comes here.';
  if (session.comparison) return '\n\nNo thread was seen at this line in the last run.';
  return '\n\nRun the file to see how long threads held the GIL here, and who waited.';
}

function columnsOf({ session, line }: HoveredLine): readonly Column[] {
  return (session.comparison?.runs ?? []).flatMap(run => {
    const figures = figuresByLine(run.trace, file => session.isHere(file)).get(line);
    return figures ? [{ run, figures }] : [];
  });
}

function appendFigures(
  text: vscode.MarkdownString,
  columns: readonly Column[],
  { session, line, palette }: HoveredLine,
): void {
  const drawing = drawLineTimeline({
    traces: columns.map(({ run }) => run.trace),
    isLine: ({ positions }, position) =>
      positions[position].line === line && session.isHere(positions[position].file),
    palette,
  });
  if (drawing) text.appendMarkdown(`\n\n${imageMarkdown(drawing)}`);
  text.appendMarkdown(`\n\n${table(columns)}`);
  const [{ figures, run }] = columns;
  if (figures.madeWaitNs > 0) {
    text.appendMarkdown(`\n\n$(warning) ${escapeMarkdown(victimsSentence(figures))}`);
  }
  const running = session.comparison?.running === true;
  text.appendMarkdown(`\n\n${escapeMarkdown(whichRun(running, run))}`);
}

interface Column {
  readonly run: ComparedRun;
  readonly figures: LineFigures;
}

/** An opened trace may be called anything; figures come from numbers. */
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
      ...columns.map(({ run }) => `&nbsp; &nbsp; ${escapeMarkdown(run.trace.header.title)}`),
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
  const { engine, openedFrom } = trace.header;
  const how = engine === 'simulated' ? 'Simulated' : 'Measured';
  if (openedFrom !== undefined) return `${how}, in the trace of ${openedFrom}.`;
  return running ? `${how}; the run is still going on.` : `${how}, in the last run.`;
}
