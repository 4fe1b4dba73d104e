// Builds every bundle. `--production` minifies, `--watch` rebuilds, `--tests` builds the tests instead: all of them, or
// the files that are named.
const esbuild = require('esbuild');
const fs = require('node:fs');
const path = require('node:path');
const { pureChartClasses } = require('./scripts/chartJs.cjs');

const production = process.argv.includes('--production');
const watch = process.argv.includes('--watch');
const tests = process.argv.includes('--tests');
const named = process.argv.slice(2).filter(argument => !argument.startsWith('--'));

/** What every bundle shares. */
const shared = {
  bundle: true,
  minify: production,
  sourcemap: production ? false : 'linked',
  sourcesContent: false,
  logLevel: 'silent',
  legalComments: 'none', // writeLicenses puts whole licences beside the bundles instead
  metafile: true,
  loader: { '.py': 'text', '.css': 'text' },
  plugins: [
    { name: 'problem-matcher', setup: reportProblems },
    { name: 'parsed-data', setup: parseData },
  ],
};

const node = { ...shared, platform: 'node', format: 'cjs', target: 'node20' };

/** The bundles that ship. */
const products = [
  {
    ...node,
    entryPoints: { extension: 'src/extension.ts' },
    outdir: 'dist',
    external: ['vscode'],
    plugins: [...shared.plugins, { name: 'analyser-of-reader', setup: analyserOfReader }],
  },
  { ...node, entryPoints: { worker: 'src/engines/workers/worker.ts' }, outdir: 'dist' },
  { ...node, entryPoints: { reader: 'src/editor/reading/reader.ts' }, outdir: 'dist' },
  { ...node, entryPoints: { whatIfWorker: 'src/engines/whatIfWorker.ts' }, outdir: 'dist' },
  { ...node, entryPoints: { recorder: 'src/engines/recorder/recorder.ts' }, outdir: 'dist' },
  {
    ...node,
    entryPoints: { cli: 'src/cli/index.ts' },
    outdir: 'dist',
    banner: { js: '#!/usr/bin/env node' },
  },
  {
    ...shared,
    entryPoints: { webview: 'webview/main.ts', style: 'webview/style.css' },
    outdir: 'dist',
    platform: 'browser',
    format: 'iife',
    target: 'chrome120',
    loader: { ...shared.loader, '.css': 'css' },
    plugins: [...shared.plugins, pureChartClasses],
  },
  {
    ...shared,
    entryPoints: { race: 'webview/race/main.ts', 'race-style': 'webview/race/style.css' },
    outdir: 'dist',
    platform: 'browser',
    format: 'iife',
    target: 'chrome120',
    loader: { ...shared.loader, '.css': 'css' },
  },
];

/** The tests, one bundle each. `vscode` exists only inside a real editor. */
const inEditor = file => file.startsWith('test/extension/');
const testFiles = filesBelow('test')
  .filter(file => file.endsWith('.test.ts') || file.endsWith('.bench.ts'))
  .filter(file => named.length === 0 || named.includes(file));
const testBundle = files => ({
  ...node,
  sourcemap: 'inline',
  entryPoints: files,
  outdir: 'out/test',
  outbase: 'test',
  outExtension: { '.js': '.cjs' },
  external: [
    'mocha',
    'playwright-core',
    'fast-check',
    'esbuild',
    'typescript',
    'axe-core',
    '@vscode/*',
  ],
});
const testBundles = [
  testBundle(testFiles.filter(file => !inEditor(file))),
  { ...testBundle(testFiles.filter(inEditor)), external: ['vscode', ...testBundle([]).external] },
].filter(bundle => bundle.entryPoints.length > 0);

/** The extension loads the analyser late, and then from the reader's bundle, which has it anyway. */
function analyserOfReader(build) {
  build.onResolve({ filter: /\/analysis\/analyser$/ }, ({ kind }) =>
    kind === 'dynamic-import' ? { path: './reader.js', external: true } : undefined,
  );
}

/** Large data stays a text until somebody reads it: the extension starts without it. */
function parseData(build) {
  build.onLoad({ filter: /[\\/]src[\\/].*\.json$/ }, ({ path: file }) => {
    const text = JSON.stringify(JSON.parse(fs.readFileSync(file, 'utf8')));
    const getters = Object.keys(JSON.parse(text)).map(
      key => `get ${key}() { return data().${key}; }`,
    );
    const contents = `let parsed;
      const data = () => (parsed ??= JSON.parse(${JSON.stringify(text)}));
      export default { ${getters.join(', ')} };`;
    return { contents, loader: 'js' };
  });
}

/** Prints what VS Code's problem matcher for esbuild watches for. */
function reportProblems(build) {
  build.onStart(() => {
    if (watch) console.log('[watch] build started');
  });
  build.onEnd(result => {
    for (const { text, location } of result.errors) {
      console.error(`✘ [ERROR] ${text}`);
      if (location) console.error(`    ${location.file}:${location.line}:${location.column}:`);
    }
    if (watch) console.log('[watch] build finished');
  });
}

/** Whose code the bundles contain may be shipped with its licence only. */
function writeLicenses(results) {
  const packages = new Set(
    results
      .flatMap(({ metafile }) => Object.keys(metafile.inputs))
      .map(file => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1])
      .filter(Boolean),
  );
  const texts = [...packages].sort().map(name => {
    const folder = path.join('node_modules', name);
    const license = fs.readdirSync(folder).find(file => /^licen[cs]e/i.test(file));
    if (!license) throw new Error(`${name} has no licence file`);
    return `${name} ${versionOf(folder)}\n\n${fs.readFileSync(path.join(folder, license), 'utf8').trim()}\n`;
  });
  fs.writeFileSync('dist/third-party-licenses.txt', texts.join(`\n${'-'.repeat(72)}\n\n`));
}

function versionOf(folder) {
  return JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8')).version;
}

/** Removes bundles of tests that are gone, which would otherwise run forever. */
function removeStaleTests(results) {
  const made = new Set(results.flatMap(({ metafile }) => Object.keys(metafile.outputs)));
  const stale = filesBelow('out/test').filter(file => file.endsWith('.cjs') && !made.has(file));
  for (const file of stale) fs.rmSync(file);
}

function filesBelow(folder) {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .flatMap(entry => {
      const file = path.posix.join(folder, entry.name);
      return entry.isDirectory() ? filesBelow(file) : [file];
    })
    .sort();
}

async function main() {
  const unknown = named.filter(file => !testFiles.includes(file));
  if (unknown.length > 0) throw new Error(`There is no test file ${unknown.join(', ')}`);
  const bundles = tests ? testBundles : products;
  if (!watch) {
    const results = await Promise.all(bundles.map(bundle => esbuild.build(bundle)));
    if (!tests) return writeLicenses(results);
    return named.length > 0 ? undefined : removeStaleTests(results);
  }
  const contexts = await Promise.all(bundles.map(bundle => esbuild.context(bundle)));
  await Promise.all(contexts.map(context => context.watch()));
}

main().catch(error => {
  if (!('errors' in error)) console.error(error); // the problem matcher has printed esbuild's own
  process.exit(1);
});
