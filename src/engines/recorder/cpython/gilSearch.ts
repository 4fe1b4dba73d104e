// The second witness: finds a GIL without knowing where anything lies. In a process whose switch interval is one that
// nobody else would choose, the GIL's struct begins with it, names a thread state, and says 0 or 1.
//
// A thread state is told by what it must contain: the pthread_t of one of the process's threads. The GIL of the main
// interpreter lies within the runtime in every version from 3.8 on, so that is all that has to be searched.

import { GIL_HOLDER, GIL_LOCKED, THREAD_STATE_BYTES } from './layout';
import { i32At, u64At, type ProcessMemory } from '../system/processMemory';

/** What the search knows of the process. */
export interface SearchedProcess {
  readonly runtime: number;
  readonly intervalUs: number;
  /** The pthread_t of each thread. */
  readonly idents: readonly number[];
}

/** Larger than any runtime so far (3.14: 430 kB), main interpreter included. */
const MAX_RUNTIME_BYTES = 2 ** 20;
const PAGE_BYTES = 4096;

/** Addresses of everything in the runtime that looks like its GIL: one, if all is well. */
export function searchGil(memory: ProcessMemory, process: SearchedProcess): number[] {
  const found: number[] = [];
  const known = new Map<number, boolean>();
  const isThread = (address: number): boolean => {
    let answer = known.get(address);
    if (answer === undefined) {
      answer = isThreadState(memory, address, process.idents);
      known.set(address, answer);
    }
    return answer;
  };
  // From page to page: where the runtime ends, the mapping may end, too.
  for (let offset = 0; offset < MAX_RUNTIME_BYTES; offset += PAGE_BYTES) {
    const page = memory.copy(process.runtime + offset, PAGE_BYTES + 32);
    if (!page) break;
    for (let at = 0; at < PAGE_BYTES; at += 8) {
      if (u64At(page, at) !== process.intervalUs) continue;
      const locked = i32At(page, at + GIL_LOCKED);
      const isGil = (locked === 0 || locked === 1) && isThread(u64At(page, at + GIL_HOLDER));
      if (isGil) found.push(process.runtime + offset + at);
    }
  }
  return found;
}

function isThreadState(memory: ProcessMemory, address: number, idents: readonly number[]): boolean {
  const state = memory.copy(address, THREAD_STATE_BYTES);
  if (!state) return false;
  for (let at = 0; at < THREAD_STATE_BYTES; at += 8) {
    if (idents.includes(u64At(state, at))) return true;
  }
  return false;
}
