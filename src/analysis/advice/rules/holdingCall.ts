// Rule: threads that were meant to overlap call C code that keeps the GIL.

import type { Rule, RuleContext, RuleHit } from '../advice';
import type { Construct } from '../../knowledge/constructs';
import { callsIn } from '../../python/walkCode';
import { firstOfEach } from '../../python/codeIndex';
import {
  blocksOf,
  expressionsOf,
  type CallExpression,
  type Expression,
  type FunctionStatement,
  type Statement,
} from '../../python/pythonCode';
import { releaseOf, releaseOfPath, type ReleaseRow } from '../../knowledge/releases';
import { isWaiting } from '../../knowledge/knownCalls';
import { repetitionOf } from '../../knowledge/repetition';
import { isHeavy } from '../../knowledge/workload';

export const holdingCall: Rule = {
  id: 'holding-call',
  severity: 'information',
  title: 'A call that keeps the GIL, in threads meant to overlap',
  explanation:
    'Some C code releases the GIL while it works (hashing, compressing, waiting), other C code keeps it from its start to its end: json, pickle, re, sorted, copy.deepcopy, most parsers. Threads that spend their time in such calls run one after the other. Processes or sub-interpreters run them at the same time, and some libraries have an equivalent that releases it.',
  check: context => {
    const hits = context.constructs
      .filter(construct => construct.family === 'threads' && mayOverlap(construct, context))
      .flatMap(construct => hitsOf(construct, context));
    return firstOfEach(hits);
  },
};

/** Pools and loops of threads; one thread alone has nothing to overlap with but its starter. */
function mayOverlap(construct: Construct, context: RuleContext): boolean {
  if (construct.workerCount === 1) return false;
  const isPool = construct.maker !== construct.call || construct.name.startsWith('asyncio.');
  return isPool || repetitionOf(construct, context).isMany;
}

function hitsOf(construct: Construct, context: RuleContext): readonly RuleHit[] {
  const { work, workFunction } = construct;
  if (!work) return [];
  if (!workFunction) {
    const path = context.names.pathOf(work);
    const row = path === undefined ? undefined : releaseOfPath(path);
    return row && isHolding(row) ? [hitAt(work, row, 'here')] : [];
  }
  if (context.workloads.of(workFunction) === 'computes') return []; // said where it is handed over
  const line = context.lines.lineAt(construct.from);
  return holdingCalls(workFunction, context).map(({ call, row }) =>
    hitAt(call.callee, row, `that line ${line} starts`),
  );
}

function hitAt(place: Expression, row: ReleaseRow, where: string): RuleHit {
  const name = row.name.split(' (')[0];
  const message = `${name} keeps the GIL to its end: the threads ${where === 'here' ? 'that run it' : where} take turns here instead of overlapping.`;
  return { from: place.from, to: place.to, message, fixes: [] };
}

interface HoldingCall {
  readonly call: CallExpression;
  readonly row: ReleaseRow;
}

/** Calls that keep the GIL in a function that does little else; none if it also waits, for that does overlap. */
function holdingCalls(
  workFunction: FunctionStatement,
  { names }: RuleContext,
): readonly HoldingCall[] {
  const calls = expressionsInside(workFunction.body).flatMap(callsIn);
  const isElsewhere = calls.some(
    call => isWaiting(names.pathOf(call.callee)) || names.functionOf(call.callee) !== undefined,
  );
  const isUnknown = calls.some(call => {
    const path = names.pathOf(call.callee);
    return path?.includes('.') === true && !path.includes('()') && !releaseOf(call, names);
  });
  if (isElsewhere || isUnknown || workFunction.isAsync) return [];
  return calls.flatMap(call => {
    const row = releaseOf(call, names);
    return row && isHolding(row) ? [{ call, row }] : [];
  });
}

function expressionsInside(statements: readonly Statement[]): readonly Expression[] {
  return statements.flatMap(statement =>
    statement.kind === 'function' || statement.kind === 'class'
      ? []
      : [...expressionsOf(statement), ...blocksOf(statement).flatMap(expressionsInside)],
  );
}

/** Calls that are work in themselves; `len` keeps the GIL too, and nobody minds. */
function isHolding(row: ReleaseRow): boolean {
  return row.gil === 'holds' && isHeavy(row);
}
