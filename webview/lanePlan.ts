// Which rows the lanes of a run make: one each, or folded into the row of their group. Pure.

/** A row to be: of one lane, of the lanes of a group, or of lanes that do nothing. */
export interface PlannedRow {
  readonly kind: 'lane' | 'group' | 'idle';
  /** What it is remembered by; the same for the same lanes of the next run. */
  readonly key: string;
  readonly title: string;
  readonly lanes: readonly number[];
  /** Its lanes have no rows of their own: their sum is drawn in this one. */
  readonly folded: boolean;
}

/** A row for every lane, in their order. */
export function everyLane(laneCount: number): readonly PlannedRow[] {
  return Array.from({ length: laneCount }, (_, lane) => laneRowOf(lane));
}

/** The row of one lane. */
export function laneRowOf(lane: number): PlannedRow {
  return { kind: 'lane', key: '', title: '', lanes: [lane], folded: false };
}
