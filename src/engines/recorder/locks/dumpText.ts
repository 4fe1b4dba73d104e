// A dump in words: what stands still and why first, then every thread, the culprits before their victims.

import { basename } from 'node:path';

import type {
  Dump,
  DumpHolder,
  DumpLine,
  DumpLock,
  DumpState,
  DumpThread,
  Standstill,
} from './dumpModel';

/** The dump as lines of text that a person reads. */
export function dumpText(dump: Dump): string {
  const words = new DumpWords(dump);
  const build = dump.freeThreaded ? ', free-threaded' : '';
  const count = dump.threads.length;
  const head = `Process ${dump.pid}, Python ${dump.python}${build}: ${count} thread${count === 1 ? '' : 's'}, ${dump.looks} looks in half a second.`;
  const threads = inOrder(dump).map(thread => words.thread(thread));
  return [head, words.headline(), ...threads].join('\n\n');
}

/** What is wrong, in one sentence or two: the first thing to read. */
export function dumpHeadline(dump: Dump): string {
  return new DumpWords(dump).headline();
}

/** Those of a circle, then those that most others wait for, then the rest; idle threads last. */
export function inOrder(dump: Dump): readonly DumpThread[] {
  const circles = dump.standstills.filter(({ kind }) => kind === 'deadlock');
  const inCircle = new Set(circles.flatMap(({ threads }) => threads));
  const waiting = waitersOf(dump);
  const rank = (thread: DumpThread): number =>
    (inCircle.has(thread.id) ? 1e9 : 0) +
    (waiting.get(thread.id) ?? 0) * 1000 +
    RANKS[thread.state.kind];
  // Sorting keeps the order of threads of one rank.
  return [...dump.threads].sort((a, b) => rank(b) - rank(a));
}

const RANKS: Readonly<Record<DumpState['kind'], number>> = {
  'holds-gil': 9,
  'waits-for-lock': 8,
  joins: 7,
  'waits-for-result': 7,
  'waits-for-gil': 6,
  runs: 5,
  'waits-for-unknown': 4,
  'in-call': 3,
  idle: 1,
};

/** The thread that one waits for; undefined if there is none, or it is not known. */
function waitedFor({ state }: DumpThread): number | undefined {
  if (state.kind === 'joins' || state.kind === 'waits-for-result') return state.thread ?? undefined;
  if (state.kind !== 'waits-for-lock' || state.holder.kind !== 'thread') return undefined;
  return state.holder.thread;
}

/** How many threads wait for each, directly or through others. */
function waitersOf({ threads }: Dump): ReadonlyMap<number, number> {
  const next = new Map(threads.map(thread => [thread.id, waitedFor(thread)]));
  const counts = new Map<number, number>();
  for (const { id } of threads) {
    const seen = new Set([id]);
    for (let at = next.get(id); at !== undefined && !seen.has(at); at = next.get(at)) {
      seen.add(at);
      counts.set(at, (counts.get(at) ?? 0) + 1);
    }
  }
  return counts;
}

class DumpWords {
  readonly #dump: Dump;
  readonly #threads: ReadonlyMap<number, DumpThread>;

  constructor(dump: Dump) {
    this.#dump = dump;
    this.#threads = new Map(dump.threads.map(thread => [thread.id, thread]));
  }

  headline(): string {
    const { standstills, threads } = this.#dump;
    const circles = standstills.filter(({ kind }) => kind === 'deadlock');
    if (circles.length > 0) return circles.map(circle => this.#deadlock(circle)).join('\n');
    if (standstills.length > 0)
      return `${threads.length === 1 ? 'The only thread waits' : `All ${threads.length} threads wait`}, and none is left that could wake another. Only a signal, or C code that Python does not know, could end this.`;
    const worst = inOrder(this.#dump).find(thread => this.#victims(thread).length > 0);
    if (worst) return `${this.#victimWords(worst)} for ${worst.name}, which ${this.#doing(worst)}.`;
    return 'No thread waits for a lock that another one is known to hold.';
  }

  thread(thread: DumpThread): string {
    const { id, name, stack, heldGil, waitedForGil } = thread;
    const { looks } = this.#dump;
    const gil = [
      heldGil > 0 ? `had the GIL in ${heldGil} of ${looks} looks` : '',
      waitedForGil > 0 ? `waited for it in ${waitedForGil}` : '',
    ].filter(text => text !== '');
    const lines = withoutBeginning(stack).map(
      line => `    ${line.file}:${line.line}  ${line.function}`,
    );
    return [
      `${name} (${id})${thread.interpreter === 0 ? '' : `, interpreter ${thread.interpreter}`}`,
      `  ${this.#doing(thread)}${this.#chainAfter(thread)}`,
      ...(gil.length > 0 ? [`  ${gil.join(', ')}`] : []),
      ...(lines.length > 0 ? lines : ['    no Python code runs here']),
    ].join('\n');
  }

  #deadlock({ circle, certainty, threads }: Standstill): string {
    const sure = certainty === 'proof' ? 'Deadlock' : 'Deadlock, almost surely';
    const isPool = circle.some(({ by }) => by === 'pool');
    const edges = circle.map(({ from }) => {
      const thread = this.#threads.get(from);
      return thread ? `  ${thread.name} ${this.#doing(thread)}` : '';
    });
    return [`${sure}: ${circleWords(threads.length, isPool)}`, ...edges].join('\n');
  }

  #victims(thread: DumpThread): readonly DumpThread[] {
    return this.#dump.threads.filter(other => other !== thread && waitedFor(other) === thread.id);
  }

  #victimWords(thread: DumpThread): string {
    const victims = this.#victims(thread);
    if (victims.length === 1) return `${victims[0].name} waits`;
    return victims.length <= 3
      ? `${victims.map(({ name }) => name).join(', ')} wait`
      : `${victims.length} threads wait`;
  }

  /** What a thread does, as the rest of a sentence about it. */
  #doing(thread: DumpThread): string {
    const { state, stack } = thread;
    const at = placeOf(stack.at(0));
    switch (state.kind) {
      case 'holds-gil':
        return state.call === null || state.call === ''
          ? `has the GIL and runs${at}`
          : `has the GIL and keeps it in a system call (${state.call})${at}`;
      case 'waits-for-gil':
        return `waits for the GIL${at}`;
      case 'waits-for-lock':
        return `waits for ${this.#lock(state.lock)}${ownPlace(stack)}${limit(state)}: ${this.#held(state.holder)}`;
      case 'joins':
        return `waits for the end of ${this.#name(state.thread)}${ownPlace(stack)}${limit(state)}`;
      case 'waits-for-result':
        return `waits for the result of a future${ownPlace(stack)}${limit(state)}${this.#maker(state)}`;
      case 'idle':
        return `is idle: waits until ${state.until} (${state.what})${ownPlace(stack)}${limit(state)}`;
      case 'in-call':
        return `${state.doing}${state.call === '' ? '' : ` (${state.call})`}${at}`;
      case 'runs':
        return `runs${this.#dump.freeThreaded ? '' : ' without the GIL'}${at}`;
      case 'waits-for-unknown':
        return `waits at a lock that is not known${at}${limit(state)}`;
    }
  }

  /** What the thread at the end of a chain of waits does, if the chain is longer than one wait. */
  #chainAfter(thread: DumpThread): string {
    const seen = new Set([thread.id]);
    const links: string[] = [];
    let next = waitedFor(thread);
    while (next !== undefined && !seen.has(next)) {
      seen.add(next);
      const other = this.#threads.get(next);
      if (!other) break;
      links.push(`\n  -> ${other.name} ${this.#doing(other)}`);
      next = waitedFor(other);
    }
    return links.join('');
  }

  #maker({ thread, workers }: Extract<DumpState, { kind: 'waits-for-result' }>): string {
    if (thread !== null) return `, which ${this.#name(thread)} makes`;
    if (workers.length === 0) return '';
    const who = workers.length === 1 ? 'the only worker' : `one of the ${workers.length} workers`;
    return `, which waits in the pool's queue for ${who} to be free`;
  }

  #held(holder: DumpHolder): string {
    switch (holder.kind) {
      case 'thread': {
        const name = this.#name(holder.thread);
        const at = holder.at === null ? '' : ` at ${short(holder.at)}`;
        if (holder.proof === 'owner') return `${name} has it`;
        if (holder.proof === 'with') return `${name} has it by “with”${at}`;
        return `${name} has been given it and waits for the GIL`;
      }
      case 'one-of':
        return `one of ${holder.threads.map(id => this.#name(id)).join(', ')} has it`;
      case 'other-process':
        return 'a thread of another process has it';
      case 'free':
        return 'it is changing hands';
      case 'taken-unseen':
        return 'who has it is not known (taken by acquire(), not by “with”)';
      case 'unknown':
        return 'who has it is not known';
    }
  }

  #lock(index: number): string {
    return lockWords(this.#dump.locks[index]);
  }

  #name(id: number | null): string {
    return id === null
      ? 'a thread that is not known'
      : (this.#threads.get(id)?.name ?? `thread ${id}`);
  }
}

function circleWords(count: number, isPool: boolean): string {
  if (isPool)
    return 'the workers of a pool all wait for work that only they could do, and will for ever.';
  if (count === 1) return 'one thread waits for itself, and will for ever.';
  return `${count} threads wait for each other in a circle, and will for ever.`;
}

const KIND_WORDS: Readonly<Record<DumpLock['kind'], string>> = {
  Lock: 'the Lock',
  RLock: 'the RLock',
  SimpleQueue: 'the queue',
  join: 'the end of a thread',
  processLock: 'the lock of multiprocessing',
  mutex: 'a lock of C code (pthread mutex)',
  owned: 'the lock',
};

/** `the Lock self._cache_lock`, or its address where no line names it. */
export function lockWords({ name, kind, address }: DumpLock): string {
  if (kind === 'owned') return name ?? 'a lock written in Python';
  return `${KIND_WORDS[kind]} ${name ?? `at 0x${address.toString(16)}`}`;
}

/** The stack without the three frames that begin every thread: they say nothing. */
function withoutBeginning(stack: readonly DumpLine[]): readonly DumpLine[] {
  const isBeginning = ({ file, function: name }: DumpLine): boolean =>
    file.endsWith('/threading.py') && /(^|\.)(run|_bootstrap(_inner)?)$/.test(name);
  const left = stack.filter(line => !isBeginning(line));
  return left.length > 0 ? left : stack;
}

function limit({ limited }: { readonly limited: boolean }): string {
  return limited ? ', for a limited time' : '';
}

/** The innermost line of the program's own, for waits within the library. */
function ownPlace(stack: readonly DumpLine[]): string {
  const own = stack.find(({ file }) => !file.startsWith('<') && !/\/lib(64)?\/python\d/.test(file));
  return placeOf(own ?? stack.at(0));
}

function placeOf(line: DumpLine | undefined): string {
  return line ? ` at ${short(line)}` : '';
}

function short({ file, line }: DumpLine): string {
  return `${basename(file)}:${line}`;
}
