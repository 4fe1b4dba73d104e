// Real free-threaded CPythons (3.13 to 3.15): threads that run at the same time, and what turns the GIL on.
//
// Debian has none. The variable GIL_SCOPE_FREE_THREADED names some (paths, with colons between); else pyenv's and the
// system's are tried. Of 3.14 and 3.15 what matters is also laid out from CPython's headers by a small C program.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { LaneState } from '../../../../src/core/model/lanes';
import { EventKind, type Trace } from '../../../../src/core/model/trace';
import { attach, record, type ProgramToRecord } from '../../../../src/engines/recorded';
import { certify } from '../../../../src/engines/recorder/certification/certification';
import { locateRuntime } from '../../../../src/engines/recorder/cpython/locateRuntime';
import { skip } from '../../../support/skip';
import { makeTemporaryFolder } from '../../../support/temporaryFolder';
import {
  buildRecorder,
  describeLane,
  laneNamed,
  programFile,
  readToEnd,
  recordProgram,
  timePerLine,
  timePerState,
  type Finished,
} from '../recordings';

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

const MINORS = [13, 14, 15];

function findFreeThreaded(): { readonly path: string; readonly version: string }[] {
  if (process.platform !== 'linux') return [];
  const versions = path.join(os.homedir(), '.pyenv/versions');
  const folders = fs.existsSync(versions)
    ? fs.readdirSync(versions).map(version => path.join(versions, version, 'bin'))
    : [];
  const named = process.env.GIL_SCOPE_FREE_THREADED?.split(':') ?? [];
  const usual = [...folders, '/usr/bin', '/usr/local/bin'].flatMap(folder =>
    MINORS.map(minor => path.join(folder, `python3.${minor}t`)),
  );
  const found = new Map<string, string>();
  for (const file of [...named, ...usual]) {
    const version = fs.existsSync(file) ? versionOf(file) : undefined;
    if (version !== undefined) found.set(fs.realpathSync(file), version);
  }
  return [...found].map(([file, version]) => ({ path: file, version }));
}

/** Undefined for a build with a GIL, and what cannot be run. */
function versionOf(file: string): string | undefined {
  const question =
    'import sys, sysconfig; print("%d.%d.%d" % sys.version_info[:3], sysconfig.get_config_var("Py_GIL_DISABLED"))';
  try {
    const answer = execFileSync(file, ['-I', '-c', question], { encoding: 'utf8', stdio: 'pipe' });
    const [version, isFree] = answer.trim().split(' ');
    return isFree === '1' ? version : undefined;
  } catch {
    return undefined;
  }
}

function textOfMarks({ marks }: Trace): string {
  return marks.map(({ text }) => text).join();
}

describe('a recording of a free-threaded CPython', function () {
  this.timeout(60_000);
  const builds = findFreeThreaded();
  const temporary = makeTemporaryFolder();
  let recorderFile = '';
  before(function () {
    if (process.platform !== 'linux') skip(this, 'the recorder reads /proc: Linux only');
    if (builds.length === 0) skip(this, 'no free-threaded CPython 3.13 to 3.15 was found');
    recorderFile = buildRecorder();
    fs.writeFileSync(path.join(temporary.folder, 'program.py'), PROGRAM);
  });
  after(() => temporary.dispose());

  async function recorded(
    python: string,
    options: Partial<ProgramToRecord> = {},
  ): Promise<Finished> {
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

  it('is made where there is such a build', () => {
    assert.ok(builds.length > 0);
  });

  for (const { path: python, version } of builds) describe(version, () => build(python, version));

  function build(python: string, version: string): void {
    it('is certified like any other', async () => {
      const program = path.join(temporary.folder, 'program.py');
      const child = spawn(python, [program], { stdio: 'ignore' });
      try {
        const builds = { elf: new Map(), knowledgeOf: () => ({ kind: 'nothing' }) as const };
        let located = locateRuntime(child.pid ?? 0, builds);
        while (located.kind !== 'found') {
          assert.equal(child.exitCode, null);
          await wait(20);
          located = locateRuntime(child.pid ?? 0, builds);
        }
        const certificate = await certify(fs.realpathSync(python), located.runtime);
        // Without a GIL nobody waits for it, and the search that knows no offsets finds no holder.
        assert.equal(certificate?.kind, 'certified', JSON.stringify(certificate));
      } finally {
        child.kill('SIGKILL');
      }
    });

    it('knows threads by name and line, and has no GIL to draw', async () => {
      const { trace, result } = await recorded(python);
      assert.ok(trace.header.subtitle.startsWith(`Python ${version} free-threaded`));
      const isFirst = version.startsWith('3.13');
      assert.equal(trace.header.runtime, isFirst ? 'free-threaded-3.13' : 'free-threaded');
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
      if (!compileExtension(python))
        skip(this, 'there is no C compiler, or no header of this Python');
      const { trace, result } = await recorded(python, { args: ['import'] });
      const { kinds, lanes, times } = trace.events;
      const at = kinds.indexOf(EventKind.mark);
      assert.match(textOfMarks(trace), /The GIL came back here/);
      const store = trace.stores[lanes[at]];
      assert.equal(trace.lanes[lanes[at]].name, 'MainThread');
      assert.equal(trace.positions[store.positionOf(store.segmentAt(times[at]))].line, IMPORT_LINE);
      assert.ok(result.handOffsCounted > 10);
      assert.ok(kinds.includes(EventKind.acquire));
      assert.ok(timeIn(trace, 'burner 0', runningWithGil) > 0);
    });

    it('tells that the GIL was on from the start', async () => {
      const { trace } = await recorded(python, { env: { PYTHON_GIL: '1' } });
      assert.match(textOfMarks(trace), /was on from the start/);
      assert.ok(timeIn(trace, 'burner 1', runningWithGil) > 0.2e9);
    });

    it('has the lanes of sub-interpreters, without a GIL of their own to draw', async () => {
      const { trace, result } = await recordProgram(recorderFile, python, 'interpreters.py');
      // The GIL is on for moments, while a module is imported of which it is not known yet whether it can do without.
      assert.ok(result.handOffsCounted < 10, String(result.handOffsCounted));
      const ran = trace.lanes
        .map((_, lane) => lane)
        .filter(lane => trace.lanes[lane].interpreter !== 0)
        .map(lane => timePerState(trace, lane)[runningWithoutGil]);
      assert.equal(ran.filter(time => time > 0.05e9).length, 2, ran.join());
    });

    it('has the lanes of children', async () => {
      const options = { args: ['spawn'] };
      const { trace } = await recordProgram(recorderFile, python, 'children.py', options);
      const helpers = trace.lanes.filter(({ name }) => name === 'helper of a child');
      assert.equal(helpers.length, 2);
      assert.equal(new Set(helpers.map(({ process }) => process)).size, 2);
    });
  }

  function compileExtension(python: string): boolean {
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

const WORKERS = ['worker é', 'worker ☃'];

describe('what CPython’s headers say of a free-threaded build', function () {
  this.timeout(60_000);
  const temporary = makeTemporaryFolder();
  let recorderFile = '';
  before(function () {
    if (process.platform !== 'linux') skip(this, 'the recorder reads /proc: Linux only');
    recorderFile = buildRecorder();
  });
  after(() => temporary.dispose());

  for (const minor of [14, 15]) {
    it(`of 3.${minor} is read: names, and lines in a thread’s own copy of the instructions`, async function () {
      const program =
        compileStandIn(minor) ??
        skip(this, `there is no C compiler, or no header of 3.${minor} (test/pythons/fetch)`);
      const child = spawn(program, { stdio: ['pipe', 'ignore', 'inherit'] });
      const stopper = new AbortController();
      try {
        const recording = await attach(child.pid ?? 0, stopper.signal, { recorderFile });
        const enough = (trace: Trace): boolean =>
          WORKERS.every(name => worked(trace, name) > 0.02e9);
        const { trace, result } = await readToEnd(recording, soFar => {
          if (enough(soFar)) stopper.abort();
        });
        // A busy machine may be told of, and nothing else.
        const problems = result.problems.filter(({ kind }) => kind !== 'not-observed');
        assert.deepEqual(problems, []);
        assert.match(
          trace.header.subtitle,
          new RegExp(`^Python 3\\.${minor}\\.\\d+ free-threaded`),
        );
        assert.equal(result.handOffsCounted, 0);
        for (const name of WORKERS) {
          const lane = laneNamed(trace, name);
          const perLine = timePerLine(trace, lane, runningWithoutGil);
          assert.deepEqual([...perLine.keys()], ['work:12'], describeLane(trace, lane));
          assert.ok((perLine.get('work:12') ?? 0) > 0.02e9, describeLane(trace, lane));
        }
      } finally {
        child.kill('SIGKILL');
      }
    });
  }

  /** How long a thread was seen at its line; 0 while there is no such thread. */
  function worked(trace: Trace, name: string): number {
    const lane = trace.lanes.findIndex(info => info.name === name);
    return lane < 0 ? 0 : (timePerLine(trace, lane, runningWithoutGil).get('work:12') ?? 0);
  }

  function compileStandIn(minor: number): string | undefined {
    const include = path.resolve('.pythons/usr/include');
    const headers = path.join(include, `python3.${minor}`);
    const program = path.join(temporary.folder, `python3.${minor}t`);
    const folders = [headers, path.join(headers, 'internal'), include].map(each => `-I${each}`);
    const source = programFile('freeThreadedStandIn.c');
    const { status } = spawnSync('cc', ['-O1', '-pthread', ...folders, source, '-o', program]);
    return status === 0 ? program : undefined;
  }
});
