// Programs that have a Python in them are recorded, and never started by us: they would do their work twice.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { record } from '../../../../src/engines/recorded';
import { isInterpreter } from '../../../../src/engines/recorder/certification/interpreterProgram';
import { skip } from '../../../support/skip';
import { makeTemporaryFolder } from '../../../support/temporaryFolder';
import { findInterpreters, type Interpreter } from '../interpreters';
import { buildRecorder, programFile, readToEnd, type Finished } from '../recordings';

const PATHS =
  'import sysconfig as s; print(*(s.get_config_var(v) for v in ("INCLUDEPY", "LIBDIR", "LDLIBRARY")), sep="\\n")';

/** How a program is compiled that uses the library of an interpreter; undefined if that has none, or no headers. */
function compilerOptions({ path: python }: Interpreter): readonly string[] | undefined {
  const answer = execFileSync(python, ['-I', '-c', PATHS], { encoding: 'utf8' });
  const [headers, folder, library] = answer.trim().split('\n');
  const isThere = ['Python.h', 'pyconfig.h'].every(name => fs.existsSync(path.join(headers, name)));
  const file = path.join(folder, library);
  if (!isThere || !library.endsWith('.so') || !fs.existsSync(file)) return undefined;
  return [`-I${headers}`, file, `-Wl,-rpath,${folder}`];
}

describe('a program that embeds Python', function () {
  this.timeout(60_000);
  const interpreters = findInterpreters();
  const temporary = makeTemporaryFolder();
  const inFolder = (...names: string[]): string => path.join(temporary.folder, ...names);
  const notes = inFolder('notes');
  const embedder = inFolder('embedder');
  let recorderFile = '';
  let cacheBefore: string | undefined;
  let recordings = 0;
  let python: Interpreter | undefined;

  before(function () {
    if (process.platform !== 'linux') skip(this, 'the recorder reads /proc: Linux only');
    if (process.arch !== 'x64') skip(this, 'builds are examined on x86-64 only');
    if (spawnSync('cc', ['--version']).status !== 0) skip(this, 'there is no C compiler (cc)');
    python = [...interpreters].reverse().find(one => compilerOptions(one) !== undefined);
    if (!python) skip(this, 'no CPython with headers and a shared library was found');
    const options = compilerOptions(python) ?? [];
    execFileSync('cc', [programFile('embeds.c'), ...options, '-o', embedder], { stdio: 'pipe' });
    recorderFile = buildRecorder();
    cacheBefore = process.env.XDG_CACHE_HOME;
    // Whatever anybody starts notes itself, the recorder's own starts included.
    process.env.GIL_SCOPE_TEST_NOTES = notes;
  });
  beforeEach(() => {
    // Nothing is known of any build: each would have to be examined.
    process.env.XDG_CACHE_HOME = inFolder(`cache-${recordings++}`);
    fs.rmSync(notes, { force: true });
  });
  after(() => {
    delete process.env.GIL_SCOPE_TEST_NOTES;
    if (cacheBefore === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = cacheBefore;
    temporary.dispose();
  });

  async function recorded(command: string, args: readonly string[]): Promise<Finished> {
    const recording = await record(
      {
        python: command,
        run: { kind: 'command' },
        args,
        cwd: temporary.folder,
        mode: 'normal',
      },
      new AbortController().signal,
      { recorderFile, stdio: ['ignore', 'ignore', 'inherit'] },
    );
    return readToEnd(recording);
  }
  const noted = (): string[] => fs.readFileSync(notes, 'utf8').trim().split('\n');
  const certificates = (): string[] => {
    const folder = path.join(process.env.XDG_CACHE_HOME ?? '', 'gil-scope/interpreters');
    return fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  };
  const wasNotExamined = ({ kind }: { readonly kind: string }): boolean => kind === 'not-examined';

  it('is recorded, does its work once, and is said not to have been examined', async () => {
    const { trace, result } = await recorded(embedder, []);
    assert.deepEqual(noted(), ['started', 'worked']);
    assert.equal(trace.lanes[0].name, 'MainThread');
    assert.ok(result.problems.some(wasNotExamined));
    assert.deepEqual(certificates(), []);
  });

  it('is not started although it bears the name of an interpreter and lies where one would', async () => {
    assert.ok(python);
    const name = `python3.${python.minor}`;
    const disguised = inFolder('prefix/bin', name);
    fs.mkdirSync(path.dirname(disguised), { recursive: true });
    fs.copyFileSync(embedder, disguised);
    fs.mkdirSync(inFolder('prefix/lib', name), { recursive: true });
    fs.writeFileSync(inFolder('prefix/lib', name, 'os.py'), '');
    const home = path.dirname(path.dirname(fs.realpathSync(python.path)));
    process.env.PYTHONHOME = home; // it would find no library in that place
    try {
      const { result } = await recorded(disguised, []);
      assert.deepEqual(noted(), ['started', 'worked']);
      assert.ok(result.problems.some(wasNotExamined));
    } finally {
      delete process.env.PYTHONHOME;
    }
  });

  it('is not started as the child of a recorded program, nor as that of an interpreter', async () => {
    assert.ok(python);
    await recorded('/bin/sh', ['-c', `"${embedder}"; true`]);
    assert.deepEqual(noted(), ['started', 'worked']);
    const code = 'import subprocess, sys; subprocess.run(sys.argv[1:], check=True)';
    await recorded(python.path, ['-c', code, embedder]);
    assert.deepEqual(noted(), ['started', 'worked', 'started', 'worked']);
  });

  it('does not keep the interpreter that was named from being examined', async () => {
    assert.ok(python);
    const code = 'import time\nend = time.time() + 2\nwhile time.time() < end: pass';
    const { result } = await recorded(python.path, ['-c', code]);
    assert.ok(!result.problems.some(wasNotExamined));
    assert.ok(certificates().length > 0);
  });

  it('is told from the interpreters of this machine', () => {
    for (const { path: file } of interpreters) {
      const executable = fs.realpathSync(file);
      assert.equal(isInterpreter(executable), true, executable);
    }
    assert.equal(isInterpreter(embedder), false);
    assert.equal(isInterpreter('/bin/sh'), false);
    assert.equal(isInterpreter('/no/such/python3.13'), false);
  });

  it('is told from an interpreter that does something of its own first', () => {
    assert.ok(python);
    const name = `python3.${python.minor}`;
    const source = inFolder('wrapper.c');
    const wrapper = inFolder('wrapper/bin', name);
    fs.mkdirSync(path.dirname(wrapper), { recursive: true });
    fs.mkdirSync(inFolder('wrapper/lib', name), { recursive: true });
    fs.writeFileSync(inFolder('wrapper/lib', name, 'os.py'), '');
    const compile = (text: string): void => {
      fs.writeFileSync(source, `#include <Python.h>\n${text}`);
      const options = python ? (compilerOptions(python) ?? []) : [];
      execFileSync('cc', ['-O2', source, ...options, '-o', wrapper], { stdio: 'pipe' });
    };
    compile('int main(int c, char **v) { return Py_BytesMain(c, v); }');
    assert.equal(isInterpreter(wrapper), true, 'it does nothing else');
    compile('int main(int c, char **v) { puts("once"); return Py_BytesMain(c, v); }');
    assert.equal(isInterpreter(wrapper), false);
    compile('volatile int runs; int main(int c, char **v) { runs++; return Py_BytesMain(c, v); }');
    assert.equal(isInterpreter(wrapper), false);
  });
});
