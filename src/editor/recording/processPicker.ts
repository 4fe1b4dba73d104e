// Which running Python to record: a list of those that there are, and a field for any other number.

import * as vscode from 'vscode';
import { UserError } from '../../core/errors';
import { formatAgo } from '../../core/units';
import { pythonProcesses, whyNotAttach, type PythonProcess } from '../../engines/recorded';

interface ProcessItem extends vscode.QuickPickItem {
  readonly pid: number | undefined;
}

/** Asks for a process under a title; undefined if the person gives up. Throws a `UserError` where none can be recorded at all. */
export async function chooseProcess(
  title = 'Record a running Python',
): Promise<number | undefined> {
  const why = whyNotAttach();
  // Under ptrace_scope 1 a process may have allowed it, so a number may still be given.
  if (process.platform !== 'linux' && why !== undefined) throw new UserError(why);
  const picker = vscode.window.createQuickPick<ProcessItem>();
  picker.title = title;
  picker.placeholder = why ?? 'Choose a process, or type its number';
  picker.matchOnDescription = true;
  picker.matchOnDetail = true;
  let found: readonly ProcessItem[] = [];
  const fill = (): void => {
    picker.items = [...typedItem(picker.value, found), ...(found.length > 0 ? found : [NONE])];
  };
  const look = (): void => {
    const now = pythonProcesses().map(itemOf);
    // A list that is filled anew forgets which item was chosen: only where it has changed.
    const isSame = now.map(({ pid }) => pid).join() === found.map(({ pid }) => pid).join();
    if (isSame && picker.items.length > 0) return;
    found = now;
    fill();
  };
  picker.onDidChangeValue(value => {
    if (/^\s*\d*\s*$/.test(value)) fill(); // a number that is not in the list may be typed
  });
  look();
  const timer = setInterval(look, LOOK_AGAIN_MS);
  try {
    return await chosenIn(picker);
  } finally {
    clearInterval(timer);
    picker.dispose();
  }
}

/** How often an open list is brought up to date. */
const LOOK_AGAIN_MS = 1000;

const NONE: ProcessItem = {
  label: 'No Python runs now; type the number of a process',
  pid: undefined,
  alwaysShow: true,
};

function chosenIn(picker: vscode.QuickPick<ProcessItem>): Promise<number | undefined> {
  return new Promise(resolve => {
    picker.onDidAccept(() => {
      const pid = picker.selectedItems.at(0)?.pid;
      if (pid !== undefined) resolve(pid);
    });
    picker.onDidHide(() => resolve(undefined));
    picker.show();
  });
}

/** A number that is not in the list: perhaps a program with a Python inside. */
function typedItem(value: string, found: readonly ProcessItem[]): ProcessItem[] {
  const text = value.trim();
  if (!/^[1-9]\d{0,9}$/.test(text) || found.some(({ pid }) => pid === Number(text))) return [];
  return [{ label: `$(terminal) Process ${text}`, pid: Number(text), alwaysShow: true }];
}

function itemOf({ pid, words, folder, isOwn, startedMsAgo }: PythonProcess): ProcessItem {
  const since = `started ${formatAgo(startedMsAgo * 1e6)}`;
  return {
    label: `$(${isOwn ? 'vm-running' : 'lock'}) ${pid}`,
    description: words.join(' ').slice(0, 200),
    detail: [folder, since, isOwn ? undefined : 'of another user'].filter(Boolean).join(' · '),
    pid,
  };
}
