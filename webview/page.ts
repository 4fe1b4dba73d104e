// The page: keeps what is shown and where the person looks, and draws all of it once a frame at most.

import type { Nanoseconds } from '../src/core/units';
import { Announcer } from './ground/announcer';
import { comparedEnd, Comparisons, endOf, isOver } from './model/comparison';
import { type ComparisonView } from './model/runView';
import { type RunView } from './model/runView';
import { CompareView, type RunFrame } from './parts/compareView';
import { element, setAttribute, setShown } from './ground/dom';
import { HelpOverlay } from './parts/helpOverlay';
import { Inspector } from './parts/inspector';
import { Overview } from './parts/overview';
import { NO_VERDICT, RunFacts } from './words/runFacts';
import { RunTabs, ViewTabs } from './parts/viewTabs';
import { afterPaint, Hurry } from './ground/hurry';
import { HoverCard } from './parts/hoverCard';
import { LaneGrid } from './parts/laneGrid';
import { toggleRow } from './model/lanePlan';
import { LanePlans, type RunPlan } from './model/lanePlans';
import { LiveNews } from './words/liveNews';
import { follow, goesOnFollowing, liveState } from './model/live';
import { Legend } from './parts/legend';
import { exists } from './model/navigation';
import { EmptyState, Notices } from './parts/notices';
import type { PageHooks } from './pageHooks';
import { advance, AT_END, moveMs, playFromStart, shownUntil } from './model/playback';
import { describeRuns, showFigures } from './parts/runTexts';
import type { SavedState } from './model/savedState';
import { Search, type SearchHooks } from './parts/search';
import type { RunSection, SpanHit } from './parts/runSection';
import { describeColumn, describeSpan } from './words/spans';
import { applyColorsToPage, readTheme, watchTheme, type Theme } from './drawing/theme';
import { prefersReducedMotion } from './ground/motion';
import { momentLabel } from './words/timeLabels';
import { TableView } from './parts/tableView';
import { Toolbar } from './parts/toolbar';
import { fitWindow, type TimeWindow } from './model/viewport';
import { firstView, SAVED_PARTS, toSave, type ViewState } from './model/viewState';

const PLAYING = 'The same work on the same cores, side by side.';

export class Page {
  readonly comparisons = new Comparisons();
  readonly compare: CompareView;
  readonly help = new HelpOverlay();
  readonly grid = new LaneGrid();
  readonly announcer = new Announcer();
  readonly #main = element('main');
  readonly #hooks: PageHooks;
  readonly #toolbar: Toolbar;
  readonly #notices: Notices;
  readonly #empty: EmptyState;
  readonly #legend: Legend;
  readonly #card = new HoverCard();
  readonly facts: RunFacts;
  readonly #news: LiveNews;
  readonly #tabs: ViewTabs;
  readonly #runTabs: RunTabs;
  readonly table: TableView;
  readonly search: Search;
  readonly #inspector: Inspector;
  readonly overview: Overview;
  #view: ViewState;
  readonly #plans = new LanePlans();
  #theme: Theme;
  #frameWanted = false;
  #lastFrameMs = 0;
  #painted: ComparisonView | undefined;
  #document: string;
  #dragging = false;
  readonly #hurry = new Hurry(() => this.wantFrame());

  constructor(root: HTMLElement, hooks: PageHooks, saved: SavedState) {
    this.#hooks = hooks;
    this.#document = saved.document;
    this.facts = new RunFacts(comparison => hooks.wish('verdict', { comparison }));
    this.#news = new LiveNews(this.facts, this.announcer);
    applyColorsToPage();
    this.#theme = readTheme();
    this.#view = firstView(saved);
    this.#toolbar = new Toolbar(hooks);
    this.#notices = new Notices(
      line => this.#revealLine(line),
      place => void hooks.wish('reveal', place),
    );
    this.#legend = new Legend(() => hooks.togglePreviousRun());
    this.#empty = new EmptyState(() => void hooks.wish('runDemo', {}));
    const wanted = (): void => this.wantFrame();
    this.compare = new CompareView(
      {
        pinned: run => void hooks.wish('pin', { run: run.id }),
        hovered: (section, hit) => this.#hovered(section, hit),
        toggled: key => this.change({ lanes: toggleRow(this.#view.lanes, key) }),
        ordered: order => this.change({ lanes: { ...this.#view.lanes, order } }),
      },
      wanted,
    );
    this.#tabs = new ViewTabs(view => this.change({ view }));
    this.#runTabs = new RunTabs(run => this.change({ run }));
    this.#inspector = new Inspector(this.facts.holds, hooks.wish);
    this.table = new TableView({
      chosen: span => this.change({ chosen: { ...span, run: this.focusRun } }),
      reveal: ({ file, line }) => void hooks.wish('reveal', { file, line }),
      copy: text => hooks.copy(text),
      light: ({ file, line }) => this.change({ cursor: { file, line } }),
      changed: wanted,
    });
    this.search = this.#makeSearch();
    this.overview = new Overview(window => this.change({ window }));
    this.#join(root);
  }

  #makeSearch(): Search {
    const hooks: SearchHooks = {
      search: query => this.#hooks.wish('search', { query }),
      wanted: () => this.wantFrame(),
      typed: query => this.change({ query }),
      say: sentence => this.announcer.say(sentence),
      step: direction => this.#hooks.toHit(direction),
      left: () => this.grid.focus(),
    };
    return new Search(hooks, this.#view.query);
  }

  #join(root: HTMLElement): void {
    this.#toolbar.root.append(this.#tabs.root);
    this.#main.append(
      element('h1', { class: 'visually-hidden' }, 'GIL timeline'),
      this.#toolbar.root,
      this.search.root,
      this.#notices.root,
      this.grid.root,
      this.#runTabs.root,
      this.overview.root,
      element('div', { class: 'content' }, this.compare.root, this.#inspector.root),
      this.table.root,
      this.#empty.root,
      this.#legend.root,
      this.#card.root,
      this.help.root,
      this.announcer.root,
    );
    root.append(this.#main);
    watchTheme(() => this.#themeChanged());
    this.grid.watchFocus(
      byKeyboard => root.classList.toggle('lanes-focused', byKeyboard),
      () => this.#card.hide(),
    );
    // Who comes into the panel by keyboard comes to something that shows it.
    addEventListener('focus', () => {
      if (document.activeElement === document.body) this.grid.focus();
    });
  }

  get view(): ViewState {
    return this.#view;
  }

  get runs(): readonly RunView[] {
    return this.comparisons.shown?.runs ?? [];
  }

  /** The rows of a run. */
  planOf(run: RunView): RunPlan {
    const { view, lanes } = this.#view;
    const beside = view === 'compare' ? this.#plans.beside(this.runs, lanes) : [];
    return beside.at(this.runs.indexOf(run)) ?? this.#plans.of(run, lanes);
  }

  /** The run that the Timeline shows. */
  get focusRun(): number {
    return Math.min(this.#view.run, Math.max(0, this.runs.length - 1));
  }

  /** The run before this one, if the person wants to see it. */
  ghostOf(run: RunView): RunView | undefined {
    return this.#view.previousRun ? this.comparisons.ghostOf(run) : undefined;
  }

  /** Where everything ends that is shown, ghost included. */
  get endNs(): Nanoseconds {
    const ghosts = this.runs.map(run => this.ghostOf(run)?.trace.nowNs ?? 0);
    return Math.max(endOf(this.comparisons.shown), ...ghosts);
  }

  /** The window as it is now, fitted if nothing was chosen. */
  get window(): TimeWindow {
    return this.#view.window ?? fitWindow(this.endNs);
  }

  /** Changes where the person looks, remembers it, and draws in the next frame. */
  change(change: Partial<ViewState>): void {
    const kept = !('window' in change) || goesOnFollowing(this.window, change.window, this.endNs);
    this.#view = { ...this.#view, following: kept && this.#view.following, ...change };
    if (SAVED_PARTS.some(part => part in change)) this.#save();
    if ('window' in change) this.#hurry.moved();
    if ('view' in change) this.#card.hide();
    this.wantFrame();
  }

  /** A comparison is about to come. */
  begun(show: 'play' | 'whole', document: string): void {
    const play = show === 'play' && !prefersReducedMotion() && this.#view.speed !== 0;
    const otherDocument = document !== this.#document;
    this.#document = document;
    this.change({
      playback: play ? playFromStart() : AT_END,
      following: true,
      empty: undefined,
      ...(otherDocument || play ? { window: undefined, chosen: undefined, range: undefined } : {}),
    });
  }

  /** Draws in the next frame, however often it is called. */
  wantFrame(): void {
    if (this.#frameWanted) return;
    this.#frameWanted = true;
    requestAnimationFrame(nowMs => this.#frame(nowMs));
  }

  /** One line a run, of what the headers say now. */
  describe(): readonly string[] {
    return describeRuns(this.runs, this.facts, shownUntil(this.#view.playback));
  }

  /** Shows the card of the chosen span beside it. */
  showCardOfChosen(): void {
    const { chosen, view } = this.#view;
    // In the Timeline the inspector says it all.
    if (view !== 'compare' || !chosen || !exists(this.runs, chosen)) return;
    const section = this.compare.sectionOfRun(chosen.run);
    if (!section) return;
    const run = this.runs[chosen.run];
    const text = describeSpan(run.trace, chosen, this.facts.heldBy(run, chosen));
    this.#card.show(text, section.pointOf(chosen));
  }

  hideCard(): void {
    this.#card.hide();
  }

  /** While the picture is dragged, cards would only be in the way. */
  set dragging(active: boolean) {
    this.#dragging = active;
    if (active) this.#card.hide();
    this.compare.root.classList.toggle('dragging', active);
  }

  #frame(nowMs: number): void {
    this.#frameWanted = false;
    const steps = this.#view.playback.playing && prefersReducedMotion();
    const passedMs = moveMs(nowMs - this.#lastFrameMs, steps);
    if (passedMs > 0) this.#lastFrameMs = nowMs;
    const { shown } = this.comparisons;
    if (shown) this.#advance(shown, passedMs);
    this.#view = follow(this.#view, this.runs, this.endNs);
    this.#draw(shown);
    this.#news.tell(this.runs, nowMs);
    if (this.#view.playback.playing) this.wantFrame();
    this.#tellPainted(shown);
  }

  #advance(shown: ComparisonView, elapsedMs: number): void {
    const over = isOver(shown);
    const running = shown.runs.filter(run => run.outcome === 'running');
    const knownNs = over ? endOf(shown) : Math.min(...running.map(run => run.trace.nowNs));
    const playback = advance(this.#view.playback, this.#view.speed, elapsedMs, { knownNs, over });
    if (this.#view.playback.playing && !playback.playing)
      this.announcer.say(this.describe().join('. '));
    this.#view = { ...this.#view, playback };
  }

  #draw(shown: ComparisonView | undefined): void {
    const { view } = this;
    const hasRuns = shown !== undefined && shown.runs.length > 0;
    const table = hasRuns && view.view === 'table';
    setShown(this.table.root, table);
    setShown(this.compare.root, hasRuns && !table);
    setShown(this.grid.root, hasRuns && !table);
    this.#empty.show(hasRuns ? undefined : view.empty);
    this.#tabs.show(view.view);
    const titles = this.runs.map(({ trace }) => trace.header.title);
    this.#runTabs.show(titles, this.focusRun, view.view !== 'compare');
    const timeline = hasRuns && view.view === 'timeline';
    setShown(this.#inspector.root, timeline);
    setShown(this.overview.root, hasRuns && !table);
    setAttribute(this.#main, 'data-view', view.view);
    this.#notices.showProblems(view.problems);
    this.#legend.show(view.view === 'table' ? [] : this.runs, {
      exists: this.runs.some(run => this.comparisons.ghostOf(run)),
      seen: view.previousRun,
    });
    this.#showToolbar(shown);
    if (!shown || !hasRuns) {
      this.#notices.showVerdict(NO_VERDICT);
      return;
    }
    const focus = shown.runs[this.focusRun];
    this.search.show(shown.runs, view.view === 'compare' ? shown.runs : [focus]);
    if (table) this.#showTable(focus);
    else this.#drawRuns(shown);
    this.#showVerdict(shown);
  }

  #showTable(run: RunView): void {
    const handOffs = this.facts.handOffsOf(run);
    this.table.show({
      source: { run, handOffs, holds: this.facts.holds.of(run) },
      hits: this.search.hitsOf(run),
      chosen: this.#view.chosen?.run === this.focusRun ? this.#view.chosen : undefined,
    });
  }

  #drawRuns(shown: ComparisonView): void {
    const view = this.#view;
    const timeline = view.view === 'timeline';
    const { playback } = view;
    const focus = this.focusRun;
    this.compare.show({
      runs: shown.runs
        .map((run, i) => this.#runFrame(run, i))
        .filter(({ index }) => !timeline || index === focus),
      window: this.window,
      theme: this.#theme,
      range: view.range,
      hurried: this.#hurry.hurried,
      playhead: playback.atEnd
        ? undefined
        : {
            timeNs: playback.positionNs,
            label: momentLabel(playback.positionNs, this.window, this.compare.widthPx),
          },
    });
    this.compare.order.show(view.lanes.order);
    if (timeline) this.#showTimeline(shown.runs[focus]);
    this.overview.show({
      runs: timeline ? [shown.runs[focus]] : shown.runs,
      window: this.window,
      endNs: this.endNs,
      widthPx: this.compare.widthPx,
      theme: this.#theme,
    });
    this.grid.show(shown.runs, view.chosen, (run, span) => this.facts.heldBy(run, span));
    showFigures({
      runs: shown.runs,
      sections: this.compare.sections,
      facts: this.facts,
      ghostOf: run => this.ghostOf(run),
      untilNs: shownUntil(playback),
    });
  }

  #showVerdict(shown: ComparisonView): void {
    const said = (sentence: string): void => {
      this.announcer.say(sentence);
      this.wantFrame();
    };
    const { playing } = this.#view.playback;
    this.#notices.showVerdict(
      playing ? { sentence: PLAYING, found: [] } : this.facts.verdict(shown, said),
    );
  }

  #showTimeline(run: RunView): void {
    const { chosen, range } = this.#view;
    this.#inspector.show({
      run,
      handOffs: this.facts.handOffsOf(run),
      chosen: chosen?.run === this.focusRun && exists(this.runs, chosen) ? chosen : undefined,
      range,
      window: this.window,
    });
  }

  #showToolbar(shown: ComparisonView | undefined): void {
    const { playback, speed, window } = this.#view;
    const endNs = endOf(shown);
    setShown(this.#toolbar.root, shown !== undefined);
    this.#toolbar.show({
      title: shown?.head.title ?? '',
      detail: shown?.head.detail ?? '',
      playing: playback.playing,
      positionNs: playback.atEnd ? endNs : Math.min(endNs, playback.positionNs),
      endNs,
      speed,
      ...this.comparisons.activity,
      zoomed: window !== undefined,
      live: liveState(this.#view, this.runs),
      canEnd: this.facts.canEnd(shown),
    });
  }

  #runFrame(run: RunView, index: number): RunFrame {
    const { chosen } = this.#view;
    return {
      run,
      index,
      plan: this.planOf(run),
      detail: this.#view.view === 'timeline' ? { handOffs: this.facts.handOffsOf(run) } : undefined,
      ghost: this.ghostOf(run),
      revealNs: shownUntil(this.#view.playback),
      endNs: run.outcome === 'running' ? undefined : run.trace.nowNs,
      baselineEndNs: comparedEnd(this.runs, index),
      chosen: chosen?.run === index && exists(this.runs, chosen) ? chosen : undefined,
      lit: this.search.hitsOf(run)?.has ?? this.facts.litSpans(run, this.#view.cursor),
    };
  }

  #tellPainted(shown: ComparisonView | undefined): void {
    const { playback } = this.#view;
    if (!shown || !isOver(shown) || playback.playing || this.#painted === shown) return;
    this.#painted = shown;
    afterPaint(() => this.#hooks.painted(shown.head.comparison));
  }

  #hovered(section: RunSection, hit: SpanHit | undefined): void {
    const { run } = section;
    if (!hit || !run || this.#dragging) {
      this.#card.hide();
      return;
    }
    const text = hit.column
      ? describeColumn(run.trace, hit.lane, hit.column)
      : describeSpan(run.trace, hit, this.facts.heldBy(run, hit));
    this.#card.show(text, section.pointerPoint);
  }

  #themeChanged(): void {
    applyColorsToPage();
    this.#theme = readTheme();
    this.wantFrame();
  }

  #revealLine(line: number): void {
    const place = this.runs
      .flatMap(({ trace }) => trace.positions)
      .find(position => position.file !== '');
    const file = place?.file ?? this.comparisons.shown?.head.title;
    if (file !== undefined) void this.#hooks.wish('reveal', { file, line });
  }

  #save(): void {
    this.#hooks.save(toSave(this.#view, this.#document));
  }
}
