// What the documents of the project name: files that are there, commands that exist.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

const documents = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...fs
    .readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.md'))
    .map(file => path.posix.join('docs', file.replaceAll('\\', '/'))),
];

/** Files of the rooms, and of the folders around them. */
const files = ['src', 'webview', 'test', 'scripts', 'media'].flatMap(folder =>
  fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map(file => path.posix.join(folder, file.replaceAll('\\', '/'))),
);

function linesOf(document: string): string {
  return fs.readFileSync(document, 'utf8');
}

describe('the documents', () => {
  it('link to what is there', () => {
    const broken = documents.flatMap(document =>
      [...linesOf(document).matchAll(/\]\((?!https?:)([^)#\s]+)[^)]*\)/g)]
        .map(([, target]) => path.join(path.dirname(document), target))
        .filter(target => !fs.existsSync(target))
        .map(target => `${document}: ${target}`),
    );
    assert.deepEqual(broken, []);
  });

  it('name source files that are there, by their path or the end of it', () => {
    const named = documents.flatMap(document =>
      [...linesOf(document).matchAll(/`([\w./-]+\.(?:ts|mjs|cjs))`/g)].map(
        ([, file]) => [document, file] as const,
      ),
    );
    assert.ok(named.length > 30, 'names are found');
    const missing = named
      .filter(([, file]) => !/^yourRule|\/yourRule/.test(file))
      .filter(([, file]) => !files.some(known => known === file || known.endsWith(`/${file}`)));
    assert.deepEqual(missing, []);
  });

  it('name each command of the command line in README and CHANGELOG', () => {
    const door = linesOf('src/cli/index.ts');
    const commands = [...door.matchAll(/case '(\w+)':/g)].map(([, name]) => name);
    assert.ok(commands.includes('simulate'));
    for (const command of commands.filter(name => name !== 'help'))
      for (const document of ['README.md', 'CHANGELOG.md'])
        assert.match(linesOf(document), new RegExp(`(gilscope|cli\\.js) ${command}`), document);
  });

  it('name scripts of package.json that exist', () => {
    const { scripts } = JSON.parse(linesOf('package.json')) as { scripts: Record<string, string> };
    for (const document of documents)
      for (const [, name] of linesOf(document).matchAll(/npm run ([\w:]+)/g))
        assert.ok(name in scripts, `${document}: npm run ${name}`);
  });
});
