// A notebook as one program: its Python cells in order, as a document of its own that runs like any other file.

import * as vscode from 'vscode';
import { UserError } from '../../core/errors';

/** What is needed of a cell: its language and its text. */
export interface CellText {
  readonly languageId: string;
  readonly text: string;
}

/** The notebook that a cell's document belongs to. */
export function notebookOf(document: vscode.TextDocument): vscode.NotebookDocument | undefined {
  return vscode.workspace.notebookDocuments.find(notebook =>
    notebook.getCells().some(cell => cell.document === document),
  );
}

/**
 * The Python of all cells, in order, each below a `# %%` line. Lines for IPython alone (`%time`, `!pip`, `?`) become
 * comments, and cells that belong to another language by a `%%` line are left out.
 */
export function joinedCells(cells: readonly CellText[]): string {
  return cells
    .filter(({ languageId, text }) => languageId === 'python' && !/^\s*%%(?!time)/.test(text))
    .map(({ text }, index) => `# %% cell ${index + 1}\n${withoutMagic(text)}\n`)
    .join('\n');
}

function withoutMagic(text: string): string {
  return text
    .split(/\r?\n/)
    .map(line => (/^\s*(?:[%!?]|[\w.]+\?{1,2}\s*$)/.test(line) ? line.replace(/\S/, '# $&') : line))
    .join('\n');
}

/** Opens the notebook of a cell, or the active one, as one program beside it. */
export async function openNotebookProgram(
  cell: vscode.TextDocument | undefined,
): Promise<vscode.TextDocument> {
  const notebook = (cell && notebookOf(cell)) ?? vscode.window.activeNotebookEditor?.notebook;
  if (!notebook) throw new UserError('Open a notebook first; this command joins its Python cells.');
  const content = joinedCells(
    notebook.getCells().map(({ document }) => ({
      languageId: document.languageId,
      text: document.getText(),
    })),
  );
  if (content === '') throw new UserError('This notebook has no Python cells to run.');
  const document = await vscode.workspace.openTextDocument({ language: 'python', content });
  await vscode.window.showTextDocument(document, vscode.ViewColumn.One);
  return document;
}
