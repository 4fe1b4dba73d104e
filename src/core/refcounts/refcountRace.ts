// Two or three threads that change one reference count, as instructions to step through: be the scheduler.
//
//   const scenario = raceScenario({ work: 'borrow', protection: 'none', threads: 2 });    (raceScenario.ts)
//   replay(scenario, [0, 1, 0])        the states after each step of a schedule: going back is a shorter schedule
//
// A state is plain data and a step makes a new one. The search for orders that go wrong is in interleavings.ts.

/** One instruction of a thread. Each happens at once and whole; between any two the scheduler may switch. */
export type RaceInstruction =
  | (Counted & { readonly kind: 'load' })
  | { readonly kind: 'add'; readonly amount: number }
  | (Counted & { readonly kind: 'store' })
  /** Load, add and store as one: `lock xadd`, `Atomics.add`. */
  | (Counted & { readonly kind: 'atomicAdd'; readonly amount: number })
  /** As one, to the share of the count that belongs to others than the owner; frees if that was the last of all. */
  | (Counted & { readonly kind: 'sharedAdd'; readonly amount: number })
  /** The owner's share is used up: from now on the shared one is the count. Frees if that is 0. */
  | { readonly kind: 'mergeIfZero' }
  | { readonly kind: 'take' }
  | { readonly kind: 'give' }
  /** Frees the object if this thread's last result was 0. */
  | { readonly kind: 'freeIfZero' }
  /** Reads or writes the object itself. */
  | { readonly kind: 'use' };

interface Counted {
  /** By how much the true number of references changes with this instruction, whatever the count says. */
  readonly references?: 1 | -1;
}

/** Programs for a few threads over one object. */
export interface RaceScenario {
  readonly threads: readonly (readonly RaceInstruction[])[];
  /** The count at the beginning, which is then right, together with the shared one. */
  readonly count: number;
  /** What others than the owner count, where the count is biased; else 0. */
  readonly shared: number;
}

export interface RaceThread {
  /** The next instruction. */
  readonly next: number;
  /** What it last loaded or computed. */
  readonly register: number;
}

/** How things stand between two instructions. */
export interface RaceState {
  readonly count: number;
  readonly shared: number;
  /** Whether the owner's share was given up. */
  readonly merged: boolean;
  /** How many references there really are. */
  readonly references: number;
  readonly freed: boolean;
  /** The thread that has the lock, or -1. */
  readonly holder: number;
  readonly threads: readonly RaceThread[];
  /** What went wrong with the last instruction. */
  readonly problem: RaceProblem | undefined;
}

export type RaceProblem =
  /** Freed although references to it exist. */
  | 'freed in use'
  | 'freed twice'
  | 'used after it was freed'
  /** Everybody is done, no reference is left, and the object is still there. */
  | 'never freed'
  /** Everybody is done, and the count is not the number of references. */
  | 'wrong count';

/** Before the first instruction. */
export function beginning(scenario: RaceScenario): RaceState {
  return {
    count: scenario.count,
    shared: scenario.shared,
    merged: false,
    references: scenario.count + scenario.shared,
    freed: false,
    holder: -1,
    threads: scenario.threads.map(() => ({ next: 0, register: 0 })),
    problem: undefined,
  };
}

/** The instruction that a thread would do next, or undefined if it is done or waits for the lock. */
export function nextInstruction(
  scenario: RaceScenario,
  state: RaceState,
  thread: number,
): RaceInstruction | undefined {
  const { next } = state.threads[thread];
  const program = scenario.threads[thread];
  if (next >= program.length) return undefined;
  const instruction = program[next];
  return instruction.kind === 'take' && state.holder >= 0 ? undefined : instruction;
}

/** The state after one more instruction of a thread; the same state if it cannot do one. */
export function stepThread(scenario: RaceScenario, state: RaceState, thread: number): RaceState {
  const instruction = nextInstruction(scenario, state, thread);
  if (!instruction) return state;
  const { register } = state.threads[thread];
  const done = {
    ...state,
    problem: undefined,
    ...effectOf(instruction, state, { thread, register }),
  };
  const after = {
    ...done,
    references: state.references + referencesOf(instruction),
    threads: state.threads.map((other, i) =>
      i === thread
        ? { next: other.next + 1, register: registerAfter(instruction, state, register) }
        : other,
    ),
  };
  return { ...after, problem: after.problem ?? problemAtEnd(scenario, after) };
}

function effectOf(
  instruction: RaceInstruction,
  state: RaceState,
  by: { readonly thread: number; readonly register: number },
): Partial<RaceState> {
  switch (instruction.kind) {
    case 'load':
    case 'add':
      return {};
    case 'store':
      return { count: by.register };
    case 'atomicAdd':
      return { count: state.count + instruction.amount };
    case 'sharedAdd': {
      const shared = state.shared + instruction.amount;
      const left = state.references + (instruction.references ?? 0);
      return state.merged && shared === 0 ? { shared, ...freeing(state, left) } : { shared };
    }
    case 'mergeIfZero':
      if (by.register !== 0) return {};
      return state.shared === 0
        ? { merged: true, ...freeing(state, state.references) }
        : { merged: true };
    case 'take':
      return { holder: by.thread };
    case 'give':
      return { holder: -1 };
    case 'freeIfZero':
      return by.register === 0 ? freeing(state, state.references) : {};
    case 'use':
      return state.freed ? { problem: 'used after it was freed' } : {};
  }
}

/** `left` references are there when the object goes. */
function freeing(state: RaceState, left: number): Partial<RaceState> {
  if (state.freed) return { problem: 'freed twice' };
  return left > 0 ? { freed: true, problem: 'freed in use' } : { freed: true };
}

function registerAfter(instruction: RaceInstruction, state: RaceState, register: number): number {
  switch (instruction.kind) {
    case 'load':
      return state.count;
    case 'add':
      return register + instruction.amount;
    case 'atomicAdd':
      return state.count + instruction.amount;
    case 'sharedAdd':
      return state.shared + instruction.amount;
    default:
      return register;
  }
}

function referencesOf(instruction: RaceInstruction): number {
  return 'references' in instruction ? (instruction.references ?? 0) : 0;
}

function problemAtEnd(scenario: RaceScenario, state: RaceState): RaceProblem | undefined {
  const done = state.threads.every(({ next }, i) => next >= scenario.threads[i].length);
  if (!done || state.freed) return undefined;
  if (state.references === 0) return 'never freed';
  return state.count + state.shared === state.references ? undefined : 'wrong count';
}

/**
 * The states of a schedule: first the beginning, then one after each entry (the thread that takes a step). Stops
 * before an entry that cannot take one.
 */
export function replay(scenario: RaceScenario, schedule: readonly number[]): RaceState[] {
  const states = [beginning(scenario)];
  for (const thread of schedule) {
    const state = states[states.length - 1];
    if (!scenario.threads[thread] || !nextInstruction(scenario, state, thread)) break;
    states.push(stepThread(scenario, state, thread));
  }
  return states;
}
