// A recorder that is started before it is known what to record: while a person chooses, say. Most of the time from the
// wish to the first look is the start of its process and of its thread.

import { spawn, type ChildProcess } from 'node:child_process';

import { ON_CALL } from './file/request';

/** Owns a waiting process until `call` or `dispose`. The process ends by itself when this one does. */
export class RecorderOnCall {
  readonly #child: ChildProcess;
  #isCalled = false;
  #isGone = false;

  /** `file` is the recorder's bundle, `env` makes this program's executable behave as Node. */
  constructor(file: string, env: Readonly<Record<string, string>>) {
    this.#child = spawn(process.execPath, [file, ON_CALL], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#child.on('error', () => (this.#isGone = true));
    this.#child.on('exit', () => (this.#isGone = true));
  }

  /** Lets it record what the request in the folder says; undefined if it has ended, or was called before. */
  call(folder: string): ChildProcess | undefined {
    if (this.#isGone || this.#isCalled || !this.#child.connected) return undefined;
    this.#isCalled = true;
    this.#child.send(folder);
    return this.#child;
  }

  /** Ends it, unless it was called. */
  dispose(): void {
    if (!this.#isCalled) this.#child.kill();
  }
}
