// What the system tells of a process without reading its memory: mapped files, children, and whether it lives.

import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** A file mapped into a process. */
export interface MappedFile {
  readonly path: string;
  readonly inode: string;
  /** Address range of each piece, with the offset of the file it starts at. */
  readonly pieces: readonly {
    readonly start: number;
    readonly offset: number;
    readonly range: string;
  }[];
}

const LINE = /^([0-9a-f]+)-([0-9a-f]+) \S+ ([0-9a-f]+) \S+ (\d+)\s+(\/.*)$/;

/** The files mapped into a process. Throws the errors of reading (EACCES, ENOENT when it is gone). */
export function mappedFiles(pid: number): MappedFile[] {
  const files = new Map<
    string,
    { path: string; inode: string; pieces: MappedFile['pieces'][number][] }
  >();
  for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
    const match = LINE.exec(line);
    if (!match) continue;
    const [, start, end, offset, inode, path] = match;
    const key = `${inode} ${path}`;
    const file = files.get(key) ?? { path, inode, pieces: [] };
    file.pieces.push({
      start: parseInt(start, 16),
      offset: parseInt(offset, 16),
      range: `${start}-${end}`,
    });
    files.set(key, file);
  }
  return [...files.values()];
}

/** Processes that this one and its threads started and that still live. Empty where the kernel does not tell. */
export function childrenOf(pid: number): number[] {
  const children: number[] = [];
  for (const thread of threadIdsOf(pid)) {
    const text = readText(`/proc/${pid}/task/${thread}/children`) ?? '';
    for (const child of text.split(' ')) if (child !== '') children.push(Number(child));
  }
  return children;
}

/** The process that started this one, as long as that lives; undefined when it is gone. */
export function parentOf(pid: number): number | undefined {
  const status = readText(`/proc/${pid}/stat`);
  // The name in brackets may hold blanks and brackets itself.
  const parent = Number(status?.slice(status.lastIndexOf(')') + 2).split(' ')[1]);
  return parent > 0 ? parent : undefined;
}

/** Kernel ids of the threads of a process; empty when it is gone. */
export function threadIdsOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    return [];
  }
}

/** Whether the process exists and is not a zombie that only waits to be collected. */
export function isAlive(pid: number): boolean {
  const status = readText(`/proc/${pid}/stat`);
  if (status === undefined) return false;
  const state = status.charAt(status.lastIndexOf(')') + 2);
  return state !== 'Z' && state !== 'X' && state !== '';
}

/** When a process was started, in the kernel's ticks: with its id it tells processes apart for ever. */
export function startTicksOf(pid: number): number | undefined {
  const status = readText(`/proc/${pid}/stat`);
  // The name in brackets may hold blanks and brackets itself.
  return status === undefined
    ? undefined
    : Number(status.slice(status.lastIndexOf(')') + 2).split(' ')[19]);
}

/** The text of a small file of /proc, or undefined when it cannot be read. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Where a symbolic link of /proc points to, or undefined. */
export function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
