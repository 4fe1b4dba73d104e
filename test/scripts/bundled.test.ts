// What others wrote and we ship: known by name, fixed in its version, free to be shipped, and named to whoever asks.

import assert from 'node:assert/strict';
import fs from 'node:fs';

interface Shipped {
  readonly name: string;
  readonly version: string;
  readonly license: string;
}

/** The packages in the bundles, as the build tells them beside the bundles. */
function shipped(): readonly Shipped[] {
  const texts = fs
    .readFileSync('dist/third-party-licenses.txt', 'utf8')
    .split(`\n${'-'.repeat(72)}\n\n`);
  return texts.map(text => {
    const [, name = '', version = '', license = ''] = /^(\S+) (\S+)\n\n([^]*)$/.exec(text) ?? [];
    return { name, version, license };
  });
}

interface Lock {
  readonly packages: Readonly<
    Record<string, { readonly version?: string; readonly integrity?: string }>
  >;
}

describe('what the bundles contain of others', () => {
  it('is what SECURITY.md names, and no more', () => {
    const text = /What is bundled is (.*?)\. /.exec(fs.readFileSync('SECURITY.md', 'utf8'))?.[1];
    const named = [...(text ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name);
    assert.deepEqual(
      shipped().map(({ name }) => name),
      named.sort(),
    );
  });

  it('is of the very versions that package-lock.json fixes by their content', () => {
    const { packages } = JSON.parse(fs.readFileSync('package-lock.json', 'utf8')) as Lock;
    for (const { name, version } of shipped()) {
      const locked = packages[`node_modules/${name}`];
      assert.equal(locked.version, version, name);
      assert.match(locked.integrity ?? '', /^sha512-/, name);
    }
  });

  it('is under the MIT licence or the BSD one, whose text is shipped with it', () => {
    for (const { name, license } of shipped()) {
      assert.match(
        license,
        /Permission is hereby granted, free of charge|Redistribution and use in source and binary\s+forms/,
        name,
      );
      assert.match(license, /Copyright/, name);
    }
  });
});
