// The walls of the house: who may import what, as a table, and what no committed file may contain.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import ts from 'typescript';
import { skip } from './support/skip';

/**
 * The rooms, by where their files lie, and what each may import: other rooms by name, packages by a pattern. A room
 * may always import itself. The first room that fits a file is its room. Within a room, `floors` lists its inner
 * rooms from the ground up: each may import those that it names; files that lie in the room itself stand on top of all
 * of them, except the ones in `ground`, which everything may import.
 */
const rooms: readonly Room[] = [
  {
    name: 'core',
    files: /^src\/core\//,
    imports: [],
    ground: ['units', 'errors', 'names', 'random', 'checks', 'search'],
    floors: {
      model: [],
      worlds: ['model'],
      machine: ['worlds', 'model'],
      insight: ['worlds', 'model'],
      replay: ['machine', 'insight', 'worlds', 'model'],
      refcounts: [],
    },
  },
  {
    name: 'analysis',
    files: /^src\/analysis\//,
    imports: ['core'],
    packages: /^@lezer\//,
    floors: {
      python: [],
      annotations: ['python'],
      knowledge: ['annotations', 'python'],
      memory: ['python'],
      advice: ['knowledge', 'annotations', 'python'],
    },
  },
  {
    name: 'recorder',
    files: /^src\/engines\/recorder\//,
    imports: ['core', 'engines'],
    packages: /^node:/,
    floors: {
      system: [],
      cpython: ['system'],
      file: ['system'],
      certification: ['cpython', 'system'],
      locks: ['cpython', 'system'],
      sampling: ['locks', 'cpython', 'file', 'system'],
      inside: ['file'],
      trace: ['file', 'system'],
    },
  },
  {
    name: 'engines',
    files: /^src\/engines\//,
    imports: ['core', 'recorder'],
    packages: /^node:/,
  },
  { name: 'formats', files: /^src\/formats\//, imports: ['core'] },
  { name: 'protocol', files: /^src\/protocol\//, imports: ['core'] },
  {
    name: 'editor',
    files: /^src\/editor\//,
    imports: ['core', 'analysis', 'engines', 'recorder', 'formats', 'protocol', 'media'],
    packages: /^(vscode$|node:)/,
    floors: {
      window: [],
      reading: [],
      runs: ['reading', 'window'],
      python: ['runs', 'window'],
      drawings: ['runs'],
      panel: ['drawings', 'python', 'runs', 'reading', 'window'],
      recording: ['panel', 'python', 'runs', 'window'],
      source: ['panel', 'drawings', 'python', 'runs', 'reading', 'window'],
    },
  },
  {
    name: 'command line',
    files: /^src\/cli\//,
    imports: ['core', 'analysis', 'engines', 'recorder', 'formats'],
    packages: /^node:/,
  },
  {
    name: 'door',
    files: /^src\/extension\.ts$/,
    imports: ['core', 'engines', 'recorder', 'editor'],
    packages: /^(vscode$|node:)/,
  },
  {
    name: 'webview',
    files: /^webview\//,
    imports: ['core', 'protocol'],
    packages: /^chart\.js/,
    floors: {
      ground: [],
      model: ['ground'],
      words: ['model', 'ground'],
      drawing: ['words', 'model', 'ground'],
      parts: ['drawing', 'words', 'model', 'ground'],
      race: ['drawing', 'parts', 'words', 'model', 'ground'],
    },
  },
  { name: 'media', files: /^media\//, imports: [] },
];

/** The one honest circle: a thread has a GIL, and a GIL acts on threads. */
const CIRCLES = [['src/core/machine/gil.ts', 'src/core/machine/simThread.ts']];

/** Packages, and the one thing that needs an eye of its own, that only some files of their room may name. */
const keptIn: readonly { readonly what: RegExp; readonly files: RegExp }[] = [
  { what: /^@lezer\//, files: /^src\/analysis\/python\/pythonTree\.ts$/ },
  { what: /^chart\.js/, files: /^webview\/drawing\/chart\w*\.ts$/ },
  { what: /^vscode$/, files: /^src\/(editor\/|extension\.ts$)/ },
];

interface Room {
  readonly name: string;
  readonly files: RegExp;
  readonly imports: readonly string[];
  readonly packages?: RegExp;
  readonly ground?: readonly string[];
  readonly floors?: Readonly<Record<string, readonly string[]>>;
}

describe('the house', () => {
  const sources = [...filesBelow('src'), ...filesBelow('webview')].filter(file =>
    file.endsWith('.ts'),
  );

  it('has every source file in a room', () => {
    assert.ok(sources.length > 50, 'the sources were not found');
    assert.deepEqual(
      sources.filter(file => roomOf(file) === undefined),
      [],
    );
  });

  it('has no import that its table does not allow', () => {
    assert.deepEqual(
      sources.flatMap(file => forbiddenImports(file, fs.readFileSync(file, 'utf8'))),
      [],
    );
  });

  it('has no circle of imports, types included, but the honest one', () => {
    assert.deepEqual(circlesOf(sources), CIRCLES);
  });

  it('would notice a circle', () => {
    const arrows = { a: ['b'], b: ['c'], c: ['b', 'd'], d: [] };
    assert.deepEqual(circlesIn(new Map(Object.entries(arrows))), [['b', 'c']]);
  });

  it('would notice each kind of forbidden import', () => {
    const cases: readonly (readonly [file: string, text: string])[] = [
      ['src/core/model/a.ts', "import { Machine } from '../machine/machine';"],
      ['src/core/model/a.ts', "import { top } from '../top';"],
      ['src/analysis/python/a.ts', "import { Analyser } from '../analyser';"],
      ['webview/words/a.ts', "import type { Page } from '../parts/page';"],
      ['src/core/attic/a.ts', "import { Program } from '../model/program';"],
      ['src/core/a.ts', "import fs from 'node:fs';"],
      ['src/core/a.ts', "import type { Finding } from '../analysis/findings';"],
      ['src/analysis/a.ts', "export { run } from '../engines/simulated';"],
      ['src/analysis/a.ts', "import { parser } from '@lezer/python';"],
      ['src/engines/a.ts', "const vscode = await import('vscode');"],
      ['src/editor/a.ts', "import { activate } from '../extension';"],
      ['src/cli/index.ts', "import * as vscode from 'vscode';"],
      ['webview/a.ts', "import { Chart } from 'chart.js';"],
      ['webview/a.ts', "import { Sessions } from '../src/editor/runs/sessions';"],
    ];
    for (const [file, text] of cases)
      assert.equal(forbiddenImports(file, text).length, 1, `${file}: ${text}`);
  });

  it('has a README in each room, short, that says what the room may import and where to begin', () => {
    const wrong = placesWithReadme().flatMap(({ folder, imports }) => {
      const file = `${folder}/README.md`;
      if (!fs.existsSync(file)) return [`${file} is missing`];
      const text = fs.readFileSync(file, 'utf8');
      return [
        ...(text.split('\n').length <= 16 ? [] : [`${file} has more than 15 lines`]),
        ...(text.includes(`\n- May import: ${imports}\n`)
          ? []
          : [`${file} must say “- May import: ${imports}”`]),
        ...startsIn(text)
          .filter(name => !fs.existsSync(`${folder}/${name}`))
          .map(name => `${file} names ${name}, which is not there`),
        ...(startsIn(text).length > 0 ? [] : [`${file} must name a file to start with`]),
      ];
    });
    assert.deepEqual(wrong, []);
  });

  it('shares memory between threads in the engines alone', () => {
    const sharing = sources.filter(file => /\b(Atomics|SharedArrayBuffer)\b/.test(codeOf(file)));
    assert.deepEqual(
      sharing.filter(file => !file.startsWith('src/engines/')),
      [],
    );
  });
});

describe('the repository', () => {
  it('names no path of the machine it was written on', function () {
    const places = [os.homedir(), process.cwd()].filter(place => place.length > 1);
    const ofThisMachine = new RegExp(`(${places.map(escapeForPattern).join('|')})\\/`);
    const ofAnyHome = /(?:\/home|\/Users|C:\\Users)[\\/](?!(?:me|you|user|name)\b)\w/;
    const naming = committedFiles(this)
      .map(file => [file, fs.readFileSync(file, 'utf8')] as const)
      // A pattern like the ones above is not a path.
      .filter(([file, text]) => file !== 'test/architecture.test.ts' && !text.includes('\0'))
      .filter(([, text]) => ofThisMachine.test(text) || ofAnyHome.test(text))
      .map(([file]) => file);
    assert.deepEqual(naming, []);
  });

  it('pins every package to one version, and ships none unbundled', () => {
    const { dependencies, devDependencies } = manifest();
    assert.equal(dependencies, undefined);
    const loose = Object.entries(devDependencies).filter(
      ([, version]) => !/^\d+\.\d+\.\d+$/.test(version),
    );
    assert.ok(Object.keys(devDependencies).length > 10);
    assert.deepEqual(loose, []);
  });
});

/** What is wrong with the imports of a file, a sentence each. */
function forbiddenImports(file: string, text: string): readonly string[] {
  const room = roomOf(file);
  return ts
    .preProcessFile(text)
    .importedFiles.map(({ fileName }) => fileName)
    .filter(name => !mayImport(file, room, name))
    .map(name => `${file} (${room?.name ?? 'no room'}) must not import ${name}`);
}

function mayImport(file: string, room: Room | undefined, name: string): boolean {
  if (room === undefined) return false;
  if (!name.startsWith('.')) {
    const keepers = keptIn.filter(({ what }) => what.test(name));
    return room.packages?.test(name) === true && keepers.every(({ files }) => files.test(file));
  }
  const imported = path.posix.join(path.posix.dirname(file), name);
  const target = roomOf(imported) ?? roomOf(`${imported}.ts`);
  if (target === room) return mayImportWithin(room, file, imported);
  return target !== undefined && room.imports.includes(target.name);
}

interface Place {
  readonly folder: string;
  /** As its README says it. */
  readonly imports: string;
}

/** The folders that are rooms or inner rooms. */
function placesWithReadme(): readonly Place[] {
  return rooms.flatMap(room => {
    const folder = folderOf(room);
    if (folder === undefined) return [];
    const { imports, packages, floors = {} } = room;
    const own = { folder, imports: inWords(imports, packages) };
    const inner = Object.entries(floors).map(([name, below]) => ({
      folder: `${folder}/${name}`,
      imports: inWords(below),
    }));
    return [own, ...inner];
  });
}

/** The folder that a room is; undefined for a room of single files. */
function folderOf({ files }: Room): string | undefined {
  const text = files.source.replaceAll('\\/', '/');
  return /^\^([\w/]+)\/$/.exec(text)?.[1];
}

/** `core, recorder; packages `node:*``. */
function inWords(imports: readonly string[], packages?: RegExp): string {
  const names = ['vscode', 'node:*', 'chart.js', '@lezer/*'].filter(
    name => packages?.test(name.replace('*', 'x')) === true,
  );
  const list = imports.length === 0 ? 'nothing' : imports.join(', ');
  return names.length === 0
    ? list
    : `${list}; packages ${names.map(name => `\`${name}\``).join(', ')}`;
}

/** The files that a README says to start with. */
function startsIn(text: string): readonly string[] {
  const [, line = ''] = /\n- Start with: ((?:.|\n {2})*)/.exec(text) ?? [];
  return [...line.matchAll(/`([^`]+)`/g)].map(([, name]) => name);
}

/** Whether the inner room of `file` stands above that of the `imported` one. Files of the room itself stand on top. */
function mayImportWithin(room: Room, file: string, imported: string): boolean {
  const { floors, ground = [] } = room;
  if (floors === undefined) return true;
  const [own, other] = [floorOf(room, file), floorOf(room, imported)];
  if (own === undefined) return other === undefined || other in floors;
  if (other === undefined) return ground.includes(path.posix.basename(imported));
  return own === other || (own in floors && floors[own].includes(other));
}

/** The folder of a file right below its room; undefined if it lies in the room itself. */
function floorOf(room: Room, file: string): string | undefined {
  const below = file.replace(room.files, '');
  return below.includes('/') ? below.split('/')[0] : undefined;
}

/** Groups of files that import each other, each in alphabetical order. */
function circlesOf(files: readonly string[]): readonly (readonly string[])[] {
  const known = new Set(files);
  const arrows = files.map(file => {
    const { importedFiles } = ts.preProcessFile(fs.readFileSync(file, 'utf8'));
    const targets = importedFiles
      .map(({ fileName }) => path.posix.join(path.posix.dirname(file), `${fileName}.ts`))
      .filter(target => known.has(target));
    return [file, targets] as const;
  });
  assert.ok(arrows.some(([, targets]) => targets.length > 0));
  return circlesIn(new Map(arrows));
}

/** Strongly connected parts of more than one node: each node's reach, and who reaches back. */
function circlesIn(arrows: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const reach = new Map([...arrows.keys()].map(node => [node, reachOf(arrows, node)]));
  const circles = [...arrows.keys()].map(node =>
    [...(reach.get(node) ?? [])].filter(other => reach.get(other)?.has(node) === true).sort(),
  );
  const large = circles.filter(circle => circle.length > 1);
  return [...new Map(large.map(circle => [circle.join(), circle])).values()];
}

function reachOf(arrows: ReadonlyMap<string, readonly string[]>, from: string): Set<string> {
  const reached = new Set<string>();
  const open = [from];
  for (let node = open.pop(); node !== undefined; node = open.pop())
    for (const next of arrows.get(node) ?? [])
      if (!reached.has(next)) {
        reached.add(next);
        open.push(next);
      }
  return reached;
}

function roomOf(file: string): Room | undefined {
  return rooms.find(room => room.files.test(file));
}

/** A file without the comments that begin a line. */
function codeOf(file: string): string {
  return fs.readFileSync(file, 'utf8').replace(/^\s*(\/\/|\/\*|\*).*$/gm, '');
}

function filesBelow(folder: string): readonly string[] {
  return fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map(file => path.posix.join(folder, file.replaceAll('\\', '/')));
}

function committedFiles(context: Mocha.Context): readonly string[] {
  if (!fs.existsSync('.git'))
    skip(context, 'this copy is no git checkout, so what is committed is not known');
  const { error, stdout } = spawnSync('git', ['ls-files', '-z'], { encoding: 'utf8' });
  if (error)
    skip(context, `git cannot be run (${error.message}), so what is committed is not known`);
  return stdout.split('\0').filter(file => fs.existsSync(file) && fs.statSync(file).isFile());
}

function escapeForPattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

interface Manifest {
  readonly dependencies?: unknown;
  readonly devDependencies: Readonly<Record<string, string>>;
}

function manifest(): Manifest {
  const parsed: unknown = JSON.parse(fs.readFileSync('package.json', 'utf8'));
  assert.ok(isManifest(parsed), 'package.json has no devDependencies');
  return parsed;
}

function isManifest(value: unknown): value is Manifest {
  return typeof value === 'object' && value !== null && 'devDependencies' in value;
}
