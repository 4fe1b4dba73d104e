// What a thread is executing: from its innermost frame to a file, a function and a line.

import type { SourcePosition } from '../../../core/model/program';
import { decodeLines, lineOfUnit } from './lineTables';
import { CODE_BYTES, FRAME_BYTES, type Layout } from './layout';
import { i32At, makeBlock, u64At, type ProcessMemory } from '../system/processMemory';
import { readBytes, readText } from './pythonText';
import { readTextAttribute } from './threadNames';

/** Deeper frames are not looked at for the program's own line. */
const MAX_FRAMES_FOR_POSITION = 48;
/** CPython's default recursion limit is 1000; the outermost frame is only looked for once a thread. */
const MAX_FRAMES_FOR_NAME = 3000;

const WORD = 8;

/** More code objects than this are forgotten and read again: a program may make them without end. */
const MAX_CODES = 20_000;
/** Functions of `threading` that wait for the end of a thread; 3.8 to 3.10 know only their plain names. */
const JOINING = /^(Thread\.)?(join|_wait_for_tstate_lock)$|^_shutdown$/;

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
  /** Whether it waits for a thread to end. */
  readonly isJoin: boolean;
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
  #sawJoin = false;

  constructor(
    memory: ProcessMemory,
    layout: Layout,
    naming: { intern: InternPosition; resolveFile: (file: string) => string },
  ) {
    this.#memory = memory;
    this.#layout = layout;
    this.#intern = naming.intern;
    this.#resolveFile = naming.resolveFile;
  }

  /** Whether the thread of the last {@link position} was waiting for another thread to end. */
  get sawJoin(): boolean {
    return this.#sawJoin;
  }

  /** Address of the innermost frame, now, of the thread whose state is at `thread`; 0 if it has none. */
  innermost(thread: number): number {
    const { frame } = this.#layout.thread;
    const pointer = this.#memory.u64(thread + frame.offset) ?? 0;
    if (frame.kind === 'direct' || pointer === 0) return pointer;
    return this.#memory.u64(pointer + frame.frameOffset) ?? 0;
  }

  /**
   * Index of the position that a thread is at: the innermost line of the program's own files, because that is the
   * line its author can change; or, if there is none, simply the innermost line. 0 when nothing can be read.
   */
  position(innermost: number): number {
    let first = 0;
    this.#sawJoin = false;
    let address = innermost;
    for (let depth = 0; address !== 0 && depth < MAX_FRAMES_FOR_POSITION; depth++) {
      if (!this.#memory.readInto(this.#frame, address, FRAME_BYTES)) break;
      const code = this.#codeOfFrame();
      if (code) {
        const position = this.#positionIn(code);
        if (code.isJoin) this.#sawJoin = true;
        if (code.isOwn) return position;
        if (first === 0) first = position;
      }
      address = u64At(this.#frame, this.#layout.frame.previous);
    }
    return first;
  }

  /**
   * The name of the thread whose innermost frame this is: as `threading` was given it, or, for threads that
   * `threading` did not make, the name of the outermost function. None while it has no Python frame.
   */
  threadName(innermost: number): ThreadName {
    let outermost: string | undefined;
    let address = innermost;
    for (let depth = 0; address !== 0 && depth < MAX_FRAMES_FOR_NAME; depth++) {
      if (!this.#memory.readInto(this.#frame, address, FRAME_BYTES)) break;
      const code = this.#codeOfFrame();
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
    if (!this.#memory.readInto(this.#frame, address, FRAME_BYTES)) return undefined;
    const previous = u64At(this.#frame, this.#layout.frame.previous);
    const code = this.#codeOfFrame();
    if (!code) return { address, previous, code: undefined };
    const { file, functionName, isOwn } = code;
    const pointer = u64At(this.#frame, this.#layout.frame.code);
    const unit = this.#unit();
    const line = lineOfUnit(code.lines, unit);
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

  /** The code of the frame in `#frame`; undefined for entries made by C code and what cannot be read. */
  #codeOfFrame(): Code | undefined {
    const { owner, code, codeIsTagged } = this.#layout.frame;
    if (owner && this.#frame.bytes[owner.offset] >= owner.firstShim) return undefined;
    const pointer = u64At(this.#frame, code);
    const address = codeIsTagged ? pointer - (pointer % 4) : pointer;
    if (address === 0) return undefined;
    if (!this.#memory.readInto(this.#codeBlock, address, CODE_BYTES)) return undefined;
    const known = this.#codes.get(address);
    if (known && this.#isStill(known)) return known;
    return this.#readCode(address);
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
    const code: Code = {
      fileNameAddress,
      lineTableAddress,
      firstLine,
      file: this.#resolveFile(file),
      functionName,
      lines: decodeLines(places.lineTableKind, table, firstLine),
      isOwn: isOwnFile(file),
      isJoin: JOINING.test(functionName) && file.endsWith('/threading.py'),
      positions: new Map(),
    };
    if (this.#codes.size >= MAX_CODES) this.#codes.clear();
    this.#codes.set(address, code);
    return code;
  }

  #positionIn(code: Code): number {
    const line = lineOfUnit(code.lines, this.#unit());
    let index = code.positions.get(line);
    if (index === undefined) {
      index = this.#intern({ file: code.file, line, functionName: code.functionName });
      code.positions.set(line, index);
    }
    return index;
  }

  /** Which code unit the frame in `#frame` executes. */
  #unit(): number {
    const { instruction, code, codeIsTagged } = this.#layout.frame;
    if (instruction.kind === 'index') {
      const index = i32At(this.#frame, instruction.offset);
      // Before its first instruction a frame says -1.
      return Math.max(0, instruction.unitBytes === 1 ? index >> 1 : index);
    }
    const pointer = u64At(this.#frame, code);
    const start = this.#startOfCopy(codeIsTagged ? pointer - (pointer % 4) : pointer);
    return Math.max(0, (u64At(this.#frame, instruction.offset) - start) / 2);
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
