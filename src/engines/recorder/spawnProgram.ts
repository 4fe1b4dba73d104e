// Starts the program to be recorded: with our input and output, and no shell in between.

import { spawn, type ChildProcess } from 'node:child_process';

import type { RecorderRequest } from './file/request';
import { cannotStart } from './sampling/sentences';

type ProgramRequest = RecorderRequest & { readonly kind: 'program' };

/** Undefined when it cannot be started; `failed` is told why in a sentence, now or a moment later. */
export function spawnProgram(
  request: ProgramRequest,
  failed: (message: string) => void,
): ChildProcess | undefined {
  const { command, cwd } = request;
  const fail = (error: unknown): void =>
    failed(cannotStart({ command, folder: cwd }, error instanceof Error ? error : new Error()));
  try {
    const options = { cwd, env: environmentOf(request), stdio: 'inherit', shell: false } as const;
    const program = spawn(command, request.args, options);
    program.on('error', error => {
      if (program.pid === undefined) fail(error);
    });
    return program;
  } catch (error) {
    fail(error); // some reasons are thrown, others are told
    return undefined;
  }
}

function environmentOf(request: ProgramRequest): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env };
  delete env.ELECTRON_RUN_AS_NODE; // it is for us, not for the program
  for (const [name, value] of Object.entries(request.env)) {
    if (value === null) Reflect.deleteProperty(env, name);
    else env[name] = value;
  }
  return env;
}
