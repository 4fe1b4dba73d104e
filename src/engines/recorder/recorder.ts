// The bundle that runs outside of the editor: the recorder's process, and, in its second thread, the sampler.
//   recorder.js FOLDER      records for the request in the folder
//   recorder.js --on-call   starts all that takes time, and waits to be told the folder by who started it

import { isMainThread, parentPort, workerData } from 'node:worker_threads';

import { runRecorder } from './recorderProcess';
import { ON_CALL } from './file/request';
import { runSampler } from './sampling/sampler';
import { SamplerThread, type SamplerStart } from './sampling/samplerThread';

function main(word: string): void {
  const sampler = new SamplerThread(__filename);
  if (word !== ON_CALL) {
    runRecorder(word, sampler);
    return;
  }
  // Nobody will call any more when whoever started this is gone.
  const leave = (): void => process.exit();
  process.once('disconnect', leave);
  process.once('message', folder => {
    process.off('disconnect', leave);
    process.disconnect();
    runRecorder(String(folder), sampler);
  });
}

if (isMainThread) {
  main(process.argv[2]);
} else if (parentPort) {
  // Only our own recorder starts this thread.
  runSampler(parentPort, (workerData as SamplerStart).orders);
}
