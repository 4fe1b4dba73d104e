// Where recordings lie: in private folders, in a place that all users may share, for as long as somebody may want them.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import {
  callOff,
  claimFolder,
  isRecordingFolder,
  isUnderWay,
  makeRecordingFolder,
  markSeen,
  recorderLives,
  removeRecordingFolder,
  sweepFolders,
} from '../../../../src/engines/recorder/file/recordingFolders';
import { makeTemporaryFolder } from '../../../support/temporaryFolder';
import { skip } from '../../../support/skip';

const DAY_MS = 24 * 3_600_000;
const NOBODY = new Set<string>();

describe('the folders of recordings', () => {
  const temporary = makeTemporaryFolder();
  const parent = temporary.folder;
  after(() => temporary.dispose());
  afterEach(() => {
    for (const name of fs.readdirSync(parent))
      fs.rmSync(path.join(parent, name), { recursive: true });
  });

  /** A recording of so many bytes that was last used so long ago. */
  function recording(
    name: string,
    { bytes = 10, daysAgo = 1, isSeen = true, process = '' } = {},
  ): string {
    const folder = path.join(parent, `gil-recording-${name}`);
    fs.mkdirSync(folder, { mode: 0o700 });
    fs.writeFileSync(path.join(folder, 'recording.bin'), Buffer.alloc(bytes));
    if (process !== '') fs.writeFileSync(path.join(folder, 'process'), process);
    if (isSeen) markSeen(folder);
    const used = (Date.now() - daysAgo * DAY_MS) / 1000;
    for (const file of fs.readdirSync(folder)) fs.utimesSync(path.join(folder, file), used, used);
    fs.utimesSync(folder, used, used);
    return folder;
  }
  const names = (): string[] =>
    fs
      .readdirSync(parent)
      .map(name => name.replace('gil-recording-', ''))
      .sort();
  const bounds = { count: 3, bytes: 1000, unusedMs: 14 * DAY_MS };
  const sweep = (except = NOBODY): readonly string[] => sweepFolders(except, { parent, bounds });

  it('stay while they are few, small and young', () => {
    recording('a');
    recording('b', { daysAgo: 13 });
    assert.deepEqual(sweep(), []);
    assert.deepEqual(names(), ['a', 'b']);
  });

  it('go when nobody has used them for long, seen to their end or not', () => {
    recording('old', { daysAgo: 15 });
    recording('old-unseen', { daysAgo: 15, isSeen: false });
    recording('new');
    sweep();
    assert.deepEqual(names(), ['new']);
  });

  it('go beyond a number, the longest unused first', () => {
    for (const [i, name] of ['a', 'b', 'c', 'd', 'e'].entries())
      recording(name, { daysAgo: 10 - i });
    assert.equal(sweep().length, 2);
    assert.deepEqual(names(), ['c', 'd', 'e']);
  });

  it('go beyond a size, the longest unused first, and no more than must', () => {
    recording('a', { bytes: 600, daysAgo: 3 });
    recording('b', { bytes: 600, daysAgo: 2 });
    recording('c', { bytes: 300, daysAgo: 1 });
    sweep();
    assert.deepEqual(names(), ['b', 'c']);
  });

  it('stay beyond number and size when they were not seen to their end: they will be offered', () => {
    for (const [i, name] of ['a', 'b', 'c', 'd', 'e'].entries())
      recording(name, { daysAgo: 10 - i, bytes: 600, isSeen: false });
    assert.deepEqual(sweep(), []);
  });

  it('stay while they are open, just used, or recorded', () => {
    const open = recording('open', { daysAgo: 30 });
    recording('just-used', { daysAgo: 0, bytes: 5000 });
    const begun = recording('recorded', { daysAgo: 30 });
    assert.ok(claimFolder(begun));
    fs.writeFileSync(path.join(begun, 'recording.bin.reserve'), '');
    fs.utimesSync(begun, 1, 1);
    assert.ok(isUnderWay(begun));
    const over = recording('over, but its program runs on', { daysAgo: 30 });
    assert.ok(claimFolder(over));
    fs.utimesSync(over, 1, 1);
    assert.equal(isUnderWay(over), false);
    sweep(new Set([open]));
    assert.deepEqual(names(), ['just-used', 'open', 'recorded']);
  });

  it('go although another process has the number of their recorder now', function () {
    if (process.platform !== 'linux') skip(this, 'only /proc tells when a process was started');
    recording('ended', { daysAgo: 30, process: `${process.pid} 12345` });
    sweep();
    assert.deepEqual(names(), []);
  });

  it('are swept by two windows at once without a word', () => {
    recording('a', { daysAgo: 30 });
    const gone = recording('b', { daysAgo: 30 });
    // The other window is quicker between the look and the removal.
    const removed = sweepFolders(
      {
        has: folder => {
          if (folder === gone) fs.rmSync(gone, { recursive: true });
          return false;
        },
      } as ReadonlySet<string>,
      { parent, bounds },
    );
    assert.deepEqual(names(), []);
    assert.ok(removed.some(folder => folder.endsWith('-a')));
  });

  it('cannot be swept where nothing can be listed', () => {
    assert.deepEqual(sweepFolders(NOBODY, { parent: path.join(parent, 'nowhere') }), []);
  });

  it('are only those that this user made: no links, nothing that others may enter, nothing of others', function () {
    if (!process.getuid) skip(this, 'this system has no users in this sense');
    const elsewhere = path.join(parent, 'precious');
    fs.mkdirSync(elsewhere, { mode: 0o700 });
    fs.writeFileSync(path.join(elsewhere, 'thesis.txt'), 'years of work');
    const link = path.join(parent, 'gil-recording-link');
    fs.symlinkSync(elsewhere, link);
    fs.lutimesSync(link, 1, 1);
    const open = recording('entered-by-all', { daysAgo: 30 });
    fs.chmodSync(open, 0o777);
    const file = path.join(parent, 'gil-recording-file');
    fs.writeFileSync(file, '');
    for (const no of [link, open, file, elsewhere]) {
      assert.equal(isRecordingFolder(no), false, no);
      removeRecordingFolder(no);
    }
    sweep();
    assert.deepEqual(names(), ['entered-by-all', 'file', 'link', 'precious']);
    assert.equal(fs.readFileSync(path.join(elsewhere, 'thesis.txt'), 'utf8'), 'years of work');
    if (process.getuid() !== 0) skip(this, 'only root can make files of another user');
    const foreign = recording('foreign', { daysAgo: 30 });
    fs.chownSync(foreign, 65534, 65534);
    sweep();
    assert.ok(fs.existsSync(foreign));
  });

  it('are made for this user alone', function () {
    if (!process.getuid) skip(this, 'this system has no users in this sense');
    const request = { kind: 'process' as const, name: 'process 1', pid: 1 };
    const folder = makeRecordingFolder(request);
    try {
      assert.equal(path.dirname(folder), os.tmpdir());
      assert.equal(fs.statSync(folder).mode & 0o777, 0o700);
      assert.equal(fs.statSync(path.join(folder, 'request.json')).mode & 0o777, 0o600);
    } finally {
      removeRecordingFolder(folder);
    }
    assert.equal(fs.existsSync(folder), false);
  });

  it('belong to one recorder, or to none once it was called off', () => {
    const begun = recording('begun');
    assert.ok(claimFolder(begun));
    assert.equal(recorderLives(begun), process.platform === 'linux');
    assert.equal(claimFolder(begun), false);
    assert.equal(callOff(begun), false, 'too late');
    const off = recording('off');
    assert.ok(callOff(off));
    assert.equal(claimFolder(off), false, 'nothing begins there any more');
    assert.equal(recorderLives(off), false);
  });
});
