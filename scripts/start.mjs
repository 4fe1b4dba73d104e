// `npm start`: builds the extension and opens a VS Code with it, on a copy of the samples.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { findDesktop, startDesktop } from './desktop.mjs';
import { openInBrowser } from './openInBrowser.mjs';
import { endOnSignals, run } from './processes.mjs';
import { copySamples, firstSample } from './samples.mjs';
import { UserError, messageOf } from './userError.mjs';
import { startDemoServer } from './demoServer.mjs';

const usage = 'npm start [-- [--browser] [--no-open] [--port NUMBER]]';

/**
 * @param {readonly string[]} args
 * @returns {Promise<number>} the exit code, once the person has closed VS Code or pressed Ctrl+C
 */
export async function main(args) {
  const options = parse(args);
  const root = process.cwd();
  const { code } = await run(process.execPath, ['esbuild.js'], { limitMs: 300_000 });
  if (code !== 0) throw new UserError('The build failed (its reason is above).');

  const folder = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'gil-scope-'));
  const removeFolder = () => fs.rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  endOnSignals(removeFolder); // before anything is started in it
  try {
    const workspace = copySamples(root, folder);
    const demo = { root, folder, workspace, file: sampleIn(workspace) };
    const host = await open(demo, options);
    await host.ended;
    await host.end();
    return 0;
  } finally {
    removeFolder();
  }
}

/**
 * What is opened; all paths absolute. Everything in `folder` goes when VS Code does.
 * @typedef {object} Demo
 * @property {string} root the extension
 * @property {string} folder for this run alone
 * @property {string} workspace
 * @property {string | undefined} file
 */

/**
 * @param {Demo} demo
 * @param {ReturnType<typeof parse>} options
 */
async function open(demo, options) {
  const desktop = options.browser ? { reason: undefined } : findDesktop();
  if ('program' in desktop) {
    console.log(`Opening ${desktop.program} with GIL Scope. Ctrl+C ends it.`);
    return startDesktop(desktop.program, demo);
  }
  if (desktop.reason) console.log(desktop.reason);
  const server = await startDemoServer(demo, options.port);
  console.log(`\nGIL Scope in VS Code: ${server.url}\n`);
  const opened = options.open && openInBrowser(server.url, demo.folder);
  console.log(opened ? 'Ctrl+C ends it.' : 'Open this address in a browser. Ctrl+C ends it.');
  return server;
}

/** @param {readonly string[]} args */
function parse(args) {
  try {
    const { values } = parseArgs({
      args: [...args],
      allowNegative: true,
      options: {
        browser: { type: 'boolean', default: false },
        open: { type: 'boolean', default: true },
        port: { type: 'string', default: '0' },
      },
    });
    const port = Number(values.port);
    if (!Number.isInteger(port) || port < 0 || port > 65_535) {
      throw new UserError(`--port takes a number from 1 to 65535, not “${values.port}”.`);
    }
    // Who asks for a port asks for the host that has one.
    return { port, open: values.open, browser: values.browser || port > 0 };
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${messageOf(error).split('. ', 1)[0]}. Usage: ${usage}`);
  }
}

/** @param {string} workspace */
function sampleIn(workspace) {
  const file = path.join(workspace, firstSample);
  if (fs.existsSync(file)) return file;
  console.log(
    `The sample ${firstSample} is missing from media/samples; only the folder is opened.`,
  );
  return undefined;
}
