// Functions and methods of Python's own whose effect on references is known.

import type { ObjectHeap, ObjectId, Value } from '../../core/refcounts/objectHeap';
import type { Argument, Expression } from '../python/pythonCode';
import { Beyond, NONE, UNKNOWN } from './referencePlaces';

/** What a call asks of the machine that makes it. */
export interface Caller {
  readonly heap: ObjectHeap;
  roots(): Value[];
  evaluate(expression: Expression): Value;
  /** The key of a subscript; undefined if it is not written as a number or a string. */
  keyOf(index: Expression): string | undefined;
  /** A value that is not followed, made of these. */
  unknown(parts: readonly Expression[], why: string | undefined): Value;
}

/** Keep nothing that they are given, and answer with something that is not followed. */
const KEEP_NOTHING = new Set([
  'print',
  'len',
  'id',
  'repr',
  'str',
  'hash',
  'isinstance',
  'type',
  'bool',
  'sys.getrefcount',
  'getrefcount',
  'sys.getsizeof',
  'weakref.ref',
]);

/** A call of a builtin or a module's function, by its name as written; undefined if it is none of the known ones. */
export function callKnown(
  machine: Caller,
  name: string,
  args: readonly Argument[],
): Value | undefined {
  const values = args.map(({ value }) => value);
  if (KEEP_NOTHING.has(name)) return machine.unknown(values, undefined);
  if (name === 'object' && args.length === 0) return machine.heap.make('instance', 'object');
  if (name === 'gc.collect') {
    machine.heap.collect(machine.roots());
    return UNKNOWN;
  }
  if (name === 'list' || name === 'dict' || name === 'tuple' || name === 'set') {
    if (args.length === 0) {
      if (name === 'tuple') return { kind: 'plain', text: '()', lifetime: 'immortal' };
      return machine.heap.make(name, name);
    }
    return name === 'list' && args.length === 1 ? listOf(machine, args[0]) : undefined;
  }
  return undefined;
}

function listOf(machine: Caller, { value }: Argument): Value | undefined {
  const given = machine.evaluate(value);
  if (given.kind !== 'object') return undefined;
  const { kind, slots } = machine.heap.object(given.id);
  if (kind !== 'list' && kind !== 'tuple') {
    machine.heap.drop(given);
    return undefined;
  }
  for (const element of slots.values()) machine.heap.hold(element);
  const copy = machine.heap.make('list', 'list', slots);
  machine.heap.drop(given);
  return copy;
}

interface MethodCall {
  readonly machine: Caller;
  readonly id: ObjectId;
  readonly args: readonly Argument[];
}

type Method = (call: MethodCall) => Value | undefined;

const LIST: Readonly<Record<string, Method | undefined>> = {
  append: ({ machine, id, args }) => {
    const { heap } = machine;
    const added = machine.evaluate(args[0].value);
    heap.setElements(id, [...heap.object(id).slots.values(), added], false);
    return NONE;
  },
  pop: ({ machine, id, args }) => {
    const elements = [...machine.heap.object(id).slots.values()];
    const key = args.length === 0 ? '-1' : machine.keyOf(args[0].value);
    if (key === undefined || !/^-?\d+$/.test(key)) return undefined;
    const index = Number(key) < 0 ? elements.length + Number(key) : Number(key);
    const [popped] = elements.splice(index, 1) as readonly (Value | undefined)[];
    if (!popped || index < 0) throw new Beyond('a pop() that raises');
    machine.heap.setElements(id, elements, false);
    return popped;
  },
  reverse: ({ machine, id }) => {
    machine.heap.setElements(id, [...machine.heap.object(id).slots.values()].reverse(), false);
    return NONE;
  },
};

const CONTAINER: Readonly<Record<string, Method | undefined>> = {
  clear: ({ machine, id }) => {
    machine.heap.setElements(id, [], true);
    return NONE;
  },
  copy: ({ machine, id }) => {
    const { kind, type, slots } = machine.heap.object(id);
    for (const element of slots.values()) machine.heap.hold(element);
    return machine.heap.make(kind, type, slots);
  },
};

const DICT: Readonly<Record<string, Method | undefined>> = {
  pop: ({ machine, id, args }) => {
    const key = args.length === 1 ? machine.keyOf(args[0].value) : undefined;
    const value = key === undefined ? undefined : machine.heap.object(id).slots.get(key);
    if (key === undefined) return undefined;
    if (!value) throw new Beyond('a pop() that raises');
    machine.heap.hold(value);
    machine.heap.deleteSlot(id, key);
    return value;
  },
  get: ({ machine, id, args }) => {
    const key = args.length === 1 ? machine.keyOf(args[0].value) : undefined;
    if (key === undefined) return undefined;
    return machine.heap.hold(machine.heap.object(id).slots.get(key) ?? NONE);
  },
};

const NEEDS_ONE = new Set(['append']);
const TAKES_NONE = new Set(['clear', 'copy', 'reverse']);

/** A method of a list, dictionary or set; undefined if it is not known. */
export function callMethod(
  machine: Caller,
  receiver: Value,
  name: string,
  args: readonly Argument[],
): Value | undefined {
  if (receiver.kind !== 'object') return undefined;
  const { kind, doubt } = machine.heap.object(receiver.id);
  if (kind === 'instance' || kind === 'tuple' || doubt !== undefined) return undefined;
  const own = kind === 'list' ? LIST : kind === 'dict' ? DICT : {};
  const method = Object.hasOwn(own, name)
    ? own[name]
    : Object.hasOwn(CONTAINER, name)
      ? CONTAINER[name]
      : undefined;
  const isPlain = args.every(({ star, keyword }) => star === '' && keyword === undefined);
  const fits =
    (!NEEDS_ONE.has(name) || args.length === 1) && (!TAKES_NONE.has(name) || args.length === 0);
  return isPlain && fits ? method?.({ machine, id: receiver.id, args }) : undefined;
}
