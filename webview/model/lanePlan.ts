// Which rows the lanes of a run make: one each, or folded into the row of their group. Pure.

import { timePerState } from '../../src/core/model/timePerState';
import { isResting, LaneState } from '../../src/core/model/lanes';
import type { LaneInfo, Trace } from '../../src/core/model/trace';

/** A row to be: of one lane, of the lanes of a group, of lanes that do nothing, or of a lane that only others have. */
export interface PlannedRow {
  readonly kind: 'lane' | 'group' | 'idle' | 'gap';
  /** What it is remembered by; the same for the same lanes of the next run. Empty for a lane. */
  readonly key: string;
  readonly title: string;
  readonly lanes: readonly number[];
  /** Its lanes have no rows of their own: their sum is drawn in this one. */
  readonly folded: boolean;
  /** Lower than others: a lane that is blocked nearly all the time, while others are not. */
  readonly low?: boolean;
}

/** By what lanes are sorted within their group. */
export const LANE_ORDERS = ['start', 'name', 'held', 'waited'] as const;
export type LaneOrder = (typeof LANE_ORDERS)[number];

/** How a person wants to see lanes. */
export interface LaneWishes {
  readonly order: LaneOrder;
  /** Keys of the rows that are not folded or open as they would be: groups are open, idle lanes are folded. */
  readonly toggled: readonly string[];
}

export const FIRST_WISHES: LaneWishes = { order: 'start', toggled: [] };

/** What a lane is sorted and folded by. In ns. */
export interface LaneTimes {
  readonly startNs: number;
  readonly heldNs: number;
  readonly waitedNs: number;
  /** It neither ran nor waited for anything but I/O, but for a thousandth of the trace at most. */
  readonly idle: boolean;
  /** It is blocked nearly all its life, as a main thread is that only joins its workers. */
  readonly blocked: boolean;
}

/** Fewer idle lanes than this stay where they are: folding them would save nothing. */
const FEWEST_IDLE = 3;
const IDLE_SHARE = 0.001;
/** A lane that is blocked for this share of its life tells little, unless it often waits for the GIL in the rest. */
const BLOCKED_SHARE = 0.8;
const OFTEN_WAITING_SHARE = 0.1;

/** A row for every lane, in their order. */
export function everyLane(laneCount: number): readonly PlannedRow[] {
  return Array.from({ length: laneCount }, (_, lane) => laneRowOf(lane));
}

/** The row of one lane. */
export function laneRowOf(lane: number, low = false): PlannedRow {
  return { kind: 'lane', key: '', title: '', lanes: [lane], folded: false, ...(low && { low }) };
}

/** What is known of each lane of a whole trace. */
export function laneTimes({
  stores,
  nowNs,
}: Pick<Trace, 'stores' | 'nowNs'>): readonly LaneTimes[] {
  return stores.map(store => {
    const time = timePerState([store], 0, nowNs);
    const late = store.count > 0 && store.stateOf(0) === LaneState.notStarted;
    const quiet = restOf(time) + time[LaneState.notStarted] + time[LaneState.finished];
    return {
      startNs: late ? store.endOf(0) : 0,
      heldNs: time[LaneState.runningWithGil],
      waitedNs: time[LaneState.waitingForGil],
      idle: store.endNs - quiet <= IDLE_SHARE * nowNs,
      blocked: isBlocked(time),
    };
  });
}

/** Time without a wish for a lock or a core. */
function restOf(time: Float64Array): number {
  return time.reduce((sum, ns, state) => (isResting(state) ? sum + ns : sum), 0);
}

function isBlocked(time: Float64Array): boolean {
  const lifeNs =
    time.reduce((sum, ns) => sum + ns, 0) - time[LaneState.notStarted] - time[LaneState.finished];
  return (
    restOf(time) > BLOCKED_SHARE * lifeNs &&
    time[LaneState.waitingForGil] < OFTEN_WAITING_SHARE * lifeNs
  );
}

/**
 * The rows of some lanes: by process and interpreter where there are several with several lanes, each sorted, the idle
 * ones at the end and folded. Without `times` (a trace that grows) nothing is sorted by them and nobody is idle, so that
 * no row jumps.
 */
export function planLanes(
  lanes: readonly LaneInfo[],
  times: readonly LaneTimes[] | undefined,
  wishes: LaneWishes,
): readonly PlannedRow[] {
  const groups = new Map<string, number[]>();
  lanes.forEach((info, lane) => {
    const members = groups.get(groupKey(info));
    if (members) members.push(lane);
    else groups.set(groupKey(info), [lane]);
  });
  const compare = comparing(lanes, times, wishes.order);
  const toggled = new Set(wishes.toggled);
  if (groups.size < 2 || groups.size === lanes.length) {
    return planGroup('', [...lanes.keys()].sort(compare), times, toggled);
  }
  const several = new Set(lanes.map(({ process }) => process)).size > 1;
  return [...groups].flatMap(([key, members]) => {
    const title = groupTitle(lanes[members[0]], several);
    const head: PlannedRow = {
      kind: 'group',
      key,
      title,
      lanes: members,
      folded: toggled.has(key),
    };
    return head.folded ? [head] : [head, ...planGroup(key, members.sort(compare), times, toggled)];
  });
}

/** Rows of one of several runs beside each other. Each of its lanes has a seat, the same for the same thread in all. */
export interface SeatedRows {
  readonly rows: readonly PlannedRow[];
  readonly seats: readonly number[];
}

/** Whether rows can stand in the order of another run's: only where they are not in groups of their own. */
export function canAlign(rows: readonly PlannedRow[]): boolean {
  return rows.every(({ kind }) => kind !== 'group');
}

/** The rows of each run in the order of the first, with a gap where only another run has a thread. */
export function alignRows(
  runs: readonly SeatedRows[],
  seatNames: readonly string[],
): readonly (readonly PlannedRow[])[] {
  const first = splitIdle(runs[0].rows).busy.map(({ lanes }) => runs[0].seats[lanes[0]]);
  const order = [...new Set([...first, ...seatNames.keys()])];
  return runs.map(({ rows, seats }) => {
    const { busy, idle } = splitIdle(rows);
    const rowOf = new Map(busy.map(row => [seats[row.lanes[0]], row]));
    const present = new Set(seats);
    const missing = order.filter(seat => !present.has(seat));
    const few = missing.length <= MOST_GAPS;
    const aligned = order.flatMap(seat => {
      const gap = few && !present.has(seat) ? gapOf(`no ${seatNames[seat]}`) : undefined;
      return rowOf.get(seat) ?? gap ?? [];
    });
    return [...aligned, ...(few ? [] : [gapOf(`${missing.length} not here`)]), ...idle];
  });
}

/** More threads that a run does not have are one row. */
const MOST_GAPS = 6;

function splitIdle(rows: readonly PlannedRow[]): { busy: PlannedRow[]; idle: PlannedRow[] } {
  const at = rows.findIndex(({ kind }) => kind === 'idle');
  const end = at < 0 ? rows.length : at;
  return { busy: rows.slice(0, end), idle: rows.slice(end) };
}

function gapOf(title: string): PlannedRow {
  return { kind: 'gap', key: '', title, lanes: [], folded: true };
}

/** The lanes that have rows of their own, from top to bottom. */
export function lanesInOrder(plan: readonly PlannedRow[]): readonly number[] {
  return plan.flatMap(({ kind, lanes }) => (kind === 'lane' ? lanes : []));
}

/** The wishes after a row was folded or opened. */
export function toggleRow(wishes: LaneWishes, key: string): LaneWishes {
  const { toggled } = wishes;
  const others = toggled.filter(other => other !== key);
  return { ...wishes, toggled: others.length < toggled.length ? others : [...toggled, key] };
}

function planGroup(
  key: string,
  sorted: readonly number[],
  times: readonly LaneTimes[] | undefined,
  toggled: ReadonlySet<string>,
): PlannedRow[] {
  // Where all are blocked that is the story itself.
  const others = times?.some(({ blocked, idle }) => !blocked && !idle) ? times : [];
  const rowOf = (lane: number): PlannedRow => laneRowOf(lane, others.at(lane)?.blocked);
  const isIdle = (lane: number): boolean => times?.[lane]?.idle === true;
  const idle = sorted.filter(isIdle);
  if (idle.length < FEWEST_IDLE || idle.length === sorted.length) return sorted.map(rowOf);
  const idleKey = `${key}idle`;
  const head: PlannedRow = {
    kind: 'idle',
    key: idleKey,
    title: `${idle.length} idle`,
    lanes: idle,
    folded: !toggled.has(idleKey),
  };
  const busy = sorted.filter(lane => !isIdle(lane)).map(rowOf);
  return [...busy, head, ...(head.folded ? [] : idle.map(rowOf))];
}

function groupKey({ process, interpreter }: LaneInfo): string {
  return `p${process}i${interpreter} `;
}

function groupTitle({ process, interpreter }: LaneInfo, severalProcesses: boolean): string {
  const ofProcess = process === 0 ? 'Main process' : `Process ${process}`;
  const ofInterpreter = interpreter === 0 ? 'main interpreter' : `interpreter ${interpreter}`;
  if (!severalProcesses) return ofInterpreter[0].toUpperCase() + ofInterpreter.slice(1);
  return interpreter === 0 ? ofProcess : `${ofProcess}, ${ofInterpreter}`;
}

const names = new Intl.Collator(undefined, { numeric: true });

function comparing(
  lanes: readonly LaneInfo[],
  times: readonly LaneTimes[] | undefined,
  order: LaneOrder,
): (a: number, b: number) => number {
  const by = (value: (times: LaneTimes) => number, sign: 1 | -1) => (a: number, b: number) => {
    const [x, y] = [times?.[a], times?.[b]];
    return x && y ? sign * (value(x) - value(y)) || a - b : a - b;
  };
  switch (order) {
    case 'name':
      return (a, b) => names.compare(lanes[a].name, lanes[b].name) || a - b;
    case 'start':
      return by(({ startNs }) => startNs, 1);
    case 'held':
      return by(({ heldNs }) => heldNs, -1);
    case 'waited':
      return by(({ waitedNs }) => waitedNs, -1);
  }
}
