// What hovers say about annotated lines before any run.

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { analyse } from '../../../src/analysis/analyser';

const SOURCE = `# gil: machine cores=1 interval=2ms
class Worker:
    def run(self):  # gil: threads 1
        for _ in x:      # gil: repeat 3
            a()          # gil: compute 5ms, io 1ms
        with self.lock:  # gil: lock
            b()          # gil: holds 7us
def never():
    c()  # gil: releases 1s
`;

describe('the note of a line', () => {
  const { lineNotes } = analyse(SOURCE, 'a.py');

  it('stands at the line of its annotation, under the name of its function', () => {
    assert.deepEqual(
      lineNotes.map(note => `${note.line} ${note.functionName} ${note.words.join('+')}`),
      [
        '1 <module> machine',
        '3 Worker.run threads',
        '4 Worker.run repeat',
        '5 Worker.run compute+io',
        '6 Worker.run lock',
        '7 Worker.run holds',
        '9 never releases',
      ],
    );
  });

  it('says whether any thread comes there', () => {
    assert.deepEqual(
      lineNotes.map(note => note.isRun),
      [true, true, true, true, true, true, false],
    );
  });

  it('says in a sentence per word what it does to the GIL, with the times and conditions of the file', () => {
    const [machine, threads, , both] = lineNotes;
    assert.match(machine.sentences[0], /^The demo runs on 1 core; .* after 2 ms/);
    assert.equal(
      threads.sentences[0],
      'The demo runs run() in a thread that shares the GIL with all others, and beside it in a process with a GIL of its own.',
    );
    assert.equal(both.sentences.length, 2);
    assert.match(both.sentences[0], /^5 ms of Python bytecode\. .* waited for 2 ms/);
    assert.match(both.sentences[1], /^Waits 1 ms /);
    for (const sentence of lineNotes.flatMap(note => note.sentences)) assert.match(sentence, /\.$/);
  });
});
