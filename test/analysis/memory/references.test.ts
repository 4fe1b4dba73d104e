// Names, objects and counts: what the hover says against what real Pythons count, for chosen and for random programs.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { Analyser } from '../../../src/analysis/analyser';
import type { Memory } from '../../../src/analysis/memory/references';
import type {
  MemoryPicture,
  ShownSlot,
  ShownValue,
} from '../../../src/analysis/memory/referencePicture';
import {
  findInterpreters,
  someInterpreters,
  type Interpreter,
} from '../../engines/recorder/interpreters';
import { pick } from '../../support/depth';
import { skip } from '../../support/skip';

function memory(source: string): Memory {
  const analyser = new Analyser('a.py');
  analyser.update(source);
  const found = analyser.memory();
  assert.ok(found);
  return found;
}

/** `a→1 b→1 | 1 Point×2 {x: 5}`: names of all frames, then objects with counts. */
function story({ frames, objects, freed }: MemoryPicture): string {
  const shown = (value: ShownValue) => (value.kind === 'object' ? `#${value.id}` : value.text);
  const names = frames.flatMap(frame =>
    frame.names.map(({ name, value }) => `${name}=${shown(value)}`),
  );
  const things = objects.map(({ id, type, count, slots, isLeaked }) => {
    const inner = slots.map(({ name, value }) => `${name}:${shown(value)}`).join(' ');
    return `#${id} ${type}×${count ?? '?'}${isLeaked ? ' leaked' : ''}${inner && ` {${inner}}`}`;
  });
  return [names.join(' '), ...things, ...freed.map(type => `freed ${type}`)].join(' | ');
}

/** The story after a line, from 1. */
function after(source: string, line: number, language: 'python' | 'cpp' = 'python'): string {
  const picture = memory(source).lines.get(line)?.[language];
  assert.ok(picture, `nothing is known after line ${line}: ${[...memory(source).ends].join()}`);
  return story(picture);
}

const BOX = 'class Box:\n    pass\n';

describe('names, objects and counts after a line', () => {
  it('counts names, containers and attributes, and frees at zero', () => {
    const source = `${BOX}a = Box()\nb = a\nshelf = [a, b]\ndel b\na.next = shelf\nshelf.clear()\na = None\n`;
    assert.equal(after(source, 3), 'a=#0 | #0 Box×1');
    assert.equal(after(source, 4), 'a=#0 b=#0 | #0 Box×2');
    assert.equal(after(source, 5), 'a=#0 b=#0 shelf=#1 | #0 Box×4 | #1 list×1 {0:#0 1:#0}');
    assert.equal(after(source, 6), 'a=#0 shelf=#1 | #0 Box×3 | #1 list×1 {0:#0 1:#0}');
    assert.equal(after(source, 7), 'a=#0 shelf=#1 | #0 Box×3 {next:#1} | #1 list×2 {0:#0 1:#0}');
    assert.equal(after(source, 8), 'a=#0 shelf=#1 | #0 Box×1 {next:#1} | #1 list×2');
    assert.equal(after(source, 9), 'a=None shelf=#1 | #1 list×1 | freed Box');
  });

  it('keeps what only a cycle holds until the collector comes', () => {
    const source = `import gc\n${BOX}a = Box()\na.me = a\ndel a\ngc.collect()\n`;
    assert.equal(after(source, 6), ' | #0 Box×1 leaked {me:#0}');
    assert.equal(after(source, 7), ' | freed Box');
  });

  it('follows calls: a parameter is one more name, until the call is over', () => {
    const source = `${BOX}def look(thing):\n    other = thing\n    return other\na = Box()\nb = look(a)\n`;
    assert.equal(after(source, 4), 'a=#0 thing=#0 other=#0 | #0 Box×3');
    assert.equal(after(source, 7), 'a=#0 b=#0 | #0 Box×2');
  });

  it('knows which values are immortal and which the code itself keeps', () => {
    const source = 'a = 256\nb = 257\nc = "word"\nd = None\ne = (1, 2)\n';
    const names = memory(source).lines.get(5)?.python.frames[0].names ?? [];
    assert.deepEqual(
      names.map(({ value }) => (value.kind === 'plain' ? value.lifetime : '')),
      ['immortal', 'constant', 'immortal', 'immortal', 'constant'],
    );
  });

  it('changes with the code', () => {
    const source = `${BOX}a = Box()\nb = a\n`;
    assert.equal(after(source, 4), 'a=#0 b=#0 | #0 Box×2');
    assert.equal(after(source.replace('b = a', 'b = Box()'), 4), 'a=#0 b=#1 | #0 Box×1 | #1 Box×1');
  });

  it('says where it stops, and why', () => {
    const { ends, lines } = memory(`${BOX}a = Box()\nif a:\n    b = a\nc = a\n`);
    assert.match(ends.get(4) ?? '', /“if” runs depends/);
    assert.equal(lines.get(6), undefined);
    assert.match(memory('a = []\ndel b\n').ends.get(2) ?? '', /“b” is not bound/);
  });

  it('does not guess what other code keeps', () => {
    const source = `import other\n${BOX}a = Box()\nb = [a]\nc = Box()\nother.keep(b)\n`;
    assert.equal(after(source, 7), 'a=#0 b=#1 c=#2 | #0 Box×? | #1 list×? {0:#0} | #2 Box×1');
  });

  it('shows C++ values as copies: nobody else sees a change', () => {
    const source = `${BOX}a = Box()\na.x = 1\nb = a\nb.x = 2\nshelf = [a, b]\n`;
    assert.equal(after(source, 6), 'a=#0 b=#0 | #0 Box×2 {x:2}');
    assert.equal(after(source, 6, 'cpp'), 'a=#0 b=#1 | #0 Box×1 {x:1} | #1 Box×1 {x:2}');
    assert.match(after(source, 7, 'cpp'), /^a=#0 b=#1 shelf=#4/);
  });

  it('is ready for every prefix of a program', () => {
    const source = `${BOX}a = Box()\nb = [a, {"k": a}]\na.x = b\ndef f(x):\n    return [x] * 3\nc = f(a)\ndel b[0]\n`;
    for (let end = 0; end <= source.length; end++) memory(source.slice(0, end));
  });

  it('follows the sample through its function, and stops at its loops', () => {
    const source = readFileSync('media/samples/references.py', 'utf8');
    const lines = source.split('\n');
    const at = (text: string) => lines.findIndex(line => line.includes(text)) + 1;
    assert.match(after(source, at('shelf = [a, b]  ')), /Point×4/);
    assert.match(after(source, at('a = None      ')), /freed Point/);
  });
});

// ---- against real Pythons

/**
 * The program with a question after each line: what is the count of every name that the picture gives a count of?
 * `sys.getrefcount` sees a reference of its own in some versions and none in others: a fresh object tells how many.
 */
function instrumented(
  source: string,
  known: Memory,
): { readonly text: string; readonly expected: string[] } {
  const expected: string[] = [];
  const lines = source.split('\n').flatMap((line, index) => {
    const seen = known.lines.get(index + 1);
    const picture = seen?.isAlone === true ? undefined : seen?.python;
    const indent = /^ */.exec(line)?.[0] ?? '';
    const isHeader = line.trim().endsWith(':') || /^\s*(pass|return)/.test(line);
    const frame = picture?.frames.at(-1);
    if (!picture || !frame || isHeader || line.trim() === '') return [line];
    const questions = frame.names.flatMap(({ name, value }) => {
      const object =
        value.kind === 'object' ? picture.objects.find(({ id }) => id === value.id) : undefined;
      if (object?.count === undefined) return [];
      // Up to 3.10 the caller's stack keeps each argument for as long as the call takes.
      const isSame = ({ name: other, value: its }: ShownSlot) =>
        isParameterOf(source, other) && its.kind === 'object' && its.id === object.id;
      const parameters = frame.name === '<module>' ? 0 : frame.names.filter(isSame).length;
      expected.push(`${index + 1} ${name} ${object.count} ${parameters}`);
      const isModule = frame.name === '<module>';
      const own = isModule ? '_own' : '_own_in_function()';
      const first = isModule ? 'False' : 'True';
      return [`${indent}_say(${index + 1}, "${name}", _count(${name}) - ${own}, ${first})`];
    });
    return [line, ...questions];
  });
  return { text: [PRELUDE, ...lines, 'print(_json.dumps(_told))'].join('\n'), expected };
}

function isParameterOf(source: string, name: string): boolean {
  return new RegExp(`def \\w+\\([^)]*\\b${name}\\b`).test(source);
}

const PRELUDE = `import gc, json as _json, sys
gc.disable()
_count, _told = sys.getrefcount, []
def _say(line, name, count, first): _told.append([line, name, count, first])
def _in_function():
    probe = object()
    return _count(probe) - 1
_own_in_function = _in_function
_probe = object()
_own = _count(_probe) - 1`;

/** In a function what its first call told, in a loop what its last round told. */
function countsOn(python: string, text: string): readonly string[] {
  const run = spawnSync(python, ['-B', '-'], { input: text, encoding: 'utf8' });
  assert.equal(run.status, 0, `${python}: ${run.stderr}\n${text}`);
  const told = JSON.parse(run.stdout) as [number, string, number, boolean][];
  const kept = new Map<string, number>();
  for (const [line, name, count, isFirst] of told) {
    const key = `${line} ${name}`;
    if (!isFirst || !kept.has(key)) kept.set(key, count);
  }
  return [...kept].map(([key, count]) => `${key} ${count}`);
}

function checkOn(python: Interpreter, source: string): number {
  const { text, expected } = instrumented(source, memory(source));
  const told = [...countsOn(python.path, text)];
  const wanted = expected.map(entry => {
    const [line, name, count, parameter] = entry.split(' ');
    const more = python.minor < 11 ? Number(parameter) : 0;
    return `${line} ${name} ${Number(count) + more}`;
  });
  assert.deepEqual(told.sort(), wanted.sort(), `${python.path}:\n${source}`);
  return told.length;
}

const CHOSEN = [
  `${BOX}a = Box()\nb = a\nc = b = Box()\nshelf = [a, b, a]\ndel b\nshelf[0] = c\na.friend = c\nc = None\nshelf.pop()\n`,
  `${BOX}a = Box()\nd = {"x": a, "y": [a]}\nd["x"] = None\nd["z"] = d["y"]\ndel d["y"]\nz = d.pop("z")\nz += [a, a]\n`,
  `${BOX}def f(x, y):\n    z = x\n    w = [x, y]\n    return w\na = Box()\nb = f(a, a)\nc = f(b, y=a)\nf(a, b)\n`,
  `${BOX}a = [Box()] * 3\nb = a[0]\nc = a[:]\nd = list(a)\ne = a.copy()\na.clear()\nf, g = b, c\nf, g = g, f\n`,
  `${BOX}a = Box()\na.me = a\nb = [a]\nb.append(b)\ndel b\nimport gc\ngc.collect()\nc = a\n`,
  `class Point:\n    def __init__(self, x, y):\n        self.x = x\n        self.y = y\n    def pair(self):\n        return (self.x, self.y)\na = Point([], {})\nb = a.x\nc = a.pair()\nd = Point(a, a)\ndel a.x\n`,
  `${BOX}made = []\nfor i in range(4):\n    box = Box()\n    made.append(box)\nfor each in made:\n    last = each\ndel box\nt = (last, [last])\ns = {last, each}\n`,
  `${BOX}kept = []\ndef keep(x):\n    kept.append(x)\na = Box()\nkeep(a)\nkeep(kept)\nb = Box()\ndef swap():\n    global b, a\n    a, b = b, a\nswap()\nc = a\n`,
];

describe('the counts are those of real Pythons', () => {
  const pythons = someInterpreters(findInterpreters());

  for (const python of pythons) {
    it(`in chosen programs on CPython ${python.version}`, () => {
      const checked = CHOSEN.map(source => checkOn(python, source));
      assert.ok(Math.min(...checked) >= 5, `each program was asked for counts: ${checked.join()}`);
    });
  }

  for (const python of pythons) {
    it(`in random straight-line programs on CPython ${python.version}`, function () {
      this.timeout(120_000);
      const sources = fc.sample(programs(), { numRuns: pick(25, 8), seed: 20 });
      const checked = sources.map(source => checkOn(python, source)).reduce((a, b) => a + b, 0);
      assert.ok(checked > pick(500, 160), `${checked} counts were compared`);
    });
  }

  if (pythons.length === 0)
    it('in chosen and in random programs', function () {
      skip(this, 'there is no Python 3.8 or later on this machine');
    });
});

const NAMES = ['a', 'b', 'c', 'd', 'e'];
const LISTS = ['p', 'q'];

/** Programs in which every name is bound all the time: boxes (also with attributes), lists, tuples, calls. */
function programs(): fc.Arbitrary<string> {
  const name = fc.constantFrom(...NAMES);
  const list = fc.constantFrom(...LISTS);
  const any = fc.constantFrom(...NAMES, ...LISTS);
  const line = fc.oneof(
    fc.tuple(name, any).map(([x, y]) => `${x} = ${y}`),
    name.map(x => `${x} = Box()`),
    list.map(x => `${x} = []`),
    fc.tuple(list, any).map(([x, y]) => `${x}.append(${y})`),
    fc.tuple(list, any, any).map(([x, y, z]) => `${x} = [${y}, ${z}]`),
    fc.tuple(list, list).map(([x, y]) => `${x} = ${y}[:]`),
    fc.tuple(list, any).map(([x, y]) => `${x} += [${y}]`),
    list.map(x => `${x}.clear()`),
    fc.tuple(name, any, any).map(([x, y, z]) => `${x} = (${y}, [${z}])`),
    fc.tuple(name, any).map(([x, y]) => `${x} = {"k": ${y}, 1: [${y}]}`),
    fc.tuple(name, any).map(([x, y]) => `${x} = twice(${y})`),
    fc.tuple(any, any).map(([x, y]) => `twice([${x}, ${y}])`),
    fc
      .tuple(name, name, any, any)
      .filter(([x, y]) => x !== y)
      .map(([x, y, z, w]) => `${x}, ${y} = ${z}, ${w}`),
    fc.tuple(name, any).map(([x, y]) => `${x} = Box()\n${x}.f = ${y}\n${x}.f = [${y}]`),
    fc.tuple(name).map(([x]) => `${x} = None`),
  );
  return fc
    .array(line, { minLength: 6, maxLength: 14 })
    .map(lines =>
      [
        BOX.trimEnd(),
        'def twice(x):',
        '    y = [x, x]',
        '    return y',
        ...NAMES.map(each => `${each} = Box()`),
        ...LISTS.map(each => `${each} = []`),
        ...lines,
        '',
      ].join('\n'),
    );
}
