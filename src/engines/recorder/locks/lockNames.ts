// A lock's name, as its author wrote it: the words of the line that waits for it. They are believed if the line has
// room for one lock only, or if the name leads to the object.

import { readFileSync, statSync } from 'node:fs';

import type { FrameFacts } from '../cpython/frames';
import type { FrameVariables, Variable } from './frameVariables';
import type { ObjectReader } from './objects';

/** Files longer than this are no source that a person wrote. */
const MAX_SOURCE_BYTES = 4 << 20;
const MAX_FILES = 200;
/** `a`, `self.a`, `a.b.c[0]`: an expression that names something. */
const NAME = /^[\p{L}_][\p{L}\p{N}_]*(\.[\p{L}_][\p{L}\p{N}_]*|\[[^\]]{1,40}\])*$/u;
const LIBRARY = /\/(threading|multiprocessing\/synchronize)\.py$/;
const ACQUIRE = /([\p{L}_][\p{L}\p{N}_.[\]'"]*)\.(?:acquire|__enter__)\s*\(/gu;

/** What a lock is called, and how that can be looked at again. */
export interface LockName {
  readonly name: string;
  /** Whether the words of the line say so: then the same line always does. */
  readonly isWritten: boolean;
  /** What keeps the lock under that name; undefined where only a local variable does, or that cannot be followed. */
  readonly keeper: Keeper | undefined;
}

/** An object with an attribute, or the globals of a module with a variable. */
interface Keeper {
  readonly object: number;
  readonly type: string;
  readonly name: string;
}

/** Names locks of one process. */
export class LockNames {
  readonly #pid: number;
  readonly #objects: ObjectReader;
  readonly #variables: FrameVariables;
  readonly #files = new Map<string, readonly string[]>();

  constructor(pid: number, objects: ObjectReader, variables: FrameVariables) {
    this.#pid = pid;
    this.#objects = objects;
    this.#variables = variables;
  }

  /** What the innermost of these frames that names the object calls it; undefined when none does. */
  nameOf(object: number, frames: readonly FrameFacts[]): string | undefined {
    return this.describe(object, frames)?.name;
  }

  describe(object: number, frames: readonly FrameFacts[]): LockName | undefined {
    for (const frame of namingFrames(frames)) {
      const written = this.#writtenAt(frame);
      const name = this.#wordsFor(frame, written, object);
      if (name !== undefined) return { name, isWritten: true, keeper: this.#keeperOf(frame, name) };
      const variable = this.#variableOf(frame, object);
      if (variable !== undefined)
        return { name: variable, isWritten: false, keeper: this.#keeperOf(frame, variable) };
    }
    return undefined;
  }

  /** Whether what kept a lock under a name still does. */
  isKept(object: number, { object: keeper, type, name }: Keeper): boolean {
    if (this.#objects.typeName(keeper) !== type) return false;
    const found =
      type === 'dict'
        ? this.#variables.inDict(keeper).find(variable => variable.name === name)?.value
        : this.#objects.attribute(keeper, name);
    return found !== undefined && this.#isOrWraps(found, object);
  }

  /** The words of a line that stand for an object. */
  #wordsFor(frame: FrameFacts, written: readonly string[], object: number): string | undefined {
    const leading = written.find(name => this.#leadsTo(frame, name, object));
    if (leading !== undefined) return leading;
    // A name that leads elsewhere is wrong; one that leads nowhere that can be read may still be the only one.
    const isOnly = written.length === 1 && this.#objectOf(frame, written[0]) === 0;
    return isOnly ? written[0] : undefined;
  }

  #keeperOf(frame: FrameFacts, name: string): Keeper | undefined {
    const dot = name.lastIndexOf('.');
    const isGlobal = dot < 0 && this.#variables.valueOf(frame, name) === 0;
    const object =
      dot >= 0
        ? this.#objectOf(frame, name.slice(0, dot))
        : isGlobal
          ? this.#variables.globalsDict(frame)
          : 0;
    const type = this.#objects.typeName(object);
    return type === '' ? undefined : { object, type, name: name.slice(dot + 1) };
  }

  /** The names that stand between `with` and `:`, or before `.acquire(`, in the line of a frame. */
  #writtenAt({ code }: FrameFacts): readonly string[] {
    if (!code || code.line <= 0) return [];
    return namesInLine(this.#linesOf(code.file).at(code.line - 1) ?? '');
  }

  #linesOf(file: string): readonly string[] {
    let lines = this.#files.get(file);
    if (lines) return lines;
    if (this.#files.size >= MAX_FILES) this.#files.clear();
    lines = readLines(`/proc/${this.#pid}/root${file}`);
    this.#files.set(file, lines);
    return lines;
  }

  #leadsTo(frame: FrameFacts, name: string, object: number): boolean {
    const found = this.#objectOf(frame, name);
    return found !== 0 && this.#isOrWraps(found, object);
  }

  /** A Condition is waited for by its lock. */
  #isOrWraps(found: number, object: number): boolean {
    return (
      found === object ||
      ['_lock', '_semlock'].some(part => this.#objects.attribute(found, part) === object)
    );
  }

  /** The object that `variable` or `variable.attribute…` names in a frame; 0 when that cannot be followed. */
  #objectOf(frame: FrameFacts, name: string): number {
    const [first, ...rest] = name.split('.');
    if (name.includes('[')) return 0;
    const isIt = (other: Variable): boolean => other.name === first;
    const local = this.#variables.valueOf(frame, first);
    const variable = local === 0 ? this.#variables.globalsOf(frame).find(isIt)?.value : local;
    return rest.reduce((object, part) => this.#objects.attribute(object, part), variable ?? 0);
  }

  #variableOf(frame: FrameFacts, object: number): string | undefined {
    const isIt = ({ value }: Variable): boolean => value === object;
    const local = this.#variables.of(frame).find(isIt);
    return (local ?? this.#variables.globalsOf(frame).find(isIt))?.name;
  }
}

/** The names that a line of Python waits for: `with a, self.b as c:` or `self.a.acquire()`. Exported for tests. */
export function namesInLine(line: string): readonly string[] {
  const text = line.replace(/#.*$/, '').trim();
  const acquired = [...text.matchAll(ACQUIRE)].map(match => match[1]);
  if (acquired.length > 0) return acquired;
  const body = /^(?:async\s+)?with\b\s*\(?(.*?)\)?\s*:?$/.exec(text)?.[1] ?? text.replace(/,$/, '');
  // One line may hold the whole body, too: `with a: x()`.
  const [heads] = body.split(/:(?![^[]*\])/);
  return heads
    .split(',')
    .map(item => item.replace(/\s+as\s+.*$/, '').trim())
    .filter(item => NAME.test(item));
}

/** The frames that may name a lock: code of the library has names of its own, which say nothing. */
function namingFrames(frames: readonly FrameFacts[]): readonly FrameFacts[] {
  const inner = frames.filter(({ code }) => code !== undefined).slice(0, 3);
  return inner.filter(({ code }) => !LIBRARY.test(code?.file ?? ''));
}

/** Where a name was read: the instructions of the frames that may name a lock. */
export function namingSite(frames: readonly FrameFacts[]): string {
  return namingFrames(frames)
    .map(({ code }) => (code ? `${code.file}:${code.line}:${code.unit}` : ''))
    .join(' ');
}

function readLines(path: string): readonly string[] {
  try {
    if (statSync(path).size > MAX_SOURCE_BYTES) return [];
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    return [];
  }
}
