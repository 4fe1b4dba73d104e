// Steps as flat code: what the machine runs. Loops become two instructions, so that a thread's place in its program
// is one number and a stack of counters, however deep the source nests.

import { assertNever } from './errors';
import type { Program, Step } from './program';

/** Instructions. The machine switches over them. */
export const Op = {
  compute: 0,
  nativeHolds: 1,
  nativeReleases: 2,
  block: 3,
  /** `amount` turns; `target` is the instruction after the loop. */
  loop: 4,
  /** `target` is the first instruction of the body. */
  endLoop: 5,
  start: 6,
  join: 7,
  lock: 8,
  unlock: 9,
  end: 10,
} as const;

/** The code of one thread: instruction i does `ops[i]` with `amounts[i]` (ns or turns) and `targets[i]`. */
export class StepCode {
  readonly ops: number[] = [];
  readonly amounts: number[] = [];
  readonly targets: number[] = [];
  readonly positions: number[] = [];

  add(op: number, amount: number, target: number, at: number): number {
    this.amounts.push(amount);
    this.targets.push(target);
    this.positions.push(at);
    return this.ops.push(op) - 1;
  }
}

/** Compiles every thread of a program. The program is right: see `problemOfProgram`. */
export function compileProgram(program: Program): StepCode[] {
  return program.threads.map(thread => {
    const code = new StepCode();
    for (const step of thread.body) addStep(code, step);
    code.add(Op.end, 0, 0, code.positions.at(-1) ?? 0);
    return code;
  });
}

function addStep(code: StepCode, step: Step): void {
  switch (step.kind) {
    case 'compute':
      code.add(Op.compute, step.ns, 0, step.at);
      return;
    case 'native':
      code.add(step.gil === 'holds' ? Op.nativeHolds : Op.nativeReleases, step.ns, 0, step.at);
      return;
    case 'block':
      code.add(Op.block, step.ns, 0, step.at);
      return;
    case 'repeat':
      addLoop(code, step);
      return;
    case 'start':
      code.add(Op.start, 0, step.thread, step.at);
      return;
    case 'join':
      code.add(Op.join, 0, step.thread, step.at);
      return;
    case 'lock':
      code.add(Op.lock, 0, step.lock, step.at);
      return;
    case 'unlock':
      code.add(Op.unlock, 0, step.lock, step.at);
      return;
    default:
      assertNever(step);
  }
}

function addLoop(code: StepCode, step: Extract<Step, { kind: 'repeat' }>): void {
  if (step.times <= 0 || step.body.length === 0) return;
  const loop = code.add(Op.loop, step.times, 0, step.at);
  for (const inner of step.body) addStep(code, inner);
  if (code.ops.length === loop + 1) {
    for (const column of [code.ops, code.amounts, code.targets, code.positions]) column.pop();
    return;
  }
  const end = code.add(Op.endLoop, 0, loop + 1, step.at);
  code.targets[loop] = end + 1;
}
