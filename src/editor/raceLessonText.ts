// The race that the GIL prevents, as a page of Markdown: reference counts changed by real threads in five ways, the
// shortest bad order of instructions, and what is true of Python's own statements.

import { findBadSchedule } from '../core/interleavings';
import {
  raceScenario,
  replay,
  type RaceInstruction,
  type RaceScenario,
} from '../core/refcountRace';
import {
  countingMethod,
  describeCounting,
  LOST_UPDATES_LESSON,
  PYTHON_LOST_UPDATES,
  type CountingRun,
} from '../core/refcounts';

/** So many threads run the race, for real and on paper. */
export const RACING_THREADS = 2;

/** The page as Markdown. Everything in it is ours: no name of a person's file. */
export function raceLessonText(run: CountingRun): string {
  return [
    '# The race that the GIL prevents',
    'Every reference that is made or dropped changes a count in the object: load, add, store. When two threads do so at once, one change can be lost. Then the object is freed while somebody uses it, or never.',
    `## On this machine, now: ${run.threadCount} threads on ${run.cores} cores`,
    ...run.results.map(result => {
      const { title, how, python } = countingMethod(result.method);
      return `**${title}** (${how}). ${describeCounting(result)}\n\n> ${python}`;
    }),
    '## The shortest order that goes wrong',
    ...shortestBadOrder(),
    '## And in Python’s own statements',
    lostUpdatesTable(),
    ...LOST_UPDATES_LESSON,
  ].join('\n\n');
}

/** Two threads that make a reference, use the object and drop the reference, while a third party has one. */
function shortestBadOrder(): string[] {
  const scenario = raceScenario({ work: 'borrow', protection: 'none', threads: RACING_THREADS });
  const found = findBadSchedule(scenario);
  const locked = raceScenario({ work: 'borrow', protection: 'lock', threads: RACING_THREADS });
  const proof = findBadSchedule(locked);
  return [
    'Two threads each make a reference to an object, use it, and drop the reference; somebody else has one all the time.',
    ...(found.kind === 'found'
      ? [stepTable(scenario, found.schedule), `The end: **${found.problem}**.`]
      : []),
    ...(proof.kind === 'none'
      ? [
          `With a lock around each change there is no such order: all ${proof.scheduleCount} orders of these instructions were covered, and none goes wrong.`,
        ]
      : []),
  ];
}

function stepTable(scenario: RaceScenario, schedule: readonly number[]): string {
  const states = replay(scenario, schedule);
  const rows = schedule.map((thread, step) => {
    const instruction = scenario.threads[thread][states[step].threads[thread].next];
    const { count, references } = states[step + 1];
    const cells = scenario.threads.map((_, index) => (index === thread ? textOf(instruction) : ''));
    return `| ${step + 1} | ${cells.join(' | ')} | ${count} | ${references} |`;
  });
  const heads = scenario.threads.map((_, index) => `Thread ${index + 1}`).join(' | ');
  const rule = `| --: |${' --- |'.repeat(scenario.threads.length)} --: | --: |`;
  return [`| step | ${heads} | count | references |`, rule, ...rows].join('\n');
}

function textOf(instruction: RaceInstruction): string {
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
      return `add ${instruction.amount} in one step`;
    case 'take':
      return 'take the lock';
    case 'give':
      return 'give the lock back';
    case 'freeIfZero':
      return 'free the object if the count is 0';
    case 'use':
      return 'use the object';
  }
}

function lostUpdatesTable(): string {
  const rows = PYTHON_LOST_UPDATES.flatMap(({ statement, what, lost }) =>
    lost.map(({ versions, least, most, expected }) => {
      const range = (from: number, to: number) =>
        from === to
          ? from.toLocaleString('en')
          : `${from.toLocaleString('en')} to ${to.toLocaleString('en')}`;
      return `| \`${statement}\` (${what}) | ${versions} | ${range(least, most)} | ${range(...expected)} |`;
    }),
  );
  return ['| loop body | CPython | missing | of |', '| --- | --- | --: | --: |', ...rows].join(
    '\n',
  );
}
