// Starts VS Code's server in folders of its own, installs extensions into it, and knows its addresses.
import { randomBytes } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { URLSearchParams } from 'node:url';
import { start } from './processes.mjs';
import { UserError } from './userError.mjs';

const startLimitMs = 60_000;

/**
 * Where one VS Code keeps its things; all below a folder that the caller made and removes.
 * @typedef {{ readonly server: string, readonly user: string, readonly extensions: string }} HostFolders
 */

/**
 * Makes the folders of a VS Code that nobody has used before.
 * @param {string} folder
 * @param {Readonly<Record<string, unknown>>} settings the user's settings.json
 * @returns {HostFolders}
 */
export function makeHostFolders(folder, settings) {
  const folders = {
    server: path.join(folder, 'server'),
    user: path.join(folder, 'user'),
    extensions: path.join(folder, 'extensions'),
  };
  // What the server would otherwise complain about in its log.
  fs.mkdirSync(path.join(folders.user, 'logs'), { recursive: true });
  fs.mkdirSync(path.join(folders.user, 'User'), { recursive: true });
  fs.mkdirSync(folders.extensions, { recursive: true });
  fs.writeFileSync(path.join(folders.extensions, 'extensions.json'), '[]');
  fs.writeFileSync(
    path.join(folders.user, 'User/settings.json'),
    JSON.stringify(settings, null, 2),
  );
  return folders;
}

/**
 * A running server, and the word that lets somebody in. `log` is everything it has printed so far; `end` ends it with its extension hosts.
 * @typedef {object} VscodeServer
 * @property {number} port
 * @property {string} token
 * @property {() => string} log
 * @property {Promise<unknown>} ended
 * @property {() => Promise<void>} end
 */

/**
 * @param {object} options
 * @param {string} options.vscode the folder from `installVscode`
 * @param {HostFolders} options.folders
 * @param {number} [options.port] any free one if not given
 * @param {Readonly<Record<string, string>>} [options.env] for the server and the extensions in it
 * @returns {Promise<VscodeServer>}
 * @throws {UserError} when the port is in use
 */
export async function startServer({ vscode, folders, port = 0, env = {} }) {
  // Whoever has the token may edit files and run code as this person: it is random, and it stands in a file because
  // arguments can be read by everybody on the machine.
  const token = randomBytes(16).toString('hex');
  const tokenFile = path.join(folders.user, 'token');
  fs.writeFileSync(tokenFile, token, { mode: 0o600 });
  const started = start(
    process.execPath,
    [
      path.join(vscode, 'out/server-main.js'),
      ...['--host', '127.0.0.1', '--port', String(port), ...folderFlags(folders)],
      ...['--connection-token-file', tokenFile],
      ...['--accept-server-license-terms', '--telemetry-level', 'off', '--disable-telemetry'],
      ...[
        '--disable-update-check',
        '--disable-workspace-trust',
        '--disable-getting-started-override',
      ],
      '--disable-websocket-compression',
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...serverEnvironment(), ...env } },
  );
  let log = '';
  const listening = new Promise(resolve => {
    const read = (/** @type {Buffer} */ chunk) => {
      log += String(chunk);
      const match = /Extension host agent listening on (\d+)/.exec(log);
      if (match) resolve(Number(match[1]));
      if (log.includes('EADDRINUSE')) resolve(undefined); // it says so, and stays
    };
    started.process.stdout?.on('data', read);
    started.process.stderr?.on('data', read);
    void started.ended.then(resolve);
    setTimeout(resolve, startLimitMs).unref();
  });
  const found = await listening;
  if (typeof found === 'number') {
    return { port: found, token, log: () => log, ended: started.ended, end: started.end };
  }
  await started.end();
  if (log.includes('EADDRINUSE')) {
    throw new UserError(
      `Port ${port} is in use. Choose another with --port, or leave it out to get a free one.`,
    );
  }
  throw new Error(`VS Code's server did not start. It said:\n${log}`);
}

/**
 * Installs a VSIX as a person would, for servers with these folders.
 * @param {string} vscode
 * @param {HostFolders} folders
 * @param {string} vsix
 */
export function installVsix(vscode, folders, vsix) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [path.join(vscode, 'out/server-main.js'), '--install-extension', vsix, ...folderFlags(folders)],
    { encoding: 'utf8', env: serverEnvironment() },
  );
  if (status !== 0) throw new Error(`VS Code would not install ${vsix}:\n${stdout}${stderr}`);
}

/**
 * Makes an extension in a folder one that is installed, for servers with these folders: it is linked, not copied.
 * @param {HostFolders} folders
 * @param {string} extension a folder with package.json
 */
export function installFolder(folders, extension) {
  const manifest = fs.readFileSync(path.join(extension, 'package.json'), 'utf8');
  const { publisher, name, version } = JSON.parse(manifest);
  const relativeLocation = `${publisher}.${name}-${version}`;
  const place = path.join(folders.extensions, relativeLocation);
  fs.symlinkSync(extension, place, 'dir');
  const list = path.join(folders.extensions, 'extensions.json');
  const installed = JSON.parse(fs.readFileSync(list, 'utf8'));
  const identifier = { id: `${publisher}.${name}` };
  const location = { $mid: 1, path: urlPath(place), scheme: 'file' };
  installed.push({ identifier, version, location, relativeLocation });
  fs.writeFileSync(list, JSON.stringify(installed));
}

/**
 * The workbench's address for a folder, and what it should do first.
 * @param {Pick<VscodeServer, 'port' | 'token'>} server
 * @param {object} what all paths absolute
 * @param {string} what.folder
 * @param {string} [what.extension] a folder whose extension is loaded in development mode
 * @param {string} [what.tests] a module whose `run` the extension host calls
 * @param {string} [what.file] opened at once
 */
export function workbenchUrl({ port, token }, { folder, extension, tests, file }) {
  // Not “localhost”: that may be ::1 as well, where somebody else can listen on the same port.
  const host = `127.0.0.1:${port}`;
  const remote = (/** @type {string} */ absolute) => `vscode-remote://${host}${urlPath(absolute)}`;
  const payload = [
    ['skipWelcome', 'true'],
    ['skipReleaseNotes', 'true'],
    ...(extension ? [['extensionDevelopmentPath', remote(extension)]] : []),
    ...(tests ? [['extensionTestsPath', remote(tests)]] : []),
    ...(file ? [['openFile', remote(file)]] : []),
  ];
  const query = new URLSearchParams({
    tkn: token,
    folder: urlPath(folder),
    payload: JSON.stringify(payload),
  });
  return `http://${host}/?${query}`;
}

/** @param {string} absolute a path, which Windows writes `C:\x` and an address `/C:/x` */
function urlPath(absolute) {
  return absolute.startsWith('/') ? absolute : `/${absolute.replaceAll('\\', '/')}`;
}

/** @param {HostFolders} folders */
function folderFlags({ server, user, extensions }) {
  return ['--server-data-dir', server, '--user-data-dir', user, '--extensions-dir', extensions];
}

/** Ours, without what an outer VS Code told its terminal, and with the extension gallery switched off. */
function serverEnvironment() {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(VSCODE|ELECTRON)_/.test(name),
  );
  const gallery = {
    serviceUrl: '',
    itemUrl: '',
    resourceUrlTemplate: '',
    controlUrl: '',
    recommendationsUrl: '',
  };
  return { ...Object.fromEntries(inherited), EXTENSIONS_GALLERY: JSON.stringify(gallery) };
}
