// Steps as flat code: what the machine runs. Loops become two instructions, so that a thread's place in its program
// is one number and a stack of counters, however deep the source nests. What a runtime makes of a step (slower
// bytecode, pickling, fighting for an object) is worked out here, once, and not while the program runs.

import type { Costs } from '../worlds/costs';
import { assertNever } from '../errors';
import type { Message, Program, Step } from '../model/program';
import type { Runtime } from '../worlds/runtimes';
import type { Nanoseconds } from '../units';

/** Instructions, with what their `amount`, `target` and `count` mean. The machine switches over them. */
export const Op = {
  /** amount: ns. */
  compute: 0,
  nativeHolds: 1,
  nativeReleases: 2,
  block: 3,
  /** amount: turns; target: the instruction after the loop. */
  loop: 4,
  /** target: the first instruction of the body. */
  endLoop: 5,
  /** amount: ns in the parent; target: the thread; count: ns in the child beyond the usual. */
  start: 6,
  /** target: the thread. */
  join: 7,
  /** target: the lock. */
  lock: 8,
  unlock: 9,
  end: 10,
  /** target: the condition. */
  wait: 11,
  /** target: the condition; count: 1 for all. */
  notify: 12,
  /** target: the queue; amount: ns that taking the item costs; count: its tasks, or CLOSING. */
  put: 13,
  /** target: the queue. */
  get: 14,
  /** A loop with as many turns as the item just taken has tasks. target: the instruction after `forEach`. */
  taskLoop: 15,
  /** target: where to go. */
  jump: 16,
  /** Work on an object that the thread has locked. amount: ns alone. target: the object's lock. */
  touch: 17,
  /** amount: ns. */
  collect: 18,
  requireGil: 19,
} as const;

/** The tasks of the item that ends a `forEach`. */
export const CLOSING = -1;

/** A stretch of shared work, so that threads which share an object meet about as often as real ones. */
const SHARED_GRAIN_NS = 1_000_000;

/** The code of one thread, in columns: instruction i is `ops[i]` with its operands. */
export class StepCode {
  readonly ops: number[] = [];
  readonly amounts: number[] = [];
  readonly targets: number[] = [];
  readonly counts: number[] = [];
  readonly positions: number[] = [];

  /** Appends an instruction and returns its index. */
  add(at: number, op: number, operands: Operands = {}): number {
    this.amounts.push(operands.amount ?? 0);
    this.targets.push(operands.target ?? 0);
    this.counts.push(operands.count ?? 0);
    this.positions.push(at);
    return this.ops.push(op) - 1;
  }
}

interface Operands {
  readonly amount?: number;
  readonly target?: number;
  readonly count?: number;
}

/** What compiling needs to know besides the steps. */
interface Context {
  readonly runtime: Runtime;
  readonly costs: Costs;
  readonly slowdown: number;
  readonly startNs: Nanoseconds;
  /** Index of the first object's lock among the machine's locks. */
  readonly firstObject: number;
}

/** Compiles every thread of a program. The program is right: see `problemOfProgram`. */
export function compileProgram(program: Program, runtime: Runtime, costs: Costs): StepCode[] {
  const context = {
    runtime,
    costs,
    slowdown: runtime.slowdown(costs),
    startNs: runtime.start(costs).parentNs,
    firstObject: program.locks.length,
  };
  return program.threads.map(thread => {
    const code = new StepCode();
    addSteps(code, thread.body, context);
    code.add(code.positions.at(-1) ?? 0, Op.end);
    return code;
  });
}

function addSteps(code: StepCode, steps: readonly Step[], context: Context): void {
  for (const step of steps) addStep(code, step, context);
}

function addStep(code: StepCode, step: Step, context: Context): void {
  const { at } = step;
  switch (step.kind) {
    case 'compute':
      addCompute(code, step, context);
      return;
    case 'native':
      code.add(at, step.gil === 'holds' ? Op.nativeHolds : Op.nativeReleases, { amount: step.ns });
      return;
    case 'block':
      code.add(at, Op.block, { amount: step.ns });
      return;
    case 'repeat':
      addRepeat(code, step, context);
      return;
    case 'start':
      addStart(code, step, context);
      return;
    case 'join':
      code.add(at, Op.join, { target: step.thread });
      return;
    case 'lock':
    case 'unlock':
      code.add(at, step.kind === 'lock' ? Op.lock : Op.unlock, { target: step.lock });
      return;
    case 'wait':
      code.add(at, Op.wait, { target: step.condition });
      return;
    case 'notify':
      code.add(at, Op.notify, { target: step.condition, count: step.all ? 1 : 0 });
      return;
    case 'put':
    case 'close':
      addPut(code, step, context);
      return;
    case 'get':
      code.add(at, Op.get, { target: step.queue });
      return;
    case 'forEach':
      addForEach(code, step, context);
      return;
    case 'collect':
      code.add(at, Op.collect, { amount: step.ns });
      return;
    case 'requireGil':
      code.add(at, Op.requireGil);
      return;
    default:
      assertNever(step);
  }
}

type StepOf<Kind extends Step['kind']> = Extract<Step, { kind: Kind }>;

function addCompute(code: StepCode, step: StepOf<'compute'>, context: Context): void {
  const { at, touches } = step;
  const ns = Math.round(step.ns * context.slowdown);
  if (!touches || touches.share === 0 || !context.runtime.objectsAreFoughtFor) {
    code.add(at, Op.compute, { amount: ns });
    return;
  }
  const target = context.firstObject + touches.object;
  const times = Math.max(1, Math.round(ns / SHARED_GRAIN_NS));
  addLoop(code, { at, times }, () => {
    code.add(at, Op.compute, { amount: Math.round((ns / times) * (1 - touches.share)) });
    code.add(at, Op.lock, { target });
    code.add(at, Op.touch, { target, amount: Math.round((ns / times) * touches.share) });
    code.add(at, Op.unlock, { target });
  });
}

function addRepeat(code: StepCode, step: StepOf<'repeat'>, context: Context): void {
  if (step.times <= 0 || step.body.length === 0) return;
  addLoop(code, step, () => {
    addSteps(code, step.body, context);
  });
}

function addLoop(
  code: StepCode,
  { at, times }: { readonly at: number; readonly times: number },
  addBody: () => void,
): void {
  const loop = code.add(at, Op.loop, { amount: times });
  addBody();
  code.targets[loop] = code.add(at, Op.endLoop, { target: loop + 1 }) + 1;
}

function addStart(code: StepCode, step: StepOf<'start'>, context: Context): void {
  const { sendNs, receiveNs } = transferOf(step.sends, context);
  const amount = context.startNs + sendNs;
  code.add(step.at, Op.start, { target: step.thread, amount, count: receiveNs });
}

function addPut(code: StepCode, step: StepOf<'put' | 'close'>, context: Context): void {
  const sends = step.kind === 'put' ? step.sends : undefined;
  const { sendNs, receiveNs } = transferOf(sends ?? { bytes: 0, content: 'bytes' }, context);
  const count = step.kind === 'close' ? CLOSING : (step.tasks ?? 1);
  if (sendNs > 0) code.add(step.at, Op.compute, { amount: sendNs });
  code.add(step.at, Op.put, { target: step.queue, amount: receiveNs, count });
}

function addForEach(code: StepCode, step: StepOf<'forEach'>, context: Context): void {
  const { at } = step;
  const get = code.add(at, Op.get, { target: step.queue });
  const loop = code.add(at, Op.taskLoop);
  addSteps(code, step.body, context);
  code.add(at, Op.endLoop, { target: loop + 1 });
  code.targets[loop] = code.add(at, Op.jump, { target: get }) + 1;
}

/** What it costs to send a message, at both ends. */
function transferOf(
  message: Message | undefined,
  { runtime, costs }: Context,
): { readonly sendNs: Nanoseconds; readonly receiveNs: Nanoseconds } {
  return message === undefined ? { sendNs: 0, receiveNs: 0 } : runtime.send(costs, message);
}
