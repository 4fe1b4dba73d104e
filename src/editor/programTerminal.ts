// A terminal for a recorded program where the editor has none of its own (a VS Code in the browser without pty
// support): output as it comes, input line by line, Ctrl+C.

import * as vscode from 'vscode';
import type { Recording } from '../engines/recorded';

const CTRL_C = '\u0003';
const BACKSPACE = '\u007f';

/** Shows what a recording's program prints and passes on what is typed. The program itself has no terminal. */
export class ProgramTerminal implements vscode.Pseudoterminal {
  readonly #written = new vscode.EventEmitter<string>();
  readonly #begin: () => Promise<Recording>;
  #recording: Recording | undefined;
  #line = '';
  readonly onDidWrite = this.#written.event;

  /** `begin` is called once the terminal is open; its failure is the caller's to tell. */
  constructor(begin: () => Promise<Recording>) {
    this.#begin = begin;
  }

  /** Opens the terminal and starts the program in it. */
  static open(name: string, begin: () => Promise<Recording>): Promise<Recording> {
    return new Promise((resolve, reject) => {
      const pty = new ProgramTerminal(() => {
        const recording = begin();
        recording.then(resolve, reject);
        return recording;
      });
      vscode.window.createTerminal({ name, pty }).show(true);
    });
  }

  open(): void {
    this.#begin().then(
      recording => this.#follow(recording),
      () => this.#write('\nThe program was not recorded.\n'),
    );
  }

  /** The person closed the terminal: the program is asked to end, as a terminal would. */
  close(): void {
    this.#recording?.interrupt();
    this.#written.dispose();
  }

  handleInput(data: string): void {
    for (const key of data) this.#key(key);
  }

  #key(key: string): void {
    if (key === CTRL_C) {
      this.#recording?.interrupt();
    } else if (key === '\r') {
      this.#write('\n');
      this.#recording?.process?.stdin?.write(`${this.#line}\n`);
      this.#line = '';
    } else if (key === BACKSPACE) {
      if (this.#line !== '') this.#write('\b \b');
      this.#line = this.#line.slice(0, -1);
    } else {
      this.#line += key;
      this.#write(key);
    }
  }

  #follow(recording: Recording): void {
    this.#recording = recording;
    for (const stream of [recording.process?.stdout, recording.process?.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => this.#write(text));
    }
    recording.result.then(
      ({ exitCode, signal }) => this.#write(`\n[${endOf(exitCode, signal)}]\n`),
      () => this.#write('\n[the recording ended]\n'),
    );
  }

  #write(text: string): void {
    this.#written.fire(text.replaceAll('\n', '\r\n'));
  }
}

function endOf(exitCode: number | null, signal: string | null): string {
  if (signal !== null) return `ended by ${signal}`;
  return exitCode === null ? 'ended' : `ended with code ${exitCode}`;
}
