// “Verify on my Python”: runs a call's probe on the selected interpreter, and keeps the answers for the hovers.

import { isRecord } from '../../core/checks';
import { homedir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import type { GilBehaviour } from '../../analysis/knowledge/releases';
import { UserError } from '../../core/errors';
import {
  agreementOf,
  caseText,
  readKeptResult,
  type ProbeResult,
} from '../../core/worlds/gilProbe';
import { probeCall, probedNames, probeOf } from '../../engines/gilProbe';
import { isPython } from '../window/documents';
import { plural } from '../window/describe';
import { pythonFor } from './pythonPath';
import type { Sessions } from '../runs/sessions';

const KEY = 'gilscope.verified';

/** Interpreters whose answers are kept for one call, the newest first. */
const MOST_KEPT = 5;

interface Kept {
  /** Path or command of the interpreter. */
  readonly command: string;
  readonly result: ProbeResult;
}

/** What was measured, by call and interpreter; for every window, and read back with a check. */
export class Verifications {
  readonly #memory: vscode.Memento;

  constructor(memory: vscode.Memento) {
    this.#memory = memory;
  }

  /** The newest first. */
  of(name: string): readonly Kept[] {
    const all = this.#all()[name];
    return Array.isArray(all) ? all.flatMap(readKept) : [];
  }

  async keep(name: string, kept: Kept): Promise<void> {
    const others = this.of(name).filter(({ command }) => command !== kept.command);
    const list = [kept, ...others].slice(0, MOST_KEPT);
    await this.#memory.update(KEY, { ...this.#all(), [name]: list });
  }

  #all(): Readonly<Record<string, unknown>> {
    const all = this.#memory.get<unknown>(KEY);
    return isRecord(all) ? { ...all } : {};
  }
}

function readKept(value: unknown): Kept[] {
  if (!isRecord(value)) return [];
  const { command, result } = value;
  const sound = readKeptResult(result);
  return typeof command === 'string' && sound ? [{ command, result: sound }] : [];
}

const AGREEMENTS = {
  agrees: 'as told above',
  differs: 'other than told above',
  unclear: 'which settles nothing',
} as const;

/** Lines for a hover, plain text: what was measured on the person's Pythons. */
export function verifiedLines(
  verifications: Verifications,
  { name, gil }: { readonly name: string; readonly gil: GilBehaviour },
): readonly string[] {
  return verifications.of(name).map(({ command, result }) => verifiedLine(command, result, gil));
}

function verifiedLine(command: string, result: ProbeResult, claim: GilBehaviour): string {
  if (!result.gil) return `On your ${result.python} (${command}) there is no GIL to release.`;
  const cases = result.cases.map(caseText).join('; ');
  const verdict = AGREEMENTS[agreementOf(result, claim)];
  return `Measured on your ${result.python} (${command}): ${cases}; ${verdict}.`;
}

export interface VerifyOptions {
  readonly sessions: Sessions;
  readonly verifications: Verifications;
}

/** @param argument from a hover's link: `{ call }`, a name of the data; anything else asks the cursor, then the person */
export async function verifyCall(options: VerifyOptions, argument: unknown): Promise<void> {
  if (!vscode.workspace.isTrusted) {
    throw new UserError(
      'This runs a Python that this workspace may have chosen, and the workspace is not trusted. Trust it first.',
    );
  }
  const name = callIn(argument) ?? (await callAtCursor(options.sessions)) ?? (await askForCall());
  if (name === undefined) return;
  const place = vscode.window.activeTextEditor?.document.uri;
  const folder = vscode.workspace.workspaceFolders?.at(0)?.uri;
  const command = await pythonFor(place ?? folder ?? vscode.Uri.file(homedir()));
  const result = await probeWithProgress(name, command, folderOf(place, folder));
  if (!result) return;
  await options.verifications.keep(name, { command, result });
  const cases = result.gil ? result.cases.map(caseText).join('; ') : 'it runs without a GIL';
  void vscode.window.showInformationMessage(`${name} on ${result.python}: ${cases}.`);
}

function callIn(argument: unknown): string | undefined {
  if (!isRecord(argument) || !('call' in argument)) return undefined;
  return typeof argument.call === 'string' && probeOf(argument.call) ? argument.call : undefined;
}

async function callAtCursor(sessions: Sessions): Promise<string | undefined> {
  const editor = vscode.window.activeTextEditor;
  if (!editor || !isPython(editor.document)) return undefined;
  const { document, selection } = editor;
  const note = await sessions
    .of(document)
    .releaseNoteAt(document, document.offsetAt(selection.active));
  const name = note?.row.name;
  return name !== undefined && probeOf(name) ? name : undefined;
}

async function askForCall(): Promise<string | undefined> {
  const items = probedNames().map(label => ({
    label,
    description: (probeOf(label) ?? []).map(one => one.label).join(' · '),
  }));
  const placeHolder = `Which call? ${plural(items.length, 'probe')} can be run.`;
  const options = { placeHolder, matchOnDescription: true, title: 'Verify on my Python' };
  return (await vscode.window.showQuickPick(items, options))?.label;
}

function folderOf(place: vscode.Uri | undefined, folder: vscode.Uri | undefined): string {
  if (folder?.scheme === 'file') return folder.fsPath;
  return place?.scheme === 'file' ? path.dirname(place.fsPath) : homedir();
}

/** Undefined if the person gave up. */
function probeWithProgress(
  name: string,
  command: string,
  cwd: string,
): Promise<ProbeResult | undefined> {
  const progress = {
    location: vscode.ProgressLocation.Notification,
    title: `Measuring ${name} on ${command}…`,
    cancellable: true,
  };
  return Promise.resolve(
    vscode.window.withProgress(progress, async (_, token) => {
      const abort = new AbortController();
      token.onCancellationRequested(() => abort.abort());
      try {
        return await probeCall(command, name, abort.signal, { cwd });
      } catch (error) {
        if (abort.signal.aborted) return undefined;
        throw error;
      }
    }),
  );
}
