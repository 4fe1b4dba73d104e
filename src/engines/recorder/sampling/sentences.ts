// What people are told when a recording cannot be made, or not all of it.

import { existsSync } from 'node:fs';

import { readText } from '../system/processMaps';
import type { Located } from '../cpython/locateRuntime';

/** Why the process with this id is not recorded, and what to do; undefined while it may still become recordable. */
export function sentenceFor(located: Located, pid: number): string | undefined {
  switch (located.kind) {
    case 'found':
    case 'starting':
    case 'notPython':
    case 'gone':
      return undefined;
    case 'pyPy':
      return 'This is PyPy, whose GIL the recorder cannot read. Choose a CPython (3.8 to 3.15) as the interpreter.';
    case 'unsupported':
      return `The recorder does not know the inside of this Python (${located.version}). It reads CPython 3.8 to 3.15 on 64-bit Linux with glibc.`;
    case 'uncertified':
      return `The recorder has examined this Python (${located.version}) and does not find its way in it. Record it from inside (in-process), or choose another build.`;
    case 'noPermission':
      return noPermission(pid);
  }
}

/** A free-threaded build was started with a recorder inside: there is no lateness that could tell of a GIL. */
export function freeThreadedInside(version: string): string {
  return `This is a free-threaded Python ${version}: its threads run at the same time, so from inside of the program there is no waiting for a GIL to be found. Record it from outside (without --in-process), or choose the default build to see how the program behaves with a GIL.`;
}

/** What the system says of the rights to read a process. */
export interface ReadingRights {
  /** kernel.yama.ptrace_scope; undefined where there is no such thing. */
  readonly scope: string | undefined;
  /** Whether the process belongs to another user than we are. */
  readonly isOthers: boolean;
}

function noPermission(pid: number): string {
  const owner = /^Uid:\s*\d+\s+(\d+)/m.exec(readText(`/proc/${pid}/status`) ?? '')?.[1];
  return whyNotAllowed(pid, {
    scope: readText('/proc/sys/kernel/yama/ptrace_scope')?.trim(),
    isOthers: owner !== undefined && Number(owner) !== process.geteuid?.(),
  });
}

/** Why a process cannot be read, and what to do. Exported for tests: few systems have all the cases. */
export function whyNotAllowed(pid: number, { scope, isOthers }: ReadingRights): string {
  if (scope === '3')
    return `The system lets nobody read another process (kernel.yama.ptrace_scope is 3, until it is started anew). Start the program with Record instead of attaching to process ${pid}: it is then recorded from inside.`;
  if (isOthers)
    return `The system does not allow reading process ${pid}, because it belongs to another user. Record a program of your own, or attach to it as that user.`;
  if (scope === '1')
    return `The system lets a process be read only by the one that started it (kernel.yama.ptrace_scope is 1). Start the program with Record instead of attaching to process ${pid}, or allow it until the next start of the system: sudo sysctl kernel.yama.ptrace_scope=0`;
  if (scope === '2')
    return `The system lets only an administrator read another process (kernel.yama.ptrace_scope is 2). Start the program with Record instead of attaching to process ${pid}: it is then recorded from inside.`;
  return `The system does not allow reading process ${pid}: it protects itself, as programs with special rights do. Record a program without them.`;
}

export const NOT_PYTHON =
  'There is no CPython in this process: it may be another program, a Python that is built into something without its symbols, or one that has not started. Give the Python interpreter itself as the program.';

export function gone(pid: number): string {
  if (isHidden(pid))
    return `The system hides process ${pid} from you, because it belongs to another user. Record a program of your own, or attach to it as that user.`;
  return `There is no process ${pid}, or it has just ended.`;
}

/** Whether there is such a process, although /proc (mounted with hidepid) does not show it. */
function isHidden(pid: number): boolean {
  try {
    process.kill(pid, 0); // sends nothing
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** A Python would have shown itself within this time, even on a busy machine. */
const LONG_ENOUGH_MS = 1000;

export function endedTooEarly(ranMs: number): string {
  if (ranMs >= LONG_ENOUGH_MS)
    return `The program ended without showing a CPython (it ran for ${(ranMs / 1000).toFixed(1)} s), so there is nothing to show. Give the Python interpreter itself as the program.`;
  return `The program ended before the recorder had found its Python (it ran for ${Math.round(ranMs)} ms), so there is nothing to show.`;
}

/** 127 is what shells and their like answer. */
export function wrapperFoundNothing(command: string): string {
  return `“${command}” ended with exit code 127, by which a wrapper says that it did not find the program to start; a shim of pyenv does so for a version that is not chosen here. Choose the version, or give the path of the interpreter itself.`;
}

export const ENDED_BEFORE_START = 'The recording was ended before the program had begun.';

/** Why the system did not start a program, by its error's code. */
const WHY_NOT_STARTED: Readonly<Partial<Record<string, string>>> = {
  ENOENT: 'there is no such program',
  EACCES: 'it is not a program that may be run',
  ENOEXEC: 'it is not a program of this system',
  ENOTDIR: 'a part of its path is not a folder',
  E2BIG: 'its arguments and environment are too long',
};

/** `folder`: where it was to run; a missing one looks like a missing program. */
export function cannotStart(
  { command, folder }: { readonly command: string; readonly folder: string },
  error: NodeJS.ErrnoException,
): string {
  if (error.code === 'ENOENT' && !existsSync(folder))
    return `The program “${command}” cannot be started: there is no folder “${folder}” to run it in. Choose another folder.`;
  const reason = WHY_NOT_STARTED[error.code ?? ''] ?? error.message;
  const advice = command.endsWith('.py')
    ? `Put the Python interpreter before it: python3 ${command}`
    : 'Check the path of the interpreter.';
  return `The program “${command}” cannot be started: ${reason}. ${advice}`;
}

export function recordingTooLong(bytes: number): string {
  return `The recording has reached ${Math.round(bytes / 2 ** 20)} MiB and was ended there; the program runs on.`;
}

/** The disk is full from the beginning, for example. */
export function cannotWriteAtAll(reason: string): string {
  return `The recording cannot be written (${reason}), so nothing is recorded; the program runs as always. Make room, or set TMPDIR to another folder.`;
}

/** The disk is full, for example. */
export function cannotWriteOn(reason: string): string {
  return `The recording could not be written on (${reason}) and was ended there; the program runs on. Make room, or set TMPDIR to another folder.`;
}

/** Children that were in the system's list of processes and gone before their Python was found. */
export function childrenMissed(count: number): string {
  return count === 1
    ? 'At least one child process of the program ended before anything of it was read and is missing here.'
    : `At least ${count} child processes of the program ended before anything of them was read and are missing here.`;
}

export function mostlyBlind(share: number): string {
  return `The machine was too busy for the recorder: ${Math.round(share * 100)} % of the time was not observed. Close other programs, or choose a lighter mode.`;
}

/** The layout of the running recording proved to be wrong. */
export function failedCertificate(version: string, wrong: readonly string[]): string {
  return `This build of Python ${version} keeps its data elsewhere than others do (wrong when examined: ${wrong.join(', ')}), so the recording was ended and what it shows may be wrong; the program runs on. The next recording is made from inside the program.`;
}

/** The runtime lies in something that is not surely an interpreter, or in one that the command did not name. */
export function notExamined(version: string): string {
  return `The place of the data in this build of Python ${version} was not examined: that takes a second run of its program, and only the Python interpreter that was named to be recorded is ever run twice. Its data is read where builds of this version keep it.`;
}

/** A build that says it is one version and is laid out like another. */
export function otherRow(version: string, minor: number): string {
  return `This build says that it is Python ${version} but keeps its data as 3.${minor} does; that is used from the next recording on.`;
}

export const WAITS_ELSEWHERE =
  'In this Python a wait for the GIL looks like any other wait for a lock (probably musl), so it is shown as waiting for another lock.';

export const INSIDE_BECAUSE_UNCERTIFIED =
  'This build of Python was examined before and keeps its data in a way that the recorder does not know, so the program was recorded from inside: all of it is estimated.';

export const OTHER_INTERPRETERS =
  'While this program had more than one interpreter, its threads were not looked at: from inside, reading what runs in another interpreter could end the program. Record it from outside (without --in-process) to see them.';

export const CANNOT_GO_INSIDE =
  'Recording from inside needs the Python interpreter itself as the program, with a script, -m MODULE or -c CODE; a program from standard input cannot be recorded so. It runs without being recorded.';

export const NOT_PYTHON_INSIDE =
  'The program ended before the recorder inside of it could begin: it is no Python 3.8 or later, or did not find its script.';

export const NO_SYSTEM_CALLS =
  'The system does not tell which system call a thread sits in (/proc/PID/syscall), so a wait for the GIL looks like any other wait and is shown as blocked.';
