// What a function does as steps: annotated lines, loops around them, and calls of other functions of the file.

import type { PositionIndex, Step } from '../../core/model/program';
import { REPEAT_BOUNDS } from './annotationWords';
import type { FindingList, SourceRange } from '../python/findings';
import type { LineIndex } from '../python/lineIndex';
import { roundCount, type Constants } from '../python/literals';
import type { CostClause, Mark, Marked, Marks } from './marks';
import {
  dottedName,
  expressionsOf,
  partsOf,
  type Branch,
  type BranchingStatement,
  type CallExpression,
  type ComprehensionExpression,
  type Expression,
  type ForStatement,
  type Statement,
  type WhileStatement,
  type WithStatement,
} from '../python/pythonCode';
import { resolveFunction, type FileScopes, type KnownFunction } from '../python/scopes';

/** Steps as they stand in the program, repetitions not written out: more of them is no demo but a mistake. */
const MAX_STEPS_WRITTEN = 20_000;

/** How deep calls of functions of the same file are followed. */
const MAX_CALL_DEPTH = 100;

/** A table of positions, locks and findings that all threads of one program share. */
export interface StepContext {
  readonly marks: Marks;
  readonly scopes: FileScopes;
  readonly constants: Constants;
  readonly lines: LineIndex;
  readonly findings: FindingList;
  positionOf(line: number, functionName: string): PositionIndex;
  lockOf(name: string): number;
}

/** A stretch whose annotations do not count, and why. */
export interface Uncounted extends SourceRange {
  readonly why: 'whole-block' | 'other-branch';
  readonly line: number;
}

/** Builds the steps of thread functions. One builder serves all threads of a file, and knows what was used. */
export class StepBuilder {
  readonly usedMarks = new Set<Mark>();
  /** Functions of the file that some thread runs, directly or through calls. */
  readonly reached = new Set<KnownFunction>();
  readonly uncounted: Uncounted[] = [];
  readonly #context: StepContext;
  readonly #active: KnownFunction[] = [];
  readonly #heldLocks: number[] = [];
  readonly #reported = new Set<string>();
  /** Functions without any steps; without this memory, empty functions that call one another twice take for ever. */
  readonly #stepless = new Set<KnownFunction>();
  #cutOffs = 0;
  #written = 0;

  constructor(context: StepContext) {
    this.#context = context;
  }

  /** Whether the program grew beyond all use; the steps built so far are then not the whole. */
  get isTooLong(): boolean {
    return this.#written > MAX_STEPS_WRITTEN;
  }

  stepsOfFunction(known: KnownFunction): Step[] {
    this.reached.add(known);
    this.#active.push(known);
    this.#written++;
    const { statement } = known;
    const cutOffsBefore = this.#cutOffs;
    const mark = this.#use(statement);
    const steps =
      mark && mark.costs.length > 0
        ? this.#wholeBlock(mark, statement)
        : this.#block(statement.body);
    const repeated = this.#repeated(steps, mark, statement.nameRange.from);
    this.#active.pop();
    if (steps.length === 0 && this.#cutOffs === cutOffsBefore) this.#stepless.add(known);
    return repeated;
  }

  #block(statements: readonly Statement[]): Step[] {
    return statements.flatMap(statement => (this.isTooLong ? [] : this.#statement(statement)));
  }

  #statement(statement: Statement): Step[] {
    switch (statement.kind) {
      case 'function':
      case 'class':
      case 'import':
        return [];
      case 'for':
      case 'while':
        return this.#loop(statement);
      case 'with':
        return this.#with(statement);
      case 'if':
      case 'try':
      case 'match':
        return this.#branching(statement);
      default:
        return this.#simple(statement);
    }
  }

  #simple(statement: Statement): Step[] {
    const mark = this.#use(statement);
    const isCosted = mark !== undefined && mark.costs.length > 0;
    const steps = isCosted
      ? this.#costs(mark.costs, mark.line)
      : this.#calls(expressionsOf(statement));
    return this.#repeated(steps, mark, statement.from);
  }

  #loop(statement: ForStatement | WhileStatement): Step[] {
    const mark = this.#use(statement);
    const isFor = statement.kind === 'for';
    const known = isFor ? roundCount(statement.iterable, this.#context.constants) : undefined;
    const isCosted = mark !== undefined && mark.costs.length > 0;
    if (isCosted && !mark.repeat) return this.#wholeBlock(mark, statement);
    const header = this.#calls(expressionsOf(statement));
    const body = isCosted ? this.#wholeBlock(mark, statement) : this.#block(statement.body);
    const round = isFor ? body : [...header, ...body];
    const otherwise = statement.otherwise.flatMap(branch => this.#branch(branch));
    const times = mark?.repeat?.times ?? known;
    const at = this.#at(this.#context.lines.lineAt(statement.from));
    const rounds = this.#rounds(round, times, { statement, at });
    return [...(isFor ? header : []), ...rounds, ...otherwise];
  }

  #rounds(
    body: readonly Step[],
    times: number | undefined,
    { statement, at }: { statement: SourceRange; at: PositionIndex },
  ): Step[] {
    if (body.length === 0 || times === 0) return [];
    if (times === undefined) {
      const message =
        'How often this runs cannot be read from the code, so it counts once. Write “# gil: repeat 10” on this line.';
      this.#reportLine('unknown-repeat', statement, message);
    } else if (times > REPEAT_BOUNDS.most) {
      const message = `Expected at most ${REPEAT_BOUNDS.most.toLocaleString('en')} rounds; the demo stops there.`;
      this.#reportLine('out-of-range', statement, message);
    }
    return [
      this.#write({ kind: 'repeat', times: Math.min(times ?? 1, REPEAT_BOUNDS.most), body, at }),
    ];
  }

  #with(statement: WithStatement): Step[] {
    const mark = this.#use(statement);
    const header = this.#calls(expressionsOf(statement));
    const isCosted = mark !== undefined && mark.costs.length > 0;
    const clause = mark?.lock;
    const body = () => (isCosted ? this.#wholeBlock(mark, statement) : this.#block(statement.body));
    const steps = clause ? this.#locked(statement, clause, body) : body();
    return [...header, ...this.#repeated(steps, mark, statement.from)];
  }

  #locked(
    statement: WithStatement,
    clause: { name: string | undefined; range: SourceRange },
    body: () => Step[],
  ): Step[] {
    const context = statement.items.at(0)?.context;
    const written = context ? dottedName(context) : undefined;
    const lock = this.#context.lockOf(clause.name ?? written ?? 'lock');
    if (this.#heldLocks.includes(lock)) {
      const message =
        'This thread holds this lock already; a second threading.Lock acquire would wait for ever, so it is left out here.';
      this.#report('lock-taken-twice', 'warning', clause.range, message);
      return body();
    }
    this.#heldLocks.push(lock);
    const inside = body();
    this.#heldLocks.pop();
    const at = this.#at(this.#context.lines.lineAt(statement.from));
    return [
      this.#write({ kind: 'lock', lock, at }),
      ...inside,
      this.#write({ kind: 'unlock', lock, at }),
    ];
  }

  #branching(statement: BranchingStatement): Step[] {
    const mark = this.#use(statement);
    if (mark && mark.costs.length > 0) {
      const whole = this.#wholeBlock(mark, statement);
      return this.#repeated(whole, mark, statement.from);
    }
    const subject = this.#calls(statement.subject ? [statement.subject] : []);
    const branches = statement.kind === 'try' ? this.#try(statement) : this.#oneOf(statement);
    return this.#repeated([...subject, ...branches], mark, statement.from);
  }

  /** `try`, `else` and `finally` run; handlers do not. */
  #try(statement: BranchingStatement): Step[] {
    return statement.branches.flatMap(branch => {
      if (branch.word !== 'except') return this.#branch(branch);
      this.#leaveOut(branch, 'other-branch');
      return [];
    });
  }

  /** The first branch that does something counts. */
  #oneOf(statement: BranchingStatement): Step[] {
    let steps: Step[] = [];
    for (const branch of statement.branches) {
      if (steps.length > 0) this.#leaveOut(branch, 'other-branch');
      else steps = [...this.#calls(branch.header), ...this.#branch(branch)];
    }
    return steps;
  }

  #branch(branch: Branch): Step[] {
    const mark = this.#use(branch);
    const isCosted = mark !== undefined && mark.costs.length > 0;
    const steps = isCosted ? this.#wholeBlock(mark, branch) : this.#block(branch.body);
    return this.#repeated(steps, mark, branch.from);
  }

  /** A cost on the first line of a block stands for the whole block. */
  #wholeBlock(mark: Mark, target: Marked): Step[] {
    this.#leaveOut(target, 'whole-block');
    return this.#costs(mark.costs, mark.line);
  }

  #leaveOut(target: Marked, why: Uncounted['why']): void {
    const line = this.#context.lines.lineAt(target.from);
    this.uncounted.push({ from: target.from, to: target.to, why, line });
  }

  #costs(costs: readonly CostClause[], line: number): Step[] {
    const at = this.#at(line);
    return costs.map(clause => this.#write(costStep(clause, at)));
  }

  #repeated(steps: Step[], mark: Mark | undefined, from: number): Step[] {
    const isLoop = mark?.target.kind === 'for' || mark?.target.kind === 'while';
    if (!mark?.repeat || isLoop || steps.length === 0) return steps;
    const at = this.#at(this.#context.lines.lineAt(from));
    return [this.#write({ kind: 'repeat', times: mark.repeat.times, body: steps, at })];
  }

  #calls(expressions: readonly Expression[]): Step[] {
    const steps: Step[] = [];
    for (const expression of expressions) {
      // Names and literals are most of all code, and do nothing.
      if (partsOf(expression).length > 0 || expression.kind === 'call') {
        steps.push(...this.#evaluate(expression));
      }
    }
    return steps;
  }

  /** Steps of the calls inside an expression, arguments before the call itself. */
  #evaluate(expression: Expression): Step[] {
    if (expression.kind === 'lambda') return [];
    if (expression.kind === 'comprehension') return this.#comprehension(expression);
    const inner = this.#calls(partsOf(expression));
    return expression.kind === 'call' ? [...inner, ...this.#call(expression)] : inner;
  }

  #comprehension(expression: ComprehensionExpression): Step[] {
    const first = expression.iterable ? this.#evaluate(expression.iterable) : [];
    const body = this.#calls(expression.parts);
    const times = roundCount(expression.iterable, this.#context.constants);
    const at = this.#at(this.#context.lines.lineAt(expression.from));
    return [...first, ...this.#rounds(body, times, { statement: expression, at })];
  }

  #call(call: CallExpression): Step[] {
    const known = resolveFunction(call.callee, this.#active.at(-1), this.#context.scopes);
    if (!known || this.isTooLong || this.#stepless.has(known)) return [];
    const isRecursive = this.#active.includes(known);
    if (!isRecursive && this.#active.length < MAX_CALL_DEPTH) return this.stepsOfFunction(known);
    this.#cutOffs++;
    if (!isRecursive) {
      const message = `Calls are followed ${MAX_CALL_DEPTH} deep; this one counts nothing.`;
      this.#report('calls-too-deep', 'information', call, message);
      return [];
    }
    const message = `${known.qualifiedName}() calls itself; the inner call counts nothing, because nobody knows how deep it goes.`;
    this.#report('recursion', 'information', call, message);
    return [];
  }

  #use(target: Marked): Mark | undefined {
    const mark = this.#context.marks.byTarget.get(target);
    if (mark) this.usedMarks.add(mark);
    return mark;
  }

  #at(line: number): PositionIndex {
    const current = this.#active.at(-1);
    return this.#context.positionOf(line, current?.qualifiedName ?? '<module>');
  }

  #write(step: Step): Step {
    this.#written++;
    return step;
  }

  /** Under the header only: a squiggle under a whole loop body helps nobody. */
  #reportLine(code: string, range: SourceRange, message: string): void {
    const line = this.#context.lines.lineAt(range.from);
    const lineEnd = Math.max(range.from, this.#context.lines.startOf(line + 1) - 1);
    this.#report(
      code,
      'information',
      { from: range.from, to: Math.min(range.to, lineEnd) },
      message,
    );
  }

  /** Once per place, although a function may be called many times. */
  #report(
    code: string,
    severity: 'warning' | 'information',
    range: SourceRange,
    message: string,
  ): void {
    const key = `${code} ${range.from}`;
    if (this.#reported.has(key)) return;
    this.#reported.add(key);
    this.#context.findings.add(code, severity, range, message);
  }
}

function costStep({ cost, ns }: CostClause, at: PositionIndex): Step {
  switch (cost) {
    case 'compute':
      return { kind: 'compute', ns, at };
    case 'releases':
    case 'holds':
      return { kind: 'native', ns, gil: cost, at };
    case 'io':
    case 'sleep':
      return { kind: 'block', ns, why: cost, at };
  }
}
