// What a thread is executing: from its innermost frame to a file, a function and a line.

import type { SourcePosition } from '../../../core/model/program';
import { decodeLines, lineOfUnit } from './lineTables';
import { CODE_BYTES, FRAME_BYTES, type Layout } from './layout';
import { i32At, makeBlock, u64At, type ProcessMemory } from '../system/processMemory';
import { readBytes, readText } from './pythonText';
import { readTextAttribute } from './threadNames';
import {
  linesThatTakeBack,
  runsSubmitted,
  waitPartOf,
  type SleepFrame,
  type WaitPart,
} from './waitParts';

/** Deeper frames are not looked at for the program's own line. */
const MAX_FRAMES_FOR_POSITION = 96;
/** CPython's default recursion limit is 1000; the outermost frame is only looked for once a thread. */
const MAX_FRAMES_FOR_NAME = 3000;

const WORD = 8;

/** More code objects than this are forgotten and read again: a program may make them without end. */
const MAX_CODES = 20_000;
/** A walk that meets a frame being made or undone is begun again, so often at most. */
const MAX_WALKS = 8;

/** Files that run an event loop; others that take their place are run by these. */
const LOOPING = /\/asyncio\/(runners|base_events)\.py$/;

/** What is known of a code object; addresses get reused, so the identity says whether it is still the same one. */
interface Code {
  readonly fileNameAddress: number;
  readonly lineTableAddress: number;
  readonly firstLine: number;
  readonly file: string;
  readonly functionName: string;
  readonly lines: Int32Array;
  /** False for the standard library and installed packages. */
  readonly isOwn: boolean;
  /** What it says about the wait of a thread that stands in it. */
  readonly part: WaitPart | undefined;
  /** Lines on which a thread that was notified asks for its lock again. */
  readonly takesBack: ReadonlySet<number> | 'any';
  /** Whether what it calls was handed to a pool by somebody else. */
  readonly runsSubmitted: boolean;
  /** Index of the position of each line that was met. */
  readonly positions: Map<number, number>;
}

/** One frame of a thread's stack, as it was at one moment. */
export interface FrameFacts {
  readonly address: number;
  /** Address of the frame that called it; 0 for the outermost. */
  readonly previous: number;
  /** Undefined for entries made by C code and for what cannot be read. */
  readonly code: FrameCode | undefined;
}

export interface FrameCode extends SourcePosition {
  readonly address: number;
  /** Which code unit (two bytes of bytecode) it executes. */
  readonly unit: number;
  /** False for the standard library and installed packages. */
  readonly isOwn: boolean;
}

export type ThreadName =
  | { readonly kind: 'given'; readonly name: string }
  | { readonly kind: 'function'; readonly name: string }
  | { readonly kind: 'none' };

export interface FrameNaming {
  readonly intern: InternPosition;
  readonly resolveFile: (file: string) => string;
  /** The text of a source file as the program sees it. */
  readonly readSource?: (file: string) => string | undefined;
}

/** Any function that says nothing about a wait. */
const SOME_FRAME: SleepFrame = { part: undefined, takesBack: false };
const NO_LINES: ReadonlySet<number> = new Set();

function nothing(): undefined {
  return undefined;
}

/** Gives a position its index; called once for each new one. */
export type InternPosition = (position: SourcePosition) => number;

/** Reads the frames of one process. Caches code objects; a bounded number of them. */
export class FrameReader {
  readonly #memory: ProcessMemory;
  readonly #layout: Layout;
  readonly #intern: InternPosition;
  readonly #resolveFile: (file: string) => string;
  readonly #codes = new Map<number, Code>();
  readonly #frame = makeBlock(FRAME_BYTES);
  readonly #codeBlock = makeBlock(CODE_BYTES);
  readonly #readSource: (file: string) => string | undefined;
  #codeType = 0;
  #stack: SleepFrame[] = [];
  #isTorn = false;
  #tornWalks = 0;

  constructor(memory: ProcessMemory, layout: Layout, naming: FrameNaming) {
    this.#memory = memory;
    this.#layout = layout;
    this.#intern = naming.intern;
    this.#resolveFile = naming.resolveFile;
    this.#readSource = naming.readSource ?? nothing;
  }

  /** The frames of the last {@link position}, innermost first, up to the first of the program's own files. */
  get stack(): readonly SleepFrame[] {
    return this.#stack;
  }

  /** Walks that were begun again because the stack changed under them. */
  get tornWalks(): number {
    return this.#tornWalks;
  }

  /** Address of the innermost frame, now, of the thread whose state is at `thread`; 0 if it has none. */
  innermost(thread: number): number {
    const { frame } = this.#layout.thread;
    const pointer = this.#memory.u64(thread + frame.offset) ?? 0;
    if (frame.kind === 'direct' || pointer === 0) return pointer;
    return this.#memory.u64(pointer + frame.frameOffset) ?? 0;
  }

  /** The {@link position} of the thread whose state is at `thread`; read again while its stack changes. */
  positionOf(thread: number): number {
    for (let walk = 1; ; walk++) {
      const innermost = this.innermost(thread);
      const position = this.position(innermost);
      const isBroken = this.#isTorn || (position === 0 && innermost !== 0);
      if (!isBroken) return position;
      if (walk === MAX_WALKS) return 0; // half of a stack leads to the wrong line
      this.#tornWalks++;
    }
  }

  /**
   * Index of the position that a thread is at: the innermost line of the program's own files, because that is the
   * line its author can change; or, if there is none, that of the function that was handed to a pool, or simply the
   * innermost line. 0 when nothing can be read.
   */
  position(innermost: number): number {
    let first = 0;
    let inner = 0;
    this.#stack = [];
    this.#isTorn = false;
    let address = innermost;
    for (let depth = 0; address !== 0 && depth < MAX_FRAMES_FOR_POSITION; depth++) {
      const code = this.#codeAt(address);
      if (code === 'torn') {
        this.#isTorn = true;
        break;
      }
      if (code) {
        const position = this.#positionIn(code);
        if (position === undefined) {
          this.#isTorn = true;
          break;
        }
        if (code.isOwn) return position;
        this.#stack.push(code.part === undefined ? SOME_FRAME : this.#sleepFrame(code));
        if (code.runsSubmitted && inner !== 0) return inner;
        inner = position;
        if (first === 0) first = position;
      }
      address = u64At(this.#frame, this.#layout.frame.previous);
    }
    return first;
  }

  /** Whether the thread whose innermost frame this is runs an event loop. */
  runsEventLoop(innermost: number): boolean {
    let address = innermost;
    for (let depth = 0; address !== 0 && depth < MAX_FRAMES_FOR_NAME; depth++) {
      const code = this.#codeAt(address);
      if (code === 'torn') return false;
      if (code && LOOPING.test(code.file)) return true;
      address = u64At(this.#frame, this.#layout.frame.previous);
    }
    return false;
  }

  #sleepFrame(code: Code): SleepFrame {
    const { part, takesBack } = code;
    return { part, takesBack: takesBack === 'any' || takesBack.has(this.#lineIn(code) ?? 0) };
  }

  /**
   * The name of the thread whose innermost frame this is: as `threading` was given it, or, for threads that
   * `threading` did not make, the name of the outermost function. None while it has no Python frame.
   */
  threadName(innermost: number): ThreadName {
    let outermost: string | undefined;
    let address = innermost;
    for (let depth = 0; address !== 0 && depth < MAX_FRAMES_FOR_NAME; depth++) {
      const code = this.#codeAt(address);
      if (code === 'torn') break;
      const previous = u64At(this.#frame, this.#layout.frame.previous);
      if (code) {
        outermost = code.functionName;
        const isBootstrap = outermost.endsWith('_bootstrap') && code.file.endsWith('/threading.py');
        const name = isBootstrap ? this.#nameInLocals(address) : undefined;
        if (name !== undefined) return { kind: 'given', name };
        // The name is there before the thread runs; a torn read comes right at the next look.
        if (isBootstrap) return { kind: 'none' };
      }
      address = previous;
    }
    return outermost === undefined ? { kind: 'none' } : { kind: 'function', name: outermost };
  }

  /** What is known of the frame at an address; undefined when it cannot be read. */
  frameAt(address: number): FrameFacts | undefined {
    const code = this.#codeAt(address);
    if (code === 'torn') return undefined;
    const previous = u64At(this.#frame, this.#layout.frame.previous);
    if (!code) return { address, previous, code: undefined };
    const { file, functionName, isOwn } = code;
    const pointer = u64At(this.#frame, this.#layout.frame.code);
    const unit = this.#unit();
    const line = lineOfUnit(code.lines, unit, code.firstLine);
    const place = { address: pointer - (pointer % 4), unit, file, functionName, line, isOwn };
    return { address, previous, code: place };
  }

  #nameInLocals(frame: number): string | undefined {
    const self = this.#memory.u64(frame + this.#layout.frame.locals) ?? 0;
    // 3.14 tags references on the stack in their low two bits.
    const object = self - (self % 4);
    return object === 0
      ? undefined
      : readTextAttribute(this.#memory, object, '_name', this.#layout);
  }

  /** Reads a frame into `#frame`. Undefined for entries made by C code. */
  #codeAt(address: number): Code | 'torn' | undefined {
    if (!this.#memory.readInto(this.#frame, address, FRAME_BYTES)) return 'torn';
    const { owner, code, codeIsTagged } = this.#layout.frame;
    if (owner && this.#frame.bytes[owner.offset] >= owner.firstShim) return undefined;
    const pointer = u64At(this.#frame, code);
    const codeAddress = codeIsTagged ? pointer - (pointer % 4) : pointer;
    if (codeAddress === 0) return 'torn';
    if (!this.#memory.readInto(this.#codeBlock, codeAddress, CODE_BYTES)) return 'torn';
    const known = this.#codes.get(codeAddress);
    if (known && this.#isStill(known)) return known;
    return this.#isCode() ? (this.#readCode(codeAddress) ?? 'torn') : 'torn';
  }

  /** Whether what lies in `#codeBlock` has the type that the first code object had. */
  #isCode(): boolean {
    const type = u64At(this.#codeBlock, this.#layout.objectHead - WORD);
    return this.#codeType === 0 || this.#codeType === type;
  }

  #isStill(code: Code): boolean {
    const places = this.#layout.code;
    return (
      u64At(this.#codeBlock, places.fileName) === code.fileNameAddress &&
      u64At(this.#codeBlock, places.lineTable) === code.lineTableAddress &&
      i32At(this.#codeBlock, places.firstLine) === code.firstLine
    );
  }

  #readCode(address: number): Code | undefined {
    const places = this.#layout.code;
    const block = this.#codeBlock;
    const fileNameAddress = u64At(block, places.fileName);
    const lineTableAddress = u64At(block, places.lineTable);
    const firstLine = i32At(block, places.firstLine);
    const file = readText(this.#memory, fileNameAddress, this.#layout);
    const name = u64At(block, places.qualifiedName ?? places.name);
    const functionName = readText(this.#memory, name, this.#layout);
    const table = readBytes(this.#memory, lineTableAddress, this.#layout);
    if (file === undefined || functionName === undefined || !table) return undefined;
    const lines = decodeLines(places.lineTableKind, table, firstLine);
    if (lines.some(line => line < 0)) return undefined; // freed while it was read
    this.#codeType = u64At(block, this.#layout.objectHead - WORD);
    const path = this.#resolveFile(file);
    const part = waitPartOf(path, functionName);
    const code: Code = {
      fileNameAddress,
      lineTableAddress,
      firstLine,
      file: path,
      functionName,
      lines,
      isOwn: isOwnFile(file),
      part,
      takesBack: part === 'notification' ? this.#linesThatTakeBack(path) : NO_LINES,
      runsSubmitted: runsSubmitted(path, functionName),
      positions: new Map(),
    };
    if (this.#codes.size >= MAX_CODES) this.#codes.clear();
    this.#codes.set(address, code);
    return code;
  }

  /** The source of `threading`; where it cannot be read, any line may be one. */
  #linesThatTakeBack(file: string): ReadonlySet<number> | 'any' {
    const source = this.#readSource(file);
    return source === undefined ? 'any' : linesThatTakeBack(source);
  }

  #positionIn(code: Code): number | undefined {
    const line = this.#lineIn(code);
    if (line === undefined) return undefined;
    let index = code.positions.get(line);
    if (index === undefined) {
      index = this.#intern({ file: code.file, line, functionName: code.functionName });
      code.positions.set(line, index);
    }
    return index;
  }

  /** Undefined for an instruction that is none of the code's own: the frame was just being made or undone. */
  #lineIn(code: Code): number | undefined {
    const unit = this.#unit();
    // The oldest tables do not tell where the last line ends.
    const isBeyond = unit > code.lines.length && this.#layout.code.lineTableKind !== 'lnotab';
    if (unit < -1 || isBeyond) return undefined;
    return lineOfUnit(code.lines, unit, code.firstLine);
  }

  /** Which code unit the frame in `#frame` executes; -1 before its first. */
  #unit(): number {
    const { instruction, code, codeIsTagged } = this.#layout.frame;
    if (instruction.kind === 'index') {
      const index = i32At(this.#frame, instruction.offset);
      return instruction.unitBytes === 1 ? index >> 1 : index;
    }
    const pointer = u64At(this.#frame, code);
    const start = this.#startOfCopy(codeIsTagged ? pointer - (pointer % 4) : pointer);
    return Math.floor((u64At(this.#frame, instruction.offset) - start) / 2);
  }

  /** Where the instructions start that the frame in `#frame` runs: in the code object, or in a thread's copy. */
  #startOfCopy(codeAddress: number): number {
    const { frame, code } = this.#layout;
    const index = frame.copyIndex === undefined ? 0 : i32At(this.#frame, frame.copyIndex);
    if (index <= 0 || code.copies === undefined) return codeAddress + code.instructions;
    const list = this.#memory.u64(codeAddress + code.copies) ?? 0; // a count, then the copies
    return this.#memory.u64(list + WORD * (1 + index)) ?? 0;
  }
}

/** Whether a file belongs to the program itself rather than to Python or to an installed package. */
export function isOwnFile(file: string): boolean {
  return (
    !file.startsWith('<') && !/\/(lib(64)?\/python\d[^/]*|site-packages|dist-packages)\//.test(file)
  );
}
