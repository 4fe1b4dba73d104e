// How long a CPU limit has stopped a process: from the cgroups that it is in, of version 1 or 2.

import { readText } from './processMaps';

/** Folder of all cgroups. */
const ROOT = '/sys/fs/cgroup';
/** Deeper nesting than this is not followed. */
const MAX_LEVELS = 12;

/** The statistics of every cgroup with a CPU limit above a process. */
export class CpuLimit {
  readonly #files: readonly string[];
  readonly #startNs: number;

  /** `root` and `proc`: other folders only for tests. */
  constructor(pid: number, root = ROOT, proc = '/proc') {
    const groups = readText(`${proc}/${pid}/cgroup`) ?? '';
    this.#files = foldersOf(groups, root)
      .filter(hasLimit)
      .map(folder => `${folder}/cpu.stat`);
    this.#startNs = this.#sumNs();
  }

  get isThere(): boolean {
    return this.#files.length > 0;
  }

  /** Time stopped since this was made, summed over cores. */
  throttledNs(): number {
    return this.#files.length === 0 ? 0 : Math.max(0, this.#sumNs() - this.#startNs);
  }

  #sumNs(): number {
    return this.#files.reduce((sum, file) => sum + throttledIn(readText(file) ?? ''), 0);
  }
}

/** The group of a process and those around it, which stop it, too. */
function foldersOf(groups: string, root: string): string[] {
  for (const line of groups.split('\n')) {
    const match = /^\d+:([^:]*):(\/.*)$/.exec(line);
    const controllers = match?.[1].split(',') ?? [];
    if (match && controllers.includes('cpu')) {
      const mounts = [`${root}/${match[1]}`, `${root}/cpu`];
      const mount = mounts.find(folder => readText(`${folder}/cpu.stat`) !== undefined);
      if (mount !== undefined) return levelsOf(mount, match[2]);
    }
  }
  const unified = /^0::(\/.*)$/m.exec(groups)?.[1];
  return unified === undefined ? [] : levelsOf(root, unified);
}

/** In a container the path may be that of the host: then only the container's own root is there. */
function levelsOf(mount: string, path: string): string[] {
  const names = path.split('/').filter(name => name !== '');
  const folders = [mount];
  for (const name of names.slice(0, MAX_LEVELS)) folders.push(`${folders.at(-1) ?? mount}/${name}`);
  return folders;
}

function hasLimit(folder: string): boolean {
  const unified = readText(`${folder}/cpu.max`);
  if (unified !== undefined) return !unified.startsWith('max');
  return Number(readText(`${folder}/cpu.cfs_quota_us`) ?? -1) > 0;
}

/** `throttled_usec 12` (version 2) or `throttled_time 12000` in ns (version 1). */
function throttledIn(text: string): number {
  const micros = /^throttled_usec (\d+)$/m.exec(text)?.[1];
  if (micros !== undefined) return Number(micros) * 1000;
  return Number(/^throttled_time (\d+)$/m.exec(text)?.[1] ?? 0);
}
