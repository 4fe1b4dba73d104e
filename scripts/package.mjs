// `npm run package`: builds what ships, makes the VSIX, and says what is in it and how large it is.
import fs from 'node:fs';
import { PackageManager, createVSIX, listFiles } from '@vscode/vsce';
import { endOnSignals, run } from './processes.mjs';
import { UserError } from './userError.mjs';

/** What the VSIX must contain. */
const needed = [
  'package.json',
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
  'docs/advice/cpu-bound-threads.md',
  'dist/extension.js',
  'dist/race-style.css',
  'dist/race.js',
  'dist/reader.js',
  'dist/recorder.js',
  'dist/webview.js',
  'dist/whatIfWorker.js',
  'dist/worker.js',
  'dist/style.css',
  'dist/third-party-licenses.txt',
  'media/icon.png',
  'media/samples/cpu_bound.py',
];

/** What it may contain besides. */
const allowed = [
  /^dist\/\w+\.js$/,
  /^docs\/advice\/[\w-]+\.md$/,
  /^media\/samples\/\w+\.py$/,
  /^media\/walkthrough\/[\w-]+\.(svg|png|md)$/,
];

const sizeLimitBytes = 600_000;

/** @returns {Promise<number>} the exit code */
export async function main() {
  endOnSignals();
  const { code } = await run(process.execPath, ['esbuild.js', '--production'], {
    limitMs: 300_000,
  });
  if (code !== 0) throw new UserError('The build failed (its reason is above).');

  const files = await listFiles({ packageManager: PackageManager.None });
  const problems = problemsWith(files);
  if (problems.length > 0) throw new UserError(`The VSIX would be wrong:\n${problems.join('\n')}`);

  const { version } = JSON.parse(fs.readFileSync('package.json', 'utf8'));
  const vsix = `gil-scope-${version}.vsix`;
  await createVSIX({
    packagePath: vsix,
    dependencies: false,
    allowMissingRepository: true,
    rewriteRelativeLinks: false,
  });
  const { size } = fs.statSync(vsix);
  console.log(`${vsix}: ${(size / 1000).toFixed(1)} kB, ${files.length} files`);
  if (size > sizeLimitBytes) throw new UserError(`It may have ${sizeLimitBytes / 1000} kB.`);
  return 0;
}

/**
 * @param {readonly string[]} files
 * @returns {readonly string[]} a sentence each
 */
export function problemsWith(files) {
  const missing = needed.filter(file => !files.includes(file));
  const extra = files.filter(
    file => !needed.includes(file) && !allowed.some(pattern => pattern.test(file)),
  );
  return [
    ...missing.map(file => `${file} is missing.`),
    ...extra.map(file => `${file} is not on the list of what ships.`),
  ];
}
