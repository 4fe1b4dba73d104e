// A real free-threaded CPython 3.13: threads that run at the same time, and what turns its GIL on.
//
// Debian has none. The variable GIL_SCOPE_FREE_THREADED names one; else pyenv's (3.13t) and the system's are tried.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { LaneState } from '../../../src/core/lanes';
import { EventKind, type Trace } from '../../../src/core/trace';
import { record, type ProgramToRecord } from '../../../src/engines/recorded';
import { skip } from '../../support/skip';
import { makeTemporaryFolder } from '../../support/temporaryFolder';
import {
  buildRecorder,
  describeLane,
  laneNamed,
  readToEnd,
  timePerLine,
  timePerState,
  type Finished,
} from './recordings';

const { runningWithGil, runningWithoutGil, waitingForGil, ready } = LaneState;

/** Two threads compute for a second and a half; meanwhile, or not, an old extension is imported. */
const PROGRAM = `import sys, threading, time
def burn():
    end = time.monotonic() + 1.5
    while time.monotonic() < end:
        sum(range(500))
threads = [threading.Thread(target=burn, name=f"burner {i}") for i in range(2)]
for thread in threads: thread.start()
time.sleep(0.5)
if len(sys.argv) > 1:
    import oldextension
for thread in threads: thread.join()
`;
const IMPORT_LINE = 10;

/** An extension that does not say that it can do without the GIL. */
const EXTENSION = `#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "oldextension", NULL, -1, NULL};
PyMODINIT_FUNC PyInit_oldextension(void) { return PyModule_Create(&module); }
`;

function findFreeThreaded(): string | undefined {
  const versions = path.join(os.homedir(), '.pyenv/versions');
  const pyenv = fs.existsSync(versions)
    ? fs.readdirSync(versions).map(version => path.join(versions, version, 'bin/python3.13t'))
    : [];
  const named = process.env.GIL_SCOPE_FREE_THREADED;
  const files = [...(named === undefined ? [] : [named]), ...pyenv, '/usr/bin/python3.13t'];
  return files.find(file => fs.existsSync(file));
}

describe('a recording of a free-threaded CPython 3.13', function () {
  this.timeout(60_000);
  const temporary = makeTemporaryFolder();
  let recorderFile = '';
  let python = '';
  before(function () {
    if (process.platform !== 'linux') skip(this, 'the recorder reads /proc: Linux only');
    python = findFreeThreaded() ?? skip(this, 'no free-threaded CPython 3.13 was found');
    recorderFile = buildRecorder();
    fs.writeFileSync(path.join(temporary.folder, 'program.py'), PROGRAM);
  });
  after(() => temporary.dispose());

  async function recorded(options: Partial<ProgramToRecord> = {}): Promise<Finished> {
    const program: ProgramToRecord = {
      python,
      run: { kind: 'script', file: path.join(temporary.folder, 'program.py') },
      args: [],
      cwd: temporary.folder,
      mode: 'normal',
      ...options,
    };
    const recording = await record(program, new AbortController().signal, {
      recorderFile,
      stdio: 'ignore',
    });
    return readToEnd(recording);
  }

  function timeIn(trace: Trace, name: string, state: number): number {
    return timePerState(trace, laneNamed(trace, name))[state];
  }

  it('knows threads by name and line, and has no GIL to draw', async () => {
    const { trace, result } = await recorded();
    assert.match(trace.header.subtitle, /^Python 3\.13\.\d+\w* free-threaded/);
    assert.equal(trace.header.runtime, 'free-threaded-3.13');
    assert.equal(result.handOffsCounted, 0);
    for (const name of ['burner 0', 'burner 1']) {
      const lane = laneNamed(trace, name);
      assert.equal(timeIn(trace, name, runningWithGil), 0);
      assert.equal(timeIn(trace, name, waitingForGil), 0);
      const ran = timeIn(trace, name, runningWithoutGil) + timeIn(trace, name, ready);
      assert.ok(ran > 0.2e9, describeLane(trace, lane));
      const places = [...timePerLine(trace, lane, runningWithoutGil).keys()];
      assert.ok(
        places.every(place => /^burn:[345]$|:0$/.test(place)),
        places.join(),
      );
    }
  });

  it('tells at which import the GIL came back, and shows it from there on', async function () {
    if (!compileExtension()) skip(this, 'there is no C compiler, or no header of this Python');
    const { trace, result } = await recorded({ args: ['import'] });
    const { kinds, lanes, times } = trace.events;
    const at = kinds.indexOf(EventKind.mark);
    assert.match(trace.marks.join(), /The GIL came back here/);
    const store = trace.stores[lanes[at]];
    assert.equal(trace.lanes[lanes[at]].name, 'MainThread');
    assert.equal(trace.positions[store.positionOf(store.segmentAt(times[at]))].line, IMPORT_LINE);
    assert.ok(result.handOffsCounted > 10);
    assert.ok(kinds.includes(EventKind.acquire));
    assert.ok(timeIn(trace, 'burner 0', runningWithGil) > 0);
  });

  it('tells that the GIL was on from the start', async () => {
    const { trace } = await recorded({ env: { PYTHON_GIL: '1' } });
    assert.match(trace.marks.join(), /was on from the start/);
    assert.ok(timeIn(trace, 'burner 1', runningWithGil) > 0.2e9);
  });

  function compileExtension(): boolean {
    const source = path.join(temporary.folder, 'oldextension.c');
    fs.writeFileSync(source, EXTENSION);
    try {
      const question = 'import sysconfig; print(sysconfig.get_path("include"))';
      const headers = execFileSync(python, ['-c', question], { encoding: 'utf8' }).trim();
      const library = path.join(temporary.folder, 'oldextension.so');
      execFileSync('cc', ['-shared', '-fPIC', `-I${headers}`, source, '-o', library]);
      return true;
    } catch {
      return false;
    }
  }
});
