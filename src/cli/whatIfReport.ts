// What `gilscope whatif` reports, as text and as data; and the one line that other reports have of it.

import { changesText, endText, predictionText } from '../core/replay/whatIfText';
import {
  subjectOfWhatIf,
  type NoPrediction,
  type Prediction,
  type WhatIfSubject,
} from '../core/replay/predict';
import { predictAll } from '../core/replay/proposals';
import type { Trace } from '../core/model/trace';
import { formatDuration } from '../core/units';
import { paragraph, printable } from './textTable';

type Answers = readonly (Prediction | NoPrediction)[];

export const WHATIF_VERSION = 1;

/** For programs: docs/whatif.md says what each field is. */
export function whatIfData(subject: WhatIfSubject, answers: Answers): object {
  return {
    version: WHATIF_VERSION,
    title: subject.trace.header.title,
    recordedNs: subject.trace.nowNs,
    replayedNs: subject.before?.endNs ?? null,
    problem: subject.problem ?? null,
    predictions: answers.map(answer => ({
      changes: answer.changes,
      what: changesText(answer.changes),
      ...('why' in answer
        ? { predicted: null, why: answer.why, doubts: [] }
        : { predicted: figuresOf(answer), why: null, doubts: answer.doubts }),
    })),
  };
}

function figuresOf({ beforeNs, afterNs, fromNs, toNs }: Prediction): object {
  return { beforeNs, afterNs, fromNs, toNs };
}

/** For people. */
export function whatIfReport(subject: WhatIfSubject, answers: Answers): string {
  const { trace, problem } = subject;
  const head = `${trace.header.title} (${formatDuration(trace.nowNs)})`;
  if (problem !== undefined)
    return printable(`${head}\nNothing can be predicted: ${problem}`, Infinity);
  const common = commonDoubts(answers);
  const lines = answers.flatMap(answer => [
    `${changesText(answer.changes)}: ${predictionText(answer)}`,
    ...('why' in answer ? [] : answer.doubts.filter(doubt => !common.includes(doubt))).map(
      doubt => `    ${doubt}`,
    ),
  ]);
  return [head, 'What if?', ...lines, ...common.map(doubt => `Note: ${doubt}`)]
    .map(line => printable(line, Infinity))
    .join('\n');
}

/** What is said of all predictions is said once. */
function commonDoubts(answers: Answers): readonly string[] {
  const told = answers.filter((answer): answer is Prediction => !('why' in answer));
  const [first, ...others] = told;
  return told.length < 2
    ? []
    : first.doubts.filter(doubt => others.every(({ doubts }) => doubts.includes(doubt)));
}

/** Longer recordings are only answered when somebody asks: `gilscope whatif`. */
const MOST_SEGMENTS = 200_000;
const LEAST_GAIN = 0.1;

/** The best change with its prediction, for a terminal of a width; empty where none is worth it, or nothing can be predicted. */
export function bestChangeText(trace: Trace, width: number | undefined): string {
  if (trace.stores.reduce((sum, { count }) => sum + count, 0) > MOST_SEGMENTS) return '';
  const best = predictAll(subjectOfWhatIf(trace)).find(
    (answer): answer is Prediction => !('why' in answer) && isInReach(answer),
  );
  if (!best || best.toNs > (1 - LEAST_GAIN) * best.beforeNs) return '';
  const text = `What if: with ${changesText(best.changes)} it would end after ${endText(best)} instead of ${formatDuration(best.beforeNs)} (predicted; gilscope whatif TRACE tells more).`;
  return paragraph(text, width);
}

/** Cores are bought, not programmed; and a program may need its locks. */
function isInReach({ changes }: Prediction): boolean {
  return changes.every(
    change => change.kind !== 'cores' && !(change.kind === 'lock' && change.how === 'none'),
  );
}
