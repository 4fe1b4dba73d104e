// The annotated samples: shipped with the extension, opened as copies, so that edits spoil nothing.

import * as vscode from 'vscode';
import { UserError, messageOf } from '../../core/errors';

export const DEMO_SAMPLE = 'cpu_bound.py';

/** One sample: its file name and the question that its first line asks. */
interface Sample {
  readonly name: string;
  readonly question: string;
}

/** Copies of the samples in the extension's own storage, made when first opened and kept as they are edited. */
export class Samples {
  readonly #shipped: vscode.Uri;
  readonly #copies: vscode.Uri;

  constructor(context: vscode.ExtensionContext) {
    this.#shipped = vscode.Uri.joinPath(context.extensionUri, 'media', 'samples');
    this.#copies = vscode.Uri.joinPath(context.globalStorageUri, 'samples');
  }

  /** Opens the sample of that name, as the walkthrough does; lets a person choose one if there is none of it. */
  async choose(name?: unknown): Promise<void> {
    const samples = await this.#list();
    const named = samples.find(sample => sample.name === name);
    if (named) {
      await this.open(named.name);
      return;
    }
    const items = samples.map(({ name, question }) => ({ label: name, detail: question }));
    const placeHolder = 'Which question about the GIL?';
    const chosen = await vscode.window.showQuickPick(items, { placeHolder, matchOnDetail: true });
    if (chosen) await this.open(chosen.label);
  }

  /** Opens the person's copy of a sample in the first editor group. */
  async open(name: string): Promise<vscode.TextDocument> {
    const copy = vscode.Uri.joinPath(this.#copies, name);
    if (!(await exists(copy))) await this.#copy(name, copy);
    const document = await vscode.workspace.openTextDocument(copy);
    await vscode.window.showTextDocument(document, vscode.ViewColumn.One);
    return document;
  }

  /** Puts the shipped text back into a copy, as an edit that can be undone. */
  async restore(document: vscode.TextDocument): Promise<void> {
    const name = document.uri.path.slice(document.uri.path.lastIndexOf('/') + 1);
    const isCopy = document.uri.toString() === vscode.Uri.joinPath(this.#copies, name).toString();
    if (!isCopy)
      throw new UserError('This file is no sample of GIL Scope; there is nothing to restore.');
    const bytes = await vscode.workspace.fs.readFile(vscode.Uri.joinPath(this.#shipped, name));
    const edit = new vscode.WorkspaceEdit();
    const everything = new vscode.Range(0, 0, document.lineCount, 0);
    edit.replace(document.uri, everything, new TextDecoder().decode(bytes));
    await vscode.workspace.applyEdit(edit);
  }

  async #list(): Promise<readonly Sample[]> {
    const entries = await vscode.workspace.fs.readDirectory(this.#shipped);
    const names = entries.map(([name]) => name).filter(name => name.endsWith('.py'));
    const demoFirst = (name: string) => (name === DEMO_SAMPLE ? '' : name);
    names.sort((a, b) => demoFirst(a).localeCompare(demoFirst(b)));
    return Promise.all(names.map(name => this.#sample(name)));
  }

  async #sample(name: string): Promise<Sample> {
    const bytes = await vscode.workspace.fs.readFile(vscode.Uri.joinPath(this.#shipped, name));
    const first = /^"""(.*?)(?:"""|$)/m.exec(new TextDecoder().decode(bytes));
    return { name, question: first?.[1].trim() ?? '' };
  }

  async #copy(name: string, copy: vscode.Uri): Promise<void> {
    try {
      await vscode.workspace.fs.copy(vscode.Uri.joinPath(this.#shipped, name), copy);
    } catch (error) {
      const why = messageOf(error);
      throw new UserError(`The sample ${name} could not be copied for editing: ${why}`);
    }
  }
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch {
    return false;
  }
}
