// The events of a Chrome Trace Event file, as good as they can be had: whole, cut short, or with records that are no JSON.

import { isRecord } from '../core/checks';
import { UserError } from '../core/errors';
import type { JsonObject } from './json';
import type { Losses } from './losses';
import type { TraceFile } from './traceFile';

export interface ChromeEvent {
  readonly ph: string;
  readonly name: string;
  readonly cat: string;
  /** As text: the same thread may be 42 and "42". */
  readonly pid: string;
  readonly tid: string;
  /** NaN where it has none. */
  readonly tsUs: number;
  readonly durUs: number;
  readonly args: JsonObject;
}

/** All events of a file that has any. */
export function chromeEvents(file: TraceFile, losses: Losses): readonly ChromeEvent[] {
  const entries = entriesOf(file, losses);
  const events: ChromeEvent[] = [];
  entries.forEach((entry, i) => {
    if (!isRecord(entry)) losses.add('event that is no object', `event ${i + 1}`);
    else if (typeof entry.ph === 'string') events.push(eventOf(entry, entry.ph));
    else if (Object.keys(entry).length > 0) losses.add('event without a kind', `event ${i + 1}`);
  });
  return events;
}

function entriesOf(file: TraceFile, losses: Losses): readonly unknown[] {
  const { value, isCut } = file.json;
  const list = isRecord(value) ? value.traceEvents : value;
  if (isCut) losses.add('file that ends too early', 'its end');
  if (Array.isArray(list)) return list;
  if (value !== undefined) throw new UserError('There is no list of events in it.');
  return looseEntries(file.text, losses);
}

/** The objects of a list, each on its own: for files in which some are no JSON. */
function looseEntries(text: string, losses: Losses): readonly unknown[] {
  const named = text.indexOf('"traceEvents"');
  const start = text.indexOf('[', Math.max(0, named));
  const found: unknown[] = [];
  let at = start < 0 ? -1 : text.indexOf('{', start);
  while (at >= 0) {
    const end = endOfObject(text, at);
    if (end < 0) break;
    const entry = entryIn(text.slice(at, end));
    if (entry === undefined) losses.add('event that is no JSON', `character ${at}`);
    else found.push(entry);
    at = text.indexOf('{', end);
  }
  return found;
}

function entryIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Where an object ends that begins at `at`; -1 if it does not. Quotes that are not closed end with their line. */
function endOfObject(text: string, at: number): number {
  let depth = 0;
  let isQuoted = false;
  for (let i = at; i < text.length; i++) {
    const char = text[i];
    if (isQuoted) {
      if (char === '\\') i++;
      else if (char === '"' || char === '\n') isQuoted = false;
    } else if (char === '"') isQuoted = true;
    else if (char === '{') depth++;
    else if (char === '}' && --depth === 0) return i + 1;
  }
  return -1;
}

function eventOf(entry: JsonObject, ph: string): ChromeEvent {
  return {
    ph,
    name: nameOf(entry.name),
    cat: nameOf(entry.cat),
    pid: nameOf(entry.pid),
    tid: nameOf(entry.tid),
    tsUs: numberOf(entry.ts),
    durUs: numberOf(entry.dur),
    args: isRecord(entry.args) ? entry.args : {},
  };
}

export function nameOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : '';
}

export function numberOf(value: unknown): number {
  if (typeof value === 'string' && value !== '') return Number(value);
  return typeof value === 'number' ? value : NaN;
}
