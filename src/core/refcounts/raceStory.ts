// The race told step by step: what an instruction is called, what it did, and what has gone wrong.

import { assertNever } from '../errors';
import type { RaceInstruction, RaceScenario, RaceState } from './refcountRace';

/** An instruction in a few words, as it stands in a thread's list. */
export function describeInstruction(instruction: RaceInstruction): string {
  switch (instruction.kind) {
    case 'load':
      return 'load the count';
    case 'add':
      return instruction.amount > 0
        ? `add ${instruction.amount}`
        : `subtract ${-instruction.amount}`;
    case 'store':
      return 'store the count';
    case 'atomicAdd':
      return `${signed(instruction.amount)} in one step`;
    case 'sharedAdd':
      return `shared count ${signed(instruction.amount)} in one step`;
    case 'mergeIfZero':
      return 'if 0, merge with the shared count';
    case 'take':
      return 'take the lock';
    case 'give':
      return 'give the lock back';
    case 'freeIfZero':
      return 'if 0, free the object';
    case 'use':
      return 'use the object';
    default:
      return assertNever(instruction);
  }
}

/** How the last step of a schedule went. `kind` is what a reader should be alarmed by. */
export interface RaceMoment {
  readonly kind: 'fine' | 'lost' | 'wrong' | 'done';
  readonly sentence: string;
}

/** Tells the last of the states of a schedule (as `replay` gives them) in a sentence or two. */
export function tellMoment(
  scenario: RaceScenario,
  schedule: readonly number[],
  states: readonly RaceState[],
): RaceMoment {
  const step = states.length - 1;
  const after = states[step];
  if (step === 0) {
    return { kind: 'fine', sentence: 'You are the scheduler: choose whose instruction is next.' };
  }
  const before = states[step - 1];
  const thread = schedule[step - 1];
  const said = tellStep(scenario, before, thread);
  if (after.problem !== undefined) {
    return { kind: 'wrong', sentence: `${said} ${tellProblem(after)}` };
  }
  if (losesUpdate(scenario, before, thread)) {
    return {
      kind: 'lost',
      sentence: `${said} Lost update: another thread changed the count after this one had loaded it, and that change is gone.`,
    };
  }
  const done = after.threads.every(({ next }, i) => next >= scenario.threads[i].length);
  if (done) return { kind: 'done', sentence: `${said} All are done, and nothing went wrong.` };
  return { kind: 'fine', sentence: said };
}

/** Whether the next instruction of a thread stores over a change that another thread made since it loaded. */
export function losesUpdate(scenario: RaceScenario, state: RaceState, thread: number): boolean {
  const { next, register } = state.threads[thread];
  const program = scenario.threads[thread];
  if (program[next].kind !== 'store') return false;
  const add = program
    .slice(0, next)
    .reverse()
    .find(({ kind }) => kind === 'add');
  return add?.kind === 'add' && state.count !== register - add.amount;
}

function tellStep(scenario: RaceScenario, before: RaceState, thread: number): string {
  const { next, register } = before.threads[thread];
  const instruction = scenario.threads[thread][next];
  const who = `Thread ${thread + 1}`;
  switch (instruction.kind) {
    case 'load':
      return `${who} loads ${before.count} into its register.`;
    case 'add':
      return `${who} makes ${register + instruction.amount} of it, in its register: nobody else can see that.`;
    case 'store':
      return `${who} stores ${register}.`;
    case 'atomicAdd':
      return `${who} makes the count ${before.count + instruction.amount}: load, add and store at once, with nobody in between.`;
    case 'sharedAdd':
      return `${who} is not the owner: it makes the shared count ${before.shared + instruction.amount}, in one step.`;
    case 'mergeIfZero':
      return register === 0
        ? `${who}, the owner, has used up its share: from now on the shared count is the whole count.`
        : `${who} looks: its share is ${register}, so the object stays.`;
    case 'take':
      return `${who} takes the lock.`;
    case 'give':
      return `${who} gives the lock back.`;
    case 'freeIfZero':
      return register === 0
        ? `${who} has brought the count to 0 and frees the object.`
        : `${who} looks: it made the count ${register}, so the object stays.`;
    case 'use':
      return `${who} uses the object.`;
    default:
      return assertNever(instruction);
  }
}

function tellProblem({ problem, count, shared, references }: RaceState): string {
  switch (problem) {
    case undefined:
      return '';
    case 'freed in use':
      return `Freed while in use: ${referencesText(references)} still there, and the memory is gone.`;
    case 'freed twice':
      return 'Freed twice: the memory may have been somebody else’s by then.';
    case 'used after it was freed':
      return 'Used after it was freed: whatever is in that memory now, it is not the object.';
    case 'never freed':
      return `Never freed: nobody has a reference any more, but the count says ${count + shared}. The memory is lost.`;
    case 'wrong count':
      return `All are done and the count says ${count + shared}, but it should be ${references}: an update was lost.`;
    default:
      return assertNever(problem);
  }
}

function referencesText(count: number): string {
  return count === 1 ? 'one reference is' : `${count} references are`;
}

function signed(amount: number): string {
  return amount > 0 ? `+${amount}` : `−${-amount}`;
}
