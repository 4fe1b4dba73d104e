// A recorder that waits to be told what to record, so that a person does not wait for it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';

import { attach, recorderOnCall } from '../../../src/engines/recorded';
import { ON_CALL } from '../../../src/engines/recorder/file/request';
import { skip } from '../../support/skip';
import { findInterpreters, pickInterpreter } from './interpreters';
import { buildRecorder, programFile, readToEnd } from './recordings';

describe('a recorder on call', function () {
  this.timeout(30_000);
  const recorderFile = buildRecorder();
  const python = pickInterpreter(findInterpreters())?.path;

  it('records the process that it is told, once', async function () {
    if (python === undefined) return skip(this, 'no CPython was found');
    const onCall = recorderOnCall({ recorderFile });
    const first = await recordIdle(python, onCall);
    const second = await recordIdle(python, onCall);
    assert.notEqual(first.recorder, second.recorder, 'the second time another one is started');
    for (const { names } of [first, second]) assert.ok(names.includes('MainThread'), names.join());
  });

  it('is replaced when it has died meanwhile', async function () {
    if (python === undefined) return skip(this, 'no CPython was found');
    const others = recordersOnCall();
    const onCall = recorderOnCall({ recorderFile });
    onCall.dispose();
    while (recordersOnCall() > others) await new Promise(resolve => setTimeout(resolve, 20));
    const { names } = await recordIdle(python, onCall);
    assert.ok(names.includes('MainThread'), names.join());
  });

  it('ends with who started it, unless it was called', async () => {
    const child = spawn(process.execPath, [recorderFile, ON_CALL], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    await once(child, 'spawn');
    child.disconnect();
    const [code] = (await once(child, 'exit')) as [number | null];
    assert.equal(code, 0);
  });

  /** How many recorders of this test file wait to be called. */
  function recordersOnCall(): number {
    const commands = readdirSync('/proc').map(id => {
      try {
        return /^\d+$/.test(id) ? readFileSync(`/proc/${id}/cmdline`, 'utf8') : '';
      } catch {
        return ''; // it has just ended
      }
    });
    return commands.filter(text => text.includes(recorderFile) && text.includes(ON_CALL)).length;
  }

  /** Attaches to a program that waits, and lets go of it again. */
  async function recordIdle(
    pythonPath: string,
    onCall: ReturnType<typeof recorderOnCall>,
  ): Promise<{ recorder: number | undefined; names: readonly string[] }> {
    const child = spawn(pythonPath, [programFile('idle.py')], { stdio: 'pipe' });
    try {
      await once(child.stdout, 'data');
      const stopper = new AbortController();
      const options = { recorderFile, onCall, stdio: 'ignore' } as const;
      const recording = await attach(child.pid ?? 0, stopper.signal, options);
      stopper.abort();
      const { trace } = await readToEnd(recording);
      assert.equal(child.exitCode, null, 'the program runs on');
      return { recorder: recording.process?.pid, names: trace.lanes.map(({ name }) => name) };
    } finally {
      child.kill('SIGKILL');
    }
  }
});
