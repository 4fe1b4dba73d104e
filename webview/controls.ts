// What keys, buttons, the pointer and commands of the editor do to the page.

import type { PageCommand, PanelSettings, Wish } from '../src/protocol/messages';
import { endOf } from './model/comparison';
import { handOffSentence } from './words/handOffStory';
import { keyAction } from './parts/keys';
import { lanesInOrder, toggleRow } from './model/lanePlan';
import { nextOrder, orderSentence } from './parts/orderChoice';
import {
  exists,
  handOffAt,
  handOffFrom,
  isSpanStep,
  stepSpan,
  type HandOff,
  type SpanStep,
} from './model/navigation';
import type { Page } from './page';
import type { PageHooks } from './pageHooks';
import { AT_END, nextSpeed, playFromStart, seekTo, WHOLE_SPEED } from './model/playback';
import { listenToPointer } from './pointer';
import { laneRow } from './model/runLayout';
import type { SavedState } from './model/savedState';
import type { ChosenSpan } from './model/span';
import { placeOf } from './words/spans';
import { panWindow, timeAt, windowShowing, zoomWindow, type TimeWindow } from './model/viewport';

/** The wire, as far as controls need it. */
export interface HostHooks {
  readonly wish: Wish;
  painted(comparison: number): void;
  save(state: SavedState): void;
}

const KEY_ZOOM = 0.7;
/** Share of the window that a key pans. */
const KEY_PAN = 0.15;

/** What the keys that walk through spans do in a table. */
const ROW_STEPS: Readonly<Record<SpanStep, number>> = {
  nextSpan: 0,
  previousSpan: 0,
  laneBelow: 1,
  laneAbove: -1,
  firstSpan: -Infinity,
  lastSpan: Infinity,
};

/** Joins a page to its person and its host. */
export class Controls implements PageHooks {
  readonly wish: Wish;
  readonly #host: HostHooks;
  #page: Page | undefined;
  /** What the settings say, as against what was chosen here. */
  #settingsSpeed = 1;

  constructor(host: HostHooks) {
    this.#host = host;
    this.wish = host.wish;
  }

  /** Begins to listen. The page exists only after its hooks do, so this comes second. */
  attach(page: Page): void {
    this.#page = page;
    addEventListener('keydown', event => {
      const action = keyAction(event);
      if (!action || (page.help.open && action !== 'help')) return;
      event.preventDefault();
      this.#act(page, action);
    });
    const { compare } = page;
    listenToPointer(compare.runsBox, compare.axisBox, () => compare.leftPx, {
      zoom: (factor, xPx) => {
        const anchorNs = timeAt(xPx, page.window, compare.widthPx);
        page.change({
          window: this.#fitted(zoomWindow(page.window, factor, anchorNs, page.endNs)),
        });
      },
      pan: deltaPx => this.#pan(page, (deltaPx / Math.max(1, compare.widthPx)) * spanOf(page)),
      click: event => this.#choose(page, event),
      doubleClick: event => {
        this.#choose(page, event);
        this.#revealChosen(page);
      },
      measure: (fromPx, toPx) => {
        const ends = [fromPx, toPx].map(xPx => timeAt(xPx, page.window, compare.widthPx));
        page.change({ range: { fromNs: Math.max(0, Math.min(...ends)), toNs: Math.max(...ends) } });
      },
      seek: xPx => this.#seek(page, timeAt(xPx, page.window, compare.widthPx)),
      dragging: active => (page.dragging = active),
      scrolls: () => compare.scrolls,
    });
  }

  settingsChanged({ speed, previousRun }: PanelSettings, whole: boolean): void {
    this.#settingsSpeed = speed;
    this.#page?.change({ speed: whole ? WHOLE_SPEED : speed, previousRun });
  }

  command(name: PageCommand): void {
    const page = this.#page;
    if (page) this.#act(page, name);
  }

  painted(comparison: number): void {
    this.#host.painted(comparison);
  }
  save(state: SavedState): void {
    this.#host.save(state);
  }
  copy(text: string): void {
    const say = (sentence: string): void => this.#page?.announcer.say(sentence);
    navigator.clipboard.writeText(text).then(
      () => say('Copied.'),
      () => say('The clipboard cannot be written to from here.'),
    );
  }
  help(): void {
    this.#page?.help.toggle();
  }
  openSearch(): void {
    this.#page?.search.open();
  }
  fit(): void {
    this.#page?.change({ window: undefined });
  }
  step(): void {
    if (this.#page) this.#toHandOff(this.#page, 1);
  }
  playPause(): void {
    const page = this.#page;
    if (!page) return;
    const { playback, speed } = page.view;
    if (playback.playing) page.change({ playback: { ...playback, playing: false } });
    else if (speed === WHOLE_SPEED) this.setSpeed(this.#settingsSpeed);
    if (!playback.playing) {
      page.change({ playback: playback.atEnd ? playFromStart() : { ...playback, playing: true } });
    }
  }

  /** Keeps the run before in sight, or does not. */
  togglePreviousRun(): void {
    const page = this.#page;
    if (!page) return;
    const previousRun = !page.view.previousRun;
    page.change({ previousRun });
    void this.wish('changeSettings', { speed: this.#settingsSpeed, previousRun });
    const exists = page.runs.some(run => page.comparisons.ghostOf(run));
    page.announcer.say(
      `The run before is ${previousRun ? (exists ? 'shown below each lane' : 'shown once there is another') : 'hidden'}.`,
    );
  }

  /** Back to the edge of a run that goes on. */
  followLive(): void {
    this.#page?.change({ following: true, playback: AT_END });
  }

  /** Folds the group of the chosen lane, or opens what it is folded into; without one, all groups at once. */
  #foldGroup(page: Page): void {
    const { chosen, lanes } = page.view;
    const run = chosen && page.runs.at(chosen.run);
    const heads = (run ? [run] : page.runs).flatMap(view =>
      page.planOf(view).rows.filter(({ kind }) => kind === 'group' || kind === 'idle'),
    );
    const around = chosen && heads.reverse().find(head => head.lanes.includes(chosen.lane));
    const keys = new Set((around ? [around] : heads).map(({ key }) => key));
    if (keys.size === 0) page.announcer.say('There are no groups of lanes here.');
    else page.change({ lanes: [...keys].reduce(toggleRow, lanes) });
  }

  setSpeed(speed: number): void {
    const page = this.#page;
    if (!page) return;
    page.change(speed === WHOLE_SPEED ? { speed, playback: AT_END } : { speed });
    // Showing the whole is no speed that a setting could hold; the page remembers it itself.
    if (speed === WHOLE_SPEED || speed === this.#settingsSpeed) return;
    this.#settingsSpeed = speed;
    void this.wish('changeSettings', { speed, previousRun: page.view.previousRun });
  }

  #act(page: Page, action: PageCommand): void {
    if (isSpanStep(action)) this.#walk(page, action);
    else this.#actions(page)[action]();
  }

  #actions(page: Page): Readonly<Record<Exclude<PageCommand, SpanStep>, () => void>> {
    return {
      playPause: () => this.playPause(),
      restart: () => void this.wish('restart', {}),
      fit: () => this.fit(),
      help: () => this.help(),
      faster: () => this.setSpeed(nextSpeed(page.view.speed, 1)),
      slower: () => this.setSpeed(nextSpeed(page.view.speed, -1)),
      nextHandOff: () => this.#toHandOff(page, 1),
      previousHandOff: () => this.#toHandOff(page, -1),
      zoomIn: () => this.#zoomByKey(page, KEY_ZOOM),
      zoomOut: () => this.#zoomByKey(page, 1 / KEY_ZOOM),
      panLeft: () => this.#pan(page, -KEY_PAN * spanOf(page)),
      panRight: () => this.#pan(page, KEY_PAN * spanOf(page)),
      reveal: () => {
        if (page.view.view === 'table') page.table.reveal();
        else this.#revealChosen(page);
      },
      compare: () => page.change({ view: 'compare' }),
      timeline: () => page.change({ view: 'timeline' }),
      table: () => page.change({ view: page.view.view === 'table' ? 'compare' : 'table' }),
      extendNext: () => this.#extend(page, 'nextSpan'),
      extendPrevious: () => this.#extend(page, 'previousSpan'),
      export: () => void this.wish('export', {}),
      pin: () => {
        const run = page.runs.at(page.view.chosen?.run ?? page.focusRun);
        if (run) void this.wish('pin', { run: run.id });
      },
      previousRun: () => this.togglePreviousRun(),
      search: () => this.openSearch(),
      followLive: () => this.followLive(),
      orderLanes: () => {
        const order = nextOrder(page.view.lanes.order);
        page.change({ lanes: { ...page.view.lanes, order } });
        page.announcer.say(orderSentence(order));
      },
      foldGroup: () => this.#foldGroup(page),
      nextHit: () => this.toHit(1),
      previousHit: () => this.toHit(-1),
      letGo: () => {
        page.hideCard();
        page.search.close();
        page.change({ chosen: undefined, range: undefined });
      },
    };
  }

  #walk(page: Page, step: SpanStep): void {
    if (page.view.view === 'table') {
      page.table.move(ROW_STEPS[step]);
      return;
    }
    const { chosen } = page.view;
    const next = stepSpan(page.runs, chosen, step, {
      startNs: page.window.fromNs,
      lanesOf: run => lanesInOrder(page.planOf(run).rows).filter(i => i < run.trace.stores.length),
    });
    if (next) this.#goTo(page, next);
  }

  /** Measures from the chosen span to the one after it, and further with each press. */
  #extend(page: Page, step: SpanStep): void {
    const stretchOf = (span: ChosenSpan | undefined): TimeWindow | undefined => {
      if (!span || !exists(page.runs, span)) return undefined;
      const store = page.runs[span.run].trace.stores[span.lane];
      return { fromNs: store.startOf(span.segment), toNs: store.endOf(span.segment) };
    };
    const before = page.view.range ?? stretchOf(page.view.chosen);
    this.#walk(page, step);
    const after = stretchOf(page.view.chosen);
    if (!after) return;
    page.change({
      range: {
        fromNs: Math.min(before?.fromNs ?? after.fromNs, after.fromNs),
        toNs: Math.max(before?.toNs ?? after.toNs, after.toNs),
      },
    });
  }

  /** Chooses the next hit of the search, from the chosen span or the window's start on, and round again. */
  toHit(direction: 1 | -1): void {
    const page = this.#page;
    if (!page) return;
    if (page.view.view === 'table') {
      page.table.move(direction);
      return;
    }
    const { runs, focusRun } = page;
    const chosen =
      page.view.chosen && exists(runs, page.view.chosen) ? page.view.chosen : undefined;
    const order = page.view.view === 'compare' ? runs.map((_, i) => i) : [focusRun];
    const start = Math.max(0, order.indexOf(chosen?.run ?? 0));
    for (let i = 0; i <= order.length; i++) {
      const run = order[(start + order.length + direction * i) % order.length];
      const within = i === 0 && chosen?.run === run ? chosen : undefined;
      const edgeNs = direction === 1 ? -1 : Infinity;
      const fromNs = within ? runs[run].trace.stores[within.lane].startOf(within.segment) : edgeNs;
      const hit = page.search.hitsOf(runs[run])?.next(fromNs, within?.lane ?? -1, direction);
      if (hit) {
        this.#goTo(page, { run, ...hit });
        return;
      }
    }
  }

  #toHandOff(page: Page, direction: 1 | -1): void {
    const { chosen, playback } = page.view;
    const runIndex =
      page.view.view === 'timeline'
        ? page.focusRun
        : (chosen?.run ?? page.runs.findIndex(run => page.facts.handOffsOf(run).count > 0));
    const run = page.runs.at(runIndex);
    if (runIndex < 0 || !run) return;
    const { fromNs, toNs } = page.window;
    const inSight = !playback.atEnd && playback.positionNs >= fromNs && playback.positionNs <= toNs;
    // From where the person looks, if the playhead is not there.
    const timeNs = inSight ? playback.positionNs : direction === 1 ? fromNs - 1 : toNs + 1;
    const found = handOffFrom(run, runIndex, page.facts.handOffsOf(run), { timeNs, direction });
    if (found) this.#chooseHandOff(page, found);
  }

  /** The playhead goes to a hand-off, the inspector tells of it. */
  #chooseHandOff(page: Page, { timeNs, span }: HandOff): void {
    page.change({ playback: seekTo(timeNs, endOf(page.comparisons.shown)) });
    this.#goTo(page, span);
    page.announcer.say(
      handOffSentence(page.runs[span.run].trace, page.facts.handOffsOf(page.runs[span.run]), span),
    );
  }

  /** Chooses a span and brings it into view, card and all. */
  #goTo(page: Page, span: ChosenSpan): void {
    const store = page.runs[span.run].trace.stores[span.lane];
    // A hand-off is between two spans: something of both should be seen.
    const aroundNs = span.handOff === undefined ? 0 : 0.2 * spanOf(page);
    const fromNs = store.startOf(span.segment);
    const toNs = aroundNs === 0 ? store.endOf(span.segment) : fromNs;
    const stretch = { fromNs: fromNs - aroundNs, toNs: toNs + aroundNs };
    page.change({
      chosen: span,
      run: span.run,
      ...(page.view.window && { window: windowShowing(page.window, stretch, page.endNs) }),
    });
    if (!page.search.focused) page.grid.focus();
    const section = page.compare.sectionOfRun(span.run);
    if (!section) return;
    const row = laneRow(section.layout, span.lane);
    page.compare.scrollToLane(section, row.topPx, row.heightPx);
    requestAnimationFrame(() => page.showCardOfChosen());
  }

  #choose(page: Page, event: MouseEvent): void {
    const section = page.compare.sectionOf(event);
    const handOff = section?.handOffAtEvent(event);
    if (section?.run && handOff !== undefined) {
      const handOffs = page.facts.handOffsOf(section.run);
      this.#chooseHandOff(page, handOffAt(section.run, section.index, handOffs, handOff));
      return;
    }
    const hit = section?.spanAtEvent(event);
    page.grid.focus();
    const chosen =
      hit && section ? { run: section.index, lane: hit.lane, segment: hit.segment } : undefined;
    page.change({ chosen, ...(chosen && page.view.window && { following: false }) });
    const place =
      chosen && exists(page.runs, chosen) && placeOf(page.runs[chosen.run].trace, chosen);
    if (place) void this.wish('reveal', { file: place.file, line: place.line, keepFocus: true });
  }

  #revealChosen(page: Page): void {
    const { chosen } = page.view;
    if (!chosen || !exists(page.runs, chosen)) return;
    const place = placeOf(page.runs[chosen.run].trace, chosen);
    if (place) void this.wish('reveal', { file: place.file, line: place.line });
    else page.announcer.say('No source line is known for this span.');
  }

  #seek(page: Page, timeNs: number): void {
    page.change({ playback: seekTo(timeNs, endOf(page.comparisons.shown)) });
  }

  #zoomByKey(page: Page, factor: number): void {
    const { chosen, playback } = page.view;
    const { fromNs, toNs } = page.window;
    const middle = (fromNs + toNs) / 2;
    const store =
      chosen && exists(page.runs, chosen)
        ? page.runs[chosen.run].trace.stores[chosen.lane]
        : undefined;
    const wanted =
      store && chosen
        ? store.startOf(chosen.segment)
        : playback.atEnd
          ? middle
          : playback.positionNs;
    const anchorNs = wanted >= fromNs && wanted <= toNs ? wanted : middle;
    page.change({ window: this.#fitted(zoomWindow(page.window, factor, anchorNs, page.endNs)) });
  }

  #pan(page: Page, deltaNs: number): void {
    if (!page.view.window) return;
    // By whole pixels: what is on the screen already is kept as it is.
    const nsPerPx = spanOf(page) / Math.max(1, page.compare.widthPx);
    const wholeNs = Math.round(deltaNs / nsPerPx) * nsPerPx;
    page.change({ window: panWindow(page.window, wholeNs, page.endNs) });
  }

  /** A window that shows everything is none: it follows when the trace grows. */
  #fitted(window: { fromNs: number; toNs: number }): { fromNs: number; toNs: number } | undefined {
    const page = this.#page;
    if (!page) return window;
    const all = zoomWindow(window, Infinity, 0, page.endNs);
    return window.fromNs <= 0 && window.toNs >= all.toNs ? undefined : window;
  }
}

function spanOf(page: Page): number {
  return page.window.toNs - page.window.fromNs;
}
