// A change, made to a scenario. Each kind is a function from a program or its conditions to another.

import { assertNever } from '../errors';
import type { Program, Step, ThreadPlan } from '../model/program';
import type { WhatIf } from './change';
import { evaluationPoint } from './recordedProgram';
import type { Scenario } from './scenario';
import { withWorkers } from './workers';

/** The scenario with a change; the same one where the change has nothing to work on. */
export function withChange(scenario: Scenario, change: WhatIf): Scenario {
  switch (change.kind) {
    case 'runtime':
      return { ...scenario, runtime: change.runtime };
    case 'interval':
      return withConditions(scenario, { switchIntervalNs: change.switchIntervalNs });
    case 'cores':
      return withConditions(scenario, { cores: change.cores });
    case 'threads':
      return withWorkers(scenario, change.count);
    case 'release':
      return withSteps(scenario, step =>
        isAt(scenario.program, step, change) ? released(step) : [step],
      );
    case 'pieces':
      return withSteps(scenario, step =>
        isAt(scenario.program, step, change) ? inPieces(step, change.ns) : [step],
      );
    case 'lock':
      return withBodies(scenario, body =>
        lockChanged(body, lockNamed(scenario.program, change.lock), change.how),
      );
    case 'together':
      return withBodies(scenario, waitsLast);
    default:
      return assertNever(change);
  }
}

function withConditions(scenario: Scenario, conditions: Partial<Scenario['conditions']>): Scenario {
  return { ...scenario, conditions: { ...scenario.conditions, ...conditions } };
}

function withBodies(
  scenario: Scenario,
  change: (body: readonly Step[]) => readonly Step[],
): Scenario {
  const threads = scenario.program.threads.map(({ name, body }): ThreadPlan => ({
    name,
    body: change(body),
  }));
  return { ...scenario, program: { ...scenario.program, threads } };
}

function withSteps(scenario: Scenario, change: (step: Step) => readonly Step[]): Scenario {
  const changed = (body: readonly Step[]): Step[] =>
    body.flatMap(step =>
      step.kind === 'repeat' || step.kind === 'forEach'
        ? [{ ...step, body: changed(step.body) }]
        : change(step),
    );
  return withBodies(scenario, changed);
}

function isAt(
  { positions }: Program,
  { at }: Step,
  { file, line }: { file: string; line: number },
): boolean {
  const position = positions.at(at);
  return position?.line === line && (file === '' || position.file.endsWith(file));
}

function released(step: Step): readonly Step[] {
  if (step.kind === 'compute')
    return [{ kind: 'native', gil: 'releases', ns: step.ns, at: step.at }];
  return [step.kind === 'native' ? { ...step, gil: 'releases' } : step];
}

/** A small step of bytecode between two pieces is where the GIL can be asked for. */
function inPieces(step: Step, ns: number): readonly Step[] {
  if (step.kind !== 'native' || step.gil !== 'holds' || step.ns <= ns) return [step];
  const times = Math.ceil(step.ns / ns);
  const piece: Step = { ...step, ns: Math.round(step.ns / times) };
  return [
    {
      kind: 'repeat',
      times,
      body: [piece, evaluationPoint(step.at)],
      at: step.at,
    },
  ];
}

function lockNamed({ locks }: Program, name: string): number {
  return locks.indexOf(name);
}

function lockChanged(
  body: readonly Step[],
  lock: number,
  how: 'not-over-io' | 'none',
): readonly Step[] {
  const isOf = (step: Step): boolean =>
    (step.kind === 'lock' || step.kind === 'unlock') && step.lock === lock;
  if (how === 'none') return body.filter(step => !isOf(step));
  const steps: Step[] = [];
  /** Where the lock was taken that is held now; -1 if it is not. */
  let takenAt = -1;
  for (const step of body) {
    if (takenAt >= 0 && step.kind === 'block') steps.splice(takenAt++, 0, step);
    else steps.push(step);
    if (isOf(step)) takenAt = step.kind === 'lock' ? steps.length - 1 : -1;
  }
  return steps;
}

/** What a thread waits for between the first and the last thing that it gives to others, it waits for after the last. */
function waitsLast(body: readonly Step[]): readonly Step[] {
  const gives = (step: Step): boolean => step.kind === 'start' || step.kind === 'put';
  const first = body.findIndex(gives);
  const last = body.length - 1 - [...body].reverse().findIndex(gives);
  if (first < 0) return body;
  const between = body.slice(first, last);
  const isWait = (step: Step): boolean => step.kind === 'join' || step.kind === 'get';
  return [
    ...body.slice(0, first),
    ...between.filter(step => !isWait(step)),
    body[last],
    ...between.filter(isWait),
    ...body.slice(last + 1),
  ];
}
