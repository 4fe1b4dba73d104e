// Hovers in files that ask for it: names, objects and reference counts after the line, as a drawing, beside C++.

import * as vscode from 'vscode';
import type { MemoryAfterLine } from '../../analysis/memory/references';
import { escapeMarkdown } from '../drawings/markdown';
import type { Palette } from '../drawings/palette';
import { drawReferences } from '../drawings/referenceDrawing';
import { imageMarkdown } from '../drawings/svg';
import type { MemoryAtLine } from '../reading/questions';

/** A comment line that asks for these hovers; elsewhere they would be noise. */
const ASKED_FOR = /^[ \t]*#[ \t]*gil-memory\b/m;

export function asksForMemory(document: vscode.TextDocument): boolean {
  return ASKED_FOR.test(document.getText());
}

/** Undefined where nothing can be said. @param line from 1 */
export function memoryHover(
  memory: MemoryAtLine,
  line: number,
  palette: Palette,
): vscode.MarkdownString | undefined {
  const { after } = memory;
  const drawing = after && drawReferences(after, palette);
  const end = endBefore(memory, line);
  if (!drawing && end === undefined) return undefined;
  const text = new vscode.MarkdownString('**Names and objects after this line**');
  if (drawing) text.appendMarkdown(`\n\n${imageMarkdown(drawing)}`);
  for (const sentence of after && drawing ? sentencesOf(after) : [end ?? '']) {
    text.appendMarkdown(`\n\n${escapeMarkdown(sentence)}`);
  }
  return text;
}

/** Why a line that nothing is known after is not followed. */
function endBefore({ after, end }: MemoryAtLine, line: number): string | undefined {
  if (after || !end) return undefined;
  return end.line === line
    ? `From here on not worked out: ${end.why}.`
    : `Not worked out since line ${end.line}: ${end.why}.`;
}

function sentencesOf({ python, cpp, isAlone }: MemoryAfterLine): string[] {
  const { frames, freed, objects } = python;
  const doubts = [...new Set(objects.flatMap(({ doubt }) => (doubt === undefined ? [] : [doubt])))];
  const isLeak = objects.some(({ isLeaked }) => isLeaked);
  return [
    ...(freed.length > 0 ? [`This line frees: ${freed.join(', ')}.`] : []),
    ...(isLeak
      ? [
          'Only a cycle keeps what is dashed: Python’s collector will find it, shared_ptr would not.',
        ]
      : []),
    ...doubts.map(doubt => `Where the count is “?”: ${doubt}.`),
    ...(isAlone ? ['Nobody was seen to call this function: what it is given is not known.'] : []),
    ...(frames.length > 1 && !isAlone
      ? ['Up to CPython 3.10 a running call holds each of its arguments once more.']
      : []),
    ...(cpp ? ['Worked out from the code as it stands; the addresses are examples.'] : []),
  ];
}
