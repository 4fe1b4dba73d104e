// Where values are while straight-line Python is followed: running frames, the names in them, slots of objects.

import { ObjectHeap, type ObjectId, type Value } from '../../core/refcounts/objectHeap';
import type { ClassStatement, Expression, FunctionStatement } from '../python/pythonCode';

/** Thrown where code goes beyond what is followed; the message ends “not worked out: …”. */
export class Beyond extends Error {
  override readonly name = 'Beyond';
}

export const UNKNOWN: Value = { kind: 'plain', text: '?', lifetime: 'unknown' };
export const NONE: Value = { kind: 'plain', text: 'None', lifetime: 'immortal' };

export interface Frame {
  readonly name: string;
  /** 0 for the module; a loop's rounds have one number, a function's calls do not. */
  readonly call: number;
  readonly names: Map<string, Value>;
  /** Names that the function binds; undefined for the module. */
  readonly locals: ReadonlySet<string> | undefined;
}

export type Definition = FunctionStatement | ClassStatement;

interface Slot {
  readonly object: Value;
  readonly key: string;
}

const DISPLAYS: Readonly<Record<string, 'list' | 'tuple' | 'set' | undefined>> = {
  ArrayExpression: 'list',
  TupleExpression: 'tuple',
  SetExpression: 'set',
};

/** What a display such as `[a, b]` makes; undefined for other nodes. */
export function displayOf(node: string): 'list' | 'tuple' | 'set' | undefined {
  return DISPLAYS[node];
}

/** Names, places and what is stored in them. Never decides what runs. */
export class ReferencePlaces {
  readonly heap = new ObjectHeap();
  readonly definitions = new Map<string, Definition>();
  protected readonly frames: Frame[] = [];
  protected readonly source: string;
  /** Bind copies instead of references, as C++ does with values. */
  protected readonly copies: boolean;

  constructor(source: string, copies: boolean) {
    this.source = source;
    this.copies = copies;
    this.frames.push({ name: '<module>', call: 0, names: new Map(), locals: undefined });
  }

  textOf({ from, to }: { readonly from: number; readonly to: number }): string {
    return this.source.slice(from, to);
  }

  /** Everything that names of running functions hold. */
  roots(): Value[] {
    return this.frames.flatMap(({ names }) => [...names.values()]);
  }

  protected frame(): Frame {
    return this.frames[this.frames.length - 1];
  }

  protected frameOf(name: string): Frame {
    const frame = this.frame();
    return frame.locals && !frame.locals.has(name) ? this.frames[0] : frame;
  }

  /** What a name is bound to, not held; undefined if it is a definition, a builtin or a module. */
  lookUp(name: string): Value | undefined {
    const frame = this.frameOf(name);
    const value = frame.names.get(name);
    if (value) return value;
    if (frame.locals?.has(name)) throw unbound(name);
    return undefined;
  }

  /** The value of an expression that is only looked into: not held, not copied. */
  protected place(expression: Expression): Value {
    if (expression.kind === 'name') return this.lookUp(expression.name) ?? UNKNOWN;
    const slot = this.slotOf(expression);
    return slot ? this.#read(slot) : UNKNOWN;
  }

  #read({ object, key }: Slot): Value {
    if (object.kind !== 'object') return UNKNOWN;
    const { kind, slots, doubt } = this.heap.object(object.id);
    const value = slots.get(key);
    const isCertain = doubt === undefined && kind !== 'set' && kind !== 'instance';
    if (!value && isCertain) throw new Beyond(`[${key.slice(0, 20)}], which is not there`);
    return value ?? UNKNOWN; // a missing attribute may be the class's
  }

  /** The object and the key of `a.b` or `a[0]`; undefined for any other expression. */
  protected slotOf(expression: Expression): Slot | undefined {
    if (expression.kind === 'attribute') {
      return { object: this.place(expression.object), key: expression.name };
    }
    if (expression.kind !== 'other' || expression.node !== 'Subscript') return undefined;
    const [object, index] = expression.parts;
    if (expression.parts.length !== 2 || this.#isSlice(object, expression)) return undefined;
    const place = this.place(object);
    const key = this.keyOf(index);
    if (key === undefined) return undefined;
    if (place.kind !== 'object' || !/^-\d+$/.test(key)) return { object: place, key };
    const { kind, slots } = this.heap.object(place.id);
    const isSequence = kind === 'list' || kind === 'tuple';
    return { object: place, key: isSequence ? String(slots.size + Number(key)) : key };
  }

  #isSlice(object: Expression, whole: Expression): boolean {
    const inside = this.source.slice(object.to, whole.to);
    return inside.replace(/(['"]).*?\1/g, '').includes(':');
  }

  /** A key that is written as a number or a string. */
  keyOf(index: Expression): string | undefined {
    const text = this.textOf(index);
    return index.kind === 'string' || /^-?\d{1,4}$/.test(text) ? text : undefined;
  }

  protected store(target: Expression, value: Value): void {
    if (target.kind === 'name') {
      this.#bind(target.name, value);
      return;
    }
    if (target.kind === 'other' && displayOf(target.node)) {
      this.unpack(target.parts, value);
      return;
    }
    const slot = this.slotOf(target);
    if (!slot) throw new Beyond('a target that is not followed');
    if (slot.object.kind !== 'object') {
      this.doubt(value, 'stored in something that is not followed');
      return;
    }
    const { kind, slots } = this.heap.object(slot.object.id);
    if (kind === 'list' && !slots.has(slot.key)) throw new Beyond('an index out of range');
    if (kind === 'tuple' || kind === 'set') throw new Beyond('a store that raises');
    this.heap.setSlot(slot.object.id, slot.key, value);
  }

  protected unpack(targets: readonly Expression[], value: Value): void {
    if (value.kind !== 'object') {
      for (const target of targets) this.store(target, UNKNOWN);
      return;
    }
    const { kind, slots } = this.heap.object(value.id);
    const elements = [...slots.values()];
    if ((kind !== 'list' && kind !== 'tuple') || elements.length !== targets.length) {
      throw new Beyond('what is unpacked does not fit, or is not known');
    }
    for (const element of elements) this.heap.hold(element);
    this.heap.drop(value);
    targets.forEach((target, index) => this.store(target, elements[index]));
  }

  #bind(name: string, value: Value): void {
    const { names } = this.frameOf(name);
    const before = names.get(name);
    names.set(name, value);
    if (names === this.frames[0].names) this.definitions.delete(name);
    this.heap.drop(before);
  }

  protected delete(target: Expression): void {
    if (target.kind === 'other' && displayOf(target.node)) {
      for (const part of target.parts) this.delete(part);
      return;
    }
    if (target.kind === 'name') {
      const { names } = this.frameOf(target.name);
      const before = names.get(target.name);
      if (!before && !this.definitions.delete(target.name)) throw unbound(target.name);
      names.delete(target.name);
      this.heap.drop(before);
      return;
    }
    const slot = this.slotOf(target);
    if (!slot) throw new Beyond('a “del” that is not followed');
    if (slot.object.kind !== 'object') return;
    const { kind, slots } = this.heap.object(slot.object.id);
    if (!slots.has(slot.key) || kind === 'tuple') throw new Beyond('a “del” that raises');
    if (kind !== 'list') {
      this.heap.deleteSlot(slot.object.id, slot.key);
      return;
    }
    this.removeElement(slot.object.id, Number(slot.key));
  }

  /** Takes an element out of a list; the reference to it is dropped. */
  removeElement(id: ObjectId, index: number): void {
    const elements = [...this.heap.object(id).slots.values()];
    const [removed] = elements.splice(index, 1);
    this.heap.setElements(id, elements, false);
    this.heap.drop(removed);
  }

  /** What a name gets: the object itself, or in C++'s manner a copy of it. Takes over the reference. */
  protected bound(value: Value): Value {
    if (!this.copies || value.kind !== 'object') return value;
    const copy = this.heap.deepCopy(value);
    this.heap.drop(value);
    return copy;
  }

  doubt(value: Value, why: string): void {
    this.heap.doubt(value, why);
  }
}

/** An error that Python would raise here, too. */
function unbound(name: string): Beyond {
  return new Beyond(`“${name.slice(0, 40)}” is not bound here`);
}
