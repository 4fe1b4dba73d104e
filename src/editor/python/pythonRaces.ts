// The race in real Pythons: runs the shipped race.py with the selected one, or with one that a person names.

import { homedir } from 'node:os';
import * as vscode from 'vscode';
import { UserError } from '../../core/errors';
import { mergeRaces, type PythonRace } from '../../core/refcounts/pythonRace';
import { racePython } from '../../engines/pythonRace';
import type { PythonNews } from '../../protocol/raceMessages';
import type { Log } from '../window/log';
import { pythonFor } from './pythonPath';

export interface PythonRacesOptions {
  /** The program, as shipped: a person's own copy may be anything. */
  readonly script: vscode.Uri;
  readonly log: Log;
  readonly changed: () => void;
}

/** The races of one lesson, one at a time. */
export class PythonRaces {
  readonly #options: PythonRacesOptions;
  #abort: AbortController | undefined;
  #running: string | null = null;
  #races: readonly PythonRace[] = [];
  #sentence = '';
  /** What a person named last. */
  #named: string | undefined;

  constructor(options: PythonRacesOptions) {
    this.#options = options;
  }

  get news(): PythonNews {
    return { running: this.#running, races: this.#races, sentence: this.#sentence };
  }

  cancel(): void {
    this.#abort?.abort();
  }

  /** Runs it unless one runs already. `ask`: with a Python that the person is asked for. */
  async run(ask: boolean): Promise<void> {
    if (this.#abort) return;
    const abort = new AbortController();
    this.#abort = abort;
    try {
      const folder = vscode.workspace.workspaceFolders?.at(0)?.uri;
      const selected = this.#named ?? (await selectedPython(folder));
      const python = ask ? await askForPython(selected) : selected;
      if (python !== undefined) await this.#race(python, folder, abort.signal);
    } catch (error) {
      this.#sentence = error instanceof UserError ? error.message : 'Internal error; see the log.';
      if (!(error instanceof UserError)) this.#options.log.reportDefect(error);
    } finally {
      this.#abort = undefined;
      this.#running = null;
      this.#options.changed();
    }
  }

  async #race(python: string, folder: vscode.Uri | undefined, signal: AbortSignal): Promise<void> {
    this.#running = python;
    this.#sentence = '';
    this.#options.changed();
    const cwd = folder?.scheme === 'file' ? folder.fsPath : homedir();
    const race = await racePython(python, { file: this.#options.script.fsPath, cwd }, signal);
    this.#named = python;
    this.#races = mergeRaces(this.#races, [race]);
  }
}

async function selectedPython(folder: vscode.Uri | undefined): Promise<string> {
  if (!vscode.workspace.isTrusted) {
    throw new UserError(
      'This runs a Python that the workspace may have chosen, and the workspace is not trusted. Trust it first.',
    );
  }
  return pythonFor(folder ?? vscode.Uri.file(homedir()));
}

async function askForPython(value: string): Promise<string | undefined> {
  const python = await vscode.window.showInputBox({
    title: 'Run race.py with another Python',
    prompt: 'Path or command of an interpreter',
    value,
    validateInput: text =>
      text.trim() === '' ? 'A path or a command, such as python3.9' : undefined,
  });
  return python?.trim();
}
