// Cores busy, as the system counted them.
import assert from 'node:assert/strict';

import { statisticsOf } from '../../../src/core/insight/statistics';
import { measuredCores, type CpuReading } from '../../../src/core/model/measured';
import { TraceBuilder } from '../../../src/core/model/traceBuilder';
import { readTraceJson, writeTraceJson } from '../../../src/formats/traceJson';

/** Times in ms. */
function reading(timeMs: number, process: number, cpuMs: number): CpuReading {
  const none = { nativeNs: 0, throttledNs: 0 };
  return { timeNs: timeMs * 1e6, process, cpuNs: cpuMs * 1e6, ...none };
}

const READINGS = [reading(100, 0, 0), reading(600, 0, 900), reading(1100, 0, 1800)];

describe('measured cores', () => {
  it('are the time with a core over the time between two readings, of any stretch', () => {
    // 1800 ms in 1000, 900 in 500
    assert.equal(measuredCores({ cpu: READINGS }, 0, 2e9), 1.8);
    assert.equal(measuredCores({ cpu: READINGS }, 5e8, 2e9), 1.8);
  });

  it('of several processes add up', () => {
    const cpu = [...READINGS, reading(600, 1, 0), reading(1100, 1, 200)];
    assert.equal(measuredCores({ cpu }, 0, 2e9), 2); // 1800 + 200 in 1000
  });

  it('are not known from one reading, or from none', () => {
    assert.equal(measuredCores({ cpu: READINGS }, 5e8, 7e8), undefined);
    assert.equal(measuredCores({}, 0, 1e9), undefined);
  });

  it('are what a trace says of its cores, and survive being sent and saved', () => {
    const exact = { kind: 'exact' } as const;
    const builder = new TraceBuilder({
      engine: 'recorded',
      runtime: 'gil',
      title: 't',
      subtitle: '',
      cores: 2,
      switchIntervalNs: 5e6,
      certainty: { states: exact, handOffs: exact, lines: exact },
    });
    builder.cpu.push(...READINGS);
    builder.processes.push({ process: 0, pid: 7, command: 'python3 a.py', role: 'worker' });
    builder.finish(1.2e9);
    const sent = new TraceBuilder(builder.header);
    assert.equal(sent.appendChunk(builder.takeChunk()), undefined);
    const saved = readTraceJson(writeTraceJson(sent));
    assert.equal(statisticsOf(saved).effectiveCores, 1.8);
    assert.deepEqual(saved.processes, builder.processes);
  });
});
