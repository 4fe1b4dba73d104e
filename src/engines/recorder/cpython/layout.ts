// Where CPython keeps what the recorder reads: one description that the table (3.8 to 3.12) and the debug offsets
// (3.13 to 3.15) both fill in.
//
// The GIL's own struct has had one shape since 3.2 (Include/internal/pycore_gil.h; x86-64 and arm64 with glibc):
// interval 0 (u64, µs), last_holder 8, locked 16 (i32), switch_number 24, then a condition variable and a mutex,
// twice, to byte 208. In a free-threaded build an i32 `enabled` comes first and moves the rest by 8.

/** Offsets within the GIL's struct, default build. */
export const GIL_HOLDER = 8;
export const GIL_LOCKED = 16;
export const GIL_SWITCH_NUMBER = 24;
/** Bytes of the struct, condition variables and mutexes included: a futex inside of it is a wait for the GIL. */
export const GIL_BYTES = 208;

/** Bytes of PyObject_HEAD: in a default build the reference count and the type. */
export const OBJECT_HEAD = 16;
/** In a free-threaded build the owner and its own count come before, and the GIL's struct begins with `enabled`. */
export const FREE_THREADED_OBJECT_HEAD = 32;
export const GIL_ENABLED_BYTES = 8;

export interface PythonVersion {
  readonly minor: number;
  /** `3.13.0`, or `3.9` where only the file's name told. */
  readonly text: string;
}

/** How `thread` leads to its innermost frame. */
export type FrameAccess =
  /** The thread state points to the frame. */
  | { readonly kind: 'direct'; readonly offset: number }
  /** The thread state points to a `_PyCFrame`, which points to the frame (3.11, 3.12). */
  | { readonly kind: 'throughCFrame'; readonly offset: number; readonly frameOffset: number };

/** How a frame tells which instruction runs. */
export type InstructionAccess =
  /** An index into the bytecode, in bytes (3.8, 3.9) or in instructions (3.10). */
  | { readonly kind: 'index'; readonly offset: number; readonly unitBytes: 1 | 2 }
  /** A pointer into the code object (3.11 and later). */
  | { readonly kind: 'pointer'; readonly offset: number };

export type LineTableKind = 'lnotab' | 'ranges' | 'locations';

/** How the attributes of a plain object are stored: where thread names come from. */
export type AttributeStorage =
  /** A pointer to the dict, at this offset of the object (3.8 to 3.10). */
  | { readonly kind: 'dict'; readonly dictOffset: number }
  /** Values before the object at -32, or a dict at -24 (3.11). */
  | { readonly kind: 'values' }
  /** A tagged pointer at -24: values if odd, else a dict (3.12). */
  | { readonly kind: 'tagged' }
  /** Values behind the object's own fields while they are valid, else a dict at -24 (3.13 and later). */
  | { readonly kind: 'inline' };

/** Offsets in bytes. `…Head` and `next` are pointers that start and continue a list. */
export interface Layout {
  readonly version: PythonVersion;
  readonly freeThreaded: boolean;
  /** Bytes of what every object begins with, 16 or, in a free-threaded build, 32; its type is the last word of it. */
  readonly objectHead: number;
  readonly interpretersHead: number;
  readonly gil:
    | { readonly kind: 'inRuntime'; readonly offset: number }
    | { readonly kind: 'behindInterpreter'; readonly offset: number };
  readonly interpreter: {
    readonly next: number;
    readonly id: number;
    readonly threadsHead: number;
    /** An i32 that is 1 while garbage is collected (3.13 and later). */
    readonly collecting?: number;
  };
  readonly thread: {
    readonly next: number;
    readonly interpreter: number;
    readonly threadId: number;
    /** Absent before 3.11: the id then comes from glibc's thread descriptor. */
    readonly nativeId: number | undefined;
    readonly frame: FrameAccess;
    /** 3.15: the thread itself says whether it holds or wants the GIL. */
    readonly gilFlags: { readonly holds: number; readonly requested: number } | undefined;
  };
  readonly frame: {
    readonly code: number;
    readonly previous: number;
    readonly instruction: InstructionAccess;
    /** Frames whose owner is this or more are entries made by C code, not Python. Absent before 3.11. */
    readonly owner: { readonly offset: number; readonly firstShim: number } | undefined;
    readonly locals: number;
    /** Pointers to code carry tags in their low two bits (3.14 and later). */
    readonly codeIsTagged: boolean;
    /** An i32: which copy of its instructions runs, 0 for the first (free-threaded, 3.14 and later). */
    readonly copyIndex?: number;
  };
  readonly code: {
    readonly fileName: number;
    readonly name: number;
    /** Absent before 3.11. */
    readonly qualifiedName: number | undefined;
    readonly firstLine: number;
    readonly lineTable: number;
    readonly lineTableKind: LineTableKind;
    /** Where the instructions start within the code object (3.11 and later). */
    readonly instructions: number;
    /** A pointer to the list of copies, one for each thread that ran it (free-threaded, 3.14 and later). */
    readonly copies?: number;
  };
  /** Sizes of the two string headers: pure ASCII, and any other compact string. */
  readonly text: {
    readonly ascii: number;
    readonly other: number;
    /** Whether it is interned takes a byte of the state word, not two bits (free-threaded, 3.14 and later). */
    readonly internedIsByte?: boolean;
  };
  readonly attributes: AttributeStorage;
  /** Where a class keeps the keys that its instances share. */
  readonly sharedKeys: number;
}

/** What one read of a thread state must cover. */
export const THREAD_STATE_BYTES = 256;
/** What one read of a frame must cover; its locals are read apart, once a thread. */
export const FRAME_BYTES = 112;
/** What one read of a code object must cover; the instructions themselves are not read. */
export const CODE_BYTES = 160;

/**
 * The layout of 3.8 to 3.12 on 64-bit Linux with glibc; undefined for versions that have no row. A build of which it
 * is known that the row of another minor version fits (a pre-release, say) gets that one.
 */
export function tabulatedLayout(
  version: PythonVersion,
  rowOfMinor = version.minor,
): Layout | undefined {
  const row = ROWS[rowOfMinor];
  return row && { version, freeThreaded: false, objectHead: OBJECT_HEAD, ...row };
}

/** Minor versions that have a row. */
export const TABULATED_MINORS: readonly number[] = [8, 9, 10, 11, 12];

type Row = Omit<Layout, 'version' | 'freeThreaded' | 'objectHead'>;

const OLD_TEXT = { ascii: 48, other: 72 };

/** 3.9 differs from 3.8 in where the interpreter keeps its id and where the runtime keeps the GIL. */
const PYTHON_38: Row = {
  interpretersHead: 32,
  gil: { kind: 'inRuntime', offset: 1152 },
  interpreter: { next: 0, id: 16, threadsHead: 8 },
  thread: {
    next: 8,
    interpreter: 16,
    threadId: 176,
    nativeId: undefined,
    frame: { kind: 'direct', offset: 24 },
    gilFlags: undefined,
  },
  frame: {
    code: 32,
    previous: 24,
    instruction: { kind: 'index', offset: 104, unitBytes: 1 },
    owner: undefined,
    locals: 360,
    codeIsTagged: false,
  },
  code: {
    fileName: 104,
    name: 112,
    qualifiedName: undefined,
    firstLine: 40,
    lineTable: 120,
    lineTableKind: 'lnotab',
    instructions: 0,
  },
  text: OLD_TEXT,
  attributes: { kind: 'dict', dictOffset: 16 },
  sharedKeys: 872,
};

const PYTHON_39: Row = {
  ...PYTHON_38,
  gil: { kind: 'inRuntime', offset: 352 },
  interpreter: { next: 0, id: 24, threadsHead: 8 },
  sharedKeys: 864,
};

const PYTHON_310: Row = {
  ...PYTHON_39,
  frame: {
    ...PYTHON_38.frame,
    instruction: { kind: 'index', offset: 96, unitBytes: 2 },
    locals: 352,
  },
  code: { ...PYTHON_38.code, lineTableKind: 'ranges' },
  sharedKeys: 872,
};

const PYTHON_311: Row = {
  interpretersHead: 40,
  gil: { kind: 'inRuntime', offset: 360 },
  interpreter: { next: 0, id: 48, threadsHead: 16 },
  thread: {
    next: 8,
    interpreter: 16,
    threadId: 152,
    nativeId: 160,
    frame: { kind: 'throughCFrame', offset: 56, frameOffset: 8 },
    gilFlags: undefined,
  },
  frame: {
    code: 32,
    previous: 48,
    instruction: { kind: 'pointer', offset: 56 },
    owner: { offset: 69, firstShim: 3 },
    locals: 72,
    codeIsTagged: false,
  },
  code: {
    fileName: 112,
    name: 120,
    qualifiedName: 128,
    firstLine: 72,
    lineTable: 136,
    lineTableKind: 'locations',
    instructions: 184,
  },
  text: OLD_TEXT,
  attributes: { kind: 'values' },
  sharedKeys: 872,
};

const PYTHON_312: Row = {
  interpretersHead: 40,
  gil: { kind: 'behindInterpreter', offset: 384 },
  interpreter: { next: 0, id: 8, threadsHead: 72 },
  thread: {
    next: 8,
    interpreter: 16,
    threadId: 136,
    nativeId: 144,
    frame: { kind: 'throughCFrame', offset: 56, frameOffset: 0 },
    gilFlags: undefined,
  },
  frame: {
    code: 0,
    previous: 8,
    instruction: { kind: 'pointer', offset: 56 },
    owner: { offset: 70, firstShim: 3 },
    locals: 72,
    codeIsTagged: false,
  },
  code: { ...PYTHON_311.code, firstLine: 68, instructions: 192 },
  text: { ascii: 40, other: 56 },
  attributes: { kind: 'tagged' },
  sharedKeys: 880,
};

const ROWS: Readonly<Partial<Record<number, Row>>> = {
  8: PYTHON_38,
  9: PYTHON_39,
  10: PYTHON_310,
  11: PYTHON_311,
  12: PYTHON_312,
};
