// Two or three threads that change one reference count, as instructions to step through: be the scheduler.
//
//   const scenario = raceScenario({ work: 'borrow', protection: 'none', threads: 2 });
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
  /** The count at the beginning, which is then right. */
  readonly count: number;
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
  | 'used after it was freed'
  /** Everybody is done, no reference is left, and the object is still there. */
  | 'never freed'
  /** Everybody is done, and the count is not the number of references. */
  | 'wrong count';

/** What the threads do. */
export type RaceWork =
  /** Each makes a reference, uses the object and drops the reference, while somebody else has one all the time. */
  | 'borrow'
  /** Each drops the reference that it has from the beginning. */
  | 'giveBack'
  /** Each makes a reference and keeps it. */
  | 'countUp'
  /** `v = c.v; f(); c.v = v + 1`: a call between reading and writing, where the interpreter may switch. */
  | 'callBetween';

export interface RaceSetting {
  readonly work: RaceWork;
  /** What stands around each load, add and store. */
  readonly protection: 'none' | 'lock' | 'atomic';
  /** 2 or 3. */
  readonly threads: number;
  /** How often each does its work; once unless told otherwise. */
  readonly rounds?: number;
}

/** The programs of a setting. */
export function raceScenario(setting: RaceSetting): RaceScenario {
  const { work, protection, threads, rounds = 1 } = setting;
  const once = instructionsOf(work, protection);
  const body = Array.from({ length: rounds }, () => once).flat();
  return {
    threads: Array.from({ length: threads }, () => body),
    count: work === 'giveBack' ? threads * rounds : 1,
  };
}

function instructionsOf(
  work: RaceWork,
  protection: RaceSetting['protection'],
): readonly RaceInstruction[] {
  switch (work) {
    case 'borrow':
      return [...update(1, protection), { kind: 'use' }, ...update(-1, protection)];
    case 'giveBack':
      return update(-1, protection);
    case 'countUp':
      return update(1, protection);
    case 'callBetween':
      return [
        ...within(protection, [{ kind: 'load' }]),
        ...within(protection, [
          { kind: 'add', amount: 1 },
          { kind: 'store', references: 1 },
        ]),
      ];
  }
}

/**
 * One change of the count. A new reference counts when its increment is done, a dropped one no longer counts when
 * its decrement begins: a count that is too high for a moment does no harm.
 */
function update(amount: 1 | -1, protection: RaceSetting['protection']): RaceInstruction[] {
  const free: RaceInstruction[] = amount < 0 ? [{ kind: 'freeIfZero' }] : [];
  if (protection === 'atomic') return [{ kind: 'atomicAdd', amount, references: amount }, ...free];
  const steps: RaceInstruction[] = [
    amount < 0 ? { kind: 'load', references: -1 } : { kind: 'load' },
    { kind: 'add', amount },
    amount > 0 ? { kind: 'store', references: 1 } : { kind: 'store' },
    ...free,
  ];
  return within(protection, steps);
}

function within(
  protection: RaceSetting['protection'],
  steps: readonly RaceInstruction[],
): RaceInstruction[] {
  return protection === 'lock' ? [{ kind: 'take' }, ...steps, { kind: 'give' }] : [...steps];
}

/** Before the first instruction. */
export function beginning(scenario: RaceScenario): RaceState {
  return {
    count: scenario.count,
    references: scenario.count,
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
    case 'take':
      return { holder: by.thread };
    case 'give':
      return { holder: -1 };
    case 'freeIfZero':
      return by.register === 0 ? freeing(state) : {};
    case 'use':
      return state.freed ? { problem: 'used after it was freed' } : {};
  }
}

function freeing(state: RaceState): Partial<RaceState> {
  const inUse = state.references > 0;
  return inUse ? { freed: true, problem: 'freed in use' } : { freed: true };
}

function registerAfter(instruction: RaceInstruction, state: RaceState, register: number): number {
  switch (instruction.kind) {
    case 'load':
      return state.count;
    case 'add':
      return register + instruction.amount;
    case 'atomicAdd':
      return state.count + instruction.amount;
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
  return state.count === state.references ? undefined : 'wrong count';
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
