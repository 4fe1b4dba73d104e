// The stepper: choices, buttons, the picture of the moment, what it means, and what the search over all orders found.

import { findBadSchedule, type RaceSearch } from '../../src/core/refcounts/interleavings';
import { raceScenario, type RaceSetting } from '../../src/core/refcounts/raceScenario';
import { tellMoment } from '../../src/core/refcounts/raceStory';
import { element, setText } from '../ground/dom';
import { WORKS } from './choices';
import { StepperControls } from './controls';
import { choose, follow, goTo, historyOf, step, type LessonState } from './lessonState';
import { drawStage } from './stage';

/** A search of this size takes about a second. */
const MAX_STATES = 300_000;

export class Stepper {
  readonly root: HTMLElement;
  readonly #controls: StepperControls;
  readonly #what = element('p', { class: 'what' });
  readonly #stage = element('div', { class: 'stage' });
  readonly #sentence = element('p', { class: 'sentence', attributes: { role: 'status' } });
  readonly #trail = element('ol', {
    class: 'trail',
    attributes: { 'aria-label': 'Threads in the order of their steps' },
  });
  readonly #found = element('p', { class: 'found', attributes: { role: 'status' } });
  readonly #changed: (lesson: LessonState) => void;
  #lesson: LessonState;
  #search: { readonly setting: RaceSetting; readonly result: RaceSearch } | undefined;

  constructor(lesson: LessonState, changed: (lesson: LessonState) => void) {
    this.#lesson = lesson;
    this.#changed = changed;
    this.#controls = new StepperControls({
      step: thread => this.#change(step(this.#lesson, thread)),
      goTo: done => this.#change(goTo(this.#lesson, done)),
      choose: change => this.#change(choose(this.#lesson, change)),
      shortest: () => this.#showShortest(),
    });
    this.root = element(
      'section',
      { class: 'stepper', attributes: { 'aria-labelledby': 'be-the-scheduler' } },
      element('h2', { id: 'be-the-scheduler' }, 'Be the scheduler'),
      this.#controls.choices,
      this.#what,
      this.#controls.buttons,
      this.#sentence,
      this.#stage,
      this.#trail,
      element('h3', {}, 'All orders, searched'),
      this.#found,
    );
    this.#draw();
  }

  #change(lesson: LessonState): void {
    if (lesson === this.#lesson) return;
    this.#lesson = lesson;
    this.#draw();
    this.#changed(lesson);
  }

  #showShortest(): void {
    const result = this.#search?.result;
    if (result?.kind !== 'found') return;
    const whole = follow(this.#lesson, result.schedule);
    this.#change(goTo(whole, result.schedule.length));
  }

  #draw(): void {
    const { setting, schedule, done } = this.#lesson;
    const { scenario, states } = historyOf(this.#lesson);
    const told = tellMoment(scenario, schedule, states);
    const state = states[states.length - 1];
    const lastThread = done > 0 ? schedule[done - 1] : -1;
    setText(this.#what, WORKS.find(({ name }) => name === setting.work)?.what ?? '');
    this.#stage.className = `stage threads-${setting.threads}`;
    this.#stage.replaceChildren(...drawStage({ setting, scenario, state, lastThread, told }));
    this.#sentence.className = `sentence ${told.kind}`;
    setText(this.#sentence, told.sentence);
    this.#trail.replaceChildren(
      ...schedule.map((thread, index) =>
        element(
          'li',
          { class: `thread-${thread + 1} ${index < done ? 'done' : ''}`.trim() },
          String(thread + 1),
        ),
      ),
    );
    this.#searchIfNew();
    const found = this.#search?.setting === setting && this.#search.result.kind === 'found';
    this.#controls.update(this.#lesson, found);
  }

  /** The search can take a while, so the page is drawn first. */
  #searchIfNew(): void {
    const { setting } = this.#lesson;
    if (this.#search?.setting === setting) return;
    this.#search = undefined;
    setText(this.#found, 'Searching all orders of these instructions…');
    setTimeout(() => {
      if (this.#lesson.setting !== setting || this.#search) return;
      const result = findBadSchedule(raceScenario(setting), MAX_STATES);
      this.#search = { setting, result };
      setText(this.#found, tellSearch(result, setting));
      this.#controls.update(this.#lesson, result.kind === 'found');
    }, 20);
  }
}

/** What a search found, with the bound of what it covered. */
export function tellSearch(result: RaceSearch, { threads, rounds = 1 }: RaceSetting): string {
  const bound = `${threads} threads that do this ${rounds === 1 ? 'once' : 'twice'} each`;
  const states = result.stateCount.toLocaleString('en');
  switch (result.kind) {
    case 'found': {
      const { schedule, problem } = result;
      const switches = schedule.filter((thread, i) => i > 0 && thread !== schedule[i - 1]).length;
      return (
        `The shortest order that goes wrong has ${schedule.length} steps, with ${switches} switches between threads: ${problem}. ` +
        `It is the shortest of all orders of ${bound}: ${states} states were looked at, and none that is reached in fewer steps is wrong.`
      );
    }
    case 'none':
      return (
        `No order goes wrong. The search covered all ${manyText(result.scheduleCount)} orders of ${bound}, in ${states} states. ` +
        'That is its bound: it says nothing about more threads or more rounds.'
      );
    case 'cut off':
      return `No order that goes wrong among the first ${states} states; the search stops there. Choose fewer threads or rounds to have all orders covered.`;
  }
}

function manyText(count: number): string {
  return count < 1e9
    ? count.toLocaleString('en')
    : `${(count / 1e9).toPrecision(3)} thousand million`;
}
