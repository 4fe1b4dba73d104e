// From marks to a program: which functions run in how many threads, and the main thread that starts and joins them.

import type {
  Conditions,
  PositionIndex,
  Program,
  SourcePosition,
  Step,
} from '../../core/model/program';
import { DEFAULT_SWITCH_INTERVAL_NS, UNKNOWN_POSITION } from '../../core/model/program';
import { formatDuration } from '../../core/units';
import { MAX_TURNS, MAX_WORK_NS, THREAD_BOUNDS } from './annotationWords';
import { expandedSize } from './expandedSize';
import type { FindingList } from '../python/findings';
import type { LineIndex } from '../python/lineIndex';
import type { Constants } from '../python/literals';
import type { MachineClause, Mark, Marks } from './marks';
import type { FileScopes, KnownFunction } from '../python/scopes';
import { StepBuilder, type Uncounted } from './threadSteps';

/** A function that the demo runs in threads. */
export interface ThreadFunction {
  readonly qualifiedName: string;
  /** Line of its `def`, from 1. */
  readonly line: number;
  readonly threadCount: number;
}

export interface BuiltProgram {
  readonly program: Program | undefined;
  readonly threadFunctions: readonly ThreadFunction[];
  /** Functions that some thread runs, directly or through calls. */
  readonly reached: ReadonlySet<KnownFunction>;
  readonly usedMarks: ReadonlySet<Mark>;
  readonly positions: readonly SourcePosition[];
}

export interface BuildInput {
  readonly fileName: string;
  readonly marks: Marks;
  readonly scopes: FileScopes;
  readonly constants: Constants;
  readonly lines: LineIndex;
  readonly findings: FindingList;
  readonly conditions: Conditions;
}

/** Four cores, CPython's own switch interval, seed 1: what a file runs on that says nothing about it. */
export const DEFAULT_CONDITIONS: Conditions = {
  cores: 4,
  switchIntervalNs: DEFAULT_SWITCH_INTERVAL_NS,
  seed: 1,
};

export function conditionsOf(machine: MachineClause | undefined): Conditions {
  return {
    cores: machine?.cores ?? DEFAULT_CONDITIONS.cores,
    switchIntervalNs: machine?.intervalNs ?? DEFAULT_CONDITIONS.switchIntervalNs,
    seed: machine?.seed ?? DEFAULT_CONDITIONS.seed,
  };
}

interface PlannedThread {
  readonly known: KnownFunction;
  readonly mark: Mark;
  readonly threadCount: number;
  readonly body: readonly Step[];
}

/** Builds the program of a file; findings say what could not be used, `program` is undefined if nothing can run. */
export function buildProgram(input: BuildInput): BuiltProgram {
  const positions = new PositionTable(input.fileName);
  const locks: string[] = [];
  const builder = new StepBuilder({
    ...input,
    positionOf: (line, functionName) => positions.indexOf(line, functionName),
    lockOf: name => indexIn(locks, name),
  });
  const planned = planThreads(input, builder);
  const isRunnable = planned.length > 0 && isBounded(planned, input, builder);
  reportUnused(input, builder);
  const threads = isRunnable ? threadsOf(planned, positions) : [];
  const name = input.fileName.split(/[\\/]/).at(-1) ?? input.fileName;
  return {
    program: isRunnable ? { name, threads, locks, positions: positions.all } : undefined,
    threadFunctions: planned.map(({ known, mark, threadCount }) => ({
      qualifiedName: known.qualifiedName,
      line: mark.line,
      threadCount,
    })),
    reached: builder.reached,
    usedMarks: builder.usedMarks,
    positions: positions.all,
  };
}

function planThreads(input: BuildInput, builder: StepBuilder): PlannedThread[] {
  const planned: PlannedThread[] = [];
  let total = 0;
  for (const known of input.scopes.all) {
    const mark = input.marks.byTarget.get(known.statement);
    if (!mark?.threads) continue;
    const threadCount = Math.min(mark.threads.count, THREAD_BOUNDS.most - total);
    if (threadCount < mark.threads.count) {
      const message = `Expected at most ${THREAD_BOUNDS.most.toLocaleString('en')} threads in a file, together with the functions above.`;
      input.findings.add('out-of-range', 'error', mark.threads.range, message);
    }
    if (threadCount <= 0) continue;
    total += threadCount;
    const body = builder.stepsOfFunction(known);
    planned.push({ known, mark, threadCount, body });
    // A cost that was misread is a finding of its own.
    if (body.length > 0 || builder.isTooLong || input.marks.problemCount > 0) continue;
    const message = `Nothing in ${known.qualifiedName}() says what it costs, so its threads end at once. Write for example “# gil: compute 50ms” at the end of a line.`;
    input.findings.add('no-cost', 'warning', known.statement.nameRange, message);
  }
  return planned;
}

function isBounded(
  planned: readonly PlannedThread[],
  { conditions, findings }: BuildInput,
  builder: StepBuilder,
): boolean {
  let turns = 0;
  let workNs = 0;
  for (const { body, threadCount } of planned) {
    const size = expandedSize(body);
    workNs += threadCount * size.workNs;
    turns += threadCount * (size.steps + size.workNs / conditions.switchIntervalNs);
  }
  const range = planned[0].known.statement.nameRange;
  const problem = builder.isTooLong
    ? 'The functions called here unfold into too many steps; give one of them a cost on its def line.'
    : workNs > MAX_WORK_NS
      ? `All threads together would work for ${spokenTime(workNs)}; expected at most ${spokenTime(MAX_WORK_NS)}.`
      : turns > MAX_TURNS
        ? `All threads together would take about ${Math.round(turns).toLocaleString('en')} steps and turns at the lock; expected at most ${MAX_TURNS.toLocaleString('en')}. Shorten the work, repeat less, or lengthen the interval.`
        : undefined;
  if (problem) findings.add('too-much-work', 'error', range, problem);
  return problem === undefined;
}

function spokenTime(ns: number): string {
  const hours = ns / 3_600e9;
  return hours < 1 ? formatDuration(ns) : `${Math.round(hours).toLocaleString('en')} hours`;
}

/** Thread 0 starts the others in the order of the file, then joins them in that order. */
function threadsOf(
  planned: readonly PlannedThread[],
  positions: PositionTable,
): Program['threads'] {
  const starts: Step[] = [];
  const joins: Step[] = [];
  const workers: { name: string; body: readonly Step[] }[] = [];
  for (const { mark, threadCount, body } of planned) {
    const at = positions.indexOf(mark.line, '<module>');
    for (let i = 0; i < threadCount; i++) {
      workers.push({ name: `Thread-${workers.length + 1}`, body });
      starts.push({ kind: 'start', thread: workers.length, at });
      joins.push({ kind: 'join', thread: workers.length, at });
    }
  }
  return [{ name: 'MainThread', body: [...starts, ...joins] }, ...workers];
}

function reportUnused({ marks, findings }: BuildInput, builder: StepBuilder): void {
  const hasThreads = [...marks.byTarget.values()].some(mark => mark.threads);
  if (!hasThreads) {
    if (marks.problemCount === 0) reportNoThreads(marks, findings);
    return;
  }
  for (const mark of marks.byTarget.values()) {
    if (builder.usedMarks.has(mark) || mark.threads) continue;
    const { target } = mark;
    const cover = builder.uncounted.find(
      range => range.from <= target.from && target.to <= range.to,
    );
    findings.add('never-run', 'information', rangeOfMark(mark), unusedMessage(cover));
  }
}

function unusedMessage(cover: Uncounted | undefined): string {
  if (cover?.why === 'whole-block') {
    return `Not counted: line ${cover.line} gives a cost for the whole block.`;
  }
  if (cover)
    return 'Not counted: of several branches the first with a cost is taken, and no handler.';
  return 'Not counted: none of the functions with “# gil: threads” comes here.';
}

function reportNoThreads(marks: Marks, findings: FindingList): void {
  const first = [...marks.byTarget.values()].at(0);
  const range = first ? rangeOfMark(first) : marks.machine?.range;
  if (!range) return;
  const message =
    'Nothing says which function the demo runs. Write for example “# gil: threads 4” at the end of its def line.';
  findings.add('no-threads', 'error', range, message);
}

function rangeOfMark(mark: Mark) {
  const clauses = [...mark.costs, mark.repeat, mark.lock, mark.threads];
  const ranges = clauses.flatMap(clause => (clause ? [clause.range] : []));
  return {
    from: Math.min(...ranges.map(range => range.from)),
    to: Math.max(...ranges.map(range => range.to)),
  };
}

function indexIn(names: string[], name: string): number {
  const known = names.indexOf(name);
  return known >= 0 ? known : names.push(name) - 1;
}

/** Each pair of line and function once; index 0 is the unknown position. */
class PositionTable {
  readonly #file: string;
  readonly #positions: SourcePosition[] = [UNKNOWN_POSITION];
  readonly #known = new Map<string, PositionIndex>();

  constructor(file: string) {
    this.#file = file;
  }

  get all(): readonly SourcePosition[] {
    return this.#positions;
  }

  indexOf(line: number, functionName: string): PositionIndex {
    const key = `${line} ${functionName}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const index = this.#positions.push({ file: this.#file, line, functionName }) - 1;
    this.#known.set(key, index);
    return index;
  }
}
