// Builds every bundle. `--production` minifies, `--watch` rebuilds, `--tests` builds the tests instead.
const esbuild = require('esbuild');
const fs = require('node:fs');
const path = require('node:path');

const production = process.argv.includes('--production');
const watch = process.argv.includes('--watch');
const tests = process.argv.includes('--tests');

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
  { ...node, entryPoints: { extension: 'src/extension.ts' }, outdir: 'dist', external: ['vscode'] },
  { ...node, entryPoints: { worker: 'src/engines/workers/worker.ts' }, outdir: 'dist' },
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
    plugins: [...shared.plugins, { name: 'only-used-charts', setup: dropUnusedCharts }],
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
].filter(bundle => Object.values(bundle.entryPoints).every(file => fs.existsSync(file)));

/** The tests, one file each; `vscode` is a stand-in except in those that run inside a real editor. */
const inEditor = file => file.startsWith('test/extension/');
const testFiles = filesBelow('test').filter(
  file => file.endsWith('.test.ts') || file.endsWith('.bench.ts'),
);
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
  {
    ...testBundle(testFiles.filter(file => !inEditor(file))),
    alias: fs.existsSync('test/support/vscode.ts') ? { vscode: './test/support/vscode.ts' } : {},
  },
  { ...testBundle(testFiles.filter(inEditor)), external: ['vscode', ...testBundle([]).external] },
].filter(bundle => bundle.entryPoints.length > 0);

/** Methods of Chart.js that our controller overrides, or that only those call: about data and elements it has none of. */
const UNUSED_METHODS = (
  'parse parsePrimitiveData parseArrayData parseObjectData applyStack updateRangeFromParsed getMinMax ' +
  'buildOrUpdateElements addElements draw updateElement updateSharedOptions _resolveAnimations _resyncElements ' +
  '_insertElements _removeElements _getSharedOptions includeOptions getSharedOptions getStyle _setStyle ' +
  '_dataCheck getLabelAndValue _onDataPush _onDataPop _onDataShift _onDataSplice _onDataUnshift getDataElement ' +
  '_setDatasetHoverStyle _removeDatasetHoverStyle setHoverStyle removeHoverStyle _getOtherScale ' +
  'resolveDatasetElementOptions resolveDataElementOptions _resolveElementOptions'
).split(' ');

/**
 * Chart.js sets static fields of its classes from other objects, which esbuild must take for a side effect, and so
 * keeps four kinds of scale that nobody uses. As pure expressions they go: 19 kB less in the page. It mixes colours
 * only for hover styles and animations, of which the page has none: 7 kB less without that, 6 kB less without the
 * animations themselves, and 6 kB less without {@link UNUSED_METHODS}. Ticks and what is under the pointer are found by
 * the page's own code: another 5 kB.
 */
function dropUnusedCharts(build) {
  build.onLoad({ filter: /chart\.js[\\/]dist[\\/]chart\.js$/ }, async ({ path: file }) => {
    const text = await fs.promises.readFile(file, 'utf8');
    const still = replaceOnce(text, 'new Animator()', `{ ${STILL} }`);
    const unsized = replaceOnce(still, OBSERVERS, 'const handlers = {};');
    const contents = replaceOnce(unsized, INTERACTION, 'var Interaction = { modes: {} };')
      .replace(/^class DatasetController \{[\s\S]*?^\}/m, made => dropMethods(made, UNUSED_METHODS))
      .replace(/^class LinearScaleBase [\s\S]*?^\}/m, made => dropMethods(made, ['buildTicks']))
      .replace(/^class (Scale|Chart) [\s\S]*?^\}/gm, shortenMethods)
      .replace(/^function autoSkip\([\s\S]*?^\}/m, 'const autoSkip = (scale, ticks) => ticks;')
      .replace(
        /^class (\w+) extends \w+ \{[\s\S]*?^\}/gm,
        (made, name) => `const ${name} = /* @__PURE__ */ (() => { ${made}\nreturn ${name}; })();`,
      );
    return { contents, loader: 'js' };
  });
  build.onLoad(
    { filter: /chart\.js[\\/]dist[\\/]chunks[\\/]index\.js$/ },
    async ({ path: file }) => {
      const text = await fs.promises.readFile(file, 'utf8');
      const plain = replaceOnce(
        text,
        FORMATTERS,
        'const formatters = { values: String, numeric: String };',
      );
      const contents = replaceOnce(plain, ANIMATIONS, 'function applyAnimationsDefaults() {}');
      return { contents, loader: 'js' };
    },
  );
  build.onResolve({ filter: /^@kurkle\/color$/ }, () => ({ path: 'color', namespace: 'unmixed' }));
  build.onLoad({ filter: /^color$/, namespace: 'unmixed' }, () => ({
    contents: `export class Color {
      constructor(value) { this.value = value; }
      saturate() { return this; }
      darken() { return this; }
      hexString() { return this.value; }
    }`,
  }));
}

/** How Chart.js finds elements under a pointer; there are none. */
const INTERACTION = /^ ?var Interaction = \{[\s\S]*?^\};/m;

/** How Chart.js notices that its canvas is resized, shown or taken away: the page tells it. */
const OBSERVERS = /const handlers = \{\s*attach: createAttachObserver[^}]*\};/;

/** Labels of ticks are the page's own, and nothing is animated. */
const FORMATTERS = /^const formatters = \{[\s\S]*?^\};/m;
const ANIMATIONS = /^function applyAnimationsDefaults\([\s\S]*?^\}/m;

/** An animator in whose care nothing ever is. */
const STILL =
  'listen() {}, has: () => false, running: () => false, start() {}, stop() {}, remove: () => false';

/** What methods do that have nothing to do here: no axis has a title, a background or turned labels, no chart resizes itself. */
const SHORT_METHODS = {
  Scale: {
    calculateLabelRotation: 'this.labelRotation = 0;',
    drawBackground: '',
    drawTitle: '',
    _getYAxisLabelAlignment: '',
  },
  Chart: {
    bindResponsiveEvents: '',
    setActiveElements: '',
    toBase64Image: '',
    updateHoverStyle: '',
    _getUniformDataChanges: '',
    _updateHiddenIndices: '',
    _updateHoverStyles: '',
    _updateVisibility: '',
    getElementsAtEventForMode: 'return [];',
  },
};

function shortenMethods(made, name) {
  return Object.entries(SHORT_METHODS[name]).reduce(
    (text, [method, body]) =>
      replaceOnce(
        text,
        new RegExp(`^ {1,4}${method}\\([^]*?^ {1,4}\\}$`, 'm'),
        `${method}() { ${body} }`,
      ),
    made,
  );
}

function dropMethods(made, names) {
  return names.reduce(
    (text, name) => replaceOnce(text, new RegExp(`^ {1,4}${name}\\([^]*?^ {1,4}\\}$`, 'm'), ''),
    made,
  );
}

function replaceOnce(text, what, by) {
  const replaced = text.replace(what, by);
  if (replaced === text) throw new Error(`Chart.js has no ${what} any more`);
  return replaced;
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
    return `${name}\n\n${fs.readFileSync(path.join(folder, license), 'utf8').trim()}\n`;
  });
  fs.writeFileSync('dist/third-party-licenses.txt', texts.join(`\n${'-'.repeat(72)}\n\n`));
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
  const bundles = tests ? testBundles : products;
  if (!watch) {
    const results = await Promise.all(bundles.map(bundle => esbuild.build(bundle)));
    return tests ? removeStaleTests(results) : writeLicenses(results);
  }
  const contexts = await Promise.all(bundles.map(bundle => esbuild.context(bundle)));
  await Promise.all(contexts.map(context => context.watch()));
}

main().catch(error => {
  if (!('errors' in error)) console.error(error); // the problem matcher has printed esbuild's own
  process.exit(1);
});
