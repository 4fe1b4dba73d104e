// Which documents are ours to read.

import type * as vscode from 'vscode';

/** Where hovers are offered. */
export const PYTHON: vscode.DocumentSelector = { language: 'python' };

/** Schemes that show a file as it was, or no file at all: an annotation in them is nothing to run. */
const NOT_EDITED = new Set(['git', 'gitfs', 'output', 'vscode-scm', 'review']);

export function isPython(document: vscode.TextDocument): boolean {
  return document.languageId === 'python' && !NOT_EDITED.has(document.uri.scheme);
}

/** Whether a document's text has an annotation in it, without parsing: for the icon in the title bar. */
export function mayHaveAnnotations(document: vscode.TextDocument): boolean {
  return isPython(document) && /#\s*gil\s*:/i.test(document.getText());
}
