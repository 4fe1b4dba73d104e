// What the rows of the table say: what sending costs, and how lanes are called where threads become something else.

import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { IDEAL_COSTS } from '../../../src/core/worlds/costs';
import { simulate } from '../../../src/core/machine/machine';
import {
  laneName,
  runtimeNamed,
  runtimeOfBuild,
  type SendCosts,
} from '../../../src/core/worlds/runtimes';
import { program } from '../../support/stories';

describe('sending an object', () => {
  const message = { bytes: 2e6, content: 'objects' } as const;
  const costs = { ...IDEAL_COSTS, pickleNsPerMB: 5e6, unpickleNsPerMB: 10e6, pipeNsPerMB: 2e6 };

  it('goes through a pipe to another process, but not to another interpreter', () => {
    const costOf = (runtime: string): SendCosts | undefined =>
      runtimeNamed(runtime)?.send(costs, message);
    // 2 MB × 5 ms and × 10 ms, to a process half of 2 MB × 2 ms more at each end.
    deepStrictEqual(costOf('processes'), { sendNs: 12e6, receiveNs: 22e6 });
    deepStrictEqual(costOf('subinterpreters'), { sendNs: 10e6, receiveNs: 20e6 });
    deepStrictEqual(costOf('subinterpreters-shared'), { sendNs: 10e6, receiveNs: 20e6 });
    deepStrictEqual(costOf('gil'), { sendNs: 0, receiveNs: 0 });
  });
});

describe('a build of CPython', () => {
  it('is described by the row for its version and sort', () => {
    const nameOf = (version: string, freeThreaded: boolean): string =>
      runtimeOfBuild(version, freeThreaded).name;
    strictEqual(nameOf('2.7.18', false), 'gil-ticks');
    strictEqual(nameOf('3.8.1', false), 'gil');
    strictEqual(nameOf('3.15.0a1', false), 'gil');
    strictEqual(nameOf('3.13.2', true), 'free-threaded-3.13');
    strictEqual(nameOf('3.14.0', true), 'free-threaded');
    strictEqual(nameOf('3.15.0a1', true), 'free-threaded');
  });

  it('whose version is not known is taken for the default one', () => {
    strictEqual(runtimeOfBuild('', false).name, 'gil');
  });
});

describe('the name of a lane', () => {
  it('is the one that multiprocessing gives where a thread becomes a process', () => {
    strictEqual(laneName({ unit: 'process' }, 'MainThread'), 'MainProcess');
    strictEqual(laneName({ unit: 'process' }, 'Thread-12'), 'Process-12');
  });

  it('stays what it is under threads, and where the program chose it', () => {
    strictEqual(laneName({ unit: 'thread' }, 'Thread-12'), 'Thread-12');
    strictEqual(laneName({ unit: 'interpreter' }, 'MainThread'), 'MainThread');
    strictEqual(laneName({ unit: 'process' }, 'Thread-pool'), 'Thread-pool');
  });

  it('stands in the traces of every runtime with processes', () => {
    const plan = program`
      Thread-1  compute 1ms
    `;
    const conditions = { cores: 2, switchIntervalNs: 5e6, seed: 1 };
    for (const runtime of ['processes', 'processes-fork', 'processes-spawn']) {
      strictEqual(runtimeNamed(runtime)?.unit, 'process');
      strictEqual(simulate({ program: plan, runtime, conditions }).lanes[1].name, 'Process-1');
    }
  });
});
