// The walkthrough's pictures are what the extension itself draws: memory after a line, and runs of the samples.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { Analyser, analyse } from '../../src/analysis/analyser';
import { simulate } from '../../src/core/machine/machine';
import { drawLineTimeline } from '../../src/editor/drawings/lineTimeline';
import type { Palette } from '../../src/editor/drawings/palette';
import { drawReferences } from '../../src/editor/drawings/referenceDrawing';

/** VS Code shows these SVGs with its theme's variables. */
const THEMED: Palette = {
  kind: 'dark',
  color: name => `var(--vscode-gilscope-${name})`,
  text: 'var(--vscode-foreground)',
  quiet: 'var(--vscode-descriptionForeground)',
  rule: 'var(--vscode-widget-border, var(--vscode-contrastBorder, #8884))',
  fontFamily: 'var(--vscode-font-family, sans-serif)',
};

function sample(name: string): string {
  return fs.readFileSync(`media/samples/${name}`, 'utf8');
}

function memoryPicture(): string | undefined {
  const source = sample('references.py');
  const analyser = new Analyser('references.py');
  analyser.update(source);
  const line = source.split('\n').findIndex(text => text.includes('shelf = [a, b]  ')) + 1;
  const after = analyser.memory()?.lines.get(line);
  return after && drawReferences(after, THEMED)?.svg;
}

function runPicture(name: string, runtimes: readonly string[]): string | undefined {
  const { program, conditions } = analyse(sample(name), name);
  assert.ok(program);
  const traces = runtimes.map(runtime => simulate({ program, conditions, runtime }));
  return drawLineTimeline({ traces, isLine: () => true, palette: THEMED })?.svg;
}

const PICTURES: readonly (readonly [file: string, svg: () => string | undefined])[] = [
  ['memory.svg', memoryPicture],
  ['problem.svg', () => runPicture('cpu_bound.py', ['gil'])],
  ['ways.svg', () => runPicture('cpu_bound.py', ['gil', 'processes', 'free-threaded'])],
];

describe('the walkthrough', () => {
  for (const [file, svg] of PICTURES) {
    it(`shows in ${file} what the extension draws today`, () => {
      const place = `media/walkthrough/${file}`;
      const drawn = `${svg() ?? ''}\n`;
      if (process.env.UPDATE_PICTURES === '1') fs.writeFileSync(place, drawn);
      assert.equal(fs.readFileSync(place, 'utf8'), drawn, 'UPDATE_PICTURES=1 draws them anew');
    });
  }

  it('has a picture, words for it and a command for each of its steps', () => {
    const [walkthrough] = manifest().contributes.walkthroughs;
    assert.equal(walkthrough.steps.length, 4);
    const commands = manifest().contributes.commands.map(({ command }) => command);
    for (const { description, media } of walkthrough.steps) {
      assert.ok(fs.existsSync(media.svg), media.svg);
      assert.ok(media.altText.length > 20);
      const linked = [...description.matchAll(/\(command:([\w.]+)/g)].map(([, id]) => id);
      assert.ok(linked.length > 0);
      for (const id of linked) assert.ok(commands.includes(id), id);
    }
  });
});

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly walkthroughs: readonly {
      readonly steps: readonly {
        readonly description: string;
        readonly media: { readonly svg: string; readonly altText: string };
      }[];
    }[];
  };
}

function manifest(): Manifest {
  return JSON.parse(fs.readFileSync('package.json', 'utf8')) as Manifest;
}
