// What memory looks like after a line: names, objects and counts, frozen.

import type {
  ObjectHeap,
  ObjectId,
  ObjectKind,
  Lifetime,
  Value,
} from '../../core/refcounts/objectHeap';

export type ShownValue =
  | { readonly kind: 'object'; readonly id: ObjectId }
  | { readonly kind: 'plain'; readonly text: string; readonly lifetime: Lifetime };

export interface ShownSlot {
  readonly name: string;
  readonly value: ShownValue;
}

/** A running function, or the module. */
export interface ShownFrame {
  readonly name: string;
  readonly names: readonly ShownSlot[];
}

export interface ShownObject {
  readonly id: ObjectId;
  readonly kind: ObjectKind;
  readonly type: string;
  readonly slots: readonly ShownSlot[];
  /** Undefined where it is not certain; `doubt` says why. */
  readonly count: number | undefined;
  readonly doubt: string | undefined;
  /** No name leads to it: only a cycle keeps it, until the collector comes. */
  readonly isLeaked: boolean;
}

/** Memory after a line has run. */
export interface MemoryPicture {
  /** The module first, the running function last. */
  readonly frames: readonly ShownFrame[];
  readonly objects: readonly ShownObject[];
  /** What the line freed: `Point`. */
  readonly freed: readonly string[];
}

export interface RunningFrame {
  readonly name: string;
  readonly names: ReadonlyMap<string, Value>;
}

const BEING_MADE = 'while the constructor runs, the call may hold it once more';

export function pictureOf(
  heap: ObjectHeap,
  frames: readonly RunningFrame[],
  freed: readonly ObjectId[],
): MemoryPicture {
  const roots = frames.flatMap(({ names }) => [...names.values()]);
  const reached = heap.reachable(roots);
  const beingMade = new Set(frames.flatMap(constructed));
  return {
    frames: frames.map(({ name, names }) => ({ name, names: slotsOf(names) })),
    objects: heap
      .alive()
      .filter(({ id, doubt }) => reached.has(id) || doubt === undefined)
      .map(({ id, kind, type, slots, count, doubt: certain }) => {
        const doubt = certain ?? (beingMade.has(id) ? BEING_MADE : undefined);
        const shown = { id, kind, type, slots: slotsOf(slots), doubt, isLeaked: !reached.has(id) };
        return { ...shown, count: doubt === undefined ? count : undefined };
      }),
    freed: freed.map(id => heap.object(id).type),
  };
}

function slotsOf(slots: ReadonlyMap<string, Value>): readonly ShownSlot[] {
  return [...slots].map(([name, value]) => ({ name, value }));
}

/** What a running constructor was given: in some versions the call that makes the object holds all of it once more. */
function constructed({ name, names }: RunningFrame): readonly ObjectId[] {
  if (name !== '__init__()') return [];
  return [...names.values()].flatMap(value => (value.kind === 'object' ? [value.id] : []));
}
