// How documents and programs are called in front of people.

import type * as vscode from 'vscode';
import type { Conditions, Program } from '../core/program';
import { formatDuration } from '../core/units';

/** The last part of a document's path; untitled documents keep their name. */
export function displayName(uri: vscode.Uri): string {
  const path = uri.path.replace(/\/+$/, '');
  return path.slice(path.lastIndexOf('/') + 1) || uri.toString();
}

/** `4 threads · 4 cores · switch interval 5 ms`. The main thread, which only starts the others, is not counted. */
export function describeConditions(program: Program, conditions: Conditions): string {
  const threads = Math.max(1, program.threads.length - 1);
  return [
    plural(threads, 'thread'),
    plural(conditions.cores, 'core'),
    `switch interval ${formatDuration(conditions.switchIntervalNs)}`,
  ].join(' · ');
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
