// The worker thread that answers what changes would bring: predictions take a while, and nobody waits for them here.

import { parentPort, workerData } from 'node:worker_threads';

import { messageOf } from '../core/errors';
import { WhatIfAnswers, type SentTrace } from './whatIfAnswers';
import type { WhatIfQuestion } from './whatIf';

const answers = new WhatIfAnswers(workerData as SentTrace);

parentPort?.on('message', ({ kind, changes }: WhatIfQuestion) => {
  try {
    const answer = kind === 'proposals' ? answers.proposals(changes) : answers.run(changes);
    parentPort?.postMessage({ answer });
  } catch (error) {
    parentPort?.postMessage({ defect: messageOf(error) });
  }
});
