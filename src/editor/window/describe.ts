// How documents and programs are called in front of people.

import { availableParallelism } from 'node:os';
import type * as vscode from 'vscode';
import type { Conditions, Program } from '../../core/model/program';
import { formatDuration } from '../../core/units';

/** The last part of a document's path; untitled documents keep their name. */
export function displayName(uri: vscode.Uri): string {
  const path = uri.path.replace(/\/+$/, '');
  return path.slice(path.lastIndexOf('/') + 1) || uri.toString();
}

/** What is told of a comparison besides its title. */
export interface Setting {
  readonly program: Program;
  readonly conditions: Conditions;
  readonly engine: 'simulated' | 'workers';
  /** The Python whose measured costs are used, if not the defaults. */
  readonly calibratedOn?: string | undefined;
}

/**
 * `simulated · 4 threads · 4 cores · switch interval 5 ms`. The main thread, which only starts the others, is not
 * counted; a real run has the cores of this machine, whatever the file asks for.
 */
export function describeSetting({ program, conditions, engine, calibratedOn }: Setting): string {
  const real = engine === 'workers';
  const cores = plural(real ? availableParallelism() : conditions.cores, 'core');
  return [
    real ? 'run for real' : 'simulated',
    ...(real || calibratedOn === undefined ? [] : [`costs calibrated on ${calibratedOn}`]),
    plural(Math.max(1, program.threads.length - 1), 'thread'),
    real ? `this machine’s ${cores}` : cores,
    `switch interval ${formatDuration(conditions.switchIntervalNs)}`,
  ].join(' · ');
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
