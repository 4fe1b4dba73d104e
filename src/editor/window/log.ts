// The extension's log, in the Output view under “GIL Scope”, and the one place where errors become sentences.

import * as vscode from 'vscode';
import { UserError } from '../../core/errors';

export class Log {
  readonly #channel = vscode.window.createOutputChannel('GIL Scope', { log: true });

  info(message: string): void {
    this.#channel.info(message);
  }

  /** A defect of ours: into the log with its stack. Bound, so that it can be handed on. */
  readonly reportDefect = (error: unknown): void => {
    this.#channel.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
  };

  /** Runs what a person asked for. A `UserError` becomes its sentence, anything else points to the log. */
  async guard<T>(act: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await act();
    } catch (error) {
      if (error instanceof UserError) {
        this.#channel.warn(error.message);
        void vscode.window.showErrorMessage(error.message);
        return undefined;
      }
      this.reportDefect(error);
      const show = 'Show Log';
      const sentence = 'GIL Scope: an internal error happened. The log has the details.';
      void vscode.window.showErrorMessage(sentence, show).then(choice => {
        if (choice === show) this.#channel.show();
      });
      return undefined;
    }
  }

  dispose(): void {
    this.#channel.dispose();
  }
}
