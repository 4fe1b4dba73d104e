// A trace as a profile of the Firefox Profiler, version 60 of its processed format: a sample where a lane changes, a
// marker for each state and each lock event. It carries our tables, and is read back as the trace that it was.

import { isRecord } from '../core/checks';
import { LaneState } from '../core/model/lanes';
import { EventKind, type Trace } from '../core/model/trace';
import {
  carriedTables,
  carriedTrace,
  eventName,
  lockEventsOf,
  placeName,
  spansOf,
} from './exportedTrace';
import { listIn, numbersIn, tableOf } from './firefoxTables';
import type { ReadTrace } from './format';
import type { JsonObject } from './json';
import type { Losses } from './losses';

const STATE = 'GilScopeState';
const EVENT = 'GilScopeEvent';

/** The colours that the Profiler knows, by state. */
const COLORS: Readonly<Partial<Record<number, string>>> = {
  [LaneState.runningWithGil]: 'green',
  [LaneState.runningWithoutGil]: 'teal',
  [LaneState.waitingForGil]: 'orange',
  [LaneState.waitingForLock]: 'red',
};

const CATEGORIES = ['Other:grey', 'Python:yellow', 'GIL:green', 'Waiting:orange'].map(text => {
  const [name, color] = text.split(':');
  return { name, color, subcategories: ['Other'] };
});

/** Texts, each once. */
class Texts {
  readonly all: string[] = [];
  readonly #known = new Map<string, number>();

  index(text: string): number {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    this.#known.set(text, this.all.length);
    return this.all.push(text) - 1;
  }
}

export function writeFirefox(trace: Trace): string {
  const texts = new Texts();
  const events = eventMarkers(trace);
  const threads = trace.lanes.map((_, lane) => threadOf(trace, lane, { texts, events }));
  const shared = sharedOf(trace, texts);
  // The Profiler and Perfetto know such a file by its first key.
  return JSON.stringify({ meta: metaOf(trace), libs: [], pages: [], shared, threads });
}

function metaOf(trace: Trace): JsonObject {
  return {
    ...{ interval: 1, startTime: 0, processType: 0, product: trace.header.title, stackwalk: 0 },
    ...{ version: 29, preprocessedProfileVersion: 60, importedFrom: 'GIL Scope' },
    ...{ symbolicated: true, keepProfileThreadOrder: true, sourceCodeIsNotOnSearchfox: true },
    ...{ usesOnlyOneStackType: true, initialVisibleThreads: trace.lanes.map((_, lane) => lane) },
    initialSelectedThreads: [0],
    categories: CATEGORIES,
    markerSchema: [
      schemaOf(STATE, '{marker.data.at}', [{ key: 'at', label: 'At', format: 'string' }]),
      schemaOf(EVENT, '{marker.data.what}', [{ key: 'what', label: 'What', format: 'string' }]),
    ],
    gilScope: carriedTables(trace),
  };
}

function schemaOf(name: string, label: string, fields: readonly JsonObject[]): JsonObject {
  const display = ['marker-chart', 'marker-table', 'timeline-overview'];
  const color = { key: 'color', label: 'Colour', format: 'string', hidden: true };
  const labels = { chartLabel: label, tableLabel: label, tooltipLabel: label };
  return { name, display, ...labels, fields: [...fields, color], colorField: 'color' };
}

/** One stack of one frame for each place that is known. */
function sharedOf({ positions }: Trace, texts: Texts): JsonObject {
  const count = positions.length;
  const all = <Value>(value: Value): Value[] => positions.map(() => value);
  const own = positions.map((_, i) => i);
  const files = positions.map(({ file }) => texts.index(file));
  const names = positions.map(place => texts.index(place.functionName || placeName(place)));
  const lines = positions.map(({ line }) => (line > 0 ? line : null));
  return {
    stackTable: { frame: own, prefix: all(null), length: count },
    frameTable: {
      ...{ address: all(-1), inlineDepth: all(0), category: all(1), subcategory: all(0) },
      ...{ func: own, nativeSymbol: all(null), innerWindowID: all(0), line: lines },
      ...{ column: all(null), length: count },
    },
    funcTable: {
      ...{ name: names, isJS: all(false), relevantForJS: all(false), resource: all(-1) },
      ...{ source: own, lineNumber: lines, columnNumber: all(null), length: count },
    },
    resourceTable: { lib: [], name: [], host: [], type: [], length: 0 },
    nativeSymbols: { libIndex: [], address: [], name: [], functionSize: [], length: 0 },
    sources: { uuid: all(null), filename: files, length: count },
    stringArray: texts.all,
  };
}

interface Marker {
  readonly name: string;
  readonly startNs: number;
  readonly endNs: number | null;
  readonly category: number;
  readonly data: JsonObject;
}

interface Rest {
  readonly texts: Texts;
  /** For each lane. */
  readonly events: readonly (readonly Marker[])[];
}

function threadOf(trace: Trace, lane: number, { texts, events }: Rest): JsonObject {
  const { name, process, main } = trace.lanes[lane];
  const known = (trace.processes ?? []).find(each => each.process === process);
  const spans = [...spansOf(trace, lane)];
  const stacks = spans.map(({ position }) => (position > 0 ? position : null));
  return {
    ...{ processType: 'default', processStartupTime: 0, processShutdownTime: null },
    ...{ registerTime: 0, unregisterTime: null, pausedRanges: [], showMarkersInTimeline: true },
    ...{ name, isMainThread: main, processName: known?.command ?? `process ${process}` },
    ...{ pid: String(known?.pid ?? process + 1), tid: String(lane + 1) },
    samples: {
      ...{ stack: stacks, time: spans.map(({ startNs }) => startNs / 1e6) },
      ...{ weight: null, weightType: 'samples', length: spans.length },
    },
    markers: markersTable([...stateMarkers(trace, lane), ...events[lane]], texts),
  };
}

function stateMarkers(trace: Trace, lane: number): Marker[] {
  return [...spansOf(trace, lane)].map(({ startNs, endNs, state, stateName, position, place }) => {
    const color = COLORS[state] ?? 'grey';
    const waits = state === LaneState.waitingForGil || state === LaneState.waitingForLock;
    const category = waits ? 3 : state === LaneState.runningWithGil ? 2 : 0;
    const data = { type: STATE, at: placeName(place), color, state, position };
    return { name: stateName, startNs, endNs, category, data };
  });
}

/** Each carries its place in the list of all events, so that their order comes back. */
function eventMarkers(trace: Trace): readonly Marker[][] {
  const found: Marker[][] = trace.lanes.map(() => []);
  let order = 0;
  for (const event of lockEventsOf(trace)) {
    const { kind, lane, lock, argument, timeNs } = event;
    const what = eventName(trace, event);
    const category = kind === EventKind.mark ? 0 : 2;
    const data = { type: EVENT, what, color: 'grey', kind, lock, argument, order, lane };
    found[lane].push({ name: what, startNs: timeNs, endNs: null, category, data });
    order++;
  }
  return found;
}

function markersTable(markers: readonly Marker[], texts: Texts): JsonObject {
  return {
    data: markers.map(({ data }) => data),
    name: markers.map(({ name }) => texts.index(name)),
    startTime: markers.map(({ startNs }) => startNs / 1e6),
    endTime: markers.map(({ endNs }) => (endNs === null ? null : endNs / 1e6)),
    phase: markers.map(({ endNs }) => (endNs === null ? 0 : 1)),
    category: markers.map(({ category }) => category),
    length: markers.length,
  };
}

interface OrderedEvent {
  readonly order: number;
  readonly ns: number;
  readonly data: JsonObject;
}

/** The trace in a profile that {@link writeFirefox} wrote; undefined for any other. */
export function ownFirefox(
  root: JsonObject,
  threads: readonly JsonObject[],
  losses: Losses,
): ReadTrace | undefined {
  const events: OrderedEvent[] = [];
  const segments = threads.map(thread => {
    const markers = tableOf(thread, 'markers');
    const starts = numbersIn(markers, 'startTime').map(ms => Math.round(ms * 1e6));
    const rows = listIn(markers, 'data').flatMap((data, i) =>
      isRecord(data) ? [{ data, ns: starts[i] }] : [],
    );
    for (const { data, ns } of rows)
      if (data.type === EVENT) events.push({ order: Number(data.order), ns, data });
    const states = rows.filter(({ data }) => data.type === STATE);
    return {
      starts: states.map(({ ns }) => ns),
      states: states.map(({ data }) => data.state),
      positions: states.map(({ data }) => data.position),
    };
  });
  events.sort((a, b) => a.order - b.order);
  const carried = {
    times: events.map(({ ns }) => ns),
    kinds: events.map(({ data }) => data.kind),
    lanes: events.map(({ data }) => data.lane),
    locks: events.map(({ data }) => data.lock),
    arguments: events.map(({ data }) => data.argument),
  };
  const { gilScope } = tableOf(root, 'meta');
  return carriedTrace(gilScope, { segments, events: carried }, losses);
}
