// The program that a recording must have been: pieces of lanes, in order, with what ties them to other lanes.

import { LaneState } from '../model/lanes';
import type { Program, Step, ThreadPlan } from '../model/program';
import type { Trace } from '../model/trace';
import { loopsOf } from '../insight/loopLag';
import { runtimeNamed } from '../worlds/runtimes';
import type { Nanoseconds } from '../units';
import { elasticLanes } from './elasticLanes';
import { measuredShares, type Shares } from './measuredShares';
import { keepingLines } from './recordedGil';
import { firstLane, linksOf, toleranceOf, type Marker } from './recordedLinks';
import { piecesOf, type Piece } from './recordedPieces';
import { sectionsOf } from './recordedSections';

export interface RecordedProgram {
  readonly program: Program;
  /** Which lane of the trace each thread of the program is. */
  readonly lanes: readonly number[];
  /** Threads of the program that run until they are told to stop, and so have no amount of work of their own. */
  readonly elastic: ReadonlySet<number>;
  /** Time of waits that keep their length because nothing tells what ended them. */
  readonly unexplainedNs: Nanoseconds;
  readonly shares: ReadonlyMap<number, Shares>;
}

const NO_SHARES: Shares = { running: 1, unknown: 0, free: 1 };
/** So much more than in the recording a thread without an end of its own may do. */
const MORE_WORK = 6;

/** `joinsLate`: see `linksOf`. */
export function recordedProgram(trace: Trace, joinsLate = false): RecordedProgram {
  const shares = measuredShares(trace);
  const calls = keepingLines(trace);
  const pieces = allPieces(trace, shares, calls);
  const links = linksOf(trace, pieces, joinsLate);
  const sections = sectionsOf(trace, pieces, toleranceOf(trace));
  const elasticOnes = elasticLanes(trace, pieces, links);
  const keepsLength = (piece: Piece): boolean =>
    piece.kind === 'block' || links.unexplained.has(piece) || sections.unexplained.has(piece);
  const bodies = pieces.map((own, lane) => {
    const markers = [...links.markers[lane], ...sections.markers[lane]].filter(
      ({ step }) => step.kind !== 'join' || !elasticOnes.has(step.thread),
    );
    const body = bodyOf(own, markers, keepsLength).flatMap(step => callsOf(step, calls));
    return elasticOnes.has(lane) ? [...body, ...moreOf(body)] : body;
  });
  const first = firstLane(trace);
  const lanes = [first, ...bodies.keys()].filter((lane, i) => i === 0 || lane !== first);
  return {
    program: {
      name: `replay of ${trace.header.title}`,
      threads: lanes.map(lane => planOf(trace.lanes[lane].name, bodies[lane], lanes)),
      locks: sections.locks.map(row => trace.locks[row].name),
      queues: links.queues.map(name => ({ name, capacity: 0 })),
      positions: trace.positions,
    },
    lanes,
    elastic: new Set([...elasticOnes].map(lane => lanes.indexOf(lane))),
    unexplainedNs:
      links.unexplainedNs + [...sections.unexplained].reduce((sum, { ns }) => sum + ns, 0),
    shares,
  };
}

function allPieces(
  trace: Trace,
  shares: ReadonlyMap<number, Shares>,
  calls: ReadonlyMap<number, Nanoseconds>,
): Piece[][] {
  const loops = loopsOf(trace);
  const hasNoGil = runtimeNamed(trace.header.runtime)?.protocol === 'off';
  const alone = lanesAlone(trace);
  return trace.stores.map((store, lane) =>
    piecesOf(store, {
      shares: shares.get(trace.lanes[lane].process) ?? NO_SHARES,
      takesGil: trace.lanes[lane].gil >= 0 && !hasNoGil,
      isAlone: trace.lanes[lane].native === true || alone.has(lane),
      isLoop: loops.has(lane),
      keepsGil: at => calls.has(at),
    }),
  );
}

/** Lanes of processes other than the first whose GIL nobody else ever asks for. */
function lanesAlone({ lanes, stores }: Trace): ReadonlySet<number> {
  const waiting = new Set<number>();
  stores.forEach((store, lane) => {
    for (let i = 0; i < store.count; i++)
      if (store.stateOf(i) === LaneState.waitingForGil) waiting.add(lanes[lane].process);
  });
  return new Set(
    [...lanes.keys()].filter(i => lanes[i].process > 0 && !waiting.has(lanes[i].process)),
  );
}

/** Pieces and markers in one order. A marker within a piece of work cuts it. */
function bodyOf(
  pieces: readonly Piece[],
  markers: readonly Marker[],
  keepsLength: (piece: Piece) => boolean,
): Step[] {
  const left = [...markers].sort((a, b) => a.timeNs - b.timeNs || waits(a) - waits(b));
  const steps: Step[] = [];
  for (const piece of pieces) {
    const whole = stepOf(piece, keepsLength);
    let fromNs = piece.startNs;
    let usedNs = 0;
    const cutNs = cutUntil(piece);
    for (let next = left.at(0); next && next.timeNs <= cutNs; next = left.at(0)) {
      if (next.timeNs > fromNs && whole) {
        const ns = shareOf(piece, next.timeNs) - usedNs;
        if (isWork(piece) && ns > 0) steps.push({ ...whole, ns });
        usedNs += Math.max(0, isWork(piece) ? ns : 0);
        fromNs = next.timeNs;
      }
      steps.push(next.step);
      left.shift();
    }
    if (whole && piece.ns > usedNs) steps.push({ ...whole, ns: piece.ns - usedNs });
  }
  steps.push(...left.map(({ step }) => step));
  return steps;
}

/** At one moment a thread first gives, then waits: so no two can wait for each other. */
function waits({ step }: Marker): number {
  return step.kind === 'get' || step.kind === 'join' ? 1 : 0;
}

type TimedStep = Extract<
  Step,
  { readonly ns: Nanoseconds } & { kind: 'compute' | 'native' | 'block' }
>;

function stepOf(piece: Piece, keepsLength: (piece: Piece) => boolean): TimedStep | undefined {
  const { kind, ns, at } = piece;
  switch (kind) {
    case 'compute':
      return { kind, ns, at };
    case 'holds':
      return { kind: 'native', gil: 'holds', ns, at };
    case 'native':
      return { kind: 'native', gil: 'releases', ns, at };
    default:
      return keepsLength(piece) ? { kind: 'block', ns, why: 'io', at } : undefined;
  }
}

function isWork({ kind }: Piece): boolean {
  return kind === 'compute' || kind === 'native';
}

/** What keeps the GIL at a line is one call after another. */
function callsOf(step: Step, calls: ReadonlyMap<number, Nanoseconds>): readonly Step[] {
  const callNs = calls.get(step.at);
  if (step.kind !== 'native' || step.gil !== 'holds' || callNs === undefined) return [step];
  const times = Math.round(step.ns / callNs);
  if (times <= 1) return [step];
  const call: Step = { ...step, ns: Math.round(step.ns / times) };
  return [{ kind: 'repeat', times, body: [call, evaluationPoint(step.at)], at: step.at }];
}

/** A little bytecode, so that the GIL can be asked for. */
export function evaluationPoint(at: number): Step {
  return { kind: 'compute', ns: 1_000, at };
}

/** Up to when markers come before the rest of a piece: what waits is not cut, a marker goes to its nearer end. */
function cutUntil(piece: Piece): Nanoseconds {
  if (isWork(piece)) return piece.endNs - 1;
  return piece.kind === 'await' || piece.kind === 'lock'
    ? piece.endNs
    : (piece.startNs + piece.endNs) / 2;
}

function shareOf({ startNs, endNs, ns }: Piece, timeNs: Nanoseconds): Nanoseconds {
  return Math.round(ns * Math.min(1, Math.max(0, timeNs - startNs) / (endNs - startNs)));
}

/** The same work again and again, without what ties it to others. */
function moreOf(body: readonly Step[]): Step[] {
  const work = body.filter(
    ({ kind }) => kind === 'compute' || kind === 'native' || kind === 'block' || kind === 'repeat',
  );
  return work.length === 0 ? [] : [{ kind: 'repeat', times: MORE_WORK, body: work, at: 0 }];
}

function planOf(name: string, body: readonly Step[], lanes: readonly number[]): ThreadPlan {
  const numbers = new Map(lanes.map((lane, i) => [lane, i]));
  const renumbered = body.map(step =>
    step.kind === 'start' || step.kind === 'join'
      ? { ...step, thread: numbers.get(step.thread) ?? 0 }
      : step,
  );
  return { name, body: renumbered };
}
