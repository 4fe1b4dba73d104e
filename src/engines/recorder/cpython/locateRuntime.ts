// From a process id to CPython's runtime: where it lies, which version it is, and where its fields are.
// Nothing is believed before the cheap checks at the end of this file have held.

import { statSync } from 'node:fs';
import { basename } from 'node:path';

import { readDebugOffsets, versionText } from './debugOffsets';
import { readElf, type ElfFacts } from './elf';
import {
  GIL_ENABLED_BYTES,
  GIL_HOLDER,
  GIL_LOCKED,
  tabulatedLayout,
  THREAD_STATE_BYTES,
  type Layout,
  type PythonVersion,
} from './layout';
import { mappedFiles, readLink, threadIdsOf, type MappedFile } from '../system/processMaps';
import { i32At, ProcessMemory, u64At } from '../system/processMemory';
import { ownIdOf, threadIdsFor } from '../system/threadIds';

/** A CPython that can be recorded. Plain data: it goes to the sampler's thread. */
export interface LocatedRuntime {
  readonly pid: number;
  /** Which file CPython came from, and which state of it: see {@link BuildKey}. */
  readonly build: BuildKey;
  readonly address: number;
  readonly layout: Layout;
  /** Where glibc's thread descriptor keeps the kernel's id; only used before 3.11. */
  readonly nativeIdInDescriptor: number;
  readonly switchIntervalNs: number;
}

/** Path, size and time of change of the file that holds the runtime: another build has another one. */
export type BuildKey = string;

/** The key of a file. */
export function buildKey(
  path: string,
  stat: { readonly size: number; readonly mtimeMs: number },
): BuildKey {
  return `${path} ${stat.size} ${stat.mtimeMs}`;
}

/** What is known of a build beyond what its version says: the outcome of a certification. */
export type BuildKnowledge =
  | { readonly kind: 'nothing' }
  /** The table's row for this minor version is the right one, whatever the version says. */
  | { readonly kind: 'row'; readonly minor: number }
  /** No layout that we have fits. */
  | { readonly kind: 'unreadable' };

export type Located =
  | { readonly kind: 'found'; readonly runtime: LocatedRuntime }
  /** There is a CPython, but it has not set up its first thread yet, or just changes (after a fork). Try again. */
  | { readonly kind: 'starting' }
  | { readonly kind: 'notPython' }
  | { readonly kind: 'pyPy' }
  | {
      readonly kind: 'unsupported';
      readonly version: string;
      /** The layout of the table that does not seem to fit: another row may. */
      readonly doubtful?: { readonly build: BuildKey; readonly layout: Layout };
    }
  /** A build that failed its certification before. */
  | { readonly kind: 'uncertified'; readonly version: string }
  | { readonly kind: 'noPermission' }
  | { readonly kind: 'gone' };

/** What the search for runtimes keeps and knows; share it between calls. */
export interface Builds {
  /** What was read from files. */
  readonly elf: ElfCache;
  readonly knowledgeOf: (build: BuildKey) => BuildKnowledge;
}

/** Finds the CPython of a process. */
export function locateRuntime(pid: number, builds: Builds): Located {
  try {
    return locate(pid, builds);
  } catch (error) {
    switch (codeOf(error)) {
      case 'EACCES':
      case 'EPERM':
        return { kind: 'noPermission' };
      case 'ENOENT':
      case 'ESRCH':
        return { kind: 'gone' };
      default:
        throw error;
    }
  }
}

/** Facts of ELF files by build: reading symbol tables takes milliseconds. */
export type ElfCache = Map<string, ElfFacts | undefined>;

interface Candidate {
  readonly address: number;
  readonly versionHex: number | undefined;
  readonly path: string;
  readonly build: BuildKey;
}

function locate(pid: number, builds: Builds): Located {
  const files = mappedFiles(pid);
  if (files.length === 0) return { kind: 'gone' }; // a zombie has no memory
  if (files.some(file => /\/(lib)?pypy3?[^/]*$/i.test(file.path))) return { kind: 'pyPy' };
  const memory = new ProcessMemory(pid);
  try {
    const candidate = candidateOf(pid, files, builds.elf);
    // A program that is linked with libpython maps it a moment after it starts.
    if (!candidate) return withoutRuntime(files);
    return examine(memory, pid, candidate, builds.knowledgeOf(candidate.build));
  } finally {
    memory.close();
  }
}

/** Pythons before 3.7 have no runtime struct; their files say what they are. */
function withoutRuntime(files: readonly MappedFile[]): Located {
  for (const { path } of files) {
    const version = /^(?:lib)?python(2\.\d|3\.[0-7])(?!\d)/.exec(basename(path))?.at(1);
    if (version !== undefined) return { kind: 'unsupported', version };
  }
  return { kind: 'notPython' };
}

/** Where the runtime of a process lies, and of which build it is, before anything of it is read. */
export function findRuntime(
  pid: number,
  cache: ElfCache,
): { readonly address: number; readonly build: BuildKey } | undefined {
  return candidateOf(pid, mappedFiles(pid), cache);
}

function candidateOf(
  pid: number,
  files: readonly MappedFile[],
  cache: ElfCache,
): Candidate | undefined {
  const executable = readLink(`/proc/${pid}/exe`);
  const libraries = files.filter(file => /^libpython\d/.test(basename(file.path)));
  const program = files.filter(file => file.path === executable);
  for (const file of [...libraries, ...program]) {
    const candidate = candidateIn(pid, file, cache);
    if (candidate) return candidate;
  }
  return undefined;
}

function candidateIn(pid: number, file: MappedFile, cache: ElfCache): Candidate | undefined {
  const path = openablePath(pid, file);
  if (path === undefined) return undefined;
  const build = buildKey(file.path, statSync(path));
  const facts = elfOf(path, build, cache);
  if (facts?.runtimeAddress === undefined) return undefined;
  const bias = loadBias(facts, file);
  if (bias === undefined) return undefined;
  const { runtimeAddress, versionHex } = facts;
  return { address: runtimeAddress + bias, versionHex, path: file.path, build };
}

function elfOf(path: string, build: BuildKey, cache: ElfCache): ElfFacts | undefined {
  if (!cache.has(build)) cache.set(build, readElf(path));
  return cache.get(build);
}

/** The mapped file as this process can open it: seen from the other's root, or, if it was deleted, by other ways. */
function openablePath(pid: number, file: MappedFile): string | undefined {
  const paths = [
    `/proc/${pid}/root${file.path}`,
    `/proc/${pid}/exe`,
    `/proc/${pid}/map_files/${file.pieces[0].range}`,
  ];
  return paths.find(path => {
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat !== undefined && String(stat.ino) === file.inode;
  });
}

/** How far the loader moved the file; 0 for programs that are linked to fixed addresses. */
function loadBias(facts: ElfFacts, file: MappedFile): number | undefined {
  const pageFloor = (n: number): number => n - (n % 4096);
  for (const segment of facts.segments) {
    const piece = file.pieces.find(p => p.offset === pageFloor(segment.fileOffset));
    if (piece) return piece.start - pageFloor(segment.address);
  }
  return undefined;
}

function examine(
  memory: ProcessMemory,
  pid: number,
  candidate: Candidate,
  knowledge: BuildKnowledge,
): Located {
  const offsets = readDebugOffsets(memory, candidate.address);
  if (offsets.kind === 'unsupported') return offsets;
  if (offsets.kind === 'layout') {
    if (knowledge.kind === 'unreadable')
      return { kind: 'uncertified', version: offsets.layout.version.text };
    return checked(memory, pid, candidate, offsets.layout);
  }
  const version = versionOf(candidate);
  if (!version) return { kind: 'unsupported', version: 'of unknown version' };
  if (knowledge.kind === 'unreadable') return { kind: 'uncertified', version: version.text };
  // From 3.13 on the table is static data: a runtime without it is not one that we know.
  const layout = tabulatedLayout(version, knowledge.kind === 'row' ? knowledge.minor : undefined);
  if (!layout) return { kind: 'unsupported', version: version.text };
  return checked(memory, pid, candidate, layout);
}

function versionOf(candidate: Candidate): PythonVersion | undefined {
  if (candidate.versionHex !== undefined) {
    const minor = (candidate.versionHex >>> 16) & 0xff;
    return { minor, text: versionText(candidate.versionHex) };
  }
  const match = /python3\.(\d+)/.exec(basename(candidate.path));
  return match ? { minor: Number(match[1]), text: `3.${match[1]}` } : undefined;
}

/** PID_MAX_LIMIT of 64-bit kernels. */
const MAX_THREAD_ID = 2 ** 22;

/** The cheap checks: whatever fails here is either not ready yet or not the build that the offsets were made for. */
function checked(
  memory: ProcessMemory,
  pid: number,
  { address, build }: Candidate,
  layout: Layout,
): Located {
  const interpreter = memory.u64(address + layout.interpretersHead) ?? 0;
  const thread = interpreter && memory.u64(interpreter + layout.interpreter.threadsHead);
  const state = thread ? memory.copy(thread, THREAD_STATE_BYTES) : undefined;
  const gil = gilOf(memory, { address, layout }, interpreter);
  if (!state || gil === undefined) return { kind: 'starting' };
  const struct = memory.copy(gil, 32);
  if (!struct) return { kind: 'starting' };
  const intervalUs = u64At(struct, 0);
  const locked = i32At(struct, GIL_LOCKED);
  const holder = u64At(struct, GIL_HOLDER);
  const isUsed = gilEnabled(memory, layout, gil) !== 0;
  if (isUsed && (locked === -1 || holder === 0)) return { kind: 'starting' };
  const nativeIdInDescriptor = nativeIdPlace(memory, pid, { layout, interpreter });
  const native = nativeIdOf(memory, u64At.bind(undefined, state), { layout, nativeIdInDescriptor });
  const holds =
    (locked === 0 || locked === 1 || !isUsed) &&
    u64At(state, layout.thread.interpreter) === interpreter &&
    intervalUs >= 0 &&
    intervalUs <= 3600e6;
  if (!holds) {
    return { kind: 'unsupported', version: layout.version.text, doubtful: { build, layout } };
  }
  if (!threadIdsOf(pid).includes(threadIdsFor(pid)(native))) return { kind: 'starting' };
  return {
    kind: 'found',
    runtime: {
      pid,
      build,
      address,
      layout,
      nativeIdInDescriptor,
      switchIntervalNs: intervalUs * 1000,
    },
  };
}

/** Address of the GIL that an interpreter uses, its own or a shared one. */
export function gilOf(
  memory: ProcessMemory,
  runtime: Pick<LocatedRuntime, 'address' | 'layout'>,
  interpreter: number,
): number | undefined {
  const { gil } = runtime.layout;
  if (gil.kind === 'inRuntime') return runtime.address + gil.offset;
  const address = memory.u64(interpreter + gil.offset);
  if (address === undefined || address === 0) return undefined;
  return runtime.layout.freeThreaded ? address + GIL_ENABLED_BYTES : address;
}

/** `gil.enabled` of a free-threaded build: off, on while something is imported, or on for good. */
export const GIL_IS_ON = 0x7fffffff;

/** Whether the GIL at this address is used at all; that of a default build always is. */
export function gilEnabled(memory: ProcessMemory, layout: Layout, gil: number): number {
  return layout.freeThreaded ? (memory.i32(gil - GIL_ENABLED_BYTES) ?? 0) : GIL_IS_ON;
}

/** The kernel's id of a thread as its program knows it (see `threadIds.ts`), given how to read a u64 of its thread state; 0 while it has none, or has it no more. */
export function nativeIdOf(
  memory: ProcessMemory,
  field: (offset: number) => number,
  runtime: Pick<LocatedRuntime, 'layout' | 'nativeIdInDescriptor'>,
): number {
  const { thread } = runtime.layout;
  if (thread.nativeId !== undefined) {
    const id = field(thread.nativeId);
    return id <= MAX_THREAD_ID ? id : 0;
  }
  const descriptor = field(thread.threadId);
  return descriptor === 0 ? 0 : (memory.i32(descriptor + runtime.nativeIdInDescriptor) ?? 0);
}

/**
 * Before 3.11 a thread state knows only its pthread_t. glibc keeps the kernel's id in the descriptor behind it, at a
 * place that depends on the build: the main thread's id is the process id, so it is found by looking for that.
 */
export function nativeIdPlace(
  memory: ProcessMemory,
  pid: number,
  at: { layout: Layout; interpreter: number },
): number {
  const { layout, interpreter } = at;
  if (layout.thread.nativeId !== undefined) return 0;
  const id = ownIdOf(pid);
  let thread = memory.u64(interpreter + layout.interpreter.threadsHead) ?? 0;
  let place = 0;
  for (let i = 0; thread !== 0 && i < 1000; i++) {
    const descriptor = memory.u64(thread + layout.thread.threadId) ?? 0;
    const found = descriptor === 0 ? -1 : placeOfId(memory, descriptor, id);
    if (found >= 0) place = found;
    thread = memory.u64(thread + layout.thread.next) ?? 0;
  }
  return place;
}

/**
 * Where `tid` stands in glibc's `struct pthread` (nptl/descr.h): behind the thread's header and a list. In a namespace of
 * its own a program's id may be as small as 1, and so is, once there are threads, `multiple_threads` at the beginning.
 */
const USUAL_PLACE: Readonly<Record<string, number>> = { x64: 704 + 16, arm64: 192 + 16 };

function placeOfId(memory: ProcessMemory, descriptor: number, id: number): number {
  const bytes = memory.copy(descriptor, 1024);
  if (!bytes) return -1;
  const usual = USUAL_PLACE[process.arch] ?? 0;
  if (i32At(bytes, usual) === id) return usual;
  for (let offset = 0; offset < 1024; offset += 4) if (i32At(bytes, offset) === id) return offset;
  return -1;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
