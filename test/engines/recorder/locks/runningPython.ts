// A Python that runs beside a test until the test is over.
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

import { programFile } from '../recordings';

export interface RunningPython {
  readonly pid: number;
  /** The next line that it prints; rejects when it ends before. */
  line(): Promise<string>;
  end(): Promise<void>;
}

/** Starts a program of the tests and waits until it says that it is ready. */
export async function startProgram(
  python: string,
  name: string,
  args: readonly string[] = [],
): Promise<RunningPython> {
  const running = startPython(python, [programFile(name), ...args]);
  const said = await running.line();
  if (said === 'ready') return running;
  await running.end();
  throw new Error(`${name} said “${said}”`);
}

export function startPython(python: string, args: readonly string[]): RunningPython {
  const child = spawn(python, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    pid: child.pid ?? 0,
    line: async () => {
      const next = await lines.next();
      if (next.done === true) throw new Error('the program ended too early');
      return next.value;
    },
    end: () => ended(child),
  };
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise(resolve => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}
