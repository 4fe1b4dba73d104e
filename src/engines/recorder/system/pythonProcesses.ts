// The Pythons that run on this machine, for a person to choose from. Only what the system shows to everybody is read.

import { readdirSync, statSync } from 'node:fs';
import { basename } from 'node:path';

import { readLink, readText } from './processMaps';

export interface PythonProcess {
  readonly pid: number;
  /** Its command line, word for word; of a foreign process only the program's name may be known. */
  readonly words: readonly string[];
  /** Undefined where the system does not tell. */
  readonly folder: string | undefined;
  readonly isOwn: boolean;
  readonly startedMsAgo: number;
}

/** `python3.13`, `python`, but neither `python3-config` nor `pythonic`. */
const PYTHON_NAME = /^python(\d(\.\d+)?)?t?$/;
/** Clock ticks a second in /proc: the same on every Linux. */
const TICKS = 100;

/** The Python processes that there are, the newest first. Empty where there is no /proc. */
export function pythonProcesses(): readonly PythonProcess[] {
  const uptime = Number(readText('/proc/uptime')?.split(' ')[0] ?? 0);
  return processIds()
    .flatMap(pid => processAt(pid, uptime) ?? [])
    .sort((a, b) => a.startedMsAgo - b.startedMsAgo);
}

function processIds(): number[] {
  try {
    return readdirSync('/proc').flatMap(name => (/^\d+$/.test(name) ? [Number(name)] : []));
  } catch {
    return [];
  }
}

function processAt(pid: number, uptime: number): PythonProcess | undefined {
  const status = readText(`/proc/${pid}/stat`);
  const command = readText(`/proc/${pid}/cmdline`);
  if (status === undefined || command === undefined || command === '') return undefined;
  const words = command.replace(/\0$/, '').split('\0');
  const executable = readLink(`/proc/${pid}/exe`)?.replace(/ \(deleted\)$/, '') ?? words[0];
  if (![executable, words[0]].some(path => PYTHON_NAME.test(basename(path)))) return undefined;
  // The name in brackets may hold blanks and brackets itself.
  const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
  return {
    pid,
    words,
    folder: readLink(`/proc/${pid}/cwd`),
    isOwn: statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid === process.getuid?.(),
    startedMsAgo: Math.max(0, uptime - Number(fields[19]) / TICKS) * 1000,
  };
}

/** Why processes that somebody else started cannot be read on this system, and what to do; else undefined. */
export function whyNotAttach(): string | undefined {
  if (process.platform !== 'linux')
    return 'Running processes can be recorded on Linux only. Start the program with “Record This File” instead.';
  const scope = readText('/proc/sys/kernel/yama/ptrace_scope')?.trim() ?? '0';
  if (scope === '0' || (scope !== '3' && process.getuid?.() === 0)) return undefined;
  return scope === '1'
    ? 'This system lets only the parent of a process read it (kernel.yama.ptrace_scope is 1): start the program with “Record This File”, or ask an administrator for “sysctl kernel.yama.ptrace_scope=0”.'
    : `This system lets nobody read another process (kernel.yama.ptrace_scope is ${scope}): start the program with “Record This File”.`;
}
