// The desktop host of `npm start`: an installed VS Code, in a profile of its own.
//
// A profile of its own, though a person's has their theme and keys: with theirs the window would be handed to the VS Code
// that already runs, which Ctrl+C here cannot and should not end, and an odd setting or another extension could spoil
// the first look. Light or dark follows the system instead.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { findOnPath } from './findOnPath.mjs';
import { start } from './processes.mjs';
import { makeHostFolders } from './vscodeServer.mjs';
import { demoSettings } from './vscodeSettings.mjs';

/** The oldest VS Code that loads the extension: `engines.vscode` of package.json. */
const oldest = [1, 100];

/**
 * An installed VS Code that can show a window here, or the reason why there is none (not worth a word if undefined).
 * @returns {{ program: string } | { reason: string | undefined }}
 */
export function findDesktop() {
  const program = findOnPath('code');
  if (program === undefined || !hasDisplay()) return { reason: undefined };
  // In the terminal of a remote VS Code, `code` is another program, which loads no extension from a folder.
  if (process.env['VSCODE_IPC_HOOK_CLI']) return { reason: undefined };
  const { stdout } = spawnSync(program, ['--version'], {
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  const version = /^(\d+)\.(\d+)\.\d+/m.exec(stdout ?? '');
  const [major = 0, minor = 0] = version ? version.slice(1).map(Number) : [];
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return { program };
  return {
    reason: `The installed VS Code (${version?.[0] ?? 'of unknown version'}) is older than ${oldest.join('.')}, so one in the browser is used.`,
  };
}

/** Whether windows can be shown here. */
export function hasDisplay() {
  if (process.platform !== 'linux') return true;
  return Boolean(process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY']);
}

/**
 * @param {string} program
 * @param {import('./start.mjs').Demo} demo
 * @returns {{ ended: Promise<unknown>, end: () => Promise<void> }}
 */
export function startDesktop(program, { root, folder, workspace, file }) {
  const { user, extensions } = makeHostFolders(folder, demoSettings);
  const args = [
    ...['--wait', '--new-window', `--extensionDevelopmentPath=${root}`],
    ...['--user-data-dir', user, '--extensions-dir', extensions, '--disable-workspace-trust'],
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    workspace,
    ...(file ? [file] : []),
  ];
  return start(program, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
    endFirst: () => endMainProcess(user),
  });
}

/**
 * `code` starts the window's process detached and, on macOS, through the system, so that it does not carry our mark.
 * VS Code writes its number to `code.lock` in its profile (environmentMainService.ts, mainLockfile).
 * @param {string} user the profile
 */
function endMainProcess(user) {
  const lock = path.join(user, 'code.lock');
  if (!fs.existsSync(lock)) return;
  const pid = Number.parseInt(fs.readFileSync(lock, 'utf8'), 10);
  try {
    if (pid > 0) process.kill(pid, 'SIGTERM');
  } catch {
    // It has ended meanwhile, as it was asked to.
  }
}
