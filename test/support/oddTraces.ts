// Traces that nobody hopes for, for tests: they are drawn honestly, and hurt nobody.

import { LaneState } from '../../src/core/model/lanes';
import { noteOf } from '../../src/core/model/mark';
import { EventKind, NO_LOCK, type TraceHeader } from '../../src/core/model/trace';
import { TraceBuilder } from '../../src/core/model/traceBuilder';
import { NS_PER_MS } from '../../src/core/units';
import { EXACT_HEADER } from './traces';

/** A trace of lanes that each are in one state from the start. */
export function lanesOf(
  states: readonly number[],
  { name = (lane: number) => `T${lane}`, durationNs = NS_PER_MS, header = EXACT_HEADER } = {},
): TraceBuilder {
  const trace = new TraceBuilder(header);
  states.forEach((state, lane) => {
    trace.addLane({
      name: name(lane),
      process: 0,
      interpreter: 0,
      gil: NO_LOCK,
      main: lane === 0,
    });
    trace.setState(lane, 0, state, 0);
  });
  trace.finish(durationNs);
  return trace;
}

/** Words that try to be more than words: markup, an entity, text that runs the other way, and control characters. */
export const ODD_WORDS = [
  '<img src=x onerror="window.hurt=1">',
  '</script><script>window.hurt=1</script>',
  '&lt;b&gt; &amp;amp; ${window.hurt=1}',
  'turned \u202e around \u2066 and back',
  'bell\u0007 nul\u0000 escape\u001b[31m line\nfeed tab\tend',
  'خيط العمل', // a thread's name in Arabic
  'x'.repeat(10_000),
  '\u0301'.repeat(10_000), // accents on nothing
  '=HYPERLINK("http://127.0.0.1","click")',
] as const;

/** A run in which every name is one of {@link ODD_WORDS}. */
export function oddlyNamed(header: Partial<TraceHeader> = {}): TraceBuilder {
  const odd = (i: number): string => ODD_WORDS[i % ODD_WORDS.length];
  const trace = new TraceBuilder({ ...EXACT_HEADER, title: odd(6), subtitle: odd(3), ...header });
  trace.addLock({ name: odd(0), kind: 'gil' });
  ODD_WORDS.forEach((name, lane) => {
    trace.addLane({ name, process: lane % 2, interpreter: 0, gil: 0, main: lane === 0 });
    trace.addPosition({ file: `/w/${odd(lane + 1)}`, line: lane + 1, functionName: odd(lane) });
    const argument = trace.addMark(noteOf(odd(lane)));
    trace.addEvent({ timeNs: 0, kind: EventKind.mark, lane, lock: 0, argument });
  });
  for (let turn = 0; turn < 40; turn++) handOver(trace, turn, ODD_WORDS.length);
  trace.finish(40 * NS_PER_MS);
  return trace;
}

/** Lane after lane has the GIL for a millisecond while all others wait. */
function handOver(trace: TraceBuilder, turn: number, laneCount: number): void {
  const timeNs = turn * NS_PER_MS;
  const [before, holder] = [(turn + laneCount - 1) % laneCount, turn % laneCount];
  if (turn > 0) {
    trace.addEvent({ timeNs, kind: EventKind.release, lane: before, lock: 0, argument: 0 });
    trace.setState(before, timeNs, LaneState.waitingForGil, before + 1);
  }
  const argument = turn > 0 ? before + 1 : 0;
  trace.addEvent({ timeNs, kind: EventKind.acquire, lane: holder, lock: 0, argument });
  trace.setState(holder, timeNs, LaneState.runningWithGil, holder + 1);
}

/** A run that was seen only in parts: the middle of two lanes is not known, and events were lost. */
export function partlySeen(): TraceBuilder {
  const trace = new TraceBuilder({
    ...EXACT_HEADER,
    engine: 'recorded',
    title: 'Threads + GIL',
    certainty: { ...EXACT_HEADER.certainty, states: { kind: 'sampled', intervalNs: NS_PER_MS } },
  });
  trace.addLock({ name: 'GIL', kind: 'gil' });
  for (const name of ['main', 'A', 'B', 'C'])
    trace.addLane({ name, process: 0, interpreter: 0, gil: 0, main: name === 'main' });
  const { runningWithGil, waitingForGil, unknown, blocked } = LaneState;
  const states: readonly (readonly number[])[] = [
    [blocked, blocked, blocked, blocked],
    [runningWithGil, unknown, waitingForGil, runningWithGil],
    [waitingForGil, unknown, unknown, waitingForGil],
    [waitingForGil, waitingForGil, runningWithGil, waitingForGil],
  ];
  states.forEach((row, lane) =>
    row.forEach((state, i) => trace.setState(lane, i * 5 * NS_PER_MS, state, 0)),
  );
  trace.countDropped(1_234);
  trace.finish(20 * NS_PER_MS);
  return trace;
}
