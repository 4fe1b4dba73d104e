// The small program whose every fact is known (`python/certify.py`): how it is started, and what it says of itself.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';

import program from './certify.py';

export interface ThreadFacts {
  readonly ident: number;
  readonly nativeId: number;
  readonly name: string;
  readonly function: string;
  readonly line: number;
}

/** What the program says of itself. */
export interface ProgramFacts {
  readonly intervalUs: number;
  /** The main thread, and one that `threading` made. */
  readonly threads: readonly [ThreadFacts, ThreadFacts];
  /** The function in which the main thread stands while garbage is collected. */
  readonly collecting: string;
  readonly computing: {
    readonly function: string;
    readonly firstLine: number;
    readonly lastLine: number;
  };
}

/** An interpreter that says nothing for this long is none that we can ask. */
const PATIENCE_MS = 10_000;

/** Runs the program with an interpreter. It ends when its standard input does, so it never outlives us. */
export function startProgram(executable: string): ChildProcess {
  const child = spawn(executable, ['-I', '-S', '-c', program], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  });
  child.stdin.on('error', () => undefined);
  return child;
}

/** What it says; undefined when it says nothing, or something else: it is no Python that we can ask. */
export async function factsOf(child: ChildProcess): Promise<ProgramFacts | undefined> {
  const { stdout } = child;
  if (!stdout) return undefined;
  stdout.setEncoding('utf8');
  const gaveUp = new AbortController();
  const ends = [
    once(child, 'exit', { signal: gaveUp.signal }),
    once(child, 'error', { signal: gaveUp.signal }),
    wait(PATIENCE_MS, undefined, { signal: gaveUp.signal }),
  ].map(end => end.then(() => undefined));
  const line = firstLine(stdout).then(parseFacts);
  try {
    return await Promise.race([line, ...ends]);
  } catch {
    return undefined; // not what our program prints
  } finally {
    for (const end of ends) end.catch(() => undefined);
    gaveUp.abort();
  }
}

async function firstLine(stream: AsyncIterable<unknown>): Promise<string> {
  let text = '';
  for await (const chunk of stream) {
    text += String(chunk);
    if (text.includes('\n')) return text.slice(0, text.indexOf('\n'));
  }
  return text;
}

function parseFacts(line: string): ProgramFacts {
  const value: unknown = JSON.parse(line);
  if (!isFacts(value)) throw new Error('the program for the certification said something else');
  return value;
}

/** Our own program writes it; this tells it from what a wrapper may print. */
function isFacts(value: unknown): value is ProgramFacts {
  return (
    typeof value === 'object' &&
    value !== null &&
    'intervalUs' in value &&
    typeof value.intervalUs === 'number' &&
    'threads' in value &&
    Array.isArray(value.threads) &&
    value.threads.length === 2 &&
    'collecting' in value &&
    typeof value.collecting === 'string' &&
    'computing' in value &&
    typeof value.computing === 'object'
  );
}
