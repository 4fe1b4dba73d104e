// The workspace's list of recordings: what is kept, what goes, and what a new window offers.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import type * as vscode from 'vscode';
import { KeptRecordings } from '../../../src/editor/recording/keptRecordings';
import { skip } from '../../support/skip';
import {
  claimFolder,
  makeRecordingFolder,
} from '../../../src/engines/recorder/file/recordingFolders';

/** A workspace's memory, which outlives its windows. */
class Memory implements vscode.Memento {
  readonly #values = new Map<string, unknown>();
  keys = (): readonly string[] => [...this.#values.keys()];
  get<T>(key: string, otherwise?: T): T {
    return (this.#values.get(key) ?? otherwise) as T;
  }
  update(key: string, value: unknown): Promise<void> {
    this.#values.set(key, structuredClone(value));
    return Promise.resolve();
  }
}

describe('the recordings of a workspace', () => {
  const made: string[] = [];
  after(() => {
    for (const folder of made) fs.rmSync(folder, { recursive: true, force: true });
  });

  async function begin(kept: KeptRecordings, name: string): Promise<string> {
    const folder = makeRecordingFolder({ kind: 'process', name, pid: 1 });
    made.push(folder);
    await kept.begin({ folder, uri: `file:///${name}`, name });
    return folder;
  }
  const namesOf = (list: readonly { readonly name: string }[]): string[] =>
    list.map(({ name }) => name);

  it('are the newest five; the files of older ones are removed', async () => {
    const kept = new KeptRecordings(new Memory());
    const folders: string[] = [];
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) {
      folders.push(await begin(kept, name));
      await kept.end(folders.at(-1) ?? '');
    }
    assert.deepEqual(namesOf(kept.all), ['g', 'f', 'e', 'd', 'c']);
    assert.deepEqual(
      folders.map(folder => fs.existsSync(folder)),
      [false, false, true, true, true, true, true],
    );
  });

  it('are more than five where some run on or were never seen to their end', async function () {
    if (process.platform !== 'linux') skip(this, 'only /proc tells that a recorder lives');
    const kept = new KeptRecordings(new Memory());
    const runs = await begin(kept, 'runs');
    claimFolder(runs); // by this process, which lives
    fs.writeFileSync(`${runs}/recording.bin.reserve`, ''); // and writes on
    await begin(kept, 'unseen');
    for (const name of ['c', 'd', 'e', 'f', 'g', 'h']) await kept.end(await begin(kept, name));
    assert.deepEqual(namesOf(kept.all), ['h', 'g', 'f', 'e', 'd', 'unseen', 'runs']);
  });

  it('are offered by a later window if this one did not see their end, but never by this one', async () => {
    const memory = new Memory();
    const kept = new KeptRecordings(memory);
    await begin(kept, 'running');
    await kept.end(await begin(kept, 'ended'), { durationNs: 5, handOffs: 7 });
    assert.deepEqual(namesOf(kept.cutOff), []);
    const later = new KeptRecordings(memory);
    assert.deepEqual(namesOf(later.cutOff), ['running']);
    assert.deepEqual(later.all.at(0)?.outcome, { durationNs: 5, handOffs: 7 });
    await later.end(later.cutOff[0].folder);
    assert.deepEqual(namesOf(new KeptRecordings(memory).cutOff), []);
  });

  it('are gone with their files when they are discarded', async () => {
    const kept = new KeptRecordings(new Memory());
    const folder = await begin(kept, 'unwanted');
    await kept.discard(folder);
    assert.deepEqual(kept.all, []);
    assert.equal(fs.existsSync(folder), false);
  });

  it('are what the list says only where the list is sound and the files are there', async () => {
    const memory = new Memory();
    const kept = new KeptRecordings(memory);
    const folder = await begin(kept, 'there');
    const entry = kept.all[0];
    const wrong = [null, 7, {}, { ...entry, folder: '/etc' }, { ...entry, folder: `${folder}x` }];
    await memory.update('keptRecordings', [...wrong, entry, { ...entry, name: 3 }]);
    assert.deepEqual(namesOf(kept.all), ['there']);
    await memory.update('keptRecordings', 'nonsense');
    assert.deepEqual(kept.all, []);
  });
});
