// `npm run t -- core/machine`: bundles the tests whose path contains one of the words, and runs them with mocha.
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { requireBrowser } from './findBrowser.mjs';
import { endOnSignals, run } from './processes.mjs';
import { binary } from './stages.mjs';
import { UserError } from './userError.mjs';
import { installVscode } from './vscodeInstall.mjs';

/** Rooms whose tests read what is built into dist/. */
const roomsOnDist = ['browser', 'workbench', 'cli', 'scripts'];
const limitMs = 3_600_000;

const usage = `npm run t -- WORD… [-g TEXT] [--deep] [--headed] [--inspect-brk]
WORD is a part of the path of test files, as in core/machine or verdict. -g runs only the tests whose name contains TEXT.
--headed opens the browser's window, --inspect-brk waits for a debugger.`;

/**
 * @param {string[]} args
 * @returns {Promise<number>} the exit code
 */
export async function main(args) {
  endOnSignals();
  const { values, positionals } = optionsIn(args);
  const files = filesFor(positionals);
  const rooms = new Set(files.map(file => file.split('/')[1] ?? ''));
  const env = environmentFor(rooms, values);
  if (roomsOnDist.some(room => rooms.has(room))) await node(['esbuild.js'], env);
  await node(['esbuild.js', '--tests', ...files], env);
  const mocha = [
    ...(values['inspect-brk'] ? ['--inspect-brk'] : []),
    '--enable-source-maps',
    binary('mocha', 'mocha'),
    ...['--timeout', String(isWatched(values) ? 0 : timeoutMs(rooms))],
    ...(values.grep === undefined ? [] : ['--fgrep', values.grep]),
    ...files.map(file => `out/${file.replace(/\.ts$/, '.cjs')}`),
  ];
  return (await run(process.execPath, mocha, { env, limitMs })).code ?? 1;
}

/** @param {string[]} args */
function optionsIn(args) {
  const parsed = () =>
    parseArgs({
      args,
      allowPositionals: true,
      options: {
        grep: { type: 'string', short: 'g' },
        deep: { type: 'boolean' },
        headed: { type: 'boolean' },
        'inspect-brk': { type: 'boolean' },
      },
    });
  try {
    const options = parsed();
    if (options.positionals.length > 0) return options;
  } catch (error) {
    throw new UserError(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  }
  throw new UserError(usage);
}

/**
 * @param {readonly string[]} words
 * @returns {readonly string[]} paths from the root of the project, with / between their parts
 */
function filesFor(words) {
  const wanted = words.map(word => word.replaceAll('\\', '/').replace(/^\.?\/?test\//, ''));
  const files = fs
    .readdirSync('test', { recursive: true, encoding: 'utf8' })
    .map(file => path.posix.join('test', file.replaceAll('\\', '/')))
    .filter(file => file.endsWith('.test.ts'))
    .filter(file => wanted.some(word => file.slice('test/'.length).includes(word)))
    .sort();
  const runnable = files.filter(file => !file.startsWith('test/extension/'));
  if (runnable.length > 0) return runnable;
  throw new UserError(
    files.length > 0
      ? 'The tests in test/extension run inside VS Code: use npm run test:extension.'
      : `No test file has ${words.join(' or ')} in its path. ${usage}`,
  );
}

/**
 * @param {ReadonlySet<string>} rooms
 * @param {{ deep?: boolean, headed?: boolean }} options
 * @returns {NodeJS.ProcessEnv}
 */
function environmentFor(rooms, { deep, headed }) {
  if (rooms.has('workbench')) installVscode(process.cwd());
  const needsBrowser = rooms.has('browser') || rooms.has('workbench');
  return {
    ...process.env,
    ...(deep ? { GIL_SCOPE_DEEP: '1' } : {}),
    ...(headed ? { GIL_SCOPE_HEADED: '1' } : {}),
    ...(needsBrowser ? { CHROMIUM: requireBrowser() } : {}),
  };
}

/**
 * Whether a person looks on, who takes time: in a debugger (VS Code's says so in the environment) or in a window.
 * @param {{ headed?: boolean, 'inspect-brk'?: boolean }} options
 */
function isWatched(options) {
  return (
    options.headed === true ||
    options['inspect-brk'] === true ||
    process.env['VSCODE_INSPECTOR_OPTIONS'] !== undefined
  );
}

/** @param {ReadonlySet<string>} rooms */
function timeoutMs(rooms) {
  return rooms.has('workbench') ? 180_000 : 60_000;
}

/**
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 */
async function node(args, env) {
  const { code } = await run(process.execPath, args, { env, limitMs });
  if (code !== 0) throw new UserError('The build failed (its reason is above).');
}
