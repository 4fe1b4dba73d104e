// A program for a file that has threads but no annotations: every cost is a default, stated as such.

import type { Program } from '../core/model/program';
import {
  formatDuration,
  MAX_WRITTEN_NS,
  NS_PER_MS,
  NS_PER_S,
  type Nanoseconds,
} from '../core/units';
import type { RuleContext } from './advice/advice';
import type { CostWord } from './annotations/annotationWords';
import { buildProgram, DEFAULT_CONDITIONS, type ThreadFunction } from './annotations/buildProgram';
import type { Construct } from './knowledge/constructs';
import { FindingList } from './python/findings';
import { lineNotes, type LineNote } from './annotations/lineNotes';
import { roundCount, type Constants } from './python/literals';
import type { CostClause, Mark, Marked } from './annotations/marks';
import {
  blocksOf,
  expressionsOf,
  type CallExpression,
  type FunctionStatement,
} from './python/pythonCode';
import type { Statement, WithStatement } from './python/pythonCode';
import { releaseOf } from './knowledge/releases';
import { repetitionOf } from './knowledge/repetition';
import { readScopes } from './python/scopes';
import { argumentOf, callsIn } from './python/walkCode';
import { isWaiting } from './knowledge/knownCalls';
import { isBusyInLoop, isHeavy, isLoopInOneLine } from './knowledge/workload';

/** What a step costs of which the code says only the kind. */
const ASSUMED_NS: Readonly<Record<CostWord, Nanoseconds>> = {
  compute: 20 * NS_PER_MS,
  releases: 10 * NS_PER_MS,
  holds: 2 * NS_PER_MS,
  io: 20 * NS_PER_MS,
  sleep: 20 * NS_PER_MS,
};
const ASSUMED_ROUNDS = 10;
const ASSUMED_THREADS = 4;
/** More lanes tell nothing new. */
const MOST_THREADS = 16;

/** A program whose costs are assumed; show {@link AssumedProgram.assumptions} wherever it is shown. */
export interface AssumedProgram {
  readonly program: Program;
  readonly threadFunctions: readonly ThreadFunction[];
  readonly lineNotes: readonly LineNote[];
  /** Sentences that say what was assumed. */
  readonly assumptions: readonly string[];
}

/** Makes the program of the functions that a file hands to workers; undefined if it hands none of its own. */
export function assumedProgram(
  fileName: string,
  context: RuleContext,
  constants: Constants,
): AssumedProgram | undefined {
  const counts = threadCounts(context);
  if (counts.size === 0) return undefined;
  const byTarget = new Map<Marked, Mark>();
  const assumer = new Assumer(context, constants, byTarget);
  for (const { statement } of context.code.statements) {
    if (statement.kind === 'function') assumer.block(statement.body);
  }
  for (const [statement, count] of counts) assumer.thread(statement, count);
  const marks = { byTarget, machine: undefined, annotationCount: 0, problemCount: 0 };
  const { lines } = context;
  const scopes = readScopes(context.statements);
  const conditions = DEFAULT_CONDITIONS;
  // What it would say about annotations is not for a file that has none.
  const findings = new FindingList(lines);
  const build = () =>
    buildProgram({ fileName, marks, scopes, constants, lines, findings, conditions });
  const first = build();
  if (!first.program) return undefined;
  const built = assumer.fillEmpty(counts, first.program) ? build() : first;
  if (!built.program) return undefined;
  const { usedMarks, threadFunctions, program } = built;
  const notes = lineNotes({ marks, usedMarks, functions: scopes.all, conditions, lines });
  return {
    program,
    threadFunctions,
    lineNotes: notes.filter(({ isRun }) => isRun),
    assumptions: assumptions(),
  };
}

function assumptions(): readonly string[] {
  const time = (word: CostWord) => formatDuration(ASSUMED_NS[word]);
  return [
    'This file does not say what its lines cost, so all times are assumed: the shape is telling, the figures are not.',
    `Assumed: ${time('compute')} for a loop that computes, ${time('io')} for a call that waits, ${time('releases')} for C code that releases the GIL and ${time('holds')} for C code that keeps it; ${ASSUMED_ROUNDS} rounds where a loop’s length is unknown, ${ASSUMED_THREADS} threads where their number is.`,
    'Write what you know: “# gil: compute 50ms” at the end of a line, “# gil: threads 4” at the end of a def.',
  ];
}

/** How many workers run each function of the file that is handed to any. */
function threadCounts(context: RuleContext): ReadonlyMap<FunctionStatement, number> {
  const counts = new Map<FunctionStatement, number>();
  for (const construct of context.constructs) {
    const { workFunction, workerCount } = construct;
    if (!workFunction) continue;
    const count = workersOf(construct, context) ?? workerCount ?? ASSUMED_THREADS;
    const total = (counts.get(workFunction) ?? 0) + count;
    counts.set(workFunction, Math.min(total, MOST_THREADS));
  }
  return counts;
}

/** How many workers run the work of one construct at once, where the code says it. */
function workersOf(construct: Construct, context: RuleContext): number | undefined {
  const { isMany, times } = repetitionOf(construct, context);
  const { workerCount } = construct;
  if (!isMany) return 1;
  if (times === undefined) return undefined;
  return workerCount === undefined ? times : Math.min(times, workerCount);
}

/** Writes marks as a person might write annotations. */
class Assumer {
  readonly #context: RuleContext;
  readonly #constants: Constants;
  readonly #byTarget: Map<Marked, Mark>;

  constructor(context: RuleContext, constants: Constants, byTarget: Map<Marked, Mark>) {
    this.#context = context;
    this.#constants = constants;
    this.#byTarget = byTarget;
  }

  thread(statement: FunctionStatement, count: number): void {
    this.#mark(statement).threads = { kind: 'threads', count, range: statement.nameRange };
  }

  block(statements: readonly Statement[]): void {
    for (const statement of statements) {
      if (statement.kind === 'function' || statement.kind === 'class') continue;
      const isLoop = statement.kind === 'for' || statement.kind === 'while';
      if (isLoop && this.#isBusyLoop(statement)) {
        this.#cost(statement, 'compute', ASSUMED_NS.compute);
        continue;
      }
      if (isLoop && !this.#isCounted(statement)) {
        this.#mark(statement).repeat = { kind: 'repeat', times: ASSUMED_ROUNDS, range: statement };
      }
      if (statement.kind === 'with' && this.#takesLock(statement)) {
        this.#mark(statement).lock = { kind: 'lock', name: undefined, range: statement };
      }
      if (blocksOf(statement).length === 0) this.#line(statement);
      for (const block of blocksOf(statement)) this.block(block);
    }
  }

  /** Gives thread functions without any step one: something they must do. Whether there were any. */
  fillEmpty(counts: ReadonlyMap<FunctionStatement, number>, { threads }: Program): boolean {
    const bodies = threads.slice(1);
    let index = 0;
    let isFilled = false;
    const inOrder = [...counts].sort(([a], [b]) => a.from - b.from);
    for (const [statement, count] of inOrder) {
      if (bodies.at(index)?.body.length === 0) {
        this.#cost(statement, 'compute', ASSUMED_NS.compute);
        isFilled = true;
      }
      index += count;
    }
    return isFilled;
  }

  #takesLock({ items }: WithStatement): boolean {
    const { names } = this.#context;
    return items.some(({ context }) => names.pathOf(context) === 'threading.Lock()');
  }

  #line(statement: Statement): void {
    const calls = expressionsOf(statement).flatMap(callsIn);
    const { names } = this.#context;
    // A function of the file is followed, and a cost on this line would hide it.
    if (calls.some(call => names.functionOf(call.callee))) return;
    for (const call of calls) this.#call(statement, call);
    if (isLoopInOneLine(statement)) this.#cost(statement, 'compute', ASSUMED_NS.compute);
  }

  #call(statement: Statement, call: CallExpression): void {
    const { names } = this.#context;
    const path = names.pathOf(call.callee);
    if (path === 'time.sleep') {
      this.#cost(statement, 'sleep', writtenSeconds(call) ?? ASSUMED_NS.sleep);
      return;
    }
    const row = releaseOf(call, names);
    if (isWaiting(path)) this.#cost(statement, 'io', ASSUMED_NS.io);
    else if (row?.gil === 'releases') this.#cost(statement, 'releases', ASSUMED_NS.releases);
    else if (row?.gil === 'holds' && isHeavy(row)) this.#cost(statement, 'holds', ASSUMED_NS.holds);
  }

  /** An innermost loop that only computes: one step, not one for each round. */
  #isBusyLoop(statement: Statement): boolean {
    const inside = flatten(statement);
    const { names } = this.#context;
    const calls = inside.flatMap(expressionsOf).flatMap(callsIn);
    const isPlain = calls.every(call => {
      const path = names.pathOf(call.callee);
      return !isWaiting(path) && !names.functionOf(call.callee) && !isRelease(call, this.#context);
    });
    return isPlain && inside.some(isBusyInLoop);
  }

  #isCounted(statement: Statement): boolean {
    return (
      statement.kind === 'for' && roundCount(statement.iterable, this.#constants) !== undefined
    );
  }

  #cost(statement: Statement, cost: CostWord, ns: Nanoseconds): void {
    const clause: CostClause = { kind: 'cost', cost, ns, range: statement };
    this.#mark(statement).costs.push(clause);
  }

  #mark(target: Statement): Mark {
    const known = this.#byTarget.get(target);
    if (known) return known;
    const from = target.kind === 'function' ? target.nameRange.from : target.from;
    const line = this.#context.lines.lineAt(from);
    const nothing = { threads: undefined, repeat: undefined, lock: undefined };
    const mark: Mark = { target, line, costs: [], ...nothing };
    this.#byTarget.set(target, mark);
    return mark;
  }
}

function isRelease(call: CallExpression, { names }: RuleContext): boolean {
  return releaseOf(call, names)?.gil === 'releases';
}

function flatten(statement: Statement): Statement[] {
  return [statement, ...blocksOf(statement).flatMap(block => block.flatMap(flatten))];
}

/** `time.sleep(0.5)` says it itself. */
function writtenSeconds(call: CallExpression): Nanoseconds | undefined {
  const argument = argumentOf(call, undefined, 0);
  const seconds = argument?.kind === 'number' ? Number(argument.text.replaceAll('_', '')) : NaN;
  const ns = Math.round(seconds * NS_PER_S);
  return ns >= 0 && ns <= MAX_WRITTEN_NS ? ns : undefined;
}
