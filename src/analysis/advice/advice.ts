// Advice about threads and processes: what a rule is, and running all rules over a file.

import { findConstructs, type Construct } from '../knowledge/constructs';
import type { FindingSeverity, SourceRange } from '../python/findings';
import type { LineIndex } from '../python/lineIndex';
import type { Constants } from '../python/literals';
import type { Marks } from '../annotations/marks';
import { Names } from '../python/names';
import type { Statement } from '../python/pythonCode';
import { walkCode, type WalkedCode } from '../python/walkCode';
import { Workloads } from '../knowledge/workload';
import { CodeIndex } from '../python/codeIndex';

/** Replaces `[from, to)` by `text`. */
export interface TextEdit extends SourceRange {
  readonly text: string;
}

/** A change that a person may choose; its edits do not overlap. */
export interface QuickFix {
  readonly title: string;
  readonly edits: readonly TextEdit[];
}

/** What a rule found, before it knows lines and severity. */
export interface RuleHit extends SourceRange {
  readonly message: string;
  readonly fixes: readonly QuickFix[];
}

/** All that a rule may look at. */
export interface RuleContext {
  readonly source: string;
  readonly statements: readonly Statement[];
  readonly code: WalkedCode;
  readonly index: CodeIndex;
  readonly names: Names;
  readonly constructs: readonly Construct[];
  readonly workloads: Workloads;
  readonly constants: Constants;
  readonly lines: LineIndex;
  /** How many threads can compute at once on the machine that the advice is for. */
  readonly cores: number;
}

/** One rule of advice. */
export interface Rule {
  /** Stable; settings and the documentation name it. */
  readonly id: string;
  readonly severity: FindingSeverity;
  /** A short title, and a paragraph that says why it matters and what helps. Plain text. */
  readonly title: string;
  readonly explanation: string;
  check(context: RuleContext): readonly RuleHit[];
}

/** Advice about one place, ready to be shown. */
export interface Advice extends RuleHit {
  readonly ruleId: string;
  readonly severity: FindingSeverity;
  readonly fromLine: number;
  readonly fromColumn: number;
  readonly toLine: number;
  readonly toColumn: number;
}

export interface AdviceInput {
  readonly source: string;
  readonly statements: readonly Statement[];
  readonly marks: Marks | undefined;
  readonly constants: Constants;
  readonly lines: LineIndex;
  readonly cores: number;
}

/** The most advice one file gets. */
export const MAX_ADVICE = 100;

/** Makes what rules look at. */
export function ruleContext({
  source,
  statements,
  marks,
  constants,
  lines,
  cores,
}: AdviceInput): RuleContext {
  const names = new Names(statements);
  const code = walkCode(statements);
  const constructs = findConstructs(code.calls, names, constants);
  const workloads = new Workloads(names, marks);
  const index = new CodeIndex(code, statements);
  return { source, statements, code, index, names, constructs, workloads, constants, lines, cores };
}

/** Runs rules over a file; in the order of the text. */
export function adviceOf(context: RuleContext, rules: readonly Rule[]): readonly Advice[] {
  const advice = rules.flatMap(rule =>
    rule.check(context).map(hit => placed(hit, rule, context.lines)),
  );
  return advice.sort((a, b) => a.from - b.from).slice(0, MAX_ADVICE);
}

function placed(hit: RuleHit, rule: Rule, lines: LineIndex): Advice {
  const start = lines.placeOf(hit.from);
  const end = lines.placeOf(hit.to);
  return {
    ...hit,
    ruleId: rule.id,
    severity: rule.severity,
    fromLine: start.line,
    fromColumn: start.column,
    toLine: end.line,
    toColumn: end.column,
  };
}
