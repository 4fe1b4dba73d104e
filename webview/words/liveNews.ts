// What those hear who do not see a run grow: how far it is, now and then, and that it failed. What it all meant the
// verdict says at the end.

import { formatDuration, formatShare } from '../../src/core/units';
import type { Announcer } from '../ground/announcer';
import type { RunView } from '../model/runView';
import { figuresUpTo } from './figures';
import { isLive } from '../model/live';
import type { RunFacts } from './runFacts';

/** Before this nothing is said: short runs are over by then. */
const FIRST_MS = 5_000;
const EVERY_MS = 10_000;

export class LiveNews {
  readonly #facts: Pick<RunFacts, 'handOffsOf'>;
  readonly #announcer: Pick<Announcer, 'say'>;
  #dueMs: number | undefined;
  #told = '';
  readonly #ended = new WeakSet<RunView>();

  constructor(facts: Pick<RunFacts, 'handOffsOf'>, announcer: Pick<Announcer, 'say'>) {
    this.#facts = facts;
    this.#announcer = announcer;
  }

  /** Says what is to be said at `nowMs`, a moment of any clock in ms. */
  tell(runs: readonly RunView[], nowMs: number): void {
    const ended = runs.filter(
      run => (run.outcome === 'failed' || run.outcome === 'cancelled') && !this.#ended.has(run),
    );
    for (const run of ended) this.#ended.add(run);
    if (ended.length > 0) this.#announcer.say(ended.map(endSentence).join(' '));
    const live = runs.filter(isLive);
    if (live.length === 0) this.#dueMs = undefined;
    else this.#dueMs ??= nowMs + FIRST_MS;
    if (this.#dueMs === undefined || nowMs < this.#dueMs) return;
    this.#dueMs = nowMs + EVERY_MS;
    const news = live.map(run => this.#progress(run)).join(' ');
    if (news !== this.#told) this.#announcer.say(news);
    this.#told = news;
  }

  #progress(run: RunView): string {
    const { trace } = run;
    const { wallNs, waitingShare, handOffs } = figuresUpTo(
      trace,
      this.#facts.handOffsOf(run),
      Infinity,
    );
    return `${trace.header.title}: ${formatDuration(wallNs)} so far, ${formatShare(waitingShare ?? 0)} waiting for the GIL, hand-offs: ${handOffs ?? 0}.`;
  }
}

function endSentence({ trace, outcome, sentence }: RunView): string {
  return `${trace.header.title}: ${outcome} after ${formatDuration(trace.nowNs)}. ${sentence}`.trim();
}
