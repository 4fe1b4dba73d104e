// Whether an executable is the Python interpreter itself, which may be started a second time for an examination: by its
// name, by where it lies, and by what its `main` does. Programs that embed Python map the same library and would do
// their work twice. What is not certain is no interpreter.

import { closeSync, existsSync, openSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { dynamicSymbols, readAt, readSegments, sectionsOf, type LoadSegment } from '../cpython/elf';
import { readLink } from '../system/processMaps';

/** `python3.13`, `python3`, `python`, and the names of free-threaded and debug builds. */
const INTERPRETER_NAME = /^python(3(\.\d+)?)?t?d?$/;
/** What CPython's own `main` hands everything to since 3.8. */
const MAIN_OF_CPYTHON = 'Py_BytesMain';
/** What every program asks of the C library before and after its `main`. */
const STARTUP = /^(__libc_start_main|__cxa_finalize|__gmon_start__|_ITM_\w+)(@.*)?$/;
const MACHINE_X64 = 62;

/** The executable that a process runs, if it is the same file for us as for the process, and surely an interpreter. */
export function interpreterOf(pid: number): string | undefined {
  const executable = readLink(`/proc/${pid}/exe`);
  if (executable === undefined) return undefined;
  return isSameFile(executable, `/proc/${pid}/exe`) && isInterpreter(executable)
    ? executable
    : undefined;
}

/** Whether two processes run the same file. */
export function runsSameFile(pid: number, other: number): boolean {
  return pid === other || isSameFile(`/proc/${pid}/exe`, `/proc/${other}/exe`);
}

/** A path means another file in another container; and a file may be replaced while it runs. */
function isSameFile(path: string, other: string): boolean {
  const [a, b] = [path, other].map(file => statOf(file));
  return a !== undefined && a.ino === b?.ino && a.dev === b.dev;
}

function statOf(path: string): { readonly ino: number; readonly dev: number } | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/** Whether the file is an interpreter and nothing else. Exported for tests. */
export function isInterpreter(executable: string): boolean {
  if (!INTERPRETER_NAME.test(basename(executable)) || !hasLibraryBeside(executable)) return false;
  try {
    return onlyStartsPython(executable);
  } catch {
    return false; // unreadable, or no whole ELF file
  }
}

/** The standard library lies where CPython itself looks for it, from its executable. */
function hasLibraryBeside(executable: string): boolean {
  const prefix = dirname(dirname(executable));
  const version = /\d\.\d+/.exec(basename(executable))?.[0];
  if (version === undefined) return false; // of `python3` the real file has the whole version
  const folders = [`python${version}`, `python${version}t`];
  return folders.some(folder =>
    ['lib', 'lib64'].some(lib => existsSync(join(prefix, lib, folder, 'os.py'))),
  );
}

/** Whether `main` is nothing but a jump into CPython's. */
function onlyStartsPython(executable: string): boolean {
  const fd = openSync(executable, 'r');
  try {
    const header = readAt(fd, 0, 64);
    const isElf64 = header.readUInt32BE(0) === 0x7f454c46 && header[4] === 2 && header[5] === 1;
    if (!isElf64 || header.readUInt16LE(18) !== MACHINE_X64) return false;
    const code = new Code(fd, readSegments(fd, header));
    const main = mainFrom(code, Number(header.readBigUInt64LE(24)));
    const jump = main === undefined ? undefined : jumpAt(code, main);
    return jump !== undefined && leadsToPython(fd, header, jump);
  } finally {
    closeSync(fd);
  }
}

/** The bytes of a program by their addresses, before it is loaded. */
class Code {
  readonly #fd: number;
  readonly #segments: readonly LoadSegment[];

  constructor(fd: number, segments: readonly LoadSegment[]) {
    this.#fd = fd;
    this.#segments = segments;
  }

  at(address: number, length: number): Buffer | undefined {
    const segment = this.#segments.find(
      s => address >= s.address && address + length <= s.address + s.fileSize,
    );
    return segment && readAt(this.#fd, segment.fileOffset + address - segment.address, length);
  }
}

/** `_start` hands the address of `main` to the C library in rdi, as an address or relative to the instruction. */
function mainFrom(code: Code, start: number): number | undefined {
  const bytes = code.at(start, 64);
  if (!bytes) return undefined;
  for (let at = 0; at + 13 <= bytes.length; at++) {
    const isCalled = bytes[at + 7] === 0xe8 || bytes.readUInt16BE(at + 7) === 0xff15;
    if (!isCalled) continue;
    const opcode = bytes.readUIntBE(at, 3);
    if (opcode === 0x488d3d) return start + at + 7 + bytes.readInt32LE(at + 3);
    if (opcode === 0x48c7c7) return bytes.readInt32LE(at + 3);
  }
  return undefined;
}

/** Where code goes on whose first instruction is a jump; `through`: the jump reads its target from a table. */
interface Jump {
  readonly target: number;
  readonly through: boolean;
}

const ENDBR64 = 0xf30f1efa;

function jumpAt(code: Code, address: number): Jump | undefined {
  const bytes = code.at(address, 16);
  if (!bytes) return undefined;
  let at = bytes.readUInt32BE(0) === ENDBR64 ? 4 : 0;
  if (bytes[at] === 0xf2) at++; // a prefix for bounds that are not checked any more
  if (bytes[at] === 0xeb)
    return { target: address + at + 2 + bytes.readInt8(at + 1), through: false };
  if (bytes[at] === 0xe9)
    return { target: address + at + 5 + bytes.readInt32LE(at + 1), through: false };
  if (bytes.readUInt16BE(at) === 0xff25)
    return { target: address + at + 6 + bytes.readInt32LE(at + 2), through: true };
  return undefined;
}

/** Into the CPython in the file itself, or into that of a library, of which nothing else is used. */
function leadsToPython(fd: number, header: Buffer, jump: Jump): boolean {
  const sections = sectionsOf(fd, header);
  const symbols = dynamicSymbols(fd, sections);
  const own = symbols.find(({ name, address }) => name === MAIN_OF_CPYTHON && address !== 0);
  if (own) return !jump.through && own.address === jump.target;
  const asked = symbols.filter(({ name, address }) => address === 0 && name !== '');
  const others = asked.filter(({ name }) => !STARTUP.test(name));
  if (others.length !== 1 || others[0].name !== MAIN_OF_CPYTHON) return false;
  const section = sections.find(
    ({ address, size }) => jump.target >= address && jump.target < address + size,
  );
  return section !== undefined && (jump.through ? /^\.got/ : /^\.plt/).test(section.name);
}
