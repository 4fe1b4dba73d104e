// Changes and predictions in words, for the editor and for the terminal.

import { assertNever } from '../errors';
import { runtimeNamed } from '../worlds/runtimes';
import { formatDuration } from '../units';
import type { WhatIf } from './change';
import type { NoPrediction, Prediction } from './predict';

/** A change as a part of a sentence: `4 threads instead of those it had`. */
export function changeText(change: WhatIf): string {
  switch (change.kind) {
    case 'runtime':
      return RUNTIME_WORDS[change.runtime] ?? runtimeNamed(change.runtime)?.title ?? change.runtime;
    case 'interval':
      return `a switch interval of ${formatDuration(change.switchIntervalNs)}`;
    case 'cores':
      return `${change.cores} cores`;
    case 'threads':
      return change.count === 1 ? '1 worker thread' : `${change.count} worker threads`;
    case 'release':
      return `${lineText(change)} releases the GIL`;
    case 'pieces':
      return `the call at ${lineText(change)} in pieces of ${formatDuration(change.ns)}`;
    case 'lock':
      return change.how === 'none'
        ? `no lock ${change.lock}`
        : `lock ${change.lock} not held over I/O`;
    case 'together':
      return 'start all first, then wait for all';
    default:
      return assertNever(change);
  }
}

const RUNTIME_WORDS: Readonly<Partial<Record<string, string>>> = {
  'processes-fork': 'processes (fork)',
  'processes-spawn': 'processes (spawn)',
  'processes-forkserver': 'processes (forkserver)',
  subinterpreters: 'sub-interpreters',
  'free-threaded': 'a free-threaded build',
};

function lineText({ file, line }: { readonly file: string; readonly line: number }): string {
  return file === '' ? `line ${line}` : `${file.split('/').at(-1)}:${line}`;
}

export function changesText(changes: readonly WhatIf[]): string {
  return changes.length === 0 ? 'no change' : changes.map(changeText).join(', and ');
}

/** Less of a difference than this is none. */
const NO_GAIN = 0.05;

/** What it would bring, as a sentence without the change: `ends after 430 ms instead of 940 ms, 54 % sooner`. */
export function predictionText(prediction: Prediction | NoPrediction): string {
  if ('why' in prediction) return `no figure: ${prediction.why}`;
  const { beforeNs, afterNs } = prediction;
  const gain = 1 - afterNs / beforeNs;
  const before = formatDuration(beforeNs);
  if (Math.abs(gain) < NO_GAIN) return `no gain: ends after ${endText(prediction)}, as without it`;
  const percent = `${Math.round(Math.abs(gain) * 100)} %`;
  return `ends after ${endText(prediction)} instead of ${before}, ${percent} ${gain > 0 ? 'sooner' : 'later'}`;
}

/** The end as a number, or as a range where guesses matter. */
export function endText({ afterNs, fromNs, toNs }: Prediction): string {
  return fromNs === toNs
    ? formatDuration(afterNs)
    : `${formatDuration(fromNs)} to ${formatDuration(toNs)}`;
}
