// The bundle that runs outside of the editor: the recorder's process, and, in its second thread, the sampler.

import { isMainThread, parentPort } from 'node:worker_threads';

import { runRecorder } from './recorderProcess';
import { runSampler } from './sampler';

if (isMainThread) {
  runRecorder(process.argv[2], __filename);
} else if (parentPort) {
  runSampler(parentPort);
}
