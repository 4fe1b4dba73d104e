// What `gilscope simulate` reports of a run: as data for programs, and as text for people.

import type { Finding } from '../analysis/python/findings';
import { blameOf, NOBODY, type BlameRow } from '../core/insight/blame';
import type { Costs } from '../core/worlds/costs';
import { criticalPathOf } from '../core/insight/criticalPath';
import { holdsPerLock, waitsPerLane } from '../core/insight/distributions';
import { LANE_STATE_NAMES } from '../core/model/lanes';
import { statisticsOf, type TimeSums, type TraceStatistics } from '../core/insight/statistics';
import type { Trace } from '../core/model/trace';
import { formatDuration, formatShare } from '../core/units';
import { verdictOf, type Verdict } from '../core/insight/verdict';
import { predictGain } from '../core/replay/whatIf';
import { figure, table, type Room } from './textTable';

const MOST_BLAME_ROWS = 10;
const MOST_LANES = 40;
const MOST_FINDINGS = 10;
const MOST_PATH_ROWS = 3;

/** A run with what its report says of it. */
export interface SimulatedRun {
  readonly trace: Trace;
  readonly problems: readonly string[];
  /** What the file says that was not taken as it stands. */
  readonly findings: readonly Finding[];
  readonly costs: Costs;
  /** The Python that the costs were measured on; null: the defaults. */
  readonly calibratedOn: string | null;
}

/** The report as data. Stable: fields are only added. Times in ns; `culprit` null: nobody held the lock. */
export function reportOf({
  trace,
  problems,
  findings,
  costs,
  calibratedOn,
}: SimulatedRun): unknown {
  const { lanes, lines, ...totals } = statisticsOf(trace);
  const { evidence, ...verdict } = verdictOf(trace);
  const waits = waitsPerLane(trace);
  const gain = predictGain(trace, { ...verdict, evidence }, costs);
  const row = (blamed: BlameRow): unknown => ({
    lock: trace.locks[blamed.lock].name,
    victim: trace.lanes[blamed.victim].name,
    culprit: blamed.culprit === NOBODY ? null : trace.lanes[blamed.culprit].name,
    line: trace.positions[blamed.position].line,
    ns: blamed.ns,
    waitCount: blamed.waitCount,
  });
  return {
    version: 1,
    runtime: trace.header.runtime,
    cores: trace.header.cores,
    switchIntervalNs: trace.header.switchIntervalNs,
    calibratedOn,
    verdict: {
      ...verdict,
      evidence: evidence.map(row),
      predicted: gain ? { beforeNs: gain.beforeNs, afterNs: gain.afterNs } : null,
    },
    statistics: {
      ...totals,
      lanes: lanes.map(({ lane, ...sums }) => ({
        name: trace.lanes[lane].name,
        ...sums,
        waits: waits[lane],
      })),
      lines: lines.map(({ position, ...sums }) => ({
        line: trace.positions[position].line,
        ...sums,
      })),
      locks: holdsPerLock(trace).map((holds, lock) => ({ ...trace.locks[lock], holds })),
    },
    criticalPath: criticalRows(trace),
    blame: blameOf(trace).map(row),
    problems,
    findings: findings.map(({ fromLine, severity, message }) => ({
      line: fromLine,
      severity,
      message,
    })),
  };
}

/** The report for people. */
export function textOf({ trace, problems, findings, costs, calibratedOn }: SimulatedRun): string {
  const statistics = statisticsOf(trace);
  const verdict = verdictOf(trace);
  return [
    `${trace.header.title}: ${verdict.sentence}`,
    ...changeLines(trace, verdict, costs),
    ...problems.filter(problem => !verdict.sentence.includes(problem)).map(text => `! ${text}`),
    ...findings
      .slice(0, MOST_FINDINGS)
      .map(({ fromLine, message }) => `line ${fromLine}: ${message}`),
    ...leftText(findings.length - MOST_FINDINGS, 'remarks on the file (--json)'),
    '',
    totalsLine(trace, statistics),
    ...holdLines(trace),
    ...pathLines(trace),
    ...(calibratedOn === null ? [] : [`costs calibrated on ${calibratedOn}`]),
    '',
    ...laneTable(trace, statistics),
    '',
    ...blameTable(trace),
  ]
    .join('\n')
    .trimEnd();
}

function leftText(count: number, what: string): string[] {
  return count > 0 ? [`… and ${count} more ${what}`] : [];
}

function changeLines(trace: Trace, verdict: Verdict, costs: Costs): string[] {
  if (verdict.change.kind === 'none') return [];
  const gain = predictGain(trace, verdict, costs);
  if (!gain) return [`Try: ${verdict.suggestion}`];
  const what = gain.lane < 0 ? '' : `${trace.lanes[gain.lane].name} ends after `;
  const figures = `${what}${formatDuration(gain.afterNs)} instead of ${formatDuration(gain.beforeNs)}`;
  const word = gain.afterNs < gain.beforeNs ? 'Try' : 'Not worth it here';
  return [`${word}: ${verdict.suggestion} (predicted: ${figures})`];
}

function totalsLine(trace: Trace, statistics: TraceStatistics): string {
  const { forcedHandOffCount, handOffCount, effectiveCores, waitingShare, wallNs } = statistics;
  return (
    `${formatDuration(wallNs)} · ${handOffCount} hand-offs, ${forcedHandOffCount} of them forced · ` +
    `${effectiveCores.toFixed(2)} of ${trace.header.cores} cores busy · ${formatShare(waitingShare)} waiting for the GIL`
  );
}

/** How long the busiest GIL was held at a time; nothing where none was handed over. */
function holdLines(trace: Trace): string[] {
  const busiest = holdsPerLock(trace)
    .filter((_, lock) => trace.locks[lock].kind === 'gil')
    .sort((a, b) => b.count - a.count)
    .at(0);
  if (!busiest || busiest.count < 2) return [];
  const { count, p50Ns, p90Ns, maxNs } = busiest;
  const [median, most, longest] = [p50Ns, p90Ns, maxNs].map(formatDuration);
  return [
    `held ${count} times: half up to ${median}, nine tenths up to ${most}, longest ${longest}`,
  ];
}

interface CriticalRow {
  readonly thread: string;
  readonly state: string;
  readonly line: number;
  readonly ns: number;
}

/** The critical path: what the run would have ended earlier without, the longest first. Sums to the duration. */
function criticalRows(trace: Trace): CriticalRow[] {
  const rows = new Map<string, CriticalRow>();
  for (const { lane, state, position, startNs, endNs } of criticalPathOf(trace).pieces) {
    const key = `${lane} ${state} ${position}`;
    rows.set(key, {
      thread: trace.lanes[lane].name,
      state: LANE_STATE_NAMES[state],
      line: trace.positions[position].line,
      ns: (rows.get(key)?.ns ?? 0) + endNs - startNs,
    });
  }
  return [...rows.values()].filter(({ ns }) => ns > 0).sort((a, b) => b.ns - a.ns);
}

function pathLines(trace: Trace): string[] {
  const rows = criticalRows(trace).slice(0, MOST_PATH_ROWS);
  const parts = rows.map(({ thread, state, line, ns }) => {
    const where = line > 0 ? ` at line ${line}` : '';
    return `${thread} ${state}${where} ${formatDuration(ns)}`;
  });
  return parts.length === 0 ? [] : [`critical path, longest parts: ${parts.join(', ')}`];
}

/** The report may go into a file: its tables take the room that they need. */
const NO_LIMIT: Room = { width: undefined, flexible: [] };

const COLUMNS: readonly (readonly [string, keyof TimeSums])[] = [
  ['held', 'heldNs'],
  ['waited', 'waitedNs'],
  ['without GIL', 'freeNs'],
  ['lock', 'waitedForLockNs'],
  ['blocked', 'blockedNs'],
  ['idle', 'idleNs'],
  ['ready', 'readyNs'],
  ['starting', 'startingNs'],
];

/** A row a thread. A column in which nobody has a time is left out. */
function laneTable(trace: Trace, { lanes }: TraceStatistics): string[] {
  const columns = COLUMNS.filter(([, key]) => lanes.some(lane => lane[key] > 0));
  const head = ['thread', ...columns.map(([title]) => title)];
  const rows = lanes.map(lane => [
    trace.lanes[lane.lane].name,
    ...columns.map(([, key]) => figure(lane[key])),
  ]);
  return [table([head, ...rows], MOST_LANES, NO_LIMIT)];
}

function blameTable(trace: Trace): string[] {
  const rows = blameOf(trace);
  if (rows.length === 0) return [];
  const lines = rows.slice(0, MOST_BLAME_ROWS).map(row => {
    const { line } = trace.positions[row.position];
    const culprit = row.culprit === NOBODY ? 'nobody (a hand-off)' : trace.lanes[row.culprit].name;
    const where = line > 0 ? ` at line ${line}` : '';
    const lock =
      trace.locks[row.lock].kind === 'lock' ? `, lock ${trace.locks[row.lock].name}` : '';
    return `${formatDuration(row.ns).padStart(10)}  ${trace.lanes[row.victim].name} waited for ${culprit}${where}${lock}`;
  });
  const left = rows.length - lines.length;
  return ['who waited for whom', ...lines, ...leftText(left, 'rows (--json)')];
}
