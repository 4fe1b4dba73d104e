// The costs that simulations use: the table's, or those measured on a Python of the user's; and the commands for both.

import { homedir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import {
  costsOf,
  pythonName,
  readCalibration,
  type Calibration,
} from '../../core/worlds/calibration';
import { calibrationText, changesText } from '../../core/worlds/calibrationText';
import type { Costs } from '../../core/worlds/costs';
import { UserError } from '../../core/errors';
import { calibrate } from '../../engines/calibration';
import type { Log } from '../window/log';
import { pythonFor } from './pythonPath';

const KEY = 'gilscope.calibration';

/** The calibration in force, kept for every window and read back with a check. */
export class Calibrations implements vscode.Disposable {
  readonly #memory: vscode.Memento;
  readonly #changed = new vscode.EventEmitter<void>();

  /** Simulations begun from now on use other costs. */
  readonly onDidChange = this.#changed.event;

  constructor(memory: vscode.Memento) {
    this.#memory = memory;
  }

  /** Undefined: the defaults of the table are used. So they are when what was kept cannot be read. */
  get current(): Calibration | undefined {
    const read = readCalibration(this.#memory.get<unknown>(KEY));
    return read.ok ? read.calibration : undefined;
  }

  /** What simulations use instead of the defaults. Bound, so that it can be handed on. */
  readonly costs = (): Partial<Costs> => {
    const { current } = this;
    return current ? costsOf(current) : {};
  };

  /** `CPython 3.12.3` if costs measured there are in force. Bound, so that it can be handed on. */
  readonly calibratedOn = (): string | undefined => {
    const { current } = this;
    return current && pythonName(current);
  };

  /** Undefined goes back to the defaults. */
  async use(calibration: Calibration | undefined): Promise<void> {
    await this.#memory.update(KEY, calibration);
    this.#changed.fire();
  }

  dispose(): void {
    this.#changed.dispose();
  }
}

/** Measures the selected Python and simulates with what was found. Only in trusted workspaces: it runs that Python. */
export async function calibrateSimulator(calibrations: Calibrations, log: Log): Promise<void> {
  if (!vscode.workspace.isTrusted) {
    throw new UserError(
      'Calibrating runs a Python that this workspace may have chosen, and the workspace is not trusted. Trust it first.',
    );
  }
  const place = vscode.window.activeTextEditor?.document.uri;
  const folder = vscode.workspace.workspaceFolders?.at(0)?.uri;
  const python = await pythonFor(place ?? folder ?? vscode.Uri.file(homedir()));
  const calibration = await measure(python, folderOf(place, folder));
  if (!calibration) return;
  await calibrations.use(calibration);
  void log.guard(() => tell(calibrations, calibration));
}

/** Back to the table's defaults. */
export async function forgetCalibration(calibrations: Calibrations): Promise<void> {
  const before = calibrations.calibratedOn();
  if (before === undefined) throw new UserError('The simulator uses its default costs already.');
  await calibrations.use(undefined);
  void vscode.window.showInformationMessage(
    `Simulations use the default costs again, no longer those of ${before}.`,
  );
}

/** Where the interpreter is started, for some are chosen by their folder. */
function folderOf(place: vscode.Uri | undefined, folder: vscode.Uri | undefined): string {
  if (folder?.scheme === 'file') return folder.fsPath;
  return place?.scheme === 'file' ? path.dirname(place.fsPath) : homedir();
}

/** Undefined if the person gave up. */
function measure(python: string, cwd: string): Promise<Calibration | undefined> {
  const progress = {
    location: vscode.ProgressLocation.Notification,
    title: `Measuring ${python} for some seconds…`,
    cancellable: true,
  };
  return Promise.resolve(
    vscode.window.withProgress(progress, async (_, token) => {
      const abort = new AbortController();
      token.onCancellationRequested(() => abort.abort());
      try {
        return await calibrate(python, abort.signal, { cwd });
      } catch (error) {
        if (abort.signal.aborted) return undefined;
        throw error;
      }
    }),
  );
}

async function tell(calibrations: Calibrations, calibration: Calibration): Promise<void> {
  const [show, undo] = ['Show All Figures', 'Use Defaults'];
  const sentence = `Simulations now use costs measured on ${pythonName(calibration)}. ${changesText(calibration)}`;
  const choice = await vscode.window.showInformationMessage(sentence.trim(), show, undo);
  if (choice === undo) await calibrations.use(undefined);
  if (choice !== show) return;
  const content = calibrationText(calibration);
  await vscode.window.showTextDocument(
    await vscode.workspace.openTextDocument({ language: 'plaintext', content }),
  );
}
