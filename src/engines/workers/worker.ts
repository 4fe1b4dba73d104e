// The door of the bundle that runs beside the extension: one file for every kind of worker and child process.

import { isMainThread, workerData } from 'node:worker_threads';
import { serveAsProcess } from './childProcess';
import { serveAsCoordinator } from './coordinator';
import { PROCESS_ARGUMENT } from './messages';
import { serveAsRunner } from './runner';

if (isMainThread) {
  if (process.argv[2] === PROCESS_ARGUMENT) serveAsProcess(__filename);
} else if (workerData === 'coordinator') {
  serveAsCoordinator(__filename);
} else if (workerData === 'runner') {
  serveAsRunner();
}
