// How to call the npm that called us.
'use strict';
const fs = require('node:fs');

/**
 * The command and arguments that run npm without a shell. npm tells its scripts where it lies; without that
 * (somebody ran `node scripts/bootstrap.cjs`) the one on the PATH is taken.
 * @param {readonly string[]} args
 * @returns {{ command: string, args: string[] }}
 */
exports.npmCommand = function npmCommand(args) {
  const npmScript = process.env.npm_execpath;
  if (npmScript && /npm-cli\.c?js$/.test(npmScript) && fs.existsSync(npmScript)) {
    return { command: process.execPath, args: [npmScript, ...args] };
  }
  return process.platform === 'win32'
    ? { command: 'cmd.exe', args: ['/d', '/s', '/c', 'npm.cmd', ...args] }
    : { command: 'npm', args: [...args] };
};
