// What the cause of a wait depends on beside the thread's own frames: the processes around it.

import { mappedFiles, parentOf } from '../system/processMaps';
import { PipePeers } from '../system/pipePeers';
import type { ProcessFacts } from './sleepCause';

/** A file of an event loop that is written in C and has no Python frames. */
const LOOP_IN_C = /\/uvloop\/loop\.[^/]*\.so$/;

/** `isChild`: whether the program started this process itself. */
export function processFacts(pid: number, isChild: boolean, clock: () => number): ProcessFacts {
  const peers = new PipePeers({ pid, parent: isChild ? parentOf(pid) : undefined }, clock);
  const loop = new LoopInC(pid, clock);
  return {
    isChild,
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
