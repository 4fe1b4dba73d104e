// The command of the race lesson: runs the race on real threads and opens its page.

import * as vscode from 'vscode';
import type { WorkersEngine } from '../engines/workers';
import { raceLessonText, RACING_THREADS } from './raceLessonText';

/** Runs the race and opens its page. Takes some seconds; a person may give up. */
export async function showRaceLesson(workers: WorkersEngine): Promise<void> {
  const progress = {
    location: vscode.ProgressLocation.Notification,
    title: 'Two threads change one reference count…',
    cancellable: true,
  };
  const run = await vscode.window.withProgress(progress, (_, token) => {
    const abort = new AbortController();
    token.onCancellationRequested(() => abort.abort());
    return workers.countReferences(RACING_THREADS, abort.signal);
  });
  const document = await vscode.workspace.openTextDocument({
    language: 'markdown',
    content: raceLessonText(run),
  });
  await vscode.commands.executeCommand('markdown.showPreview', document.uri);
}
