// What the threads of the race do: one program for each kind of work and each way to protect the count.

import type { CountingMethodName } from './refcounts';
import type { RaceInstruction, RaceScenario } from './refcountRace';

/** What the threads do. */
export type RaceWork =
  /** Each makes a reference, uses the object and drops the reference, while somebody else has one all the time. */
  | 'borrow'
  /** Each drops the reference that it has from the beginning. */
  | 'giveBack'
  /** Each makes a reference and keeps it. */
  | 'countUp'
  /** `x += 1`: nothing lies between reading and writing but the addition. */
  | 'plainAdd'
  /** `v = c.v; f(); c.v = v + 1`: a call between reading and writing, where the interpreter may switch. */
  | 'callBetween';

/**
 * A way to count; `threading.Lock` around all of a piece of work; or the GIL as it was up to 3.9, which could be handed
 * over between any two instructions.
 */
export type RaceProtection = CountingMethodName | 'around' | 'gil-up-to-3.9';

export interface RaceSetting {
  readonly work: RaceWork;
  readonly protection: RaceProtection;
  /** 2 or 3. */
  readonly threads: number;
  /** How often each does its work; once unless told otherwise. */
  readonly rounds?: number;
}

/** The programs of a setting. The first thread owns the object. */
export function raceScenario(setting: RaceSetting): RaceScenario {
  const { work, protection, threads, rounds = 1 } = setting;
  const programs = Array.from({ length: threads }, (_, thread) => {
    const once = instructionsOf(work, protection, thread === 0);
    return Array.from({ length: rounds }, () => once).flat();
  });
  const count = work === 'giveBack' ? threads * rounds : 1;
  // Whoever made a reference has it in the share that it counts in: of those to give back, the owner's in the first.
  const shared = work === 'giveBack' && protection === 'biased' ? (threads - 1) * rounds : 0;
  return { threads: programs, count: count - shared, shared };
}

function instructionsOf(
  work: RaceWork,
  protection: RaceProtection,
  owner: boolean,
): readonly RaceInstruction[] {
  const change = (amount: 1 | -1): RaceInstruction[] => update(amount, protection, owner);
  switch (work) {
    case 'borrow':
      return whole(protection, [...change(1), { kind: 'use' }, ...change(-1)]);
    case 'giveBack':
      return whole(protection, change(-1));
    case 'countUp':
      return whole(protection, change(1));
    case 'plainAdd':
      return plainAdd(protection);
    case 'callBetween':
      return callBetween(protection);
  }
}

/** Since 3.10 no point at which the interpreter lets go lies within the statement. */
function plainAdd(protection: RaceProtection): readonly RaceInstruction[] {
  const steps: RaceInstruction[] = [
    { kind: 'load' },
    { kind: 'add', amount: 1 },
    { kind: 'store', references: 1 },
  ];
  if (protection === 'gil-up-to-3.9') return steps.flatMap(step => locked([step]));
  return protection === 'none' ? steps : locked(steps);
}

/** The call lets go of the GIL, and of a lock that the interpreter takes for one access only. */
function callBetween(protection: RaceProtection): readonly RaceInstruction[] {
  const read: RaceInstruction[] = [{ kind: 'load' }];
  const write: RaceInstruction[] = [
    { kind: 'add', amount: 1 },
    { kind: 'store', references: 1 },
  ];
  if (protection === 'around') return locked([...read, ...write]);
  const inHalves = protection === 'gil' || protection === 'object-lock';
  return inHalves ? [...locked(read), ...locked(write)] : [...read, ...write];
}

/**
 * One change of the count. A new reference counts when its increment is done, a dropped one no longer counts when
 * its decrement begins: a count that is too high for a moment does no harm.
 */
function update(amount: 1 | -1, protection: RaceProtection, owner: boolean): RaceInstruction[] {
  const dropping = amount < 0;
  if (protection === 'biased' && !owner) return [{ kind: 'sharedAdd', amount, references: amount }];
  const check = protection === 'biased' ? 'mergeIfZero' : 'freeIfZero';
  const free: RaceInstruction[] = dropping ? [{ kind: check }] : [];
  if (protection === 'atomic') return [{ kind: 'atomicAdd', amount, references: amount }, ...free];
  const steps: RaceInstruction[] = [
    dropping ? { kind: 'load', references: -1 } : { kind: 'load' },
    { kind: 'add', amount },
    dropping ? { kind: 'store' } : { kind: 'store', references: 1 },
    ...free,
  ];
  return protection === 'object-lock' ? locked(steps) : steps;
}

/** The GIL is held over many changes, and so is a lock that the program takes. */
function whole(
  protection: RaceProtection,
  steps: readonly RaceInstruction[],
): readonly RaceInstruction[] {
  return protection === 'gil' || protection === 'around' ? locked(steps) : steps;
}

function locked(steps: readonly RaceInstruction[]): RaceInstruction[] {
  return [{ kind: 'take' }, ...steps, { kind: 'give' }];
}
