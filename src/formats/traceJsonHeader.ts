// The header of a trace file.

import type { Certainty, TraceHeader } from '../core/model/trace';
import { objectOf, oneOf, textOf, wholeNumberOf, type JsonObject } from './json';

export function readHeader(header: JsonObject): TraceHeader {
  const certainty = objectOf(header.certainty, 'header.certainty');
  const openedFrom =
    header.openedFrom === undefined
      ? {}
      : { openedFrom: textOf(header.openedFrom, 'header.openedFrom') };
  return {
    ...openedFrom,
    engine: oneOf(header.engine, 'header.engine', ['simulated', 'workers', 'recorded', 'imported']),
    runtime: textOf(header.runtime, 'header.runtime'),
    title: textOf(header.title, 'header.title'),
    subtitle: textOf(header.subtitle, 'header.subtitle'),
    cores: wholeNumberOf(header.cores, 'header.cores', 1),
    ...(header.areCoresTold === false ? { areCoresTold: false } : {}),
    switchIntervalNs: wholeNumberOf(header.switchIntervalNs, 'header.switchIntervalNs'),
    certainty: {
      states: readCertainty(certainty.states, 'states'),
      handOffs: readCertainty(certainty.handOffs, 'handOffs'),
      lines: readCertainty(certainty.lines, 'lines'),
    },
  };
}

function readCertainty(value: unknown, name: string): Certainty {
  const what = `header.certainty.${name}`;
  const certainty = objectOf(value, what);
  const kind = oneOf(certainty.kind, `${what}.kind`, ['exact', 'sampled', 'estimated', 'unknown']);
  switch (kind) {
    case 'exact':
      return { kind };
    case 'sampled':
      return { kind, intervalNs: wholeNumberOf(certainty.intervalNs, `${what}.intervalNs`) };
    case 'estimated':
      return { kind, how: textOf(certainty.how, `${what}.how`) };
    case 'unknown':
      return { kind, why: textOf(certainty.why, `${what}.why`) };
  }
}
