// The pinned run: kept on disk, so that it is there again after the window was reloaded.

import * as vscode from 'vscode';
import { wholeTrace } from '../../core/model/traceCursor';
import { TraceBuilder } from '../../core/model/traceBuilder';
import { readTraceJson, writeTraceJson } from '../../formats/traceJson';
import type { Pinned } from '../runs/lineup';
import type { Log } from '../window/log';

/** Larger traces are pinned until the window closes, and the person is told so. */
const MOST_SEGMENTS = 1_000_000;
/** Numbers of runs that come from disk: those of this window begin far below. */
const RUN_FROM_DISK = 1_000_000_000;
const NAME_KEY = 'gilscope.pinnedOf';

export class Pins {
  readonly #context: vscode.ExtensionContext;
  readonly #log: Log;
  #pinned: Pinned | undefined;
  #loaded = false;

  constructor(context: vscode.ExtensionContext, log: Log) {
    this.#context = context;
    this.#log = log;
  }

  /** As a window sees it that is opened after this one. For tests. */
  ofAnotherWindow(): Pins {
    return new Pins(this.#context, this.#log);
  }

  get pinned(): Pinned | undefined {
    return this.#pinned;
  }

  /** Reads what an earlier window has pinned; once, and not if something was pinned since. */
  async load(): Promise<void> {
    if (this.#loaded) return;
    this.#loaded = true;
    const of = this.#context.workspaceState.get<string>(NAME_KEY);
    if (of === undefined || this.#pinned) return;
    try {
      const bytes = await vscode.workspace.fs.readFile(this.#file);
      const saved = readTraceJson(new TextDecoder().decode(bytes));
      const trace = new TraceBuilder(saved.header);
      trace.appendChunk(wholeTrace(saved));
      this.#pinned = { run: { id: RUN_FROM_DISK, trace, outcome: 'complete', sentence: '' }, of };
    } catch (error) {
      this.#log.reportDefect(error); // gone or cut short: then nothing is pinned
    }
  }

  /** Pins a run, or nothing. True if it will survive a reload. */
  async pin(pinned: Pinned | undefined): Promise<boolean> {
    this.#loaded = true;
    this.#pinned = pinned;
    const segments = pinned?.run.trace.stores.reduce((sum, store) => sum + store.count, 0) ?? 0;
    const kept = pinned !== undefined && pinned.run.trace.done && segments <= MOST_SEGMENTS;
    await this.#context.workspaceState.update(NAME_KEY, kept ? pinned.of : undefined);
    if (!kept) return pinned === undefined;
    await vscode.workspace.fs.createDirectory(this.#folder);
    const bytes = new TextEncoder().encode(writeTraceJson(pinned.run.trace));
    await vscode.workspace.fs.writeFile(this.#file, bytes);
    return true;
  }

  get #folder(): vscode.Uri {
    return this.#context.storageUri ?? this.#context.globalStorageUri;
  }

  get #file(): vscode.Uri {
    return vscode.Uri.joinPath(this.#folder, 'pinned.json');
  }
}
