// The buttons of the stepper. They are made once and stay, so that the keyboard never loses its place.

import { nextInstruction } from '../../src/core/refcounts/refcountRace';
import type { RaceSetting } from '../../src/core/refcounts/raceScenario';
import { element, setShown } from '../ground/dom';
import { PROTECTION_TITLES, PROTECTIONS_OF, WORKS } from './choices';
import { historyOf, type LessonState } from './lessonState';

export interface StepperWishes {
  readonly step: (thread: number) => void;
  readonly goTo: (done: number) => void;
  readonly choose: (change: Partial<RaceSetting>) => void;
  readonly shortest: () => void;
}

interface Choice {
  readonly button: HTMLButtonElement;
  readonly chosen: (setting: Required<RaceSetting>) => boolean;
  readonly possible: (setting: Required<RaceSetting>) => boolean;
}

export class StepperControls {
  readonly choices: HTMLElement;
  readonly buttons: HTMLElement;
  readonly #choices: readonly Choice[];
  readonly #steps: readonly HTMLButtonElement[];
  readonly #back: HTMLButtonElement;
  readonly #forward: HTMLButtonElement;
  readonly #again: HTMLButtonElement;
  readonly #shortest: HTMLButtonElement;
  readonly #byKey: ReadonlyMap<string, HTMLButtonElement>;
  readonly #wishes: StepperWishes;
  #lesson: LessonState | undefined;

  constructor(wishes: StepperWishes) {
    this.#wishes = wishes;
    const works = WORKS.map(({ name, title }) => this.#choice(title, 'work', name));
    const ways = Object.entries(PROTECTION_TITLES).map(([name, title]) => ({
      ...this.#choice(title, 'protection', name),
      possible: ({ work }: Required<RaceSetting>) => PROTECTIONS_OF[work].some(one => one === name),
    }));
    const threads = [2, 3].map(count => this.#choice(`${count} threads`, 'threads', count));
    const rounds = [1, 2].map(count =>
      this.#choice(count === 1 ? 'once' : 'twice', 'rounds', count),
    );
    this.#choices = [...works, ...ways, ...threads, ...rounds];
    this.choices = element(
      'div',
      { class: 'choices' },
      group('What the threads do', works),
      group('How the count is protected', ways),
      group('How many', threads),
      group('How often', rounds),
    );
    this.#steps = [0, 1, 2].map(thread =>
      button(`Step thread ${thread + 1}`, String(thread + 1), () => wishes.step(thread)),
    );
    const at = (): number => this.#lesson?.done ?? 0;
    this.#back = button('Back', '←', () => wishes.goTo(at() - 1));
    this.#forward = button('Forward', '→', () => wishes.goTo(at() + 1));
    this.#again = button('Start again', 'R', () => wishes.goTo(0));
    this.#shortest = button('Shortest bad order', 'B', () => wishes.shortest());
    this.#byKey = new Map([
      ...this.#steps.map((one, thread) => [String(thread + 1), one] as const),
      ['ArrowLeft', this.#back],
      ['ArrowRight', this.#forward],
      ['r', this.#again],
      ['b', this.#shortest],
    ]);
    this.buttons = element(
      'div',
      { class: 'buttons', attributes: { role: 'toolbar', 'aria-label': 'Steps' } },
      ...this.#steps,
      this.#back,
      this.#forward,
      this.#again,
      this.#shortest,
    );
    document.addEventListener('keydown', event => this.#pressed(event));
  }

  /** Brings every button in step. `hasShortest` is whether the search has found an order that goes wrong. */
  update(lesson: LessonState, hasShortest: boolean): void {
    this.#lesson = lesson;
    const { scenario, states } = historyOf(lesson);
    const state = states[states.length - 1];
    for (const { button: one, chosen, possible } of this.#choices) {
      one.setAttribute('aria-pressed', String(chosen(lesson.setting)));
      setShown(one, possible(lesson.setting));
    }
    this.#steps.forEach((one, thread) => {
      setShown(one, thread < scenario.threads.length);
      const can = thread < scenario.threads.length && nextInstruction(scenario, state, thread);
      setAble(one, Boolean(can));
    });
    setAble(this.#back, lesson.done > 0);
    setAble(this.#forward, lesson.done < lesson.schedule.length);
    setAble(this.#again, lesson.done > 0);
    setAble(this.#shortest, hasShortest);
  }

  #choice(
    title: string,
    name: 'work' | 'protection' | 'threads' | 'rounds',
    value: string | number,
  ): Choice {
    const made = element('button', { attributes: { type: 'button' } }, title);
    made.addEventListener('click', () => this.#wishes.choose({ [name]: value }));
    return { button: made, chosen: setting => setting[name] === value, possible: () => true };
  }

  /** Keys work wherever the focus is, but for keys that the focused thing needs itself: none has arrows. */
  #pressed(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const scrolls = event.target instanceof HTMLElement && event.target.closest('.scroller');
    const pressed = this.#byKey.get(event.key);
    if (pressed === undefined || pressed.hidden || scrolls) return;
    event.preventDefault();
    pressed.click();
  }
}

function group(label: string, choices: readonly Choice[]): HTMLElement {
  return element(
    'div',
    { class: 'choice' },
    element('span', { class: 'choice-label', attributes: { 'aria-hidden': 'true' } }, label),
    element(
      'div',
      { class: 'segmented', attributes: { role: 'group', 'aria-label': label } },
      ...choices.map(choice => choice.button),
    ),
  );
}

function button(title: string, key: string, act: () => void): HTMLButtonElement {
  const hint = element('kbd', { attributes: { 'aria-hidden': 'true' } }, key);
  const made = element('button', { class: 'step', attributes: { type: 'button' } }, title, hint);
  made.addEventListener('click', () => {
    if (made.getAttribute('aria-disabled') !== 'true') act();
  });
  return made;
}

/** A button that cannot be pressed now keeps the focus, which `disabled` would take from it. */
function setAble(one: HTMLButtonElement, able: boolean): void {
  one.setAttribute('aria-disabled', String(!able));
}
