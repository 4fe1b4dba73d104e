// Reads `_Py_DebugOffsets`, the table of its own layout that CPython puts at the start of its runtime since 3.13
// (Include/internal/pycore_debug_offsets.h): a cookie, the version, then one u64 a field. The order of the fields is
// fixed within a minor version only, so each has its own list of places here, and others are refused.

import {
  CODE_BYTES,
  FRAME_BYTES,
  FREE_THREADED_OBJECT_HEAD,
  GIL_ENABLED_BYTES,
  GIL_HOLDER,
  GIL_LOCKED,
  OBJECT_HEAD,
  THREAD_STATE_BYTES,
  type Layout,
} from './layout';
import { u64At, type Block, type ProcessMemory } from '../system/processMemory';

/** Word index of each field that the recorder needs. */
interface Places {
  readonly bytes: number;
  readonly interpretersHead: number;
  readonly interpreter: {
    readonly id: number;
    readonly next: number;
    readonly threadsHead: number;
  };
  readonly cevalGil: number;
  readonly gil: number;
  readonly gilLocked: number;
  readonly gilHolder: number;
  readonly threadSize: number;
  readonly thread: { readonly next: number; readonly interpreter: number; readonly frame: number };
  readonly threadId: number;
  readonly nativeId: number;
  readonly gilFlags: { readonly holds: number; readonly requested: number } | undefined;
  /** executable, previous, instr_ptr, localsplus, owner. */
  readonly frame: readonly [number, number, number, number, number];
  /** filename, name, qualname, linetable, firstlineno, co_code_adaptive. */
  readonly code: readonly [number, number, number, number, number, number];
  /** tlbc_index of a frame, co_tlbc of a code object; their values are 0 in a default build. */
  readonly copies: readonly [number, number] | undefined;
  readonly asciiHeader: number;
  /** The collector's state within the interpreter, and whether it collects within that. */
  readonly collecting: readonly [number, number];
}

const PLACES: Readonly<Partial<Record<number, Places>>> = {
  13: {
    bytes: 584,
    interpretersHead: 5,
    interpreter: { id: 7, next: 8, threadsHead: 9 },
    cevalGil: 14,
    gil: 15,
    gilLocked: 17,
    gilHolder: 18,
    threadSize: 19,
    thread: { next: 21, interpreter: 22, frame: 23 },
    threadId: 24,
    nativeId: 25,
    gilFlags: undefined,
    frame: [30, 29, 31, 32, 33],
    code: [35, 36, 37, 38, 39, 43],
    copies: undefined,
    asciiHeader: 70,
    collecting: [10, 72],
  },
  14: {
    bytes: 760,
    interpretersHead: 5,
    interpreter: { id: 7, next: 8, threadsHead: 9 },
    cevalGil: 15,
    gil: 16,
    gilLocked: 18,
    gilHolder: 19,
    threadSize: 22,
    thread: { next: 24, interpreter: 25, frame: 26 },
    threadId: 27,
    nativeId: 28,
    gilFlags: undefined,
    frame: [33, 32, 34, 35, 36],
    code: [40, 41, 42, 43, 44, 48],
    copies: [38, 49],
    asciiHeader: 80,
    collecting: [11, 82],
  },
  15: {
    bytes: 888,
    interpretersHead: 5,
    interpreter: { id: 7, next: 8, threadsHead: 9 },
    cevalGil: 15,
    gil: 16,
    gilLocked: 18,
    gilHolder: 19,
    threadSize: 22,
    thread: { next: 24, interpreter: 25, frame: 26 },
    threadId: 30,
    nativeId: 31,
    gilFlags: { holds: 34, requested: 35 },
    frame: [41, 40, 42, 43, 44],
    code: [48, 49, 50, 51, 52, 56],
    copies: [46, 57],
    asciiHeader: 92,
    collecting: [11, 95],
  },
};

/** 3.15's table changed until this pre-release (b4, which added `last_profiled_frame_seq`). */
const FIRST_STABLE_315 = 0x030f00b4;
/** `PyHeapTypeObject.ht_cached_keys` on 64-bit systems, measured in each version. */
const SHARED_KEYS: Readonly<Partial<Record<number, number>>> = { 13: 880, 14: 880, 15: 888 };

/** How much further back they lie in a free-threaded build; measured in 3.13, from the headers in 3.14 and 3.15. */
const FREE_THREADED_KEYS = 16;

export type DebugOffsets =
  | { readonly kind: 'layout'; readonly layout: Layout }
  /** No cookie: older than 3.13, or the runtime is not there. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'unsupported'; readonly version: string };

/** The layout that the runtime at `runtime` tells of itself. */
export function readDebugOffsets(memory: ProcessMemory, runtime: number): DebugOffsets {
  const start = memory.copy(runtime, 24);
  if (!start || Buffer.from(start.bytes.slice(0, 8)).toString('latin1') !== 'xdebugpy') {
    return { kind: 'absent' };
  }
  const hex = u64At(start, 8);
  const version = versionText(hex);
  const minor = (hex >>> 16) & 0xff;
  const places = hex >>> 24 === 3 ? PLACES[minor] : undefined;
  const table = places && memory.copy(runtime, places.bytes);
  if (!table || (minor === 15 && hex < FIRST_STABLE_315)) return { kind: 'unsupported', version };
  const layout = layoutFrom(table, places, { minor, text: version });
  return isPlausible(layout, table, places)
    ? { kind: 'layout', layout }
    : { kind: 'unsupported', version };
}

/** PY_VERSION_HEX as people write it: `3.14.10`, `3.15.0b4`. */
export function versionText(hex: number): string {
  const level = { 0xa: 'a', 0xb: 'b', 0xc: 'rc' }[(hex >>> 4) & 0xf];
  const release = `${hex >>> 24}.${(hex >>> 16) & 0xff}.${(hex >>> 8) & 0xff}`;
  return level === undefined ? release : `${release}${level}${hex & 0xf}`;
}

function layoutFrom(table: Block, places: Places, version: Layout['version']): Layout {
  const at = (index: number): number => u64At(table, index * 8);
  const [executable, previous, instruction, locals, owner] = places.frame.map(at);
  const [fileName, name, qualifiedName, lineTable, firstLine, instructions] = places.code.map(at);
  const flags = places.gilFlags;
  const ascii = at(places.asciiHeader);
  const freeThreaded = at(2) !== 0;
  const copies = freeThreaded ? places.copies : undefined;
  return {
    version,
    freeThreaded,
    objectHead: freeThreaded ? FREE_THREADED_OBJECT_HEAD : OBJECT_HEAD,
    interpretersHead: at(places.interpretersHead),
    gil: { kind: 'behindInterpreter', offset: at(places.cevalGil) },
    interpreter: {
      id: at(places.interpreter.id),
      next: at(places.interpreter.next),
      threadsHead: at(places.interpreter.threadsHead),
      collecting: places.collecting.map(at).reduce((sum, offset) => sum + offset, 0),
    },
    thread: {
      next: at(places.thread.next),
      interpreter: at(places.thread.interpreter),
      threadId: at(places.threadId),
      nativeId: at(places.nativeId),
      frame: { kind: 'direct', offset: at(places.thread.frame) },
      gilFlags: flags && { holds: at(flags.holds), requested: at(flags.requested) },
    },
    frame: {
      code: executable,
      previous,
      instruction: { kind: 'pointer', offset: instruction },
      owner: { offset: owner, firstShim: 3 },
      locals,
      codeIsTagged: version.minor >= 14,
      ...(copies ? { copyIndex: at(copies[0]) } : {}),
    },
    code: {
      fileName,
      name,
      qualifiedName,
      firstLine,
      lineTable,
      lineTableKind: 'locations',
      instructions,
      ...(copies ? { copies: at(copies[1]) } : {}),
    },
    text: { ascii, other: ascii + 16, ...(copies ? { internedIsByte: true } : {}) },
    attributes: { kind: 'inline' },
    sharedKeys: (SHARED_KEYS[version.minor] ?? 0) + (freeThreaded ? FREE_THREADED_KEYS : 0),
  };
}

/** Whether the GIL's struct is the one we know, and every offset lies where one read reaches it. */
function isPlausible(layout: Layout, table: Block, places: Places): boolean {
  const at = (index: number): number => u64At(table, index * 8);
  const shift = layout.freeThreaded ? GIL_ENABLED_BYTES : 0;
  const gilIsKnown =
    at(places.gilHolder) - at(places.gil) === shift + GIL_HOLDER &&
    at(places.gilLocked) - at(places.gil) === shift + GIL_LOCKED;
  const { thread, frame, code } = layout;
  const inThread = [thread.next, thread.interpreter, thread.threadId, thread.nativeId ?? 0];
  const inFrame = [
    ...[frame.code, frame.previous, frame.instruction.offset],
    ...[frame.owner?.offset ?? 0, frame.copyIndex ?? 0],
  ];
  const inCode = [code.fileName, code.name, code.qualifiedName ?? 0, code.lineTable];
  return (
    gilIsKnown &&
    inThread.every(offset => offset < Math.min(THREAD_STATE_BYTES, at(places.threadSize))) &&
    inFrame.every(offset => offset < FRAME_BYTES) &&
    inCode.every(offset => offset < CODE_BYTES)
  );
}
