// How lanes are called where threads of a program become something else.

import { strictEqual } from 'node:assert/strict';
import { simulate } from '../../src/core/machine';
import { laneName, runtimeNamed } from '../../src/core/runtimes';
import { program } from '../support/stories';

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
