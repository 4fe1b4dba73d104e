// Rule: more threads compute than the machine has cores.

import type { Rule, RuleContext, RuleHit } from '../advice';
import type { Construct } from '../../knowledge/constructs';
import { wholeNumber } from '../../python/literals';
import type { Expression } from '../../python/pythonCode';
import { repetitionOf } from '../../knowledge/repetition';
import { firstOfEach } from '../../python/codeIndex';

export const tooManyThreads: Rule = {
  id: 'too-many-threads',
  severity: 'information',
  title: 'More CPU-bound threads than cores',
  explanation:
    'A thread that computes keeps a core busy, so more of them than cores only take turns: under the GIL at one core, on a free-threaded build and with sub-interpreters at all of them, each with its own stack, switches and cache misses. Threads that wait may be many; threads that compute need no more than os.process_cpu_count() (3.13 and later) or os.cpu_count().',
  check: context => {
    const hits = context.constructs.flatMap(construct => hit(construct, context));
    return firstOfEach(hits);
  },
};

function hit(construct: Construct, context: RuleContext): readonly RuleHit[] {
  const { family, workFunction, work, workers } = construct;
  if (family === 'processes' || !workFunction || !work) return [];
  if (context.workloads.of(workFunction) !== 'computes') return [];
  const wanted = workers ? written(workers, construct, context) : counted(construct, context);
  if (wanted === undefined) return [];
  const place = workers ?? work;
  const message = `${wanted} of them compute in ${workFunction.name}(): more than the cores of this machine (${context.cores}) get on no faster. os.cpu_count() is enough.`;
  return [{ from: place.from, to: place.to, message, fixes: [] }];
}

/** How many workers a pool is given, in words, if that is too many. */
function written(
  workers: Expression,
  { workerCount }: Construct,
  context: RuleContext,
): string | undefined {
  if (workerCount !== undefined) {
    return workerCount > context.cores ? `${workerCount} threads` : undefined;
  }
  const factor = coresTimes(context.names.valueOf(workers) ?? workers, context);
  return factor !== undefined && factor > 1 ? 'More threads than cores' : undefined;
}

/** `os.cpu_count() * 4` and `os.cpu_count() + 4`: how many times the cores; undefined for anything else. */
function coresTimes(expression: Expression | undefined, context: RuleContext): number | undefined {
  if (!expression) return undefined; // half-typed: `os.cpu_count() *`
  if (isCoreCount(expression, context)) return 1;
  if (expression.kind !== 'other' || expression.node !== 'BinaryExpression') return undefined;
  const { operator, parts } = expression;
  const [left, right] = [parts.at(0), parts.at(1)];
  if (operator === 'or') return coresTimes(left, context);
  const number = numberIn(right, context) ?? numberIn(left, context);
  const other = coresTimes(left, context) ?? coresTimes(right, context);
  if (parts.length !== 2 || number === undefined || other === undefined) return undefined;
  if (operator === '*') return other * number;
  return operator === '+' && number > 0 ? other + number / context.cores : undefined;
}

function numberIn(
  expression: Expression | undefined,
  { constants }: RuleContext,
): number | undefined {
  return expression && wholeNumber(expression, constants);
}

const CORE_COUNTS =
  /^(?:os\.(?:cpu_count|process_cpu_count)|multiprocessing\.cpu_count|psutil\.cpu_count|joblib\.cpu_count)\(\)$/;

function isCoreCount(expression: Expression, { names }: RuleContext): boolean {
  const path = names.pathOf(expression) ?? '';
  if (CORE_COUNTS.test(path)) return true;
  if (path !== 'len()' || expression.kind !== 'call') return false;
  return expression.args.some(({ value }) => names.pathOf(value) === 'os.sched_getaffinity()');
}

/** How many `Thread(…)` a loop makes, in words, if that is too many. */
function counted(construct: Construct, context: RuleContext): string | undefined {
  if (construct.maker !== construct.call || construct.name.startsWith('asyncio.')) return undefined;
  const { times } = repetitionOf(construct, context);
  return times !== undefined && times > context.cores ? `${times} threads` : undefined;
}
