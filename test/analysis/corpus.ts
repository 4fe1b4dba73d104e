// The labelled snippets of advice, and what the rules say of them.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Analyser } from '../../src/analysis/analyser';
import type { Advice, QuickFix } from '../../src/analysis/advice/advice';
import { RULES } from '../../src/analysis/advice/rules';

const FOLDER = path.resolve('test', 'analysis', 'corpus');

export interface Snippet {
  readonly name: string;
  readonly source: string;
  /** `line rule`, as the marks at the ends of lines say. */
  readonly expected: readonly string[];
}

export function readCorpus(): readonly Snippet[] {
  return readdirSync(FOLDER)
    .filter(file => file.endsWith('.py'))
    .sort()
    .flatMap(file =>
      readFileSync(path.join(FOLDER, file), 'utf8')
        .split(/^# ---- /m)
        .slice(1)
        .map(part => snippetOf(part, file)),
    );
}

function snippetOf(part: string, file: string): Snippet {
  const [name, ...lines] = part.split('\n');
  const expected = lines.flatMap((line, index) => {
    const mark = /#! (.+)$/.exec(line);
    return mark ? mark[1].split(', ').map(rule => `${index + 1} ${rule}`) : [];
  });
  const source = lines.map(line => line.replace(/ *#! .+$/, '')).join('\n');
  return { name: `${file}: ${name}`, source, expected };
}

/** What all rules say of a file, on a machine of eight cores. */
export function adviceFor(source: string): readonly Advice[] {
  const analyser = new Analyser('a.py', 8);
  analyser.update(source);
  return analyser.advice(RULES);
}

/** The file after a quick fix. */
export function applied(source: string, fix: QuickFix): string {
  return [...fix.edits]
    .sort((a, b) => b.from - a.from)
    .reduce((text, edit) => text.slice(0, edit.from) + edit.text + text.slice(edit.to), source);
}
