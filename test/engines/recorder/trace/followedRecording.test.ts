// A recording as its reader sees it, from files of this version and of older ones.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { SpillWriter } from '../../../../src/engines/recorder/file/spill';
import { FollowedRecording } from '../../../../src/engines/recorder/trace/followedRecording';

const COUNTS = { nowNs: 0, blindNs: 0, handOffsSeen: 0, handOffsCounted: 0 };

describe('a followed recording', () => {
  let folder = '';
  beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), 'gilscope-followed-'))));
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  /** The problems that a reader finds in a file whose end note has these. */
  function problemsOf(written: readonly unknown[]): unknown {
    const file = path.join(folder, 'spill');
    const writer = new SpillWriter(file);
    const end = { exitCode: 0, signal: null, counts: COUNTS, recorderCpuNs: 0, problems: [] };
    writer.writeNote({ kind: 'end', end: Object.assign(end, { problems: written }) });
    writer.close();
    const followed = new FollowedRecording(file, { name: 'x.py', cores: 1 });
    followed.readAll();
    followed.end();
    return followed.endNote?.problems;
  }

  it('tells of each problem its kind and its sentence', () => {
    const problem = { kind: 'not-observed', text: 'The machine was too busy.' };
    assert.deepEqual(problemsOf([problem]), [problem]);
  });

  it('takes a sentence of an older version for what it is: a problem of unknown kind', () => {
    assert.deepEqual(problemsOf(['It was not observed.']), [
      { kind: 'other', text: 'It was not observed.' },
    ]);
  });
});
