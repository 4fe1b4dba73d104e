// A trace as a speedscope file: a profile for each thread, its state on top of its line. There is no room for locks.

import type { Trace } from '../core/model/trace';
import { isAlive, placeName, spansOf } from './exportedTrace';
import type { JsonObject } from './json';

export function writeSpeedscope(trace: Trace): string {
  const frames: JsonObject[] = [];
  const known = new Map<string, number>();
  const frame = (key: string, made: JsonObject): number => {
    const index = known.get(key) ?? frames.push(made) - 1;
    known.set(key, index);
    return index;
  };
  const places = trace.positions.map(({ file, line, functionName }, i) =>
    frame(`place ${i}`, {
      name: functionName || placeName(trace.positions[i]) || 'unknown',
      file,
      line,
    }),
  );
  const profiles = trace.lanes.map(({ name }, lane) => ({
    ...{ type: 'evented', name, unit: 'nanoseconds', startValue: 0, endValue: trace.nowNs },
    events: [...spansOf(trace, lane)].filter(isAlive).flatMap(span => {
      const [at, state] = [places[span.position], frame(span.stateName, { name: span.stateName })];
      return [
        { type: 'O', frame: at, at: span.startNs },
        { type: 'O', frame: state, at: span.startNs },
        { type: 'C', frame: state, at: span.endNs },
        { type: 'C', frame: at, at: span.endNs },
      ];
    }),
  }));
  return JSON.stringify({
    $schema: 'https://www.speedscope.app/file-format-schema.json',
    name: trace.header.title,
    exporter: 'GIL Scope',
    profiles,
    shared: { frames },
  });
}
