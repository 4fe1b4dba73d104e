// A program of its own, to be killed by a test: runs endless processes until then. Arguments: the workers' bundle.

import { WorkersEngine } from '../../../src/engines/workers';
import { compute, repeat, runReally, startAndJoin, timesOf } from './realRuns';
import { LaneState } from '../../../src/core/model/lanes';

async function main(bundle: string): Promise<void> {
  const engine = new WorkersEngine({ bundle, keepWarm: 8 });
  await runReally(engine, startAndJoin([compute(1)])); // from now on threads are kept ready
  const endless = [repeat(1_000_000, compute(10))];
  let told = false;
  await runReally(engine, startAndJoin(endless, endless), {
    runtime: 'processes',
    seen: trace => {
      const running = [1, 2].every(lane => timesOf(trace, lane)[LaneState.runningWithGil] > 0);
      if (running && !told) console.log('running');
      told ||= running;
    },
  });
}

void main(process.argv[2]);
