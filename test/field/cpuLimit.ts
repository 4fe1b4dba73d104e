// A CPU limit as containers have one: a cgroup with a quota. Where none can be made, the tests that need one are skipped.

import fs from 'node:fs';
import path from 'node:path';

const PERIOD_US = 100_000;
/** Where the first and the second version of cgroups are mounted, and how each is told a quota. */
const FIRST = '/sys/fs/cgroup/cpu';
const SECOND = '/sys/fs/cgroup';

export class CpuLimit {
  readonly #folder: string;

  constructor(cpus: number) {
    this.#folder = path.join(placeOfGroups() ?? SECOND, `gilscope-field-${process.pid}`);
    fs.mkdirSync(this.#folder, { recursive: true });
    const quota = Math.round(cpus * PERIOD_US);
    if (isFirst()) {
      fs.writeFileSync(path.join(this.#folder, 'cpu.cfs_period_us'), String(PERIOD_US));
      fs.writeFileSync(path.join(this.#folder, 'cpu.cfs_quota_us'), String(quota));
    } else fs.writeFileSync(path.join(this.#folder, 'cpu.max'), `${quota} ${PERIOD_US}`);
  }

  static isPossible(): boolean {
    return placeOfGroups() !== undefined;
  }

  /** The same command, which goes into the group first. */
  wrap(command: readonly string[]): readonly string[] {
    const into = `echo $$ > ${path.join(this.#folder, 'cgroup.procs')}; exec "$@"`;
    return ['/bin/sh', '-c', into, 'sh', ...command];
  }

  remove(): void {
    try {
      fs.rmdirSync(this.#folder);
    } catch {
      // somebody is still in it; it goes with the machine
    }
  }
}

function isFirst(): boolean {
  return (
    fs.existsSync(path.join(FIRST, 'cpu.cfs_quota_us')) || fs.existsSync(path.join(FIRST, 'tasks'))
  );
}

/** Where a group may be made; undefined if nowhere. */
function placeOfGroups(): string | undefined {
  const place = isFirst() ? FIRST : SECOND;
  if (!isFirst() && !fs.existsSync(path.join(SECOND, 'cpu.max.burst'))) {
    const controllers = path.join(SECOND, 'cgroup.subtree_control');
    if (!fs.existsSync(controllers) || !fs.readFileSync(controllers, 'utf8').includes('cpu'))
      return undefined;
  }
  try {
    fs.accessSync(place, fs.constants.W_OK);
    return place;
  } catch {
    return undefined;
  }
}
