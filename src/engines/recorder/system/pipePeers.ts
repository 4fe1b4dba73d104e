// Who is at the other end of a pipe: another process of the same program, or somebody else. The system tells which
// pipes a process has open and for what; both ends of one have the same number.

import { readdirSync } from 'node:fs';

import { childrenOf, readLink, readText } from './processMaps';

/** More open files than this are not searched. */
const MAX_FILES = 512;
const MAX_RELATIVES = 64;
/** A process with many pipes is not searched again and again. */
const KEEP_NS = 500e6;
const MAX_KEPT = 256;
/** The last octal digit of the flags, by the low two bits: only reading, only writing. */
const READ_ONLY = 0;
const WRITE_ONLY = 1;

/** Answers for one process. Keeps what it found for a moment. */
export class PipePeers {
  readonly #pid: number;
  /** Process that started this one, if it belongs to the program. */
  readonly #parent: number | undefined;
  readonly #clock: () => number;
  readonly #proc: string;
  readonly #kept = new Map<string, { readonly leads: boolean; readonly atNs: number }>();

  /** `proc`: where the files of processes lie; another place only for tests. */
  constructor(
    process: { readonly pid: number; readonly parent: number | undefined },
    clock: () => number,
    proc = '/proc',
  ) {
    this.#pid = process.pid;
    this.#parent = process.parent;
    this.#clock = clock;
    this.#proc = proc;
  }

  /**
   * Whether a child or the parent has the other end of the pipe `fd`, and this process itself has not: then it reads
   * what they write, or writes what they read.
   */
  leadsToProcess(fd: number, direction: 'read' | 'write'): boolean {
    const pipe = readLink(`${this.#proc}/${this.#pid}/fd/${fd}`);
    if (pipe?.startsWith('pipe:') !== true) return false;
    const key = `${pipe} ${direction}`;
    const kept = this.#kept.get(key);
    const nowNs = this.#clock();
    if (kept && nowNs - kept.atNs < KEEP_NS) return kept.leads;
    const leads = this.#search(pipe, direction === 'read' ? WRITE_ONLY : READ_ONLY);
    if (this.#kept.size >= MAX_KEPT) this.#kept.clear();
    this.#kept.set(key, { leads, atNs: nowNs });
    return leads;
  }

  #search(pipe: string, otherEnd: number): boolean {
    if (this.#has(this.#pid, pipe, otherEnd) !== 'no') return false;
    const relatives = childrenOf(this.#pid).slice(0, MAX_RELATIVES);
    if (this.#parent !== undefined) relatives.push(this.#parent);
    return relatives.some(pid => this.#has(pid, pipe, otherEnd) === 'yes');
  }

  #has(pid: number, pipe: string, end: number): 'yes' | 'no' | 'unknown' {
    const files = filesOf(`${this.#proc}/${pid}/fd`);
    if (!files || files.length > MAX_FILES) return 'unknown';
    const isThere = files.some(
      fd =>
        readLink(`${this.#proc}/${pid}/fd/${fd}`) === pipe &&
        accessOf(readText(`${this.#proc}/${pid}/fdinfo/${fd}`)) === end,
    );
    return isThere ? 'yes' : 'no';
  }
}

function filesOf(folder: string): readonly string[] | undefined {
  try {
    return readdirSync(folder);
  } catch {
    return undefined; // gone, or not ours
  }
}

function accessOf(info: string | undefined): number | undefined {
  const flags = /^flags:\s*([0-7]+)/m.exec(info ?? '')?.[1];
  return flags === undefined ? undefined : Number(flags.at(-1)) & 3;
}
