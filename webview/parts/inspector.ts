// The inspector of the Timeline view: the chosen span, who is to blame for it, all waits, the worst lines, a range.

import { statisticsOf, type TraceStatistics } from '../../src/core/insight/statistics';
import { formatDuration } from '../../src/core/units';
import type { RunView } from '../model/runView';
import type { Wish } from '../../src/protocol/messages';
import { ChainView } from './chainView';
import { element, setShown } from '../ground/dom';
import type { HandOffIndex } from '../model/handOffs';
import { handOffStory, type HandOffStory } from '../words/handOffStory';
import type { HoldsOfRuns } from '../model/heldMeanwhile';
import { rangeRows } from '../words/rangeText';
import type { SpanPlace } from '../model/span';
import { blameOfWait, intervalCount, whyEnded } from '../words/spanStory';
import { describeSpan, placeText } from '../words/spans';
import { shortName } from '../../src/core/names';
import type { TimeWindow } from '../model/viewport';
import { binOf, waitHistogram, waitLengths, type WaitHistogram } from '../model/waits';
import { LaneState } from '../../src/core/model/lanes';

/** What the inspector shows. */
export interface InspectorFrame {
  readonly run: RunView;
  readonly handOffs: HandOffIndex;
  readonly chosen: SpanPlace | undefined;
  readonly range: TimeWindow | undefined;
  readonly window: TimeWindow;
}

const NAMED_LINES = 6;

/** What has no value is left out. */
type Rows = readonly (readonly [label: string, value: string | Node | undefined])[];

export class Inspector {
  readonly root = element('section', {
    class: 'inspector',
    attributes: { 'aria-label': 'Inspector', tabindex: '0' },
  });
  readonly #span = element('section', {});
  readonly #chain: ChainView;
  readonly #waits = element('section', {});
  readonly #lines = element('section', {});
  readonly #range = element('section', {});
  readonly #holds: HoldsOfRuns;
  #shown: readonly unknown[] = [];
  #known: { statistics: TraceStatistics; histogram: WaitHistogram | undefined } | undefined;
  #knownOf: readonly unknown[] = [];

  constructor(holds: HoldsOfRuns, wish: Wish) {
    this.#holds = holds;
    this.#chain = new ChainView(wish);
    this.root.append(this.#span, this.#chain.root, this.#range, this.#waits, this.#lines);
    this.root.addEventListener('click', event => {
      const button = event.target instanceof Element ? event.target.closest('button') : null;
      const { file, line } = button?.dataset ?? {};
      if (file !== undefined && line !== undefined)
        void wish('reveal', { file, line: Number(line) });
    });
  }

  show(frame: InspectorFrame): void {
    const { run, chosen, range, window, handOffs } = frame;
    const part = range ?? window;
    const key = [run, run.version, chosen, part.fromNs, part.toNs, range];
    if (key.every((value, i) => value === this.#shown[i])) return;
    this.#shown = key;
    const { statistics, histogram } = this.#figures(run);
    const story = chosen && handOffStory(run.trace, handOffs, chosen);
    if (story)
      this.#showHandOff(run, story, `Hand-off ${(chosen.handOff ?? 0) + 1} of ${handOffs.count}`);
    else this.#showSpan(run, chosen);
    this.#chain.show(run, chosen && !story && waitsForLock(run, chosen) ? chosen : undefined);
    const rows = rangeRows(run.trace, handOffs, part);
    this.#range.replaceChildren(heading(range ? 'Selection' : 'This window'), listOf(rows));
    this.#showWaits(run, story ? story.wait : chosen, histogram);
    this.#showLines(run, statistics);
  }

  /** Walks the whole trace; kept until it grows. */
  #figures(run: RunView): { statistics: TraceStatistics; histogram: WaitHistogram | undefined } {
    if (this.#known && this.#knownOf[0] === run && this.#knownOf[1] === run.version)
      return this.#known;
    this.#knownOf = [run, run.version];
    this.#known = {
      statistics: statisticsOf(run.trace),
      histogram: waitHistogram(waitLengths(run.trace)),
    };
    return this.#known;
  }

  #showHandOff(run: RunView, story: HandOffStory, place: string): void {
    const { title, why, waited, gapNs, releasedAt, resumesAt } = story;
    const at = (position: number): HTMLElement | undefined =>
      position === 0 ? undefined : placeWords(run, position);
    this.#span.replaceChildren(
      element('p', { class: 'kicker' }, place),
      element('h2', {}, title),
      listOf([
        ['why', why],
        ['waited', waited],
        ['hand-over', handOverText(gapNs)],
        ['released at', at(releasedAt)],
        ['resumes at', at(resumesAt)],
      ]),
      ...(story.wait ? this.#blamed(run, story.wait) : []),
    );
  }

  #showSpan(run: RunView, chosen: SpanPlace | undefined): void {
    const { trace } = run;
    if (!chosen) {
      this.#span.replaceChildren(
        element('h2', {}, 'No span chosen'),
        element(
          'p',
          { class: 'hint' },
          'Click a span, or walk with the arrow keys. Shift and drag to measure a stretch.',
        ),
      );
      return;
    }
    const text = describeSpan(trace, chosen);
    const rows: [string, string][] = text.rows.map(([label, value]) => [label, value]);
    const why = whyEnded(trace, chosen);
    const intervals = intervalCount(trace, chosen);
    if (intervals > 0) rows.push(['intervals', `${intervals} ran out`]);
    if (why !== undefined) rows.push(['ended', why]);
    const nodes: Node[] = [element('h2', {}, text.title), listOf(rows)];
    if (text.place)
      nodes.push(
        element('p', {}, placeButton(text.place.file, text.place.line, placeText(text.place))),
      );
    this.#span.replaceChildren(...nodes, ...this.#blamed(run, chosen));
  }

  /** Who held the GIL during a wait, at which lines. */
  #blamed(run: RunView, wait: SpanPlace): HTMLElement[] {
    const { trace } = run;
    const blamed = blameOfWait(trace, this.#holds.of(run), wait);
    const longest = Math.max(1, ...blamed.map(({ ns }) => ns));
    const bars = blamed.slice(0, NAMED_LINES).map(({ lane, position, ns }) => {
      const name = shortName(trace.lanes[lane].name);
      return bar(run, { position, name, ns, share: ns / longest, color: '--gs-running' });
    });
    return bars.length > 0 ? [heading('Held meanwhile'), ...bars] : [];
  }

  #showWaits(
    run: RunView,
    chosen: SpanPlace | undefined,
    histogram: WaitHistogram | undefined,
  ): void {
    setShown(this.#waits, histogram !== undefined);
    if (!histogram) return;
    const ownNs = chosen && waitNs(run, chosen);
    const own = ownNs === undefined ? -1 : binOf(ownNs, histogram.binNs);
    const most = Math.max(...histogram.counts);
    const summary = `median ${formatDuration(histogram.medianNs)}, longest ${formatDuration(histogram.longestNs)}`;
    const chart = element('div', {
      class: 'histogram',
      attributes: { role: 'img', 'aria-label': `Lengths of waits: ${summary}` },
    });
    histogram.counts.forEach((count, i) => {
      const column = element('span', { class: i === own ? 'own' : '' });
      column.style.height = count === 0 ? '0' : `max(2px, ${(100 * count) / most}%)`;
      column.title = `${count} of ${formatDuration(i * histogram.binNs)} to ${formatDuration((i + 1) * histogram.binNs)}`;
      chart.append(column);
    });
    const scaleNs = histogram.counts.length * histogram.binNs;
    const scale = element(
      'div',
      { class: 'histogram-scale' },
      element('span', {}, '0'),
      element(
        'span',
        {},
        formatDuration(scaleNs) + (histogram.longestNs > scaleNs ? ' and more' : ''),
      ),
    );
    const count = histogram.total.toLocaleString('en');
    this.#waits.replaceChildren(
      heading(`All ${count} waits for the GIL`),
      chart,
      scale,
      element('p', { class: 'hint' }, own < 0 ? summary : `${summary}; this one is outlined`),
    );
  }

  #showLines(run: RunView, statistics: TraceStatistics): void {
    const lines = statistics.lines
      .filter(({ waitedNs, position }) => waitedNs > 0 && position > 0)
      .sort((a, b) => b.waitedNs - a.waitedNs)
      .slice(0, NAMED_LINES);
    setShown(this.#lines, lines.length > 0);
    const longest = Math.max(1, ...lines.map(({ waitedNs }) => waitedNs));
    this.#lines.replaceChildren(
      heading('Lines that wait longest'),
      ...lines.map(({ position, waitedNs }) =>
        bar(run, {
          position,
          name: '',
          ns: waitedNs,
          share: waitedNs / longest,
          color: '--gs-waitingForGil',
        }),
      ),
    );
  }
}

function handOverText(gapNs: number | undefined): string | undefined {
  if (gapNs === undefined) return undefined;
  return gapNs === 0 ? 'at once' : `${formatDuration(gapNs)} nobody had the GIL`;
}

/** How long a wait for the GIL was; undefined for any other span. */
function waitNs({ trace }: RunView, { lane, segment }: SpanPlace): number | undefined {
  const store = trace.stores[lane];
  if (store.stateOf(segment) !== LaneState.waitingForGil) return undefined;
  return store.endOf(segment) - store.startOf(segment);
}

function waitsForLock({ trace }: RunView, { lane, segment }: SpanPlace): boolean {
  return trace.stores[lane].stateOf(segment) === LaneState.waitingForLock;
}

interface Bar {
  readonly position: number;
  readonly name: string;
  readonly ns: number;
  readonly share: number;
  readonly color: string;
}

/** A line of source with a time and a bar of its length. */
function bar(run: RunView, { position, name, ns, share, color }: Bar): HTMLElement {
  const place = run.trace.positions[position];
  const length = element('span', { class: 'bar' });
  length.style.width = `${Math.max(2, share * 100)}%`;
  length.style.background = `var(${color})`;
  const words = place.line > 0 ? placeWords(run, position) : 'line not known';
  return element(
    'div',
    { class: 'bar-row' },
    element('span', { class: 'bar-name' }, name, name === '' ? undefined : ' ', words),
    element('span', { class: 'bar-value' }, formatDuration(ns)),
    element('span', { class: 'bar-track' }, length),
  );
}

function placeWords({ trace }: RunView, position: number): HTMLElement {
  const place = trace.positions[position];
  return placeButton(place.file, place.line, placeText(place));
}

function placeButton(file: string, line: number, text: string): HTMLElement {
  const attributes = { type: 'button', 'data-file': file, 'data-line': String(line) };
  return element('button', { class: 'code', attributes }, text);
}

function heading(text: string): HTMLElement {
  return element('h3', {}, text);
}

function listOf(rows: Rows): HTMLElement {
  const list = element('dl');
  for (const [label, value] of rows)
    if (value !== undefined) list.append(element('dt', {}, label), element('dd', {}, value));
  return list;
}
