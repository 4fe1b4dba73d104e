// The CPythons of this machine, for tests: those of the system, of pyenv, and those that test/pythons/fetch brought.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { deep } from '../../support/depth';

export interface Interpreter {
  readonly path: string;
  /** `3.13.0` */
  readonly version: string;
  readonly minor: number;
}

/** The minor versions that the recorder reads. */
const READABLE = [8, 9, 10, 11, 12, 13, 14, 15];

/**
 * CPythons 3.8 to 3.15 with a GIL, sorted by version; empty where the recorder does not run. The variable
 * GIL_SCOPE_PYTHONS (paths, with colons between) replaces the search.
 */
export function findInterpreters(): readonly Interpreter[] {
  if (process.platform !== 'linux') return [];
  const found = new Map<string, Interpreter>();
  for (const file of candidates()) {
    const interpreter = fs.existsSync(file) ? ask(file) : undefined;
    if (interpreter) found.set(`${interpreter.version} ${fs.realpathSync(file)}`, interpreter);
  }
  return [...found.values()].sort((a, b) => a.minor - b.minor);
}

/** One interpreter: the newest, or the newest up to a minor version, or from one on. */
export function pickInterpreter(
  all: readonly Interpreter[],
  range: { readonly from?: number; readonly to?: number } = {},
): Interpreter | undefined {
  const { from = 0, to = Infinity } = range;
  return all.filter(({ minor }) => minor >= from && minor <= to).at(-1);
}

/** Those that a test asks which asks several: all in a deep run, otherwise the oldest, the newest and one between them. */
export function someInterpreters(all: readonly Interpreter[]): readonly Interpreter[] {
  const middle = Math.floor(all.length / 2);
  return all.filter((_, index) => deep || [0, middle, all.length - 1].includes(index));
}

function candidates(): string[] {
  const named = process.env.GIL_SCOPE_PYTHONS;
  if (named !== undefined) return named.split(':');
  const versions = path.join(os.homedir(), '.pyenv/versions');
  const pyenv = fs.existsSync(versions)
    ? fs.readdirSync(versions).map(version => path.join(versions, version, 'bin/python3'))
    : [];
  const fetched = READABLE.map(minor => `.pythons/usr/bin/python3.${minor}`);
  const system = ['/usr/bin/python3', ...READABLE.map(minor => `/usr/bin/python3.${minor}`)];
  return [...pyenv, ...system, ...fetched].map(file => path.resolve(file));
}

const QUESTION =
  'import sys; print(sys.implementation.name, "%d.%d.%d" % sys.version_info[:3], hasattr(sys, "_is_gil_enabled") and not sys._is_gil_enabled())';

function ask(file: string): Interpreter | undefined {
  try {
    const answer = execFileSync(file, ['-I', '-c', QUESTION], { encoding: 'utf8', stdio: 'pipe' });
    const [name, version, isFree] = answer.trim().split(' ');
    const minor = Number(version.split('.')[1]);
    const isReadable = name === 'cpython' && isFree === 'False' && READABLE.includes(minor);
    return isReadable ? { path: file, version, minor } : undefined;
  } catch {
    return undefined; // a broken interpreter is none
  }
}
