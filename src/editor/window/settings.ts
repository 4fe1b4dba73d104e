// What people can set, read fresh at every use: one function a setting.

import * as vscode from 'vscode';
import type { Rule } from '../../analysis/advice/advice';
import type { FindingSeverity } from '../../analysis/python/findings';
import { isRecordingMode, type RecordingMode } from '../../engines/recorded';
import { RUNTIMES } from '../../core/worlds/runtimes';

const DEFAULT_COMPARED: readonly string[] = ['gil', 'processes'];
/** What the workers engine can run for real. */
const ON_WORKERS: readonly string[] = ['gil', 'processes', 'free-threaded'];
const ADVICE_SEVERITIES: readonly AdviceSeverity[] = [
  'off',
  'hint',
  'information',
  'warning',
  'error',
];
const SLOWEST = 1 / 1000;
const FASTEST = 1000;

/** Runtimes to compare, the baseline first. Unknown names are left out; an empty list means the default. */
export function comparedRuntimes(): readonly string[] {
  const chosen = read<unknown>('compare', DEFAULT_COMPARED);
  const names = Array.isArray(chosen) ? chosen.filter(isRuntime) : [];
  return names.length > 0 ? [...new Set(names)] : DEFAULT_COMPARED;
}

/** The rows of the table that real threads and processes can play, of those to be compared. */
export function comparedOnWorkers(): readonly string[] {
  const played = comparedRuntimes().filter(name => ON_WORKERS.includes(name));
  return played.length > 0 ? played : DEFAULT_COMPARED;
}

/** Remembers what is to be compared, for every window. */
export async function rememberCompared(names: readonly string[]): Promise<void> {
  const settings = vscode.workspace.getConfiguration('gilscope');
  await settings.update('compare', names, vscode.ConfigurationTarget.Global);
}

/** Whether an edit of the shown file changes the picture at once. */
export function updatesWhileTyping(): boolean {
  return read('updateWhileTyping', true);
}

/** Whether the last run's figures stand behind the lines of a run file. */
export function showsLineFigures(): boolean {
  return read('showLineFigures', true);
}

export type AdviceSeverity = FindingSeverity | 'hint' | 'off';

/** How loud a rule of advice is: as set, else as the rule itself suggests. */
export function adviceSeverity({ id, severity }: Pick<Rule, 'id' | 'severity'>): AdviceSeverity {
  const chosen = read<unknown>(`advice.${id}`, 'default');
  return ADVICE_SEVERITIES.find(known => known === chosen) ?? severity;
}

/** The interpreter that a person has set, if any. */
export function pythonSetting(): string | undefined {
  const path = read<unknown>('pythonPath', '');
  return typeof path === 'string' && path.trim() !== '' ? path.trim() : undefined;
}

/** How closely a recording looks; undefined lets the machine decide. */
export function recordingMode(): RecordingMode | undefined {
  const mode = read<unknown>('recordingMode', 'auto');
  return typeof mode === 'string' && isRecordingMode(mode) ? mode : undefined;
}

/** Playback speed: 1 is real time. Out-of-range values are brought into range. */
export function playbackSpeed(): number {
  const speed = read<unknown>('playbackSpeed', 1);
  const known = typeof speed === 'number' && Number.isFinite(speed) ? speed : 1;
  return Math.min(FASTEST, Math.max(SLOWEST, known));
}

/** Remembers the speed that was chosen in the panel. */
export async function rememberPlaybackSpeed(speed: number): Promise<void> {
  const settings = vscode.workspace.getConfiguration('gilscope');
  await settings.update('playbackSpeed', speed, vscode.ConfigurationTarget.Global);
}

/** Whether the run before the shown one is kept in sight in the panel. */
export function showsPreviousRun(): boolean {
  return read('showPreviousRun', true);
}

/** Remembers whether the panel shows the run before. */
export async function rememberPreviousRun(shown: boolean): Promise<void> {
  const settings = vscode.workspace.getConfiguration('gilscope');
  await settings.update('showPreviousRun', shown, vscode.ConfigurationTarget.Global);
}

function isRuntime(name: unknown): name is string {
  return RUNTIMES.some(runtime => runtime.name === name);
}

function read<T>(name: string, fallback: T): T {
  return vscode.workspace.getConfiguration('gilscope').get<T>(name, fallback);
}
