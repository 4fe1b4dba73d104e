// speedscope files: stacks of threads that open and close. Nothing of the GIL is in them.

import { isRecord } from '../core/checks';
import { UserError } from '../core/errors';
import type { PositionIndex } from '../core/model/program';
import { place, topsOf, type Call } from './calls';
import { nameOf } from './chromeEvents';
import type { ReadTrace, TraceFormat } from './format';
import { ImportedRun } from './importedRun';
import { Losses } from './losses';
import type { TraceFile } from './traceFile';

type Fields = Readonly<Record<string, unknown>>;

export const SPEEDSCOPE: TraceFormat = {
  name: 'speedscope profile',
  extensions: ['json'],
  recognises: file =>
    file.looksLikeJson && file.text.includes('speedscope.app/file-format-schema.json'),
  read: readSpeedscope,
};

const UNITS: Readonly<Record<string, number>> = {
  nanoseconds: 1,
  microseconds: 1e3,
  milliseconds: 1e6,
  seconds: 1e9,
};

const TELLS_NOT =
  'This file tells which calls ran when. It does not tell who held the GIL or waited for it, nor whether a thread ran at all.';

function readSpeedscope(file: TraceFile): ReadTrace {
  const root = file.fields;
  const losses = new Losses();
  if (file.json.problem !== '') {
    if (!file.json.isCut) throw new UserError(`The file is not JSON: ${file.json.problem}.`);
    losses.add('file that ends too early', 'its end');
  }
  const exporter = nameOf(root.exporter);
  if (/pyinstrument/i.test(exporter)) throw noTimeline('pyinstrument');
  const run = new ImportedRun();
  const places = placesOf(run, root);
  const profiles: readonly unknown[] = Array.isArray(root.profiles) ? root.profiles : [];
  const evented = profiles.filter(isRecord).filter(({ type }) => type === 'evented');
  if (evented.length === 0) throw noTimeline(exporter === '' ? 'its program' : exporter);
  losses.add('profile without a timeline', 'profiles', profiles.length - evented.length);
  const process = run.process('');
  for (const [i, profile] of evented.entries()) {
    const thread = run.thread(nameOf(profile.name) || `Thread ${i + 1}`, process);
    place(thread, topsOf(callsOf(profile, places, losses)));
  }
  const unknown = { kind: 'unknown', why: TELLS_NOT } as const;
  const facts = {
    runtime: 'imported',
    title: `${exporter === '' ? 'speedscope' : exporter.slice(0, 40)}: stacks of each thread`,
    subtitle: 'speedscope profile',
    certainty: { states: unknown, handOffs: unknown, lines: unknown },
    notTold: [],
  };
  return run.build(facts, losses);
}

function noTimeline(who: string): UserError {
  return new UserError(
    `What ${who.slice(0, 40)} writes for speedscope are totals: how long each stack took in all, not when. There is no timeline in it.`,
  );
}

/** The positions of the frames, by their index. */
function placesOf(run: ImportedRun, { shared }: Fields): readonly PositionIndex[] {
  const frames: readonly unknown[] =
    isRecord(shared) && Array.isArray(shared.frames) ? shared.frames : [];
  return frames.map(frame =>
    isRecord(frame) ? run.position(nameOf(frame.file), Number(frame.line), nameOf(frame.name)) : 0,
  );
}

function callsOf(
  profile: Fields,
  places: readonly PositionIndex[],
  losses: Losses,
): readonly Call[] {
  const scale = UNITS[nameOf(profile.unit)];
  if (!scale) throw new UserError('Its values are no times, so there is no timeline in it.');
  const events: readonly unknown[] = Array.isArray(profile.events) ? profile.events : [];
  const [open, calls]: [Call[], Call[]] = [[], []];
  let lastNs = 0;
  events.forEach((event, i) => {
    const ns = isRecord(event) && typeof event.at === 'number' ? event.at * scale : NaN;
    if (!isRecord(event) || !Number.isFinite(ns)) {
      losses.add('event without a time', `event ${i + 1}`);
      return;
    }
    lastNs = Math.max(lastNs, ns);
    if (event.type === 'O')
      open.push({ startNs: ns, endNs: NaN, position: places[Number(event.frame)] ?? 0 });
    else closeLast(open, calls, ns);
  });
  while (open.length > 0) closeLast(open, calls, lastNs);
  return calls;
}

function closeLast(open: Call[], calls: Call[], endNs: number): void {
  const begun = open.pop();
  if (begun) calls.push({ ...begun, endNs });
}
