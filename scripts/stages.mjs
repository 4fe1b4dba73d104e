// What `npm test` does, stage by stage, as data.
import fs from 'node:fs';
import path from 'node:path';

/**
 * A stage. Its jobs run side by side where there is room; the programs of a job run one after another.
 * @typedef {object} Stage
 * @property {string} name
 * @property {number} limitMinutes for each program; generous: only what hangs reaches it
 * @property {readonly ('browser' | 'vscode' | 'python' | 'pythons')[]} needs brought before it starts
 * @property {'tests' | 'nothing'} reports whether the programs write test events
 * @property {boolean} [othersNeedIt] it runs first and alone; if it fails, what comes after it cannot run
 * @property {boolean} [alone] it changes what the others use, so it runs last and alone
 * @property {boolean} [deepOnly] it runs with --deep, or when it is asked for by name
 * @property {(deep: boolean) => readonly (readonly Program[])[]} jobs no job if there is no test
 */

/**
 * The arguments of a node program.
 * @typedef {readonly string[]} Program
 */

const minute = 60_000;
const roomsOfTheirOwn = ['browser', 'extension', 'workbench', 'bench'];
/** Rooms whose tests start real threads, processes and Pythons. */
const liveRooms = ['engines', 'cli'];

/** Files below test/ that only a deep run takes: each opens a whole VS Code for one feature. */
export const deepOnlyFiles = [
  'workbench/calibrate',
  'workbench/comesBack',
  'workbench/compare',
  'workbench/exports',
  'workbench/foreignTrace',
  'workbench/race',
  'workbench/realThreads',
  'workbench/recordAgain',
  'workbench/recordHang',
  'workbench/recordTerminal',
  'workbench/recordedTrace',
  'workbench/whatIf',
];

/** Files below test/ that build into dist/, which the tests of all other stages read. */
export const rebuildingFiles = ['workbench/packaged', 'workbench/start'];

/** @type {readonly Stage[]} */
export const stages = [
  {
    name: 'build',
    limitMinutes: 5,
    needs: [],
    reports: 'nothing',
    othersNeedIt: true,
    jobs: () => [[['esbuild.js'], ['esbuild.js', '--tests']]],
  },
  {
    name: 'webview',
    limitMinutes: 20,
    needs: ['browser'],
    reports: 'tests',
    jobs: () => halves(testFiles(room => room === 'browser')).map(half => [mocha(minute, half)]),
  },
  {
    name: 'workbench',
    limitMinutes: 25,
    needs: ['browser', 'vscode', 'python'],
    reports: 'tests',
    jobs: deep => {
      const leftOut = [...rebuildingFiles, ...(deep ? [] : deepOnlyFiles)];
      const files = testFiles(room => room === 'workbench');
      return oneJob(
        3 * minute,
        files.filter(file => !leftOut.includes(nameOf(file))),
      );
    },
  },
  {
    name: 'check',
    limitMinutes: 15,
    needs: [],
    reports: 'nothing',
    jobs: () => [
      [
        [binary('typescript', 'tsc'), '-b'],
        [binary('eslint', 'eslint'), '.'],
        [binary('prettier', 'prettier'), '--check', '--log-level=warn', '.'],
      ],
    ],
  },
  {
    name: 'live',
    limitMinutes: 20,
    needs: ['python', 'pythons'],
    reports: 'tests',
    jobs: () =>
      oneJob(
        minute,
        testFiles(room => liveRooms.includes(room)),
      ),
  },
  {
    name: 'extension',
    limitMinutes: 10,
    needs: ['browser', 'vscode', 'python'],
    reports: 'tests',
    jobs: () => [[['scripts/bootstrap.cjs', 'extensionStage']]],
  },
  {
    name: 'unit',
    limitMinutes: 20,
    needs: ['python', 'pythons'],
    reports: 'tests',
    jobs: () =>
      oneJob(
        minute,
        testFiles(room => ![...roomsOfTheirOwn, ...liveRooms].includes(room)),
      ),
  },
  {
    name: 'packaged',
    limitMinutes: 15,
    needs: ['browser', 'vscode', 'python'],
    reports: 'tests',
    alone: true,
    deepOnly: true,
    jobs: () =>
      oneJob(
        3 * minute,
        testFiles(() => true).filter(file => rebuildingFiles.includes(nameOf(file))),
      ),
  },
];

/** The stage that only machines run on which VS Code can be downloaded. @type {Stage} */
export const electronStage = {
  name: 'electron',
  limitMinutes: 20,
  needs: [],
  reports: 'tests',
  jobs: () => [[['scripts/bootstrap.cjs', 'electronStage']]],
};

/**
 * The bundles of tests whose room (the first folder below test/) is wanted.
 * @param {(room: string) => boolean} wanted
 * @returns {readonly string[]}
 */
export function testFiles(wanted) {
  return fs
    .readdirSync('out/test', { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.test.cjs') && wanted(file.split(path.sep)[0] ?? ''))
    .map(file => path.join('out/test', file))
    .sort();
}

/**
 * What a test file is called in lists: `core/machine/laws` for out/test/core/machine/laws.test.cjs.
 * @param {string} file a bundle
 */
export function nameOf(file) {
  return path.relative('out/test', file).replaceAll(path.sep, '/').replace('.test.cjs', '');
}

/**
 * @param {number} timeoutMs for one test
 * @param {readonly string[]} files
 * @returns {readonly (readonly Program[])[]}
 */
function oneJob(timeoutMs, files) {
  return files.length === 0 ? [] : [[mocha(timeoutMs, files)]];
}

/**
 * Two lists of about the same length, by the size of what is written in the files.
 * @param {readonly string[]} files
 * @returns {readonly (readonly string[])[]} fewer if there are fewer files
 */
function halves(files) {
  const sizes = files.map(file => ({
    file,
    size: fs.statSync(path.join('test', `${nameOf(file)}.test.ts`)).size,
  }));
  const made = [0, 1].map(() => ({ size: 0, files: /** @type {string[]} */ ([]) }));
  for (const { file, size } of sizes.sort((a, b) => b.size - a.size)) {
    const [lesser] = made.sort((a, b) => a.size - b.size);
    lesser?.files.push(file);
    if (lesser) lesser.size += size;
  }
  return made.map(half => half.files.sort()).filter(half => half.length > 0);
}

/**
 * @param {number} timeoutMs for one test
 * @param {readonly string[]} files
 * @returns {Program}
 */
function mocha(timeoutMs, files) {
  return [
    '--enable-source-maps',
    binary('mocha', 'mocha'),
    '--timeout',
    String(timeoutMs),
    '--reporter',
    'scripts/eventReporter.cjs',
    '--require',
    'scripts/leftovers.cjs',
    ...files,
  ];
}

/**
 * @param {string} name of a package
 * @param {string} program one of its programs
 * @returns {string} the script that node runs
 */
export function binary(name, program) {
  const folder = path.join('node_modules', name);
  const { bin } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
  return path.join(folder, typeof bin === 'string' ? bin : bin[program]);
}
