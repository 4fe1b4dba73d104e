import { spawnSync } from 'node:child_process';

/** Why nothing can be recorded in the editor here, or undefined. */
export function whyNotRecordable(): string | undefined {
  if (process.platform !== 'linux') return 'programs are recorded from outside on Linux only';
  const { status } = spawnSync('python3', ['-c', 'import threading']);
  return status === 0 ? undefined : 'there is no python3 on this machine';
}
