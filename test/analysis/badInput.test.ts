// Files nobody should write, and every file on its way to being written.

import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { analyse, Analyser, type Analysis } from '../../src/analysis/analyser';
import { RULES } from '../../src/analysis/advice/rules';
import { readCorpus } from './corpus';
import { findingsText, programText } from './programText';
import { readSamples } from './samples';
import { pick } from '../support/depth';

const SMALL = [
  'ROUNDS = 3',
  'def f(n):  # gil: threads 2',
  '    for _ in range(ROUNDS):',
  '        g(n)  # gil: compute 5ms',
  '',
].join('\n');

function assertSound(analysis: Analysis, source: string): void {
  for (const { fromOffset, toOffset, fromLine, toLine, message } of analysis.findings) {
    assert.ok(fromOffset >= 0 && fromOffset <= toOffset && toOffset <= source.length, message);
    assert.ok(fromLine >= 1 && fromLine <= toLine, message);
    assert.match(message, /[.?]$/);
  }
}

describe('half-typed Python', () => {
  for (const sample of readSamples()) {
    it(`is read at prefixes of ${sample.name}, and each time as if read afresh`, () => {
      const analyser = new Analyser(sample.name);
      for (let end = 0; end <= sample.source.length; end += pick(1, 5)) {
        const prefix = sample.source.slice(0, end);
        const analysis = analyser.update(prefix);
        assertSound(analysis, prefix);
        if (end % 95 === 0) assert.deepEqual(analysis, analyse(prefix, sample.name));
      }
    }).timeout(60_000);
  }

  it('loses nothing to edits anywhere: the incremental reading is the whole reading', () => {
    const [sample] = readSamples();
    const edit = fc.record({
      at: fc.nat(sample.source.length),
      remove: fc.nat(40),
      insert: fc.constantFrom(
        '',
        'x',
        '\n',
        '    ',
        '"""',
        '(',
        ')',
        '# gil: io 3ms',
        ':',
        'def f():\n',
        'é',
      ),
    });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 6 }), edits => {
        const analyser = new Analyser(sample.name);
        let source = sample.source;
        analyser.update(source);
        for (const { at, remove, insert } of edits) {
          source = source.slice(0, at) + insert + source.slice(at + remove);
          const analysis = analyser.update(source);
          assertSound(analysis, source);
          assert.deepEqual(analysis, analyse(source, sample.name));
        }
      }),
      { numRuns: 60 },
    );
  }).timeout(60_000);
});

describe('odd files', () => {
  it('give the same program with any line ends, tabs, a byte order mark', () => {
    const expected = programText(analyse(SMALL, 'a.py').program);
    assert.match(expected, /repeat 3 \(compute 5 ms @4\) @3/);
    for (const source of [
      SMALL.replaceAll('\n', '\r\n'),
      SMALL.replaceAll('\n', '\r'),
      SMALL.replaceAll('    ', '\t'),
      `\uFEFF${SMALL}`,
    ]) {
      assert.equal(programText(analyse(source, 'a.py').program), expected);
      assert.deepEqual(findingsText(analyse(source, 'a.py'), source), []);
    }
  });

  it('may name things in any script', () => {
    const source =
      'def größe_数():  # gil: threads 1\n    été = "🙂"; 計算()  # gil: compute 5ms\n';
    assert.match(programText(analyse(source, 'a.py').program), /compute 5 ms @2$/);
    const wrong = source.replace('5ms', '5m');
    const [finding] = analyse(wrong, 'a.py').findings;
    assert.deepEqual(
      [finding.fromLine, finding.fromColumn],
      [2, wrong.split('\n')[1].indexOf('5m')],
    );
  });

  it('with syntax errors are used as far as they can be read, and the first error is shown', () => {
    const source = `${SMALL}\ndef broken(:\n    pass\n`;
    assert.deepEqual(findingsText(analyse(source, 'a.py'), source), ['python-unreadable: «:»']);
    assert.match(programText(analyse(source, 'a.py').program), /compute 5 ms/);
  });

  it('are not called broken where only our parser stumbles', () => {
    const source = `${SMALL}
def stumbling():
    yield
    when = yield
    with (open(a) as b, open(c) as d,):
        x = 2. * (24.*3600.)
    with lock() as self.lock:
        match node:
            case ast.Return(value=ast.Call()) | {}:
                pass
    return lambda a, /, b: tuple[*b]
`;
    assert.deepEqual(findingsText(analyse(source, 'a.py'), source), []);
  });

  it('without annotations get no findings, broken or not', () => {
    for (const source of ['', 'x = (', 'print "2.7"', '\0\x01\x02', 'if x:\n\ty\n  z\n']) {
      const analysis = analyse(source, 'a.py');
      assert.deepEqual(analysis.findings, []);
      assert.equal(analysis.usesAnnotations, false);
      assert.equal(analysis.program, undefined);
    }
  });

  it('nested beyond reason are refused with a sentence', () => {
    const deepBlocks = Array.from({ length: 1_000 }, (_, i) => `${' '.repeat(i)}if x:\n`).join('');
    for (const deep of [
      '('.repeat(100_000),
      `${'['.repeat(3_000)}${']'.repeat(3_000)}`,
      `${deepBlocks}${' '.repeat(1_000)}y()\n`,
      `${'x.'.repeat(5_000)}y\n`,
      `${'-'.repeat(5_000)}y\n`,
    ]) {
      const source = `${SMALL}${deep}`;
      const analysis = analyse(source, 'a.py');
      assertSound(analysis, source);
      assert.ok(
        analysis.findings.some(
          ({ code }) => code === 'nested-too-deep' || code === 'python-unreadable',
        ),
        deep.slice(0, 10),
      );
    }
  }).timeout(20_000);

  it('with a bracket that stays open cost no more for each line: deep chains are read once', () => {
    const line = '    self.a(b.c, 8)\n';
    const source = `${SMALL}class A:\n  def f(self):\n    x = (\n${line.repeat(200)}`;
    const analysis = analyse(source, 'a.py');
    assertSound(analysis, source);
    assert.match(programText(analysis.program), /compute 5 ms @4/);
    const subscripts = `${SMALL}x = ${'['.repeat(60)}a${'][b'.repeat(60)}\n`;
    assertSound(analyse(subscripts, 'a.py'), subscripts);
  }).timeout(20_000);

  it('whose damage is more than the parser takes lose the statement that is damaged, and no other', () => {
    const calls = 'threading.Thread(target=f).start()\n'.repeat(1_500);
    const source = `${calls}x(${calls}${SMALL}`;
    const analyser = new Analyser('a.py');
    const analysis = analyser.update(source);
    assertSound(analysis, source);
    assert.deepEqual(
      analysis.findings.map(({ code, fromLine }) => [code, fromLine]),
      [['python-unreadable', 1_501]],
    );
    assert.match(programText(analysis.program), /compute 5 ms @3004/);
    assert.deepEqual(analyser.update(source), analysis);
    assert.equal(analyser.update(`${calls}${SMALL}`).isComplete, true);
  }).timeout(20_000);

  it('of up to 5 MB are read in slices; larger ones are refused with a sentence', () => {
    const filler = 'value = compute(1, 2, [3, 4], key="text")  # a remark\n';
    const big = SMALL + filler.repeat(Math.floor((5e6 - SMALL.length) / filler.length));
    const slices = new Analyser('a.py').updateInSlices(big);
    let sliceCount = 0;
    let slice = slices.next();
    for (; !slice.done; slice = slices.next()) sliceCount++;
    assert.equal(programText(slice.value.program), programText(analyse(SMALL, 'a.py').program));
    assert.ok(sliceCount > 100, `${sliceCount} slices`);

    const analysis = analyse(big + filler.repeat(10), 'a.py');
    assert.deepEqual(
      analysis.findings.map(({ code, fromLine }) => `${code} ${fromLine}`),
      ['file-too-large 1'],
    );
  }).timeout(60_000);

  it('full of mistakes get at most 200 findings, the last of which counts the rest', () => {
    const source = 'x()  # gil: nonsense 5\n'.repeat(5_000);
    const { findings } = analyse(source, 'a.py');
    assert.equal(findings.length, 200);
    // 5,000 mistakes − 199 listed
    assert.match(findings[199].message, /^4801 more findings/);
  }).timeout(20_000);
});

/** Everything that may be asked about a file. */
function askAll(analyser: Analyser, source: string): void {
  assertSound(analyser.update(source), source);
  for (const { from, to, fixes } of analyser.advice(RULES)) {
    assert.ok(from < to && to <= source.length);
    for (const edit of fixes.flatMap(({ edits }) => edits)) assert.ok(edit.to <= source.length);
  }
  analyser.constructs();
  analyser.assumedProgram();
  analyser.memory();
  for (let part = 0; part <= 20; part++) {
    analyser.releaseNoteAt(Math.floor((source.length * part) / 20));
  }
}

/** Bytes as an editor shows a binary file that is named .py. */
function binary(length: number): string {
  let state = 7;
  const bytes = Uint8Array.from(
    { length },
    () => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) >> 8,
  );
  return Buffer.from(bytes).toString('utf8');
}

const POOL = 'from concurrent.futures import ThreadPoolExecutor as P\npool = P()\n';

const HOSTILE: Readonly<Record<string, string>> = {
  'binary data': binary(50_000),
  '10,000 open brackets': `${POOL}pool.submit${'('.repeat(10_000)}`,
  '10,000 nested calls': `${POOL}${'f('.repeat(10_000)}${')'.repeat(10_000)}\n`,
  '10,000 nested lambdas': `${POOL}pool.submit(${'lambda: '.repeat(10_000)}1)\n`,
  'a chain of 5,000 attributes': `${POOL}pool${'.a'.repeat(5_000)}()\n`,
  'a sum of 10,000 parts': `${POOL}x = ${'1 + '.repeat(10_000)}1\n`,
  'a name that builds on itself 3,000 times': `${POOL}x = pool\n${'x = x.y()\n'.repeat(3_000)}x.submit(f)\n`,
  'a name for each other name': `${Array.from({ length: 3_000 }, (_, n) => `a${n + 1} = a${n}.b\n`).join('')}a3000()\n`,
  'functions that call each other': `${Array.from({ length: 300 }, (_, n) => `def f${n}():\n  f${(n + 1) % 300}(); f${(n * 7) % 300}()\n`).join('')}${POOL}pool.submit(f0)\n`,
  'classes that extend each other': `class A(B): pass\nclass B(A): pass\n${POOL}A().run()\npool.submit(A().run)\n`,
  'names of objects of JavaScript': `import constructor, __proto__, toString\n${POOL}pool.submit(__proto__)\nconstructor.hasOwnProperty()\nclass toString: pass\ntoString().valueOf()\n`,
  'markup in names and texts': `${POOL}def f(\u202e): pass\npool.submit(f, "](command:x) <img src=x onerror=1>")\n`,
  'form feeds, tabs and lone carriage returns': `\f${POOL}\f\rif x:\r\n\ty()\r        z()\n\f`,
  'a byte order mark and null characters': `\uFEFF${POOL}\0pool.submit(\0)\n`,
  'a class whose own block starts processes': `from multiprocessing import Process\nclass S:\n    p = Process(target=print)\n    p.start()\n`,
  'a main guard without a block': 'x = [1]\nif __name__ == "__main__":= x.y()\n',
  'an operator with one side': `import os\nfrom concurrent.futures import ThreadPoolExecutor\ndef mix(n):\n    for i in range(n):\n        x = x * 31 % 1009 + i\nP = ThreadPoolExecutor(max_workers=os.cpu_cou====nt())\nfutures = [P.submit(mix, n) for n in range(100)]\n`,
  'an assignment to nothing': 'x = 1\n: = x\n:: += x\n',
  'half of a surrogate pair': `${POOL}pool.submit("\ud83d")\n`,
  '20,000 threads in one file': `import threading\ndef f(): x = 1\n${'threading.Thread(target=f).start()\n'.repeat(20_000)}`,
};

describe('whatever is asked about a file that nobody should write', () => {
  for (const [name, source] of Object.entries(HOSTILE)) {
    it(`is answered: ${name}`, () => {
      askAll(new Analyser('a.py'), source);
    }).timeout(60_000);
  }

  it('is answered at prefixes of each snippet of advice', () => {
    for (const { source } of readCorpus()) {
      const analyser = new Analyser('a.py');
      for (let end = 0; end < source.length; end += pick(17, 101))
        askAll(analyser, source.slice(0, end));
    }
  }).timeout(120_000);

  it('keeps no more memory after five times as many edits', () => {
    const [{ source }] = readSamples();
    const analyser = new Analyser('a.py');
    const usedAfter = (edits: number): number => {
      for (let edit = 0; edit < edits; edit++) {
        const at = (edit * 7_919) % source.length;
        analyser.update(`${source.slice(0, at)}${'xyz '.repeat(edit % 5)}${source.slice(at)}`);
        if (edit % 10 === 0) analyser.advice(RULES);
      }
      collectGarbage();
      return process.memoryUsage().heapUsed;
    };
    const before = usedAfter(pick(2_000, 400));
    const after = usedAfter(pick(8_000, 1_600));
    console.log(`        ${(before / 1e6).toFixed(1)} MB, then ${(after / 1e6).toFixed(1)} MB`);
    assert.ok(after < before * 1.1 + 2e6, `${before} then ${after}`);
  }).timeout(300_000);
});

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc()');
}
