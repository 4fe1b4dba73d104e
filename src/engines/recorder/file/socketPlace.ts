// Where the control socket lies, as a path that the system takes whole. A socket's path is cut after about a hundred
// bytes: the socket would then lie outside of the private folder, under a name that anybody can guess.

import { closeSync, constants, openSync } from 'node:fs';
import { join } from 'node:path';

import { SOCKET_FILE } from './request';

/** 108 with the zero behind it on Linux, 104 on macOS. */
const LONGEST_BYTES = 100;

/** A path that is good for listening and connecting until `close`. */
export interface SocketPlace {
  readonly path: string;
  close(): void;
}

/** The place within a recording's folder; undefined where it is gone, or its path is too long for this system. */
export function socketPlaceIn(folder: string): SocketPlace | undefined {
  const path = join(folder, SOCKET_FILE);
  if (fits(path)) return { path, close: () => undefined };
  if (process.platform !== 'linux') return undefined;
  // The way over an open folder is short however long its own path is.
  const fd = openFolder(folder);
  if (fd === undefined) return undefined;
  return { path: `/proc/self/fd/${fd}/${SOCKET_FILE}`, close: () => closeSync(fd) };
}

function openFolder(folder: string): number | undefined {
  try {
    return openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch {
    return undefined;
  }
}

/** Whether a socket can lie in this folder. */
export function takesSocket(folder: string): boolean {
  return process.platform === 'linux' || fits(join(folder, SOCKET_FILE));
}

function fits(path: string): boolean {
  return Buffer.byteLength(path) <= LONGEST_BYTES;
}
