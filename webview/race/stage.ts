// The picture of a moment: a column of instructions for each thread with its register, and the object between them.

import {
  nextInstruction,
  type RaceInstruction,
  type RaceScenario,
  type RaceState,
} from '../../src/core/refcounts/refcountRace';
import { describeInstruction, type RaceMoment } from '../../src/core/refcounts/raceStory';
import type { RaceSetting } from '../../src/core/refcounts/raceScenario';
import { element } from '../ground/dom';

export interface Moment {
  readonly setting: Required<RaceSetting>;
  readonly scenario: RaceScenario;
  readonly state: RaceState;
  /** The thread that did the last step, or -1. */
  readonly lastThread: number;
  readonly told: RaceMoment;
}

/** What is counted where it is no reference count. */
const VARIABLES: Readonly<Partial<Record<RaceSetting['work'], string>>> = {
  plainAdd: 'x',
  callBetween: 'c.v',
};

/** The whole picture, made anew: it is small, and nothing in it can have the focus. */
export function drawStage(moment: Moment): readonly HTMLElement[] {
  const threads = moment.scenario.threads.map((_, thread) => threadColumn(moment, thread));
  return [threads[0], objectCard(moment), ...threads.slice(1)];
}

function threadColumn(moment: Moment, thread: number): HTMLElement {
  const { scenario, state, lastThread, told } = moment;
  const { next, register } = state.threads[thread];
  const program = scenario.threads[thread];
  const waits = next < program.length && !nextInstruction(scenario, state, thread);
  const status = next >= program.length ? 'done' : waits ? 'waits for the lock' : '';
  const alarmed = thread === lastThread && (told.kind === 'wrong' || told.kind === 'lost');
  const current = program.map((instruction, index) =>
    row(instruction, {
      done: index < next,
      next: index === next && !waits,
      alarmed: alarmed && index === next - 1,
    }),
  );
  const list = element('ol', { class: 'instructions' }, ...current);
  return element(
    'section',
    { class: `thread thread-${thread + 1}`, attributes: { 'aria-label': `Thread ${thread + 1}` } },
    element(
      'div',
      { class: 'thread-head' },
      element('h3', {}, `Thread ${thread + 1}`),
      status === '' ? undefined : element('span', { class: 'status' }, status),
    ),
    element(
      'p',
      { class: 'register' },
      'register ',
      element('strong', {}, touched(program, next) ? String(register) : '–'),
    ),
    list,
  );
}

function row(
  instruction: RaceInstruction,
  at: { readonly done: boolean; readonly next: boolean; readonly alarmed: boolean },
): HTMLElement {
  const classes = [at.done ? 'done' : '', at.next ? 'next' : '', at.alarmed ? 'alarmed' : ''];
  const made = element('li', { class: classes.join(' ').trim() }, describeInstruction(instruction));
  if (at.next) made.setAttribute('aria-current', 'step');
  return made;
}

/** Whether the thread has put anything into its register yet. */
function touched(program: readonly RaceInstruction[], next: number): boolean {
  const filling = new Set(['load', 'add', 'atomicAdd', 'sharedAdd']);
  return program.slice(0, next).some(({ kind }) => filling.has(kind));
}

function objectCard({ setting, scenario, state, told }: Moment): HTMLElement {
  const { count, shared, references, freed, holder } = state;
  const biased = setting.protection === 'biased';
  const locks = scenario.threads.some(program => program.some(({ kind }) => kind === 'take'));
  const counts = biased
    ? [figure(state.merged ? 'owner (merged)' : 'owner', count), figure('shared', shared)]
    : [figure(VARIABLES[setting.work] ?? 'count', count)];
  return element(
    'section',
    {
      class: `object ${freed ? 'freed' : ''} ${told.kind}`.trim(),
      attributes: { 'aria-label': 'The object' },
    },
    element('h3', {}, freed ? 'The object, freed' : 'The object'),
    element('div', { class: 'counts' }, ...counts),
    element(
      'p',
      { class: 'truth' },
      setting.work in VARIABLES ? 'should be ' : 'references there really are: ',
      element('strong', {}, String(references)),
    ),
    element(
      'div',
      { class: 'dots', attributes: { 'aria-hidden': 'true' } },
      ...Array.from({ length: references }, () => element('i')),
    ),
    locks
      ? element(
          'p',
          { class: holder >= 0 ? 'lock held' : 'lock' },
          holder >= 0 ? `lock: thread ${holder + 1}` : 'lock: free',
        )
      : undefined,
  );
}

function figure(label: string, value: number): HTMLElement {
  return element(
    'div',
    { class: 'figure' },
    element('strong', {}, String(value)),
    element('span', {}, label),
  );
}
