// A calibration for people: each figure beside its default.

import {
  biggestChanges,
  figureOf,
  formatCost,
  pythonName,
  type Calibration,
  type FoundCost,
} from './calibration';
import { COSTS } from './costs';
import { formatDuration } from '../units';

/** The whole calibration as lines of text. */
export function calibrationText(calibration: Calibration): string {
  const { python, holdNs, found, notMeasured } = calibration;
  const lock = python.gil
    ? `switch interval ${formatDuration(python.switchIntervalNs)}`
    : 'without a GIL';
  const turns =
    holdNs === undefined ? '' : ` (turns of two counting threads: ${formatDuration(holdNs)})`;
  return [
    `${pythonName(calibration)}, ${python.cores} cores, ${lock}${turns}`,
    '',
    row(['constant', 'found', 'spread', 'samples', 'default', 'what it is']),
    ...found.map(foundRow),
    '',
    'keep their defaults',
    ...notMeasured.map(({ name, why }) => row([name, valueText(name), '', '', '', why])),
  ].join('\n');
}

/** The largest differences from the defaults in one sentence; empty where nothing differs by half or more. */
export function changesText(calibration: Calibration): string {
  const parts = biggestChanges(calibration, 3)
    .filter(found => isFarOff(found))
    .map(({ name, value }) => {
      const was = formatCost(name, figureOf(COSTS[name].value));
      return `${SHORT_NAMES[name] ?? name} ${formatCost(name, figureOf(value))} instead of ${was}`;
    });
  return parts.length === 0 ? '' : `Most different: ${parts.join(', ')}.`;
}

/** What a sentence calls a constant that can be measured. */
const SHORT_NAMES: Readonly<Partial<Record<FoundCost['name'], string>>> = {
  timerSlackNs: 'timer slack',
  timeoutWake: 'waking after a timed wait',
  wakeLatency: 'waking a thread',
  hotWakeLatency: 'waking a thread on a hot core',
  evaluationPointNs: 'a turn of a small loop',
  timeSliceNs: 'a time slice',
  threadStartNs: 'starting a thread, for its parent,',
  threadBootstrapNs: 'starting a thread, for itself,',
  askerTakesShare: 'turns taken by the thread that asked last',
  askerTakeOver: 'a hand-over to a thread that is awake',
  processStartParentNs: 'starting a process, for its parent,',
  forkserverChildNs: 'a new process under forkserver',
  spawnChildNs: 'a new process under spawn',
  forkParentNs: 'fork, for its parent,',
  forkChildNs: 'fork, for the child,',
  interpreterStartNs: 'a new sub-interpreter',
  messageNs: 'an end of a message',
  pickleNsPerMB: 'pickling',
  unpickleNsPerMB: 'unpickling',
  copyNsPerMB: 'copying bytes',
  pipeNsPerMB: 'a pipe',
};

function isFarOff({ name, value }: FoundCost): boolean {
  const [now, before] = [figureOf(value), figureOf(COSTS[name].value)];
  return now > before * 1.5 || now < before / 1.5;
}

function foundRow({ name, value, low, high, sampleCount }: FoundCost): string {
  const spread = `${formatCost(name, low)} to ${formatCost(name, high)}`;
  const found = formatCost(name, figureOf(value));
  return row([name, found, spread, String(sampleCount), valueText(name), COSTS[name].meaning]);
}

function valueText(name: FoundCost['name']): string {
  const { value } = COSTS[name];
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return formatCost(name, figureOf(value));
}

const WIDTHS = [23, 12, 26, 8, 12];

function row(cells: readonly string[]): string {
  return cells
    .map((cell, i) => (i < WIDTHS.length ? cell.padEnd(WIDTHS[i]) : cell))
    .join(' ')
    .replace(/ +$/, '');
}
