// What VS Code the browser host runs and what is done to it: data for vscodeInstall.mjs.
//
// npm's `code-server` ships a built VS Code server in lib/vscode, and needs nothing but the npm registry. 4.100.3 is the
// newest whose dependencies all come from the registry (later ones name git repositories) and that runs on Node 20.

/** The package, VS Code's own version in it, and the number of this recipe: raise it when a step below changes. */
export const codeServer = {
  name: 'code-server',
  version: '4.100.3',
  vscodeVersion: '1.100.3',
  recipe: 2,
  integrity:
    'sha512-q/Fh2DOxCRNhC/WiG/6sAhSKnj7ZACTVBaeeZ+rWjol//0FCbl/qg1ln5ecZ99jYcfqMxZZAyWcN+YBIo0DgpA==',
};

/**
 * ripgrep as npm packages, by platform and processor. Without it Go to File and text search find nothing
 * (VS Code's own package downloads it from elsewhere).
 */
export const ripgrep = {
  version: '1.18.0',
  /** @type {Readonly<Record<string, string>>} */
  integrity: {
    'darwin-arm64':
      'sha512-r3ktHSvbFycQNF6sl7sNDPocpsI7J+mEzh1IaZFkY0spm3k2Z9t8hPAeOK7+p0l6p6/swkQC14XWX01low+94Q==',
    'darwin-x64':
      'sha512-25b4gWbL138dGuQU244ebCKKc0q05ULBMoFSz9oAEUHNeqK/lOJViDS7DRvbDazzAzSEdan391Znks/R5mkaTQ==',
    'linux-arm64':
      'sha512-lQ/5zTG++U0E3IhVgS4EPTTn/U4okncaRMM5GOFfOYZywS4nuD31GhkHbNYlDk5CuDC68+hYJ0/eQeyCKJDA+g==',
    'linux-x64':
      'sha512-mQ3bVrUpnD2vs7QT0vX90Lt0cnUq467uFtEktIdsJJmW296RoSULRGqWgzG1AKxyBpNDD6l4ZO4qKf6SgyC23Q==',
    'win32-x64':
      'sha512-KNPvtElldqILHdnAetujPaowkNbpqJy3ssIGGN6F6Kve9Qi+nNLI2DN01O83JjCEVQbCzl8Ov3QZ9Eov3BR8Dg==',
  },
};

/**
 * Terminals: the native part of VS Code's `node-pty`, built by others as npm packages. Without it VS Code opens
 * terminals that never get a process. The one for macOS needs a helper program beside it and was not tried.
 */
export const terminals = {
  version: '1.1.0',
  /** @type {Readonly<Record<string, string>>} */
  integrity: {
    'linux-arm64':
      'sha512-yyDBmalCfHpLiQMT2zyLcqL2Fay4Xy7rIs8GH4dqKLnEviMvPGOK7LADVkKAsbsyXBSISL3Lt1m1MtxhPH6ckg==',
    'linux-x64':
      'sha512-NcNqRTD14QT+vXcEuqSSvmWY+0+WUBn2uRE8EN0zKtDpIEr9d+YiFj16Uqds6QfcLCHfZmC+Ls7YzwTaqDnanA==',
  },
};

/** Folders of node_modules that a server on this platform never loads: 30 MB. */
export const unusedFolders = [
  '@vscode/tree-sitter-wasm',
  '@vscode/windows-process-tree',
  '@vscode/windows-registry',
  '@vscode/spdlog/deps',
  '@parcel/watcher/src',
  'kerberos/src',
  'node-pty/deps',
];

/** Files of node_modules that nothing runs. */
export const unusedFile = /\.(map|d\.ts|md|cc|h|cpp)$/;

/**
 * Stand-ins, in plain JavaScript, for two packages that would need a compiler. Named `exports.x =` because VS Code
 * imports them by name, and Node finds the names of a CommonJS module only in that form.
 */
export const standIns = {
  // VS Code writes all its log files through this one.
  '@vscode/spdlog/index.js': `
const fs = require('fs');
const path = require('path');
const names = ['trace', 'debug', 'info', 'warning', 'error', 'critical'];

class Logger {
  constructor(file) {
    this.file = file;
    this.level = 2;
    this.raw = false;
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.appendFileSync(file, '');
  }
  write(level, message) {
    if (level < this.level) return;
    const stamp = new Date().toISOString().replace('T', ' ').slice(0, 23);
    try {
      fs.appendFileSync(this.file, this.raw ? message : stamp + ' [' + names[level] + '] ' + message + '\\n');
    } catch { /* the log folder was removed while the server was stopping */ }
  }
  getLevel() { return this.level; }
  setLevel(level) { this.level = level; }
  setPattern() { this.raw = true; }
  clearFormatters() { this.raw = true; }
  flush() {}
  drop() {}
}
names.forEach((name, level) => {
  Logger.prototype[name === 'warning' ? 'warn' : name] = function (message) { this.write(level, message); };
});

const createLogger = async (name, file) => new Logger(file);
exports.version = 0;
exports.setLevel = () => {};
exports.setFlushOn = () => {};
exports.Logger = Logger;
exports.createRotatingLogger = createLogger;
exports.createAsyncRotatingLogger = createLogger;
`,
  // Ends an extension host whose server is gone.
  'native-watchdog/index.js': `
exports.start = pid => {
  setInterval(() => {
    try { process.kill(pid, 0); } catch { process.exit(87); }
  }, 2000).unref();
};
exports.exit = code => process.exit(code || 0);
`,
};
