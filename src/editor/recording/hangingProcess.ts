// Why a running process does not get on: one look of half a second, shown as a document that a person reads.

import * as vscode from 'vscode';
import { dumpOf, dumpText } from '../../engines/recorded';
import { chooseProcess } from './processPicker';

/** Asks for a process and shows what each of its threads does, waits for, and who has that. */
export async function showWhyProcessHangs(): Promise<void> {
  const pid = await chooseProcess('Why does this process hang?');
  if (pid === undefined) return;
  const location = vscode.ProgressLocation.Notification;
  const title = `Looking at process ${pid} …`;
  const dump = await vscode.window.withProgress({ location, title }, () => dumpOf(pid));
  const document = await vscode.workspace.openTextDocument({ content: `${dumpText(dump)}\n` });
  await vscode.window.showTextDocument(document, { preview: true });
}
