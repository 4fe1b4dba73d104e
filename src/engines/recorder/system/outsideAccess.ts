// Whether this system lets us read the memory of the programs that we start. Where it does not, they are recorded from
// inside.

import { existsSync } from 'node:fs';

import { readText } from './processMaps';

/** What the system says; a parameter so that other systems can be told of. */
export interface SystemFacts {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  /** Text of a file, or undefined. */
  readonly read: (path: string) => string | undefined;
  readonly exists: (path: string) => boolean;
}

const THIS_SYSTEM: SystemFacts = {
  platform: process.platform,
  arch: process.arch,
  read: readText,
  exists: existsSync,
};

/** Bit of CapEff that allows tracing anybody. */
const CAP_SYS_PTRACE = 19n;

/** Why programs cannot be read from outside here, as a sentence; undefined where they can. */
export function whyNotFromOutside(system: SystemFacts = THIS_SYSTEM): string | undefined {
  if (system.platform !== 'linux')
    return 'On this system the memory of another process cannot be read, so the program was recorded from inside: all of it is estimated.';
  if (system.arch !== 'x64' && system.arch !== 'arm64')
    return 'Memory is read on 64-bit x86 and ARM only, so the program was recorded from inside: all of it is estimated.';
  if (!system.exists('/proc/self/mem') || !system.exists('/proc/self/maps'))
    return 'This system does not show the memory of processes (/proc/PID/mem), so the program was recorded from inside: all of it is estimated.';
  const scope = system.read('/proc/sys/kernel/yama/ptrace_scope')?.trim();
  if (scope === '3' || (scope === '2' && !mayTrace(system)))
    return `The system lets nobody read another process (kernel.yama.ptrace_scope is ${scope}), so the program was recorded from inside: all of it is estimated.`;
  return undefined;
}

/** Whether the system tells which system call the threads of a process sit in. */
export function tellsOfCalls(pid: number): boolean {
  return (readText(`/proc/${pid}/syscall`) ?? '') !== '' || !existsSync(`/proc/${pid}`);
}

function mayTrace(system: SystemFacts): boolean {
  const capabilities = /^CapEff:\s*([0-9a-f]+)/m.exec(system.read('/proc/self/status') ?? '')?.[1];
  return (
    capabilities !== undefined && ((BigInt(`0x${capabilities}`) >> CAP_SYS_PTRACE) & 1n) === 1n
  );
}
