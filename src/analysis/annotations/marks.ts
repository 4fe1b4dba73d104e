// Puts each annotation on the statement it is about.

import { firstIndex } from '../../core/search';
import { parseAnnotation, type Clause } from './annotations';
import type { FindingList, SourceRange } from '../python/findings';
import type { LineIndex } from '../python/lineIndex';
import { blocksOf, type Branch, type PythonComment, type Statement } from '../python/pythonCode';

/** What can carry an annotation: a statement, or a branch such as `else:`. */
export type Marked = Statement | Branch;

export type CostClause = Extract<Clause, { kind: 'cost' }>;
export type MachineClause = Extract<Clause, { kind: 'machine' }>;

/** All that annotations say about one statement. */
export interface Mark {
  readonly target: Marked;
  /** Line of the statement's first word, from 1. */
  readonly line: number;
  readonly costs: CostClause[];
  threads: Extract<Clause, { kind: 'threads' }> | undefined;
  repeat: Extract<Clause, { kind: 'repeat' }> | undefined;
  lock: Extract<Clause, { kind: 'lock' }> | undefined;
}

export interface Marks {
  readonly byTarget: ReadonlyMap<Marked, Mark>;
  readonly machine: MachineClause | undefined;
  readonly annotationCount: number;
  /** Mistakes in annotations: what they meant to say is missing from the marks. */
  readonly problemCount: number;
}

/** Statements and branches by the lines of their own text (without their blocks). */
interface Anchor {
  readonly target: Marked;
  readonly fromLine: number;
  readonly toLine: number;
  readonly fromColumn: number;
}

/** How many annotations are read between two yields. */
const ANNOTATIONS_PER_SLICE = 500;

/** Reads all annotations of a file, in slices; what cannot be placed or is said twice becomes a finding. */
export function* readMarks(
  source: string,
  file: { readonly statements: readonly Statement[]; readonly comments: readonly PythonComment[] },
  lines: LineIndex,
  findings: FindingList,
): Generator<undefined, Marks> {
  const byTarget = new Map<Marked, Mark>();
  let machine: MachineClause | undefined;
  let annotationCount = 0;
  let problemCount = 0;
  let anchors: readonly Anchor[] | undefined;
  for (const comment of file.comments) {
    const annotation = parseAnnotation(comment.text, comment.from);
    if (!annotation) continue;
    if (++annotationCount % ANNOTATIONS_PER_SLICE === 0) yield undefined;
    problemCount += annotation.problems.length;
    for (const { code, range, message } of annotation.problems) {
      findings.add(code, 'error', range, message);
    }
    for (const clause of annotation.clauses) {
      if (clause.kind === 'machine') {
        machine = firstMachine(machine, clause, findings);
        continue;
      }
      anchors ??= anchorsOf(file.statements, lines);
      place(clause, candidatesFor(comment, source, lines, anchors), { byTarget, findings, lines });
    }
  }
  return { byTarget, machine, annotationCount, problemCount };
}

function firstMachine(
  machine: MachineClause | undefined,
  clause: MachineClause,
  findings: FindingList,
): MachineClause {
  if (!machine) return clause;
  const message = 'Expected one “machine” in a file; the first one counts.';
  findings.add('duplicate-machine', 'error', clause.range, message);
  return machine;
}

/** In the order of the text, so from outer to inner where they share a line. */
function anchorsOf(statements: readonly Statement[], lines: LineIndex): Anchor[] {
  const anchors: Anchor[] = [];
  const add = (target: Marked, to: number): void => {
    const { line, column } = lines.placeOf(target.from);
    anchors.push({ target, fromLine: line, toLine: lines.lineAt(to), fromColumn: column });
  };
  const visit = (block: readonly Statement[]): void => {
    for (const statement of block) {
      add(statement, 'headerTo' in statement ? statement.headerTo : statement.to);
      for (const branch of branchesOf(statement)) {
        if (branch.from !== statement.from) add(branch, branch.headerTo);
      }
      for (const inner of blocksOf(statement)) visit(inner);
    }
  };
  visit(statements);
  return anchors.sort((a, b) => a.target.from - b.target.from);
}

function branchesOf(statement: Statement): readonly Branch[] {
  if (statement.kind === 'if' || statement.kind === 'try' || statement.kind === 'match') {
    return statement.branches;
  }
  return statement.kind === 'for' || statement.kind === 'while' ? statement.otherwise : [];
}

/** Those on the comment's line; for a comment on a line of its own, those of the next line of code. */
function candidatesFor(
  comment: PythonComment,
  source: string,
  lines: LineIndex,
  anchors: readonly Anchor[],
): readonly Anchor[] {
  const { line, column } = lines.placeOf(comment.from);
  const here = anchorsAround(anchors, line).filter(
    anchor => anchor.fromLine <= line && line <= anchor.toLine,
  );
  const lineStart = lines.startOf(line);
  const isAlone = /^[\s\uFEFF]*$/.test(source.slice(lineStart, comment.from));
  if (!isAlone || here.length > 0) return here;
  const next = anchors.at(firstAfter(anchors, line));
  if (!next || next.fromLine <= line || next.fromColumn < column) return [];
  return anchorsAround(anchors, next.fromLine).filter(anchor => anchor.fromLine === next.fromLine);
}

/** Index of the first anchor that begins on a later line; the anchors' lines never decrease. */
function firstAfter(anchors: readonly Anchor[], line: number): number {
  return firstIndex(0, anchors.length, i => anchors[i].fromLine > line);
}

/** A window of anchors that can touch a line: a statement of many lines begins earlier, but few stand between. */
function anchorsAround(anchors: readonly Anchor[], line: number): readonly Anchor[] {
  const end = firstAfter(anchors, line);
  return anchors.slice(Math.max(0, end - 16), end);
}

interface Placing {
  readonly byTarget: Map<Marked, Mark>;
  readonly findings: FindingList;
  readonly lines: LineIndex;
}

type PlacedClause = Exclude<Clause, MachineClause>;

function place(clause: PlacedClause, candidates: readonly Anchor[], placing: Placing): void {
  const target = targetOf(clause, candidates);
  if (!target) {
    const code = candidates.length === 0 ? 'nothing-to-annotate' : 'wrong-place';
    placing.findings.add(code, 'error', clause.range, misplaced(clause, candidates.length === 0));
    return;
  }
  const mark = markOf(target, placing);
  if (clause.kind === 'cost') {
    mark.costs.push(clause);
    return;
  }
  if (mark[clause.kind]) {
    const message = `“${clause.kind}” is said twice about this line; the first one counts.`;
    placing.findings.add('said-twice', 'error', clause.range, message);
    return;
  }
  if (clause.kind === 'threads') mark.threads = clause;
  else if (clause.kind === 'repeat') mark.repeat = clause;
  else mark.lock = clause;
}

function markOf(target: Marked, { byTarget, lines }: Placing): Mark {
  const known = byTarget.get(target);
  if (known) return known;
  const line = lines.lineAt(target.kind === 'function' ? target.nameRange.from : target.from);
  const mark = {
    target,
    line,
    costs: [],
    threads: undefined,
    repeat: undefined,
    lock: undefined,
  };
  byTarget.set(target, mark);
  return mark;
}

function targetOf(clause: PlacedClause, candidates: readonly Anchor[]): Marked | undefined {
  const innermostFirst = [...candidates].reverse().map(anchor => anchor.target);
  switch (clause.kind) {
    case 'threads':
      return innermostFirst.find(target => target.kind === 'function');
    case 'lock':
      return innermostFirst.find(target => target.kind === 'with');
    case 'repeat':
      return (
        innermostFirst.find(target => target.kind === 'for' || target.kind === 'while') ??
        innermostFirst.find(canCost)
      );
    case 'cost':
      return innermostFirst.find(canCost);
  }
}

function canCost(target: Marked): boolean {
  return target.kind !== 'class' && target.kind !== 'import';
}

function misplaced(clause: PlacedClause, isAlone: boolean): string {
  const word = clause.kind === 'cost' ? clause.cost : clause.kind;
  if (isAlone) {
    return `“${word}” stands beside no code; put it at the end of the line it is about, or on the line above.`;
  }
  switch (clause.kind) {
    case 'threads':
      return '“threads” belongs on the line of a def (or above it): it says how many threads run that function.';
    case 'lock':
      return '“lock” belongs on the line of a with: it says that the block runs under a threading.Lock.';
    default:
      return `“${word}” belongs on a statement that runs; a class or import line costs nothing here.`;
  }
}

/** Whether one stretch lies inside another. */
export function isInside(inner: SourceRange, outer: SourceRange): boolean {
  return inner.from >= outer.from && inner.to <= outer.to;
}
