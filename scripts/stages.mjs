// What `npm test` does, stage by stage, as data.
import fs from 'node:fs';
import path from 'node:path';

/**
 * A stage: programs that run one after another and must all succeed.
 * @typedef {object} Stage
 * @property {string} name
 * @property {number} limitMinutes for each program; generous: only what hangs reaches it
 * @property {readonly ('browser' | 'vscode' | 'python' | 'pythons')[]} needs brought before it starts
 * @property {'tests' | 'nothing'} reports whether the programs write test events
 * @property {boolean} [othersNeedIt] if it fails, what comes after it cannot run
 * @property {() => readonly (readonly string[])[]} commands arguments of node; none if there is no test
 */

const minute = 60_000;
const roomsOfTheirOwn = ['browser', 'extension', 'workbench', 'bench'];

/** @type {readonly Stage[]} */
export const stages = [
  {
    name: 'check',
    limitMinutes: 15,
    needs: [],
    reports: 'nothing',
    commands: () => [
      [binary('typescript', 'tsc'), '-b'],
      [binary('eslint', 'eslint'), '.'],
      [binary('prettier', 'prettier'), '--check', '--log-level=warn', '.'],
    ],
  },
  {
    name: 'build',
    limitMinutes: 5,
    needs: [],
    reports: 'nothing',
    othersNeedIt: true,
    commands: () => [['esbuild.js'], ['esbuild.js', '--tests']],
  },
  {
    name: 'unit',
    limitMinutes: 20,
    needs: ['python', 'pythons'],
    reports: 'tests',
    commands: () => mocha(30_000, room => !roomsOfTheirOwn.includes(room)),
  },
  {
    name: 'webview',
    limitMinutes: 15,
    needs: ['browser'],
    reports: 'tests',
    commands: () => mocha(minute, room => room === 'browser'),
  },
  {
    name: 'extension',
    limitMinutes: 10,
    needs: ['browser', 'vscode', 'python'],
    reports: 'tests',
    commands: () => [['scripts/bootstrap.cjs', 'extensionStage']],
  },
  {
    name: 'workbench',
    limitMinutes: 25,
    needs: ['browser', 'vscode', 'python'],
    reports: 'tests',
    commands: () => mocha(3 * minute, room => room === 'workbench'),
  },
];

/** The stage that only machines run on which VS Code can be downloaded. @type {Stage} */
export const electronStage = {
  name: 'electron',
  limitMinutes: 20,
  needs: [],
  reports: 'tests',
  commands: () => [['scripts/bootstrap.cjs', 'electronStage']],
};

/**
 * @param {number} timeoutMs for one test
 * @param {(room: string) => boolean} wanted which folders of out/test
 * @returns {readonly (readonly string[])[]}
 */
function mocha(timeoutMs, wanted) {
  const files = fs
    .readdirSync('out/test', { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.test.cjs') && wanted(file.split(path.sep)[0] ?? ''))
    .map(file => path.join('out/test', file))
    .sort();
  if (files.length === 0) return [];
  const flags = [
    '--reporter',
    'scripts/eventReporter.cjs',
    '--require',
    'scripts/leftovers.cjs',
  ];
  return [
    [
      '--enable-source-maps',
      binary('mocha', 'mocha'),
      '--timeout',
      String(timeoutMs),
      ...flags,
      ...files,
    ],
  ];
}

/**
 * @param {string} name of a package
 * @param {string} program one of its programs
 * @returns {string} the script that node runs
 */
function binary(name, program) {
  const folder = path.join('node_modules', name);
  const { bin } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
  return path.join(folder, typeof bin === 'string' ? bin : bin[program]);
}
