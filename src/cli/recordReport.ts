// What `gilscope record` reports: as data for programs, and as text for people.

import path from 'node:path';

import { blameOf, NOBODY, type BlameRow } from '../core/insight/blame';
import { statisticsOf } from '../core/insight/statistics';
import { EventKind, type Trace } from '../core/model/trace';
import { formatShare } from '../core/units';
import { runtimeNamed } from '../core/worlds/runtimes';
import { verdictOf, type Verdict } from '../core/insight/verdict';
import { accountOf, wantedNs, type Cause } from '../core/insight/account';
import { findingText } from '../core/insight/findings/findingText';
import type { RecordingResult } from '../engines/recorded';
import { lockData, lockText } from './lockReport';
import { accountData, findingData, REPORT_VERSION } from './reportData';
import { figure, NONE, paragraph as paragraphOf, printable, table } from './textTable';

/** Rows of a table that are printed; the trace has all. */
const MOST_ROWS = 40;
const MOST_BLAME_ROWS = 10;
/** No read of the GIL tells times from each other that are closer than this. */
const SHORTEST_TOLD_NS = 1000;
/** Below the headline so many other findings are told. */
const MOST_FINDINGS = 5;

/** What `--json` gives. Times in ns. docs/report.md says what each field is. */
export function reportOf(trace: Trace, result: RecordingResult | undefined): object {
  const nameOf = (lane: number): string | null => (lane === NOBODY ? null : trace.lanes[lane].name);
  const verdict = verdictOf(trace, result ?? {});
  return {
    version: REPORT_VERSION,
    title: trace.header.title,
    python: trace.header.subtitle,
    durationNs: trace.nowNs,
    headline: verdict.class,
    verdict: verdict.sentence,
    suggestion: verdict.suggestion,
    findings: verdict.findings.map(finding => findingData(trace, finding)),
    account: accountData(trace, accountOf(trace)),
    locks: lockData(trace),
    recorder: result ?? null,
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
export function textOf(
  trace: Trace,
  result: RecordingResult | undefined,
  width: number | undefined,
): string {
  const verdict = verdictOf(trace, result ?? {});
  const paragraph = (text: string): string => paragraphOf(text, width);
  const parts = [
    paragraph(`${trace.header.title} (${trace.header.subtitle}, ${figure(trace.nowNs)})`),
    paragraph(
      [verdict.claim, verdict.suggestion, verdict.caveats].filter(text => text !== '').join(' '),
    ),
    othersText(trace, verdict, paragraph),
    threadTable(trace, width),
    blameTable(trace, width),
    lockText(trace, width, paragraph),
    ...[
      ...gilMarks(trace),
      ...(result ? [handOffSentence(trace, result)] : []),
      ...(result?.problems.map(({ text }) => text) ?? []),
    ].map(paragraph),
  ];
  return `\n${parts.filter(part => part !== '').join('\n\n')}`;
}

/** What was found beside the headline, a line each. */
function othersText(
  trace: Trace,
  { findings }: Verdict,
  paragraph: (text: string) => string,
): string {
  const others = findings.slice(1);
  if (others.length === 0) return '';
  const lines = others
    .slice(0, MOST_FINDINGS)
    .map(finding => paragraph(`- ${findingText(finding, trace)}`));
  const more = others.length - MOST_FINDINGS;
  return ['Also:', ...lines, ...(more > 0 ? [`… and ${more} more (--json)`] : [])].join('\n');
}

/** The causes in the order of the table, and how its head calls them. */
const COLUMNS: Readonly<Record<Cause, string>> = {
  computing: 'held',
  waitingForGil: 'waited',
  computingWithoutGil: 'ran without',
  waitingForLock: 'lock',
  noCore: 'no core',
  cpuLimit: 'CPU limit',
  waitingForProcess: 'process',
  blocked: 'blocked',
  idle: 'idle',
  starting: 'starting',
  notObserved: 'not observed',
};
const COLUMN_CAUSES = Object.keys(COLUMNS) as readonly Cause[];
/** Held and waited are the question: they stand there even if nobody did. */
const ALWAYS_SHOWN = 3;

function threadTable(trace: Trace, width: number | undefined): string {
  const rows = [...accountOf(trace).threads]
    .sort((a, b) => wantedNs(b.times) - wantedNs(a.times))
    .map(({ lane, times }) => [
      laneName(trace, lane),
      ...COLUMN_CAUSES.map(cause => figure(times[cause] < SHORTEST_TOLD_NS ? 0 : times[cause])),
    ]);
  const head = ['thread', ...COLUMN_CAUSES.map(cause => COLUMNS[cause])];
  // What no thread ever did needs no column.
  const isShown = head.map((_, i) => i < ALWAYS_SHOWN || rows.some(row => row[i] !== NONE));
  const shown = [head, ...rows].map(row => row.filter((_, i) => isShown[i]));
  return table(shown, MOST_ROWS, { width, flexible: [0] });
}

function laneName({ lanes }: Trace, lane: number): string {
  const { name, process } = lanes[lane];
  return process === 0 ? name : `${name} (process ${process})`;
}

/** Waits for locks of the program stand in a table of their own. */
function gilBlame(trace: Trace): BlameRow[] {
  return blameOf(trace).filter(row => row.lock >= 0 && trace.locks[row.lock].kind === 'gil');
}

/** For whom others waited at a line. */
interface BlamedLine {
  readonly place: string;
  ns: number;
  readonly culprits: Set<number>;
  readonly victims: Set<number>;
}

/** The lines at which the GIL was held while others waited. What nobody held is one row, the last. */
function blameTable(trace: Trace, width: number | undefined): string {
  const lines = new Map<string, BlamedLine>();
  for (const row of gilBlame(trace)) {
    const place = row.culprit === NOBODY ? NOBODY_HELD : placeOf(trace, row.position);
    const line = lines.get(place) ?? { place, ns: 0, culprits: new Set(), victims: new Set() };
    lines.set(place, line);
    line.ns += row.ns;
    line.victims.add(row.victim);
    if (row.culprit !== NOBODY) line.culprits.add(row.culprit);
  }
  const told = [...lines.values()]
    .filter(({ ns }) => ns >= SHORTEST_TOLD_NS)
    .sort(
      (a, b) => Number(a.place === NOBODY_HELD) - Number(b.place === NOBODY_HELD) || b.ns - a.ns,
    );
  if (told.length === 0) return '';
  const rows = told.map(({ place, ns, culprits, victims }) => [
    place,
    figure(ns),
    severalNames(trace, culprits),
    severalNames(trace, victims),
  ]);
  const head = ['held at', 'others waited', 'by', 'who waited'];
  return table([head, ...rows], MOST_BLAME_ROWS, { width, flexible: [0, 2, 3] });
}

const NOBODY_HELD = '(nobody: hand-offs)';

function placeOf(trace: Trace, position: number): string {
  const { file, line, functionName } = trace.positions[position];
  return file === '' ? '(line not known)' : `${nearestPath(file)}:${line} ${functionName}`;
}

function severalNames(trace: Trace, lanes: ReadonlySet<number>): string {
  const names = [...lanes].map(lane => laneName(trace, lane));
  return names.length <= 2 ? names.join(', ') : `${names.length} threads`;
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
    if (kinds[i] !== EventKind.mark) continue;
    const { kind, text } = trace.marks[eventArguments[i]];
    if (kind !== 'gil-on') continue;
    const store = trace.stores[lanes[i]];
    const { file, line } = trace.positions[store.positionOf(store.segmentAt(times[i]))];
    texts.push(file === '' ? text : `${text} (${printable(`${file}:${line}`)})`);
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
  const hasNoGil = handOffsCounted === 0 && runtimeNamed(trace.header.runtime)?.protocol === 'off';
  const handOffs = hasNoGil
    ? 'No GIL in this build, so no hand-offs'
    : `${handOffsCounted} hand-offs, ${handOffsSeen} seen and ${missed} only counted`;
  return `${handOffs}; the recorder itself was kept from looking ${formatShare(blindShare)} of the time (${result.mode} mode).`;
}
