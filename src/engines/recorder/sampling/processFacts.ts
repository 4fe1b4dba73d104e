// What the cause of a wait depends on beside the thread's own frames: the processes around it.

import { CpuLimit } from '../system/cpuLimit';
import { mappedFiles, parentOf, readText } from '../system/processMaps';
import { commandText, roleOf } from '../system/processRole';
import { PipePeers } from '../system/pipePeers';
import type { ProcessFacts } from './sleepCause';

/** How a process is called in front of people. */
export function commandOf(pid: number): { readonly command?: string; readonly role?: string } {
  const words = (readText(`/proc/${pid}/cmdline`) ?? '').replace(/\0+$/, '').split('\0');
  if (words[0] === '') return {};
  const role = roleOf(words);
  return { command: commandText(words), ...(role === undefined ? {} : { role }) };
}

/** A file of an event loop that is written in C and has no Python frames. */
const LOOP_IN_C = /\/uvloop\/loop\.[^/]*\.so$/;

/** `isChild`: whether the program started this process itself. */
export function processFacts(pid: number, isChild: boolean, clock: () => number): ProcessFacts {
  const peers = new PipePeers({ pid, parent: isChild ? parentOf(pid) : undefined }, clock);
  const loop = new LoopInC(pid, clock);
  return {
    isChild,
    isLimited: new CpuLimit(pid).isThere,
    leadsToProcess: (fd, direction) => peers.leadsToProcess(fd, direction),
    hasLoopInC: () => loop.isThere(),
  };
}

/** How long "it has none" holds: it may be imported later. */
const KEEP_NS = 1e9;

class LoopInC {
  readonly #pid: number;
  readonly #clock: () => number;
  #isThere = false;
  #untilNs = -1;

  constructor(pid: number, clock: () => number) {
    this.#pid = pid;
    this.#clock = clock;
  }

  isThere(): boolean {
    if (this.#isThere || this.#clock() < this.#untilNs) return this.#isThere;
    this.#untilNs = this.#clock() + KEEP_NS;
    this.#isThere = mapsLoop(this.#pid);
    return this.#isThere;
  }
}

function mapsLoop(pid: number): boolean {
  try {
    return mappedFiles(pid).some(({ path }) => LOOP_IN_C.test(path));
  } catch {
    return false; // gone
  }
}
