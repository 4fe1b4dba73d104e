// The tables of a Firefox profile: columns of numbers that refer to each other. In some versions each thread has its
// own, in others all share one set.

import { isRecord } from '../core/checks';
import type { PositionIndex } from '../core/model/program';
import type { ImportedRun } from './importedRun';

type Columns = Readonly<Record<string, unknown>>;

export function tableOf(value: unknown, name: string): Columns {
  const table = isRecord(value) ? value[name] : undefined;
  return isRecord(table) ? table : {};
}

/** A column as numbers, NaN for what is none. */
export function numbersIn(table: Columns, name: string): readonly number[] {
  return listIn(table, name).map(entry => (typeof entry === 'number' ? entry : NaN));
}

export function listIn(table: Columns, name: string): readonly unknown[] {
  const column = table[name];
  return Array.isArray(column) ? column : [];
}

export function textsIn(table: Columns, name: string): readonly string[] {
  return listIn(table, name).map(entry => (typeof entry === 'string' ? entry : ''));
}

/** Finds the places of stacks by their index. */
export class FirefoxStacks {
  readonly #run: ImportedRun;
  readonly #frames: readonly number[];
  readonly #funcs: readonly number[];
  readonly #lines: readonly number[];
  readonly #names: readonly number[];
  readonly #files: readonly number[];
  readonly #texts: readonly string[];
  readonly #known = new Map<number, PositionIndex>();

  constructor(run: ImportedRun, root: Columns, thread: Columns) {
    const shared = tableOf(root, 'shared');
    const from = (name: string): Columns =>
      name in thread ? tableOf(thread, name) : tableOf(shared, name);
    this.#run = run;
    this.#frames = numbersIn(from('stackTable'), 'frame');
    this.#funcs = numbersIn(from('frameTable'), 'func');
    this.#lines = numbersIn(from('frameTable'), 'line');
    this.#names = numbersIn(from('funcTable'), 'name');
    this.#texts =
      'stringArray' in thread ? textsIn(thread, 'stringArray') : textsIn(shared, 'stringArray');
    const sources = numbersIn(tableOf(shared, 'sources'), 'filename');
    const own = numbersIn(from('funcTable'), 'fileName');
    const source = numbersIn(from('funcTable'), 'source');
    this.#files = own.length > 0 ? own : source.map(index => sources.at(index) ?? NaN);
  }

  text(index: number): string {
    return at(this.#texts, index) ?? '';
  }

  place(stack: number): PositionIndex {
    const known = this.#known.get(stack);
    if (known !== undefined) return known;
    const frame = at(this.#frames, stack) ?? NaN;
    const func = at(this.#funcs, frame) ?? NaN;
    const name = this.text(at(this.#names, func) ?? NaN);
    const file = this.text(at(this.#files, func) ?? NaN);
    const position = this.#run.position(file, at(this.#lines, frame) ?? 0, name);
    this.#known.set(stack, position);
    return position;
  }
}

function at<Item>(list: readonly Item[], index: number): Item | undefined {
  return Number.isInteger(index) && index >= 0 ? list[index] : undefined;
}
