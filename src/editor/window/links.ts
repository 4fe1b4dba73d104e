// Command links in hovers: from a fixed list, and about a document and a line only.

import { isRecord } from '../../core/checks';
import * as vscode from 'vscode';
import { isPython } from './documents';

/** All that a hover's link may run, and how it is called there. Nothing else is ever enabled. */
export const HOVER_LINKS = {
  simulate: { title: '$(play) Run simulated', command: 'gilscope.runFile' },
  realThreads: { title: '$(server-process) Run on real threads', command: 'gilscope.runOnThreads' },
  replay: { title: '$(debug-restart) Replay', command: 'gilscope.replay' },
  show: { title: '$(graph-line) Show in the panel', command: 'gilscope.showLine' },
  verify: { title: '$(beaker) Verify on my Python', command: 'gilscope.verifyCall' },
} as const;

export type HoverLink = keyof typeof HOVER_LINKS;

/** A MarkdownString in which these links work, and icons; no HTML. */
export function linkedMarkdown(): vscode.MarkdownString {
  const text = new vscode.MarkdownString('', true);
  const enabledCommands = Object.values(HOVER_LINKS).map(({ command }) => command);
  text.isTrusted = { enabledCommands };
  return text;
}

/** What a link says about: the document's address and, from 1, a line. */
export interface LinkTarget {
  readonly uri: string;
  readonly line: number;
  /** A name of the release data, for a check of it. */
  readonly call?: string;
}

/** `[title](command:…)`. Addresses are percent-encoded twice over: nothing in them can end the link. */
export function linkMarkdown(link: HoverLink, target: LinkTarget): string {
  const { title, command } = HOVER_LINKS[link];
  const argument = encodeURIComponent(JSON.stringify([target])).replace(
    /[()'*!~]/g,
    character => `%${character.charCodeAt(0).toString(16)}`,
  );
  return `[${title}](command:${command}?${argument})`;
}

/** The open Python document that a link or lens is about, and its line; undefined for anything else. */
export function targetOf(
  argument: unknown,
): { readonly document: vscode.TextDocument; readonly line: number } | undefined {
  if (!isRecord(argument)) return undefined;
  const { uri, line } = argument;
  const document = vscode.workspace.textDocuments.find(open => open.uri.toString() === uri);
  if (!document || !isPython(document)) return undefined;
  const isLine = typeof line === 'number' && Number.isInteger(line) && line >= 1;
  return { document, line: isLine ? Math.min(line, document.lineCount) : 1 };
}
