// Speaks to screen readers, politely: at most one sentence every two seconds, the latest wins.

import { element } from './dom';

const PAUSE_MS = 2_000;

export class Announcer {
  readonly root = element('div', {
    class: 'visually-hidden',
    attributes: { 'aria-live': 'polite', role: 'status' },
  });
  #waiting: string | undefined;
  #quietUntilMs = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  say(sentence: string): void {
    this.#waiting = sentence;
    if (this.#timer !== undefined) return;
    const delayMs = Math.max(0, this.#quietUntilMs - performance.now());
    this.#timer = setTimeout(() => this.#speak(), delayMs);
  }

  #speak(): void {
    this.#timer = undefined;
    if (this.#waiting === undefined) return;
    this.root.textContent = this.#waiting;
    this.#waiting = undefined;
    this.#quietUntilMs = performance.now() + PAUSE_MS;
  }
}
