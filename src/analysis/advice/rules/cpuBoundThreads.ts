// Rule: a function that computes is handed to threads, where only one of them computes at a time.

import type { Rule, RuleContext, RuleHit } from '../advice';
import type { Construct } from '../../knowledge/constructs';
import { isTopLevel, swapPool } from '../executorFix';

export const cpuBoundThreads: Rule = {
  id: 'cpu-bound-threads',
  severity: 'information',
  title: 'CPU-bound function in threads',
  explanation:
    'Python bytecode needs the GIL, so only one of the computing threads runs at a time, and they pay for handing the lock over. Processes, sub-interpreters (3.14 and later) or a free-threaded build compute at the same time; C code that releases the GIL does so in threads too.',
  check: context =>
    context.constructs.flatMap(construct =>
      construct.family === 'threads' ? hit(construct, context) : [],
    ),
};

function hit(construct: Construct, context: RuleContext): readonly RuleHit[] {
  const { work, workFunction, name } = construct;
  if (!work || !workFunction || context.workloads.of(workFunction) !== 'computes') return [];
  const canSwap = isTopLevel(workFunction, context);
  const advice = name === 'asyncio.to_thread' || name === 'asyncio.run_in_executor';
  const message = advice
    ? `${workFunction.name}() computes in Python: in a thread it takes the GIL from the event loop again and again. Hand it to a ProcessPoolExecutor with run_in_executor.`
    : `${workFunction.name}() computes in Python: of several threads only the one with the GIL gets on. Processes would compute at the same time.`;
  const fixes = canSwap ? swapPool(construct, 'processes', context) : [];
  return [{ from: work.from, to: work.to, message, fixes }];
}
