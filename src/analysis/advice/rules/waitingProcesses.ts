// Rule: a pool of processes for work that only waits.

import type { Rule } from '../advice';
import { swapPool } from '../executorFix';

export const waitingProcesses: Rule = {
  id: 'waiting-processes',
  severity: 'information',
  title: 'Processes for work that only waits',
  explanation:
    'A thread releases the GIL before it waits, so threads wait side by side as well as processes do. Processes cost more: each starts an interpreter, and arguments and results are pickled.',
  check: context =>
    context.constructs.flatMap(construct => {
      const { family, work, workFunction } = construct;
      if (family !== 'processes' || !work || !workFunction) return [];
      if (context.workloads.of(workFunction) !== 'waits') return [];
      const message = `${workFunction.name}() mostly waits, and waiting needs no GIL: threads do this as well, without starting processes and pickling.`;
      const fixes = swapPool(construct, 'threads', context);
      return [{ from: work.from, to: work.to, message, fixes }];
    }),
};
