// What a thread in a wait is waiting for, as its innermost Python frames tell: somebody's notify, an end, a module.
// Such a wait sleeps at a lock, too, but at a private one that nobody "holds" in a useful sense.

import type { FrameCode, FrameFacts } from '../cpython/frames';
import type { FrameVariables } from './frameVariables';
import type { LiveStacks } from './liveStack';
import type { ObjectReader } from './objects';

/** A wait that nobody's lock causes, or whose cause stands in Python objects. */
export type FrameWait =
  /** Until somebody notifies: `what` as people know it, `until` what has to happen. */
  | {
      readonly kind: 'notify';
      readonly what: string;
      readonly until: string;
      /** The lock of its condition: once notified, the thread waits for that one. */
      readonly lock: number;
    }
  /** For the result of a future: the object, 0 where it is not known. */
  | { readonly kind: 'result'; readonly future: number; readonly lock: number }
  /** For the end of a thread: its `Thread` object, 0 where only the lock knows it. */
  | { readonly kind: 'join'; readonly thread: number }
  /** For a lock that is written in Python and knows its owner. */
  | {
      readonly kind: 'owned';
      readonly what: string;
      readonly object: number;
      readonly owner: number;
    };

interface CodedFrame {
  readonly frame: FrameFacts;
  readonly code: FrameCode;
}

interface Place {
  readonly file: RegExp;
  readonly functionName: RegExp;
  readonly what: string;
  readonly until: string;
}

const THREADING = /\/threading\.py$/;
const FUTURES = /\/concurrent\/futures\/_base\.py$/;
const QUEUE = /\/queue\.py$/;

/** Who may stand above a Condition's wait, the most telling first; names lack their class before 3.11. */
const WAITERS: readonly Place[] = [
  {
    file: FUTURES,
    functionName: /(^|\.)(wait|as_completed|result_iterator)$/,
    what: 'concurrent.futures.wait',
    until: 'futures have results',
  },
  { file: QUEUE, functionName: /(^|\.)get$/, what: 'Queue.get', until: 'somebody puts an item' },
  { file: QUEUE, functionName: /(^|\.)put$/, what: 'Queue.put', until: 'somebody gets an item' },
  { file: QUEUE, functionName: /(^|\.)join$/, what: 'Queue.join', until: 'all items are done' },
  {
    file: THREADING,
    functionName: /(^|\.)(_wait|wait)$/,
    what: 'Event.wait',
    until: 'somebody calls set()',
  },
  {
    file: THREADING,
    functionName: /(^|\.)(acquire|__enter__)$/,
    what: 'Semaphore.acquire',
    until: 'somebody calls release()',
  },
];

/** What `Condition.wait` calls to give its lock back and to take it again is this deep at most. */
const WAIT_WITHIN = 4;
const JOINS = /(^|\.)(join|_wait_for_tstate_lock)$|^_shutdown$/;

/** Reads the innermost frames of waiting threads of one process. */
export class WaitKinds {
  readonly #objects: ObjectReader;
  readonly #stacks: LiveStacks;
  readonly #variables: FrameVariables;

  constructor(objects: ObjectReader, stacks: LiveStacks, variables: FrameVariables) {
    this.#objects = objects;
    this.#stacks = stacks;
    this.#variables = variables;
  }

  /** What the frames tell; undefined where the object that is waited for decides. */
  of(frames: readonly FrameFacts[]): FrameWait | undefined {
    const coded = frames.flatMap(frame => (frame.code ? [{ frame, code: frame.code }] : []));
    const inner = coded.at(0);
    if (!inner) return undefined;
    const { frame, code } = inner;
    const self = this.#stacks.firstVariable(frame);
    if (isWait(code) && this.#isCondition(self)) {
      const future = coded.at(1);
      const lock = this.#objects.attribute(self, '_lock');
      if (future && isResult(future.code))
        return { kind: 'result', future: this.#stacks.firstVariable(future.frame), lock };
      return { kind: 'notify', ...this.#notify(coded.slice(1)), lock };
    }
    if (code.file.endsWith('/threading.py') && JOINS.test(code.functionName))
      return { kind: 'join', thread: this.#isThread(self) ? self : 0 };
    return this.#ownedLock(code, self);
  }

  /** The lock that a thread has given back in a wait at its condition, although a `with` body seems to keep it; or 0. */
  givenBackIn(frames: readonly FrameFacts[]): number {
    const wait = frames
      .filter(({ code }) => code !== undefined)
      .slice(0, WAIT_WITHIN)
      .find(({ code }) => code !== undefined && isWait(code));
    const condition = wait ? this.#stacks.firstVariable(wait) : 0;
    return this.#isCondition(condition) ? this.#objects.attribute(condition, '_lock') : 0;
  }

  #isCondition(object: number): boolean {
    return this.#objects.attribute(object, '_waiters') !== 0;
  }

  #isThread(object: number): boolean {
    return this.#objects.attribute(object, '_started') !== 0;
  }

  /** A wait at a condition, by what stands above it. */
  #notify(above: readonly CodedFrame[]): Pick<Place, 'what' | 'until'> {
    // Condition.wait_for calls wait; what called that is what people know.
    const isWaitFor = /(^|\.)wait_for$/.test(above.at(0)?.code.functionName ?? '');
    const caller = above.at(isWaitFor ? 1 : 0);
    const place = WAITERS.find(
      ({ file, functionName }) =>
        caller !== undefined &&
        file.test(caller.code.file) &&
        functionName.test(caller.code.functionName),
    );
    if (place?.what === 'Event.wait' && caller && this.#isBarrier(caller.frame))
      return { what: 'Barrier.wait', until: 'all parties have come' };
    return place ?? { what: 'Condition.wait', until: 'somebody calls notify()' };
  }

  #isBarrier(frame: FrameFacts): boolean {
    return this.#objects.attribute(this.#variables.valueOf(frame, 'self'), '_parties') !== 0;
  }

  /** The locks of importlib and the RLock that is written in Python keep their owner's ident. */
  #ownedLock(code: FrameCode, self: number): FrameWait | undefined {
    if (!/(^|\.)acquire$/.test(code.functionName)) return undefined;
    const isModule = code.file === '<frozen importlib._bootstrap>';
    if (!isModule && !code.file.endsWith('/threading.py')) return undefined;
    const owner = this.#objects.numberAttribute(self, isModule ? 'owner' : '_owner');
    if (owner === undefined) return undefined;
    const name = isModule ? this.#objects.textAttribute(self, 'name') : undefined;
    const what = isModule ? `the import of ${name ?? 'a module'}` : 'an RLock written in Python';
    return { kind: 'owned', what, object: self, owner };
  }
}

function isWait({ file, functionName }: FrameCode): boolean {
  return file.endsWith('/threading.py') && /(^|\.)wait$/.test(functionName);
}

function isResult({ file, functionName }: FrameCode): boolean {
  return (
    file.endsWith('/concurrent/futures/_base.py') && /(^|\.)(result|exception)$/.test(functionName)
  );
}
