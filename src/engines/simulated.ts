// The simulator as an engine: a part of the run at a time, between which the event loop has its turn.

import { Simulation } from '../core/machine/machine';
import type { TraceChunk } from '../core/model/trace';
import type { Costs } from '../core/worlds/costs';
import type { Engine, EngineRun, RunRequest } from './engine';

/** A chunk ends when it has about so many records … */
const CHUNK_RECORDS = 65_536;
/** … or when so much time was spent on it: one frame, so that nothing waits long for the event loop. */
const CHUNK_MS = 16;
/** How often the clock is looked at. */
const SLICE_RECORDS = 4_096;
/** The same in timers that go off: a thousand threads may ask in vain for long, and nothing of it is recorded. */
const SLICE_EVENTS = 4_096;

/** Makes an engine that runs programs by simulation. `costs` is asked at every start for what replaces defaults. */
export function simulatedEngine(costs: () => Partial<Costs> = () => ({})): Engine {
  return {
    name: 'simulated',
    start(request: RunRequest, signal: AbortSignal): EngineRun {
      const simulation = new Simulation({ ...request, costs: costs() });
      return { header: simulation.trace.header, chunks: chunksOf(simulation, signal) };
    },
  };
}

/** Works only while somebody asks for the next chunk. After an abort the last chunk ends the trace where it is. */
async function* chunksOf(
  simulation: Simulation,
  signal: AbortSignal,
): AsyncGenerator<TraceChunk, void, void> {
  for (;;) {
    if (signal.aborted && !simulation.trace.done) simulation.stop('the run was cancelled');
    else advanceOneFrame(simulation);
    const chunk = simulation.trace.takeChunk();
    yield chunk;
    if (chunk.done) return;
    await new Promise(resolve => setImmediate(resolve));
  }
}

function advanceOneFrame(simulation: Simulation): void {
  const untilMs = performance.now() + CHUNK_MS;
  const untilRecords = simulation.recordCount + CHUNK_RECORDS;
  while (simulation.advance(SLICE_RECORDS, SLICE_EVENTS)) {
    if (performance.now() >= untilMs || simulation.recordCount >= untilRecords) return;
  }
}
