// Calls of a thread, from the time they begin to the time they end, to what lies on top at every instant.

import type { PositionIndex } from '../core/model/program';
import { LaneState } from '../core/model/lanes';
import type { ImportedThread } from './importedRun';

export interface Call {
  readonly startNs: number;
  readonly endNs: number;
  readonly position: PositionIndex;
}

/** What lies on top, from `ns` on. */
export interface Top {
  readonly ns: number;
  readonly position: PositionIndex;
}

/** What lies on top of the stack when: calls in any order, nested or not. */
export function topsOf(calls: readonly Call[]): readonly Top[] {
  const inOrder = [...calls]
    .filter(({ startNs, endNs }) => endNs >= startNs)
    .sort((a, b) => a.startNs - b.startNs || b.endNs - a.endNs);
  const stack: Call[] = [];
  const tops: Top[] = [];
  for (const call of inOrder) {
    popUntil(call.startNs, stack, tops);
    tops.push({ ns: call.startNs, position: call.position });
    stack.push(call);
  }
  popUntil(Infinity, stack, tops);
  return tops;
}

/** Takes all calls off the stack that end by `ns`; below each lies the next that still goes on. */
function popUntil(ns: number, stack: Call[], tops: Top[]): void {
  for (let top = stack.at(-1); top && top.endNs <= ns; top = stack.at(-1)) {
    stack.pop();
    while ((stack.at(-1)?.endNs ?? Infinity) <= top.endNs) stack.pop();
    tops.push({ ns: top.endNs, position: stack.at(-1)?.position ?? 0 });
  }
}

/** Gives a thread the places of its calls: its states stay, if it has any; else nothing is known of them. */
export function place(thread: ImportedThread, tops: readonly Top[]): void {
  const states = thread.starts.map((ns, i) => ({ ns, state: thread.states[i] }));
  for (const column of [thread.starts, thread.states, thread.positions]) column.length = 0;
  let state: number = LaneState.unknown;
  let position: PositionIndex = 0;
  let next = 0;
  for (const top of [...tops, { ns: Infinity, position: 0 }]) {
    for (; next < states.length && states[next].ns <= top.ns; next++) {
      state = states[next].state;
      thread.push(states[next].ns, state, position);
    }
    if (top.ns === Infinity) return;
    position = top.position;
    thread.push(top.ns, state, position);
  }
}
