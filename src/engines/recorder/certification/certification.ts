// Whether a layout is right for a build of CPython: reads a small program whose every fact is known, run with the very
// interpreter, and compares. Distributions patch, versions differ by their pre-releases; a wrong offset would not
// crash anything, but draw a wrong picture.

import type { ChildProcess } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';

import type { SourcePosition } from '../../../core/model/program';
import { factsOf, startProgram, type ProgramFacts } from './certificationProgram';
import { FrameReader } from '../cpython/frames';
import { searchGil } from '../cpython/gilSearch';
import {
  GIL_BYTES,
  GIL_HOLDER,
  GIL_LOCKED,
  GIL_SWITCH_NUMBER,
  tabulatedLayout,
  TABULATED_MINORS,
  THREAD_STATE_BYTES,
  type Layout,
} from '../cpython/layout';
import {
  findRuntime,
  gilEnabled,
  gilOf,
  nativeIdOf,
  nativeIdPlace,
  type LocatedRuntime,
} from '../cpython/locateRuntime';
import { i32At, ProcessMemory, u64At } from '../system/processMemory';
import { FUTEX_CALL } from '../system/systemCalls';
import { ThreadFiles } from '../system/threadFiles';

/** What came of a certification. Stored in files: never rename. */
export type Certificate =
  | {
      readonly kind: 'certified';
      /** Minor version of the table's row that fits; that of the build itself, as a rule. */
      readonly minor: number;
      /** Whether a wait for the GIL is a futex within it, as with glibc: then it is told exactly. */
      readonly waitsInside: boolean;
      /** What the search without offsets said of the place of the GIL. */
      readonly witness: Witness;
    }
  | {
      readonly kind: 'failed';
      /** The facts that were read wrongly with the layout that should have fitted. */
      readonly wrong: readonly string[];
      readonly witness: Witness;
    };

/** `silent`: it found no place, or several. */
export type Witness = 'agrees' | 'contradicts' | 'silent';

/** Looks at the standing program, a few ms apart: its threads need a moment to stand. */
const STANDING_LOOKS = 100;
/** Looks at the computing program: of two threads that compute, one waits nearly always. */
const COMPUTING_LOOKS = 400;
const BETWEEN_LOOKS_MS = 4;

/**
 * Certifies the build that `runtime` is of by running `executable`, which must be its interpreter. Takes 0.1 to 0.5 s,
 * nearly all of it waiting. Undefined when the program cannot be run or is another build: then nothing is known.
 * `suspect` is the layout to try first; by default that of the runtime.
 */
export async function certify(
  executable: string,
  runtime: Pick<LocatedRuntime, 'build' | 'layout'>,
  suspect: Layout = runtime.layout,
): Promise<Certificate | undefined> {
  const child = startProgram(executable);
  try {
    const facts = await factsOf(child);
    return facts && (await examine(child, facts, { build: runtime.build, suspect }));
  } finally {
    child.kill('SIGKILL');
  }
}

async function examine(
  child: ChildProcess,
  facts: ProgramFacts,
  tried: { readonly build: string; readonly suspect: Layout },
): Promise<Certificate | undefined> {
  const pid = facts.threads[0].nativeId;
  const found = findRuntime(pid, new Map());
  if (found?.build !== tried.build) return undefined;
  const memory = new ProcessMemory(pid);
  try {
    const examined = { memory, pid, address: found.address, facts, child };
    return await new Examination(examined).run(tried.suspect);
  } finally {
    memory.close();
  }
}

interface Examined {
  readonly memory: ProcessMemory;
  readonly pid: number;
  readonly address: number;
  readonly facts: ProgramFacts;
  readonly child: ChildProcess;
}

/** One run of the program, compared with one layout after the other. */
class Examination {
  readonly #of: Examined;

  constructor(examined: Examined) {
    this.#of = examined;
  }

  async run(suspect: Layout): Promise<Certificate> {
    const { memory, address, facts } = this.#of;
    const wrong = await this.#standingFacts(suspect);
    const places = searchGil(memory, {
      runtime: address,
      intervalUs: facts.intervalUs,
      idents: facts.threads.map(thread => thread.ident),
    });
    const minor = wrong.length === 0 ? suspect.version.minor : this.#otherRow(suspect);
    const other = minor === undefined ? undefined : tabulatedLayout(suspect.version, minor);
    const fitting = wrong.length === 0 ? suspect : other;
    const witness = this.#witness(fitting ?? suspect, places);
    if (!fitting || minor === undefined) return { kind: 'failed', wrong, witness };
    if (witness === 'contradicts')
      return { kind: 'failed', wrong: ['the place of the GIL'], witness };
    if (!(await this.#tellsOfCollection(fitting)))
      return { kind: 'failed', wrong: ['whether garbage is collected'], witness };
    this.#of.child.stdin?.write('\n');
    const computing = await this.#computingFacts(fitting);
    if (computing.wrong.length > 0) return { kind: 'failed', wrong: computing.wrong, witness };
    return { kind: 'certified', minor, waitsInside: computing.waitsInside, witness };
  }

  /** Names what is read wrongly, after giving the threads the time to come to where they stand. */
  async #standingFacts(layout: Layout): Promise<string[]> {
    let wrong: string[] = [];
    for (let look = 0; look < STANDING_LOOKS; look++) {
      wrong = wrongFacts(this.#of, layout);
      if (wrong.length === 0) break;
      await wait(BETWEEN_LOOKS_MS);
    }
    return wrong;
  }

  /** A build that describes itself is not doubted: there only the search may say otherwise. */
  #otherRow(suspect: Layout): number | undefined {
    if (!TABULATED_MINORS.includes(suspect.version.minor)) return undefined;
    return TABULATED_MINORS.find(minor => {
      const layout = tabulatedLayout(suspect.version, minor);
      return layout && wrongFacts(this.#of, layout).length === 0;
    });
  }

  #witness(layout: Layout, places: readonly number[]): Witness {
    const { memory, address } = this.#of;
    if (places.length !== 1) return 'silent';
    const interpreter = memory.u64(address + layout.interpretersHead) ?? 0;
    return gilOf(memory, { address, layout }, interpreter) === places[0] ? 'agrees' : 'contradicts';
  }

  /** Lets the program collect its garbage, and stand still in that. */
  async #tellsOfCollection(layout: Layout): Promise<boolean> {
    const { memory, facts, child } = this.#of;
    const before = collectingOf(this.#of, layout);
    child.stdin?.write('\n');
    const [main] = facts.threads;
    for (let look = 0; look < STANDING_LOOKS; look++) {
      await wait(BETWEEN_LOOKS_MS);
      const thread = threadsOf(this.#of, layout).find(({ nativeId }) => nativeId === main.nativeId);
      const position = thread && positionOf(memory, layout, thread.address);
      if (position?.functionName !== facts.collecting) continue;
      return before === undefined || (before === 0 && collectingOf(this.#of, layout) === 1);
    }
    return before === undefined;
  }

  /** The counter moves, the holder is one of those who compute, and who waits does so within the GIL. */
  async #computingFacts(layout: Layout): Promise<{ wrong: string[]; waitsInside: boolean }> {
    const { memory, pid, address, facts } = this.#of;
    const interpreter = memory.u64(address + layout.interpretersHead) ?? 0;
    const gil = gilOf(memory, { address, layout }, interpreter) ?? 0;
    const worker = threadsOf(this.#of, layout).find(
      thread => thread.nativeId === facts.threads[1].nativeId,
    );
    const files = new ThreadFiles(pid, facts.threads[1].nativeId);
    const countBefore = memory.u64(gil + GIL_SWITCH_NUMBER) ?? 0;
    const seen = { waitsInside: false, holder: false, line: false, switches: 0 };
    const flags = new SeenFlags(memory, layout);
    const isUsed = usesGil(memory, layout, address);
    for (let look = 0; look < COMPUTING_LOOKS && worker; look++) {
      await wait(BETWEEN_LOOKS_MS);
      const call = files.systemState();
      const isFutex = call.kind === 'call' && call.number === FUTEX_CALL;
      if (isFutex && call.argument >= gil && call.argument < gil + GIL_BYTES)
        seen.waitsInside = true;
      if (flags.look(gil, worker.address)) seen.holder = true;
      seen.line ||= isComputing(positionOf(memory, layout, worker.address), facts);
      seen.switches = (memory.u64(gil + GIL_SWITCH_NUMBER) ?? 0) - countBefore;
      const sawGil = seen.waitsInside && seen.holder && flags.sawBoth && seen.switches >= 3;
      if (seen.line && (sawGil || !isUsed)) break;
    }
    files.close();
    const wrong: string[] = [];
    // At most a hand-off for each 10 µs of the looks.
    if (isUsed && (seen.switches < 3 || seen.switches > 100_000))
      wrong.push('the count of hand-offs');
    if (isUsed && !seen.holder) wrong.push('the holder');
    if (isUsed && !flags.sawBoth) wrong.push('what a thread says of the GIL');
    if (!seen.line) wrong.push('the line of a running thread');
    return { wrong, waitsInside: seen.waitsInside || !isUsed };
  }
}

/** What a thread says of itself and the GIL (3.15): it was seen to hold it, and to ask for it. */
class SeenFlags {
  readonly #memory: ProcessMemory;
  readonly #places: Layout['thread']['gilFlags'];
  #held = false;
  #asked = false;

  constructor(memory: ProcessMemory, layout: Layout) {
    this.#memory = memory;
    this.#places = layout.thread.gilFlags;
  }

  /** Always, where threads do not say. */
  get sawBoth(): boolean {
    return !this.#places || (this.#held && this.#asked);
  }

  /** Looks at what a thread says, and at who has the GIL before and after. True for the thread itself. */
  look(gil: number, thread: number): boolean {
    const isHolder = this.#memory.u64(gil + GIL_HOLDER) === thread;
    if (!this.#places) return isHolder;
    const [holds, asks] = [this.#places.holds, this.#places.requested].map(place =>
      this.#memory.i32(thread + place),
    );
    const isStill = isHolder === (this.#memory.u64(gil + GIL_HOLDER) === thread);
    if (isStill && isHolder && holds === 1 && asks === 0) this.#held = true;
    if (isStill && !isHolder && holds === 0 && asks === 1) this.#asked = true;
    return isHolder;
  }
}

/** A free-threaded build has a GIL's struct, but no thread ever takes it unless it was turned on. */
function usesGil(memory: ProcessMemory, layout: Layout, address: number): boolean {
  const interpreter = memory.u64(address + layout.interpretersHead) ?? 0;
  return gilEnabled(memory, layout, gilOf(memory, { address, layout }, interpreter) ?? 0) !== 0;
}

function isComputing(position: SourcePosition | undefined, { computing }: ProgramFacts): boolean {
  return (
    position?.functionName === computing.function &&
    position.line >= computing.firstLine &&
    position.line <= computing.lastLine
  );
}

/** What the main interpreter says of whether it collects garbage; undefined where that is not read. */
function collectingOf({ memory, address }: Examined, layout: Layout): number | undefined {
  const { collecting } = layout.interpreter;
  if (collecting === undefined || layout.freeThreaded) return undefined;
  return memory.i32((memory.u64(address + layout.interpretersHead) ?? 0) + collecting) ?? -1;
}

interface ReadThread {
  readonly address: number;
  readonly nativeId: number;
  readonly ident: number;
}

/** The thread states as this layout finds them, a few at most. */
function threadsOf({ memory, pid, address }: Examined, layout: Layout): ReadThread[] {
  const interpreter = memory.u64(address + layout.interpretersHead) ?? 0;
  const nativeIdInDescriptor = nativeIdPlace(memory, pid, { layout, interpreter });
  const threads: ReadThread[] = [];
  let at = memory.u64(interpreter + layout.interpreter.threadsHead) ?? 0;
  while (at !== 0 && threads.length < 8) {
    const state = memory.copy(at, THREAD_STATE_BYTES);
    if (!state || u64At(state, layout.thread.interpreter) !== interpreter) break;
    const field = (offset: number): number => u64At(state, offset);
    const nativeId = nativeIdOf(memory, field, { layout, nativeIdInDescriptor });
    threads.push({ address: at, nativeId, ident: field(layout.thread.threadId) });
    at = field(layout.thread.next);
  }
  return threads;
}

/** Everything about the standing program that this layout reads wrongly, in words. */
function wrongFacts(examined: Examined, layout: Layout): string[] {
  const { memory, address, facts } = examined;
  const interpreter = memory.u64(address + layout.interpretersHead) ?? 0;
  const gil = memory.copy(gilOf(memory, { address, layout }, interpreter) ?? 0, 32);
  const threads = threadsOf(examined, layout);
  const isUsed = usesGil(memory, layout, address);
  const checks: [what: string, holds: boolean][] = [
    ['the number of the main interpreter', memory.u64(interpreter + layout.interpreter.id) === 0],
    ['that it is the only one', memory.u64(interpreter + layout.interpreter.next) === 0],
    ['the switch interval', gil !== undefined && u64At(gil, 0) === facts.intervalUs],
    ['that the GIL is free', gil !== undefined && (!isUsed || i32At(gil, GIL_LOCKED) === 0)],
    [
      'the last holder',
      !isUsed ||
        (gil !== undefined && threads.some(thread => thread.address === u64At(gil, GIL_HOLDER))),
    ],
    ['the number of threads', threads.length === facts.threads.length],
  ];
  for (const thread of facts.threads) {
    const found = threads.find(({ nativeId }) => nativeId === thread.nativeId);
    checks.push(['a thread', found?.ident === thread.ident]);
    if (!found) continue;
    const position = positionOf(memory, layout, found.address);
    checks.push(['a function', position?.functionName === thread.function]);
    checks.push(['a file', position?.file === '<string>']);
    checks.push(['a line', position?.line === thread.line]);
  }
  const worker = threads.find(({ nativeId }) => nativeId === facts.threads[1].nativeId);
  const name = worker && nameOf(memory, layout, worker.address);
  checks.push(['the name of a thread', name === facts.threads[1].name]);
  return [...new Set(checks.filter(([, holds]) => !holds).map(([what]) => what))];
}

function positionOf(
  memory: ProcessMemory,
  layout: Layout,
  thread: number,
): SourcePosition | undefined {
  const positions: SourcePosition[] = [];
  const reader = new FrameReader(memory, layout, {
    intern: position => positions.push(position),
    resolveFile: file => file,
  });
  const index = reader.position(reader.innermost(thread));
  return index === 0 ? undefined : positions[index - 1];
}

function nameOf(memory: ProcessMemory, layout: Layout, thread: number): string | undefined {
  const reader = new FrameReader(memory, layout, { intern: () => 0, resolveFile: file => file });
  const found = reader.threadName(reader.innermost(thread));
  return found.kind === 'given' ? found.name : undefined;
}
