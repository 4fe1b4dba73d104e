// The rules of advice, as a list.

import type { Rule } from './advice';
import { blockingUnderLock } from './rules/blockingUnderLock';
import { cpuBoundThreads } from './rules/cpuBoundThreads';
import { gilState } from './rules/gilState';
import { holdingCall } from './rules/holdingCall';
import { missingMainGuard } from './rules/missingMainGuard';
import { tooManyThreads } from './rules/tooManyThreads';
import { unpicklableWork } from './rules/unpicklableWork';
import { unprotectedUpdate } from './rules/unprotectedUpdate';
import { waitingProcesses } from './rules/waitingProcesses';

/** Every rule; each has a setting of its name. */
export const RULES: readonly Rule[] = [
  cpuBoundThreads,
  holdingCall,
  tooManyThreads,
  waitingProcesses,
  unpicklableWork,
  missingMainGuard,
  gilState,
  blockingUnderLock,
  unprotectedUpdate,
];
