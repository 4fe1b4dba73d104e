// Where the system says how long a CPU limit stopped a process, in both versions of cgroups.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import { CpuLimit } from '../../../../src/engines/recorder/system/cpuLimit';
import { makeTemporaryFolder } from '../../../support/temporaryFolder';

describe('a CPU limit', () => {
  const temporary = makeTemporaryFolder();
  after(() => temporary.dispose());
  let count = 0;

  /** A system in which process 7 is in these groups. */
  function system(files: Readonly<Record<string, string>>): {
    readonly limit: CpuLimit;
    readonly write: (name: string, text: string) => void;
  } {
    const folder = path.join(temporary.folder, String(count++));
    const write = (name: string, text: string): void => {
      const file = path.join(folder, name);
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(file, text);
    };
    for (const [name, text] of Object.entries(files)) write(name, text);
    const limit = new CpuLimit(7, path.join(folder, 'cgroup'), path.join(folder, 'proc'));
    return { limit, write };
  }

  it('of version 2 is read in microseconds, from the groups above the process that have one', () => {
    const { limit, write } = system({
      'proc/7/cgroup': '0::/box/inner\n',
      'cgroup/box/cpu.max': '50000 100000\n',
      'cgroup/box/cpu.stat': 'usage_usec 9\nnr_throttled 3\nthrottled_usec 1000\n',
      'cgroup/box/inner/cpu.max': 'max 100000\n',
      'cgroup/box/inner/cpu.stat': 'nr_throttled 0\nthrottled_usec 7\n',
    });
    assert.equal(limit.isThere, true);
    assert.equal(limit.throttledNs(), 0);
    write('cgroup/box/cpu.stat', 'usage_usec 9\nnr_throttled 4\nthrottled_usec 1250\n');
    write('cgroup/box/inner/cpu.stat', 'nr_throttled 0\nthrottled_usec 70\n');
    assert.equal(limit.throttledNs(), 250_000);
  });

  it('of version 1 is read in nanoseconds, where the controller is mounted', () => {
    const { limit, write } = system({
      'proc/7/cgroup': '4:memory:/x\n1:cpu,cpuacct:/box\n',
      'cgroup/cpu,cpuacct/cpu.stat': 'nr_throttled 0\nthrottled_time 0\n',
      'cgroup/cpu,cpuacct/cpu.cfs_quota_us': '-1\n',
      'cgroup/cpu,cpuacct/box/cpu.cfs_quota_us': '50000\n',
      'cgroup/cpu,cpuacct/box/cpu.stat': 'nr_throttled 0\nthrottled_time 5\n',
    });
    write('cgroup/cpu,cpuacct/box/cpu.stat', 'nr_throttled 1\nthrottled_time 4005\n');
    assert.equal(limit.throttledNs(), 4000);
  });

  it('is not there without a quota, or where the system does not say', () => {
    const without = system({
      'proc/7/cgroup': '0::/box\n',
      'cgroup/box/cpu.max': 'max 100000\n',
      'cgroup/box/cpu.stat': 'throttled_usec 1000\n',
    });
    assert.equal(without.limit.isThere, false);
    assert.equal(system({}).limit.throttledNs(), 0);
  });
});
