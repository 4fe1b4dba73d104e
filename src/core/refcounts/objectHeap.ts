// Names, objects and reference counts: what CPython's counting comes to, step by step, as plain data. A count is the
// number of references that names, containers and attributes hold; at 0 the object is freed, and what it held is let go.

export type ObjectId = number;

export type ObjectKind = 'instance' | 'list' | 'tuple' | 'set' | 'dict';

/**
 * How long a value that is not followed lives. `immortal`: not counted since CPython 3.12 (None, True, small numbers,
 * strings in the source). `constant`: the compiled code keeps it too. `unknown`: came from what is not worked out.
 */
export type Lifetime = 'immortal' | 'constant' | 'unknown';

/** What a name or a slot is bound to. */
export type Value =
  | { readonly kind: 'object'; readonly id: ObjectId }
  | { readonly kind: 'plain'; readonly text: string; readonly lifetime: Lifetime };

export interface HeapObject {
  readonly id: ObjectId;
  readonly kind: ObjectKind;
  /** `Point`, `list`. */
  readonly type: string;
  /** Attributes by name; elements by their place; entries by their key. */
  readonly slots: ReadonlyMap<string, Value>;
  /** References that are known. */
  readonly count: number;
  readonly isFreed: boolean;
  /** Why the count is not certain; undefined if it is. */
  readonly doubt: string | undefined;
}

interface GrowingObject {
  readonly id: ObjectId;
  readonly kind: ObjectKind;
  readonly type: string;
  slots: Map<string, Value>;
  count: number;
  isFreed: boolean;
  doubt: string | undefined;
}

/** More objects than these are no picture, and no work for a hover. */
export const MOST_OBJECTS = 500;

/** Objects with counts. Every `Value` that a caller gets from `make` is a reference that it owns and must store or drop. */
export class ObjectHeap {
  readonly #objects: GrowingObject[] = [];
  readonly #freed: ObjectId[] = [];

  get size(): number {
    return this.#objects.length;
  }

  /** Freed since the last question, in order. */
  takeFreed(): readonly ObjectId[] {
    return this.#freed.splice(0);
  }

  object(id: ObjectId): HeapObject {
    return this.#objects[id];
  }

  /** Those that are not freed. */
  alive(): readonly HeapObject[] {
    return this.#objects.filter(({ isFreed }) => !isFreed);
  }

  /** A new object; the caller owns the one reference to it. Takes over the references in `slots`. */
  make(kind: ObjectKind, type: string, slots: Iterable<readonly [string, Value]> = []): Value {
    const id = this.#objects.length;
    this.#objects.push({
      id,
      kind,
      type,
      slots: new Map(slots),
      count: 1,
      isFreed: false,
      doubt: undefined,
    });
    return { kind: 'object', id };
  }

  /** One more reference. */
  hold(value: Value): Value {
    if (value.kind === 'object') this.#objects[value.id].count++;
    return value;
  }

  /** One reference less; frees at 0. Objects in doubt are never said to be freed. */
  drop(value: Value | undefined): void {
    if (value?.kind !== 'object') return;
    const waiting: ObjectId[] = [value.id];
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      const object = this.#objects[id];
      object.count--;
      if (object.count > 0 || object.isFreed || object.doubt !== undefined) continue;
      object.isFreed = true;
      this.#freed.push(id);
      const held = [...object.slots.values()].reverse();
      object.slots = new Map();
      for (const inner of held) if (inner.kind === 'object') waiting.push(inner.id);
    }
  }

  /** Binds a slot; takes over the caller's reference and drops the one before. */
  setSlot(id: ObjectId, key: string, value: Value): void {
    const { slots } = this.#objects[id];
    const before = slots.get(key);
    slots.set(key, value);
    this.drop(before);
  }

  /** Unbinds a slot. False if there was none. */
  deleteSlot(id: ObjectId, key: string): boolean {
    const { slots } = this.#objects[id];
    const before = slots.get(key);
    slots.delete(key);
    this.drop(before);
    return before !== undefined;
  }

  /** Replaces the elements of a sequence; takes over the references in `elements`, those before are dropped. */
  setElements(id: ObjectId, elements: readonly Value[], dropsBefore: boolean): void {
    const object = this.#objects[id];
    const before = [...object.slots.values()];
    object.slots = new Map(elements.map((element, index) => [String(index), element]));
    if (dropsBefore) for (const element of before) this.drop(element);
  }

  /** Marks all that can be reached from a value: code that is not worked out may have kept or dropped references to it. */
  doubt(value: Value, why: string): void {
    const waiting: Value[] = [value];
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      if (next.kind !== 'object') continue;
      const object = this.#objects[next.id];
      if (object.doubt !== undefined) continue;
      object.doubt = why;
      waiting.push(...object.slots.values());
    }
  }

  /** What the cyclic collector does: frees what cannot be reached from `roots`. */
  collect(roots: Iterable<Value>): void {
    const reached = this.reachable(roots);
    for (const object of this.#objects) {
      if (object.isFreed || object.doubt !== undefined || reached.has(object.id)) continue;
      object.isFreed = true;
      this.#freed.push(object.id);
      const held = [...object.slots.values()];
      object.slots = new Map();
      for (const inner of held)
        if (inner.kind === 'object' && reached.has(inner.id)) this.drop(inner);
    }
  }

  /** Objects that can be reached from values. */
  reachable(roots: Iterable<Value>): ReadonlySet<ObjectId> {
    const reached = new Set<ObjectId>();
    const waiting = [...roots];
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      if (next.kind !== 'object' || reached.has(next.id)) continue;
      reached.add(next.id);
      waiting.push(...this.#objects[next.id].slots.values());
    }
    return reached;
  }

  /** A copy of an object with copies of all that it holds, as C++ copies a value; the caller owns it. */
  deepCopy(value: Value, copies = new Map<ObjectId, Value>()): Value {
    if (value.kind !== 'object') return value;
    const known = copies.get(value.id);
    if (known) return this.hold(known);
    const { kind, type, slots, doubt } = this.#objects[value.id];
    const copy = this.make(kind, type);
    copies.set(value.id, copy);
    if (copy.kind === 'object') {
      for (const [key, inner] of slots) this.setSlot(copy.id, key, this.deepCopy(inner, copies));
      this.#objects[copy.id].doubt = doubt;
    }
    return copy;
  }
}
