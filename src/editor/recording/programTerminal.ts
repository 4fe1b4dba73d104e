// A terminal for a recorded program where the editor has none of its own (a VS Code in the browser without pty
// support): output as it comes, input line by line, Ctrl+C.

import * as vscode from 'vscode';
import type { Recording } from '../../engines/recorded';

const CTRL_C = '\u0003';
const BACKSPACE = '\u007f';

/** What a task's terminal needs of its task. */
export interface TaskTerminal {
  readonly abort: AbortController;
  /** Tells a person why a promise failed. */
  readonly failed: (act: () => Promise<void>) => Promise<unknown>;
}

/** Exit code of a program that was not recorded, as on the command line. */
const NOT_RECORDED = 125;

/** Shows what a recording's program prints and passes on what is typed. The program itself has no terminal. */
export class ProgramTerminal implements vscode.Pseudoterminal {
  readonly #written = new vscode.EventEmitter<string>();
  readonly #begin: () => Promise<Recording>;
  readonly #task: TaskTerminal | undefined;
  readonly #ended = new vscode.EventEmitter<number>();
  /** Tells the exit code. Terminals of tasks end with their program, others stay to be read. */
  readonly onDidClose = this.#ended.event;
  #recording: Recording | undefined;
  #line = '';
  readonly onDidWrite = this.#written.event;

  /**
   * `begin` is called once the terminal is open. Its failure is the caller's to tell, or, for the terminal of a task,
   * told by `failed`; `abort` gives up waiting for it.
   */
  constructor(begin: () => Promise<Recording>, task?: TaskTerminal) {
    this.#begin = begin;
    this.#task = task;
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
    const begun = this.#begin();
    begun.then(
      recording => this.#follow(recording),
      () => {
        this.#write('\nThe program was not recorded.\n');
        this.#end(NOT_RECORDED);
      },
    );
    void this.#task?.failed(() => begun.then(() => undefined));
  }

  /** The person closed the terminal: the program is asked to end, as a terminal would. */
  close(): void {
    this.#task?.abort.abort();
    this.#recording?.hangUp();
    this.#written.dispose();
    this.#ended.dispose();
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
      ({ exitCode, signal }) => {
        this.#write(`\n[${endOf(exitCode, signal)}]\n`);
        this.#end(exitCode ?? (signal === null ? 0 : 1));
      },
      () => {
        this.#write('\n[the recording ended]\n');
        this.#end(NOT_RECORDED);
      },
    );
  }

  #end(exitCode: number): void {
    if (this.#task) this.#ended.fire(exitCode);
  }

  #write(text: string): void {
    this.#written.fire(text.replaceAll('\n', '\r\n'));
  }
}

function endOf(exitCode: number | null, signal: string | null): string {
  if (signal !== null) return `ended by ${signal}`;
  return exitCode === null ? 'ended' : `ended with code ${exitCode}`;
}
