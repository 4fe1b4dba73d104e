// The figures of a comparison as Markdown, for a pull request or an issue. Pure.

import { tellsOfCores, tellsOfGil } from '../../core/model/told';
import { blameOf } from '../../core/insight/blame';
import { lossText } from '../../core/insight/losses';
import { LaneState } from '../../core/model/lanes';
import { statisticsOf, type TraceStatistics } from '../../core/insight/statistics';
import { EventKind, type Trace } from '../../core/model/trace';
import { formatDuration, formatShare } from '../../core/units';
import { verdictOf } from '../../core/insight/verdict';
import type { ComparedRun, ComparisonTitle } from '../runs/comparison';
import { escapeMarkdown } from './markdown';

const NAMED_LINES = 5;

type Measured = Pick<ComparedRun, 'trace' | 'outcome'>;

/** A table of the runs, what the first suffers from, and the lines that made others wait longest. */
export function figuresMarkdown(
  { title, detail }: Pick<ComparisonTitle, 'title' | 'detail'>,
  runs: readonly Measured[],
): string {
  const measured = runs.filter(({ trace }) => trace.nowNs > 0);
  if (measured.length === 0) return '';
  const statistics = measured.map(({ trace }) => statisticsOf(trace));
  const { claim, suggestion, caveats } = verdictOf(measured[0].trace);
  return [
    `### ${escapeMarkdown(title)}`,
    escapeMarkdown(detail),
    tableOf(measured, statistics),
    escapeMarkdown([claim, suggestion, caveats].filter(part => part !== '').join(' ')),
    ...measured.flatMap(({ trace }) => blamedLines(trace)).slice(0, 1),
    `_${escapeMarkdown(
      measured
        .map(({ trace }) => sourceOf(trace))
        .filter(isFirst)
        .join('; '),
    )}._`,
    '',
  ].join('\n\n');
}

function tableOf(runs: readonly Measured[], statistics: readonly TraceStatistics[]): string {
  const baseNs = runs[0].trace.nowNs;
  const told = (i: number, figure: string): string =>
    tellsOfGil(runs[i].trace.header) ? figure : '–';
  const rows: readonly (readonly [name: string, value: (i: number) => string])[] = [
    ['wall time', i => formatDuration(runs[i].trace.nowNs) + unended(runs[i])],
    [
      'speed-up',
      i => (runs[i].outcome === 'complete' ? `${(baseNs / runs[i].trace.nowNs).toFixed(2)}×` : '–'),
    ],
    ['waiting for the GIL', i => told(i, formatShare(statistics[i].waitingShare))],
    ['hand-offs of the GIL', i => told(i, statistics[i].handOffCount.toLocaleString('en'))],
    ['of them forced', i => told(i, statistics[i].forcedHandOffCount.toLocaleString('en'))],
    [
      'cores busy',
      i =>
        tellsOfCores(runs[i].trace.header)
          ? `${statistics[i].effectiveCores.toFixed(2)} of ${runs[i].trace.header.cores}`
          : '–',
    ],
    ['threads', i => String(runs[i].trace.lanes.length)],
    ['longest wait', i => told(i, formatDuration(longestWaitNs(runs[i].trace)))],
  ];
  const head = ['', ...runs.map(({ trace }) => escapeMarkdown(trace.header.title))];
  const rule = ['---', ...runs.map(() => '---:')];
  const body = rows.map(([name, value]) => [name, ...runs.map((_, i) => value(i))]);
  return [head, rule, ...body].map(cells => `| ${cells.join(' | ')} |`).join('\n');
}

function unended({ outcome }: Measured): string {
  return outcome === 'complete' ? '' : ` (${outcome})`;
}

function longestWaitNs({ stores }: Trace): number {
  let longest = 0;
  for (const store of stores) {
    for (let i = 0; i < store.count; i++) {
      if (store.stateOf(i) !== LaneState.waitingForGil) continue;
      longest = Math.max(longest, store.endOf(i) - store.startOf(i));
    }
  }
  return longest;
}

/** Where the GIL was held while others waited, the worst line first. */
function blamedLines(trace: Trace): string[] {
  const byPosition = new Map<number, number>();
  for (const { position, ns } of blameOf(trace)) {
    if (position > 0) byPosition.set(position, (byPosition.get(position) ?? 0) + ns);
  }
  const worst = [...byPosition].sort((a, b) => b[1] - a[1]).slice(0, NAMED_LINES);
  if (worst.length === 0) return [];
  const lines = worst.map(([position, ns]) => {
    const { file, line, functionName } = trace.positions[position];
    const place = `${file.split(/[\\/]/).at(-1) ?? file}:${line}`;
    return `- ${formatDuration(ns)} while ${escapeMarkdown(`${place} ${functionName}`.trim())} held it`;
  });
  return [
    `Threads waited for the GIL (${escapeMarkdown(trace.header.title)}):\n\n${lines.join('\n')}`,
  ];
}

/** How the figures came about, and how sure they are. */
function sourceOf(trace: Trace): string {
  const { header, events } = trace;
  const { states } = header.certainty;
  const how =
    states.kind === 'sampled'
      ? `, sampled every ${formatDuration(states.intervalNs)}`
      : states.kind === 'estimated'
        ? `, estimated: ${states.how}`
        : states.kind === 'unknown'
          ? ', states unknown'
          : '';
  const marks = events.kinds.filter(kind => kind === EventKind.mark).length;
  const file = header.openedFrom === undefined ? '' : `opened from ${header.openedFrom}`;
  const marked = marks > 0 ? `${marks} marks` : '';
  const parts = [`${header.engine}${how}`, file, lossText(trace), marked];
  return parts.filter(part => part !== '').join(', ');
}

function isFirst(text: string, index: number, all: readonly string[]): boolean {
  return all.indexOf(text) === index;
}
