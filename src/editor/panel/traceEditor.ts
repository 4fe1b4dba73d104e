// Trace files by a double click: a read-only editor that shows the file in the timeline and goes away itself.

import * as vscode from 'vscode';
import type { Log } from '../window/log';
import { openTrace, type TraceFilesOptions } from './traceFiles';

/** Names that are traces alone, and those that may be anything. */
const VIEW_TYPES = ['gilscope.trace', 'gilscope.foreignTrace'];

/** Opens trace files whose names are ours alone; others by *Open With…*. */
export function registerTraceEditor(options: TraceFilesOptions, log: Log): vscode.Disposable {
  const provider: vscode.CustomReadonlyEditorProvider = {
    openCustomDocument: uri => ({ uri, dispose: () => undefined }),
    resolveCustomEditor: async ({ uri }, panel) => {
      await log.guard(() => openTrace(options, uri));
      panel.dispose();
    },
  };
  return vscode.Disposable.from(
    ...VIEW_TYPES.map(type => vscode.window.registerCustomEditorProvider(type, provider)),
  );
}
