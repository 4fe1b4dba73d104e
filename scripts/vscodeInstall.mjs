// Brings a VS Code server from the npm registry into .vscode-test/, once, checked and all at once or not at all.
import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { npmCommand } from './npmCommand.cjs';
import { UserError } from './userError.mjs';
import {
  codeServer,
  ripgrep,
  standIns,
  terminals,
  unusedFile,
  unusedFolders,
} from './vscodeRecipe.mjs';

/**
 * The folder of the server, installed if it is not there yet (10 to 20 s, 42 MB to download, 82 MB on disk).
 * @param {string} root the folder with package.json
 * @returns {string} the folder that holds out/server-main.js
 * @throws {UserError} when the registry cannot be reached or sends something else than expected
 */
export function installVscode(root) {
  const cache = path.join(root, '.vscode-test');
  const folder = path.join(cache, `vscode-${codeServer.vscodeVersion}-${codeServer.recipe}`);
  if (fs.existsSync(folder)) return folder;

  console.log(`Fetching VS Code ${codeServer.vscodeVersion} from the npm registry (42 MB, once) …`);
  fs.mkdirSync(cache, { recursive: true });
  removeAbandoned(cache);
  // Made beside its final place and renamed at the end: a folder of the final name is a complete one.
  const partial = fs.mkdtempSync(`${folder}.partial-`);
  try {
    unpackServer(partial);
    addRipgrep(path.join(partial, 'vscode'));
    addTerminals(path.join(partial, 'vscode'));
    replaceNativeModules(path.join(partial, 'vscode/node_modules'));
    trim(path.join(partial, 'vscode/node_modules'));
    moveInto(path.join(partial, 'vscode'), folder);
  } finally {
    fs.rmSync(partial, { recursive: true, force: true });
  }
  return folder;
}

/**
 * Removes what an install that was killed has left behind; one of the last hour may still be at work.
 * @param {string} cache
 */
function removeAbandoned(cache) {
  const partials = fs.readdirSync(cache).filter(name => name.includes('.partial-'));
  for (const folder of partials.map(name => path.join(cache, name))) {
    if (Date.now() - fs.statSync(folder).mtimeMs > 3_600_000)
      fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} partial */
function unpackServer(partial) {
  const tarball = download(
    `${codeServer.name}@${codeServer.version}`,
    codeServer.integrity,
    partial,
  );
  unpack(tarball, partial, ['--exclude=*.map', '--strip-components=2', 'package/lib/vscode']);
  // `npm ci` refuses the lockfile that ships with it: it lacks a package that a later npm would list.
  npm(
    ['install', '--ignore-scripts', '--omit=dev', '--no-audit', '--no-fund', '--loglevel=error'],
    path.join(partial, 'vscode'),
  );
}

/** @param {string} vscode */
function addRipgrep(vscode) {
  const platform = `${process.platform}-${process.arch}`;
  const integrity = ripgrep.integrity[platform];
  if (!integrity) {
    console.warn(
      `No ripgrep is known for ${platform}: search and Go to File will find nothing in this VS Code.`,
    );
    return;
  }
  const folder = path.join(vscode, 'node_modules/@vscode/ripgrep');
  const tarball = download(`@vscode/ripgrep-${platform}@${ripgrep.version}`, integrity, vscode);
  unpack(tarball, folder, ['--strip-components=1', 'package/bin']);
}

/** @param {string} vscode */
function addTerminals(vscode) {
  const platform = `${process.platform}-${process.arch}`;
  const integrity = terminals.integrity[platform];
  if (!integrity) return; // what runs there runs in a terminal of the extension's own
  const folder = path.join(vscode, 'node_modules/node-pty/build/Release');
  fs.mkdirSync(folder, { recursive: true });
  const name = `@lydell/node-pty-${platform}@${terminals.version}`;
  const tarball = download(name, integrity, vscode);
  unpack(tarball, folder, ['--strip-components=1', 'package/pty.node']);
}

/** @param {string} modules */
function replaceNativeModules(modules) {
  for (const [file, text] of Object.entries(standIns))
    fs.writeFileSync(path.join(modules, file), text);
}

/** @param {string} modules */
function trim(modules) {
  for (const folder of unusedFolders)
    fs.rmSync(path.join(modules, folder), { recursive: true, force: true });
  for (const entry of fs.readdirSync(modules, { recursive: true, withFileTypes: true })) {
    if (entry.isFile() && unusedFile.test(entry.name))
      fs.rmSync(path.join(entry.parentPath, entry.name));
  }
}

/**
 * @param {string} made
 * @param {string} folder
 */
function moveInto(made, folder) {
  try {
    fs.renameSync(made, folder);
  } catch (error) {
    if (!fs.existsSync(folder)) throw error; // otherwise another run was first, with the same content
  }
}

/**
 * Downloads a package and checks it.
 * @param {string} name with its version
 * @param {string} integrity as the registry writes it
 * @param {string} folder where the tarball goes
 * @returns {string} the tarball
 */
function download(name, integrity, folder) {
  const tarball = path.join(
    folder,
    npm(['pack', name, '--loglevel=error'], folder).trim().split('\n').at(-1) ?? '',
  );
  const found = `sha512-${createHash('sha512').update(fs.readFileSync(tarball)).digest('base64')}`;
  if (found === integrity) return tarball;
  throw new UserError(
    `${name} from the npm registry is not the file we know (expected ${integrity}, got ${found}). Nothing was installed.`,
  );
}

/**
 * @param {readonly string[]} args
 * @param {string} cwd
 * @returns {string} what npm printed
 */
function npm(args, cwd) {
  const { command, args: full } = npmCommand(args);
  const result = spawnSync(command, full, {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
  if (result.status === 0) return result.stdout;
  const reason = /code (E\w+)/.exec(result.stderr)?.[1] ?? result.error?.message ?? 'unknown';
  throw new UserError(
    `VS Code could not be fetched from the npm registry (npm ${args[0] ?? ''} ${args[1] ?? ''}: ${reason}). ` +
      'Connect to the network once and run this again; nothing was half installed.',
  );
}

/**
 * @param {string} tarball removed afterwards
 * @param {string} folder
 * @param {readonly string[]} args
 */
function unpack(tarball, folder, args) {
  const { status, stderr } = spawnSync('tar', ['xzf', tarball, '-C', folder, ...args], {
    encoding: 'utf8',
  });
  if (status !== 0)
    throw new UserError(
      `tar could not unpack ${path.basename(tarball)}: ${stderr || 'is tar installed?'}`,
    );
  fs.rmSync(tarball);
}
