// What a person looks for in a trace, as words, and which spans of a run they mean. The page asks; it draws and counts
// by itself, from the indices in the answer.
//
//   sieve                     in the name of a thread, function, file, state or mark
//   thread:Worker-2 fn:sieve line:42 state:waiting mark:gc lock:cache
//   "run loop"                words with blanks
//   -state:blocked            all but these
//   longer than 5ms, >5ms, <200us, >1ms <5ms

import { LANE_STATE_NAMES, LaneState } from '../../core/model/lanes';
import { lookOf } from '../../core/model/stateLooks';
import type { SourcePosition } from '../../core/model/program';
import { EventKind, type Trace } from '../../core/model/trace';
import { parseDuration } from '../../core/units';
import { spanKey, type SpanFilter, type SpanTerm } from '../../core/model/spanFilter';
import type { SearchAnswer } from '../../protocol/messages';
import type { ComparedRun } from './comparison';

/** What can stand before a colon, and what it searches. */
const FIELDS: Readonly<Partial<Record<string, Field>>> = {
  thread: 'lanes',
  lane: 'lanes',
  process: 'lanes',
  function: 'functions',
  fn: 'functions',
  def: 'functions',
  line: 'lines',
  file: 'lines',
  state: 'states',
  is: 'states',
  mark: 'marks',
  lock: 'locks',
};

type Field = 'lanes' | 'functions' | 'lines' | 'states' | 'marks' | 'locks';

interface Word {
  readonly not: boolean;
  /** Undefined: any. */
  readonly field: Field | undefined;
  readonly text: string;
}

interface Query {
  readonly words: readonly Word[];
  readonly minNs: number;
  readonly maxNs: number;
  /** What could not be understood, as a sentence; else empty. */
  readonly problem: string;
}

/** The spans that a query means in each run. An empty query finds nothing; one that is not understood says why. */
export function search(
  text: string,
  runs: readonly Pick<ComparedRun, 'id' | 'trace'>[],
): SearchAnswer {
  const query = parseQuery(text);
  if (query.problem !== '' || text.trim() === '') return { problem: query.problem, filters: [] };
  const filters = runs.map(({ id, trace }) => ({ run: id, ...filterOf(query, trace) }));
  const unknown = query.words.find((_, i) =>
    filters.every(({ terms }) => isEmpty(terms[i + terms.length - query.words.length])),
  );
  return { problem: unknown ? `Nothing here is called “${unknown.text}”.` : '', filters };
}

/** Reads a query. Never throws: what is wrong is told in `problem`. */
export function parseQuery(text: string): Query {
  const words: Word[] = [];
  let [minNs, maxNs, problem] = [0, Number.MAX_SAFE_INTEGER, ''];
  for (const match of withSigns(text).matchAll(WORD)) {
    // A group that took no part is undefined, whatever its type says.
    const groups: Iterable<string | undefined> = match;
    const [, sign, field, quoted, bare] = [...groups];
    const word = quoted ?? bare ?? '';
    const comparison = field === undefined ? /^([<>])(.*)$/.exec(word) : null;
    if (comparison) {
      const duration = parseDuration(comparison[2]);
      if (!duration.ok) problem = `“${comparison[0]}”: ${duration.problem}.`;
      else if (comparison[1] === '>') minNs = duration.ns + 1;
      else maxNs = duration.ns - 1;
      continue;
    }
    const known = FIELDS[field?.toLowerCase() ?? ''];
    // A colon may stand in other people's words too: `crunch.py:42`.
    const whole = field !== undefined && !known ? `${field}:${word}` : word;
    words.push({ not: sign === '-', field: known, text: whole.toLowerCase() });
  }
  return { words, minNs, maxNs, problem };
}

const WORD = /(-?)(?:(\w+):)?(?:"([^"]*)"?|(\S+))/g;

/** `longer than 5 ms` is `>5ms`. */
function withSigns(text: string): string {
  return text
    .replace(/\b(?:longer|more)\s+than\s*|\bover\s+(?=[\d.])/gi, '>')
    .replace(/\b(?:shorter|less)\s+than\s*|\bunder\s+(?=[\d.])/gi, '<')
    .replace(/([<>])=?\s*([\d._]+)\s*([a-zµμ]+)\b/gi, '$1$2$3');
}

function filterOf({ words, minNs, maxNs }: Query, trace: Trace): SpanFilter {
  const terms = words.map(word => termOf(word, trace));
  // Before its start and after its end a thread does nothing: found only by who asks for just that.
  const idle: number[] = [LaneState.notStarted, LaneState.finished];
  const asked = words.some(({ field, not }) => field === 'states' && !not);
  if (!asked) terms.unshift({ lanes: [], positions: [], states: idle, marked: [], not: true });
  return { terms, minNs, maxNs };
}

function termOf({ field, text, not }: Word, trace: Trace): SpanTerm {
  const wants = (kind: Field): boolean => field === undefined || field === kind;
  return {
    lanes: wants('lanes') ? indicesOf(trace.lanes, ({ name }) => has(name, text)) : [],
    positions: indicesOf(
      trace.positions,
      place =>
        place.line > 0 &&
        ((wants('functions') && has(place.functionName, text)) ||
          (wants('lines') && isLine(place, text))),
    ),
    states: wants('states')
      ? indicesOf(LANE_STATE_NAMES, (name, i) =>
          has(`${name} ${lookOf(i)?.searchWords ?? ''}`, text),
        )
      : [],
    marked: [
      ...(wants('marks') ? markedSpans(trace, text) : []),
      ...(wants('locks') ? waitsForLocks(trace, text) : []),
    ],
    not,
  };
}

/** A number is exactly that line; anything else is in `crunch.py:42`. */
function isLine({ file, line }: SourcePosition, text: string): boolean {
  return /^\d+$/.test(text)
    ? line === Number(text)
    : `${file}:${line}`.toLowerCase().endsWith(text) || has(file, text);
}

/** The spans in which a mark of this name lies. */
function markedSpans({ marks, events, stores }: Trace, text: string): number[] {
  const wanted = new Set(indicesOf(marks, mark => has(mark.text, text)));
  if (wanted.size === 0) return [];
  const { times, kinds, lanes, arguments: operands } = events;
  const found: number[] = [];
  for (let i = 0; i < times.length; i++) {
    if (kinds[i] !== EventKind.mark || !wanted.has(operands[i])) continue;
    found.push(spanKey(lanes[i], stores[lanes[i]].segmentAt(times[i])));
  }
  return found;
}

/** The waits for the program's locks of this name. The GIL is not searched by name: `state:waiting` finds its waits. */
function waitsForLocks({ locks, events, eventCount, stores }: Trace, text: string): number[] {
  const wanted = new Set(indicesOf(locks, ({ kind, name }) => kind === 'lock' && has(name, text)));
  const found: number[] = [];
  for (let i = 0; wanted.size > 0 && i < eventCount; i++) {
    if (events.kinds[i] !== EventKind.request || !wanted.has(events.locks[i])) continue;
    const [lane, timeNs] = [events.lanes[i], events.times[i]];
    const segment = stores[lane].segmentAt(timeNs);
    if (stores[lane].stateOf(segment) === LaneState.waitingForLock)
      found.push(spanKey(lane, segment));
  }
  return found;
}

function isEmpty({ lanes, positions, states, marked }: SpanTerm): boolean {
  return lanes.length + positions.length + states.length + marked.length === 0;
}

function has(name: string, text: string): boolean {
  return name.toLowerCase().includes(text);
}

function indicesOf<T>(list: readonly T[], fits: (entry: T, index: number) => boolean): number[] {
  return list.flatMap((entry, i) => (fits(entry, i) ? [i] : []));
}
