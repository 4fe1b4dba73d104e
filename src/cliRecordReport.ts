// What `gilscope record` reports: as data for programs, and as text for people.

import path from 'node:path';

import { blameOf, NOBODY, type BlameRow } from './core/blame';
import { statisticsOf } from './core/statistics';
import { EventKind, type Trace } from './core/trace';
import { durationFigure, formatShare } from './core/units';
import { verdictOf } from './core/verdict';
import type { RecordingResult } from './engines/recorded';

/** Rows of a table that are printed; the trace has all. */
const MOST_ROWS = 40;
const MOST_BLAME_ROWS = 10;
/** No read of the GIL tells times from each other that are closer than this. */
const SHORTEST_TOLD_NS = 1000;
const NONE = '–';
const BETWEEN_COLUMNS = '  ';
/** Narrower than this a name says nothing. */
const NARROWEST_CELL = 12;

/** What `--json` prints. Times in ns. */
export function reportOf(trace: Trace, result: RecordingResult): object {
  const nameOf = (lane: number): string | null => (lane === NOBODY ? null : trace.lanes[lane].name);
  return {
    title: trace.header.title,
    python: trace.header.subtitle,
    durationNs: trace.nowNs,
    verdict: verdictOf(trace).sentence,
    suggestion: verdictOf(trace).suggestion,
    recorder: result,
    threads: statisticsOf(trace).lanes.map(({ lane, ...sums }) => ({
      name: nameOf(lane),
      process: trace.lanes[lane].process,
      interpreter: trace.lanes[lane].interpreter,
      ...sums,
    })),
    blame: gilBlame(trace).map(row => ({
      waited: nameOf(row.victim),
      because: nameOf(row.culprit),
      ...trace.positions[row.position],
      ns: row.ns,
      waits: row.waitCount,
    })),
  };
}

/** The report as text. `width`: of the terminal it is for; undefined: for a file, or another program. */
export function textOf(trace: Trace, result: RecordingResult, width: number | undefined): string {
  const verdict = verdictOf(trace);
  const paragraph = (text: string): string => (width === undefined ? text : wrapped(text, width));
  const parts = [
    paragraph(`${trace.header.title} (${trace.header.subtitle}, ${figure(trace.nowNs)})`),
    paragraph(
      [verdict.claim, verdict.suggestion, verdict.caveats].filter(text => text !== '').join(' '),
    ),
    threadTable(trace, width),
    blameTable(trace, width),
    ...[...gilMarks(trace), handOffSentence(trace, result), ...result.problems].map(paragraph),
  ];
  return `\n${parts.filter(part => part !== '').join('\n\n')}`;
}

function threadTable(trace: Trace, width: number | undefined): string {
  const rows = [...statisticsOf(trace).lanes]
    .sort((a, b) => b.heldNs + b.waitedNs + b.freeNs - (a.heldNs + a.waitedNs + a.freeNs))
    .map(sums => {
      const { name, process } = trace.lanes[sums.lane];
      const times = [sums.heldNs, sums.waitedNs, sums.freeNs, sums.readyNs];
      const rest = [sums.blockedNs, sums.waitedForLockNs, sums.unknownNs];
      return [
        process === 0 ? name : `${name} (process ${process})`,
        ...[...times, ...rest].map(figure),
      ];
    });
  const head = [
    'thread',
    'held',
    'waited',
    'ran without',
    'no core',
    'blocked',
    'lock',
    'not observed',
  ];
  // What no thread ever did needs no column; held and waited are the question.
  const isShown = head.map((_, i) => i < 3 || rows.some(row => row[i] !== NONE));
  const shown = [head, ...rows].map(row => row.filter((_, i) => isShown[i]));
  return table(shown, MOST_ROWS, { width, flexible: [0] });
}

/** Waits for a lock of the program are left out: a recording does not see who has it. */
function gilBlame(trace: Trace): BlameRow[] {
  return blameOf(trace).filter(row => row.lock >= 0 && trace.locks[row.lock].kind === 'gil');
}

function blameTable(trace: Trace, width: number | undefined): string {
  const told = gilBlame(trace).filter(row => row.ns >= SHORTEST_TOLD_NS);
  const rows = told.map(row => {
    const { file, line, functionName } = trace.positions[row.position];
    const place = file === '' ? '' : `${nearestPath(file)}:${line} ${functionName}`;
    const culprit = row.culprit === NOBODY ? 'nobody' : trace.lanes[row.culprit].name;
    return [trace.lanes[row.victim].name, figure(row.ns), culprit, place];
  });
  if (rows.length === 0) return '';
  const head = ['waited', 'for', 'because of', 'at'];
  return table([head, ...rows], MOST_BLAME_ROWS, { width, flexible: [0, 2, 3] });
}

/** A file below the current folder by its path from there. */
function nearestPath(file: string): string {
  try {
    const fromHere = path.isAbsolute(file) ? path.relative(process.cwd(), file) : '..';
    return fromHere === '' || fromHere.startsWith('..') ? file : fromHere;
  } catch {
    return file; // the folder is gone
  }
}

/** Of a free-threaded build: whether its GIL was turned on, and at which line. */
function gilMarks(trace: Trace): string[] {
  const { kinds, times, lanes, arguments: eventArguments } = trace.events;
  const texts: string[] = [];
  for (let i = 0; i < kinds.length; i++) {
    const mark = kinds[i] === EventKind.mark ? trace.marks[eventArguments[i]] : '';
    if (!mark.startsWith('The GIL')) continue;
    const store = trace.stores[lanes[i]];
    const { file, line } = trace.positions[store.positionOf(store.segmentAt(times[i]))];
    texts.push(file === '' ? mark : `${mark} (${printable(`${file}:${line}`)})`);
  }
  return texts;
}

function handOffSentence(trace: Trace, result: RecordingResult): string {
  const { handOffsCounted, handOffsSeen, blindShare, inside } = result;
  if (inside === 'probe')
    return 'Recorded from inside of the program: times are estimated (waits of threads with short I/O are too low), hand-offs are not counted.';
  if (inside === 'events')
    return `${handOffsSeen} hand-offs seen from inside of the program, which was slowed 3 to 13 times by that; times are estimated.`;
  const missed = handOffsCounted - handOffsSeen;
  const hasNoGil = handOffsCounted === 0 && trace.header.runtime.startsWith('free-threaded');
  const handOffs = hasNoGil
    ? 'No GIL in this build, so no hand-offs'
    : `${handOffsCounted} hand-offs, ${handOffsSeen} seen and ${missed} only counted`;
  return `${handOffs}; the recorder itself was kept from looking ${formatShare(blindShare)} of the time (${result.mode} mode).`;
}

function figure(ns: number): string {
  if (ns === 0) return NONE;
  const { value, unit } = durationFigure(ns);
  return `${value} ${unit}`;
}

interface Room {
  readonly width: number | undefined;
  /** Columns that may become narrower so that a row fits into the width. */
  readonly flexible: readonly number[];
}

/** Columns padded to their widest cell: texts to the left, figures to the right. The first row is the head. */
function table(rows: readonly (readonly string[])[], most: number, room: Room): string {
  const shown = rows.slice(0, most + 1).map(row => row.map(cell => printable(cell, LONGEST_CELL)));
  const widths = widthsFor(shown, room);
  const isFigure = (cell: string | undefined): boolean =>
    cell !== undefined && /^(–|[\d.]+ (ns|µs|ms|s))$/.test(cell);
  const lines = shown.map((row, index) =>
    row
      .map((cell, column) => {
        const isRight = isFigure(cell) || (index === 0 && isFigure(shown.at(1)?.[column]));
        const fitting = printable(cell, widths[column]);
        return isRight ? fitting.padStart(widths[column]) : fitting.padEnd(widths[column]);
      })
      .join(BETWEEN_COLUMNS)
      .trimEnd(),
  );
  const rest = rows.length - 1 - most;
  if (rest > 0) lines.push(`… and ${rest} more`);
  return lines.join('\n');
}

function widthsFor(rows: readonly (readonly string[])[], { width, flexible }: Room): number[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map(row => row[column].length)));
  const all = widths.reduce((sum, one) => sum + one, BETWEEN_COLUMNS.length * (widths.length - 1));
  // The widest of them gives first, so that none becomes much narrower than another.
  for (let over = width === undefined ? 0 : all - width; over > 0; over--) {
    const widest = flexible.reduce((best, column) =>
      widths[column] > widths[best] ? column : best,
    );
    if (widths[widest] <= NARROWEST_CELL) break;
    widths[widest]--;
  }
  return widths;
}

/** Broken between words; a word that is longer than a line stays whole. */
function wrapped(text: string, width: number): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && longer.length > width) lines.push(word);
    else lines.splice(-1, 1, longer);
  }
  return lines.join('\n');
}

/** Longer cells would push the figures out of sight. */
const LONGEST_CELL = 60;

/**
 * Names come from the program: control characters, and those that turn the direction of writing, could play tricks
 * with the terminal. Of a long text the end is kept: of a path, that is the file and the line.
 */
export function printable(text: string, longest = LONGEST_CELL): string {
  const safe = Array.from(text.replace(/[\p{Cc}\p{Cs}\p{Bidi_Control}]/gu, '?'));
  return safe.length <= longest ? safe.join('') : `…${safe.slice(1 - longest).join('')}`;
}
