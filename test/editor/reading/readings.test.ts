// The reader's thread: it says what the analysis says, keeps nobody waiting, and is replaced when it is lost.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import { Analyser } from '../../../src/analysis/analyser';
import { RULES } from '../../../src/analysis/advice/rules';
import { Readings, type LiveText, type Reply } from '../../../src/editor/reading/readings';
import { readCorpus } from '../../analysis/corpus';
import { readSamples } from '../../analysis/samples';
import { bundleOf } from '../../engines/workers/workersBundle';
import { HUGE_FILES } from '../../support/hugeFiles';
import { longestBlock } from '../../support/longestBlock';
import { unlessDisturbed } from '../../support/onABusyMachine';
import { makeTemporaryFolder } from '../../support/temporaryFolder';

const RULE_IDS = RULES.map(({ id }) => id);

/** A document as an editor has it. */
class Document implements LiveText {
  readonly document: string;
  readonly fileName = 'a.py';
  version = 1;
  #text: string;

  constructor(text: string, document = 'a') {
    this.#text = text;
    this.document = document;
  }

  edit(text: string): void {
    this.version++;
    this.#text = text;
  }

  getText(): string {
    return this.#text;
  }
}

function answered<Answer>(reply: Reply<Answer>): Answer {
  assert.ok(reply.kind === 'answer', JSON.stringify(reply));
  return reply.answer;
}

describe('the reader’s thread', () => {
  let bundle: Awaited<ReturnType<typeof bundleOf>>;
  let readings: Readings | undefined;
  before(async () => (bundle = await bundleOf('src/editor/reading/reader.ts')));
  after(() => bundle.dispose());
  afterEach(() => readings?.dispose());

  function start(): Readings {
    readings = new Readings({ bundle: bundle.file });
    return readings;
  }

  it('says of each sample and each snippet what the analysis says here', async () => {
    const asked = start();
    for (const { source } of [...readSamples(), ...readCorpus()]) {
      const live = new Document(source, source);
      const here = new Analyser('a.py', availableParallelism());
      const { lineNotes, ...reading } = here.update(source);
      assert.deepEqual(answered(await asked.ask(live, 'read', {})), reading);
      const lines = answered(await asked.ask(live, 'constructLines', {}));
      assert.deepEqual(lines, here.constructLines());
      const ruleIds = RULE_IDS;
      const advice = [...answered(await asked.ask(live, 'advice', { ruleIds }))];
      assert.deepEqual(
        advice.sort((a, b) => a.from - b.from),
        here.advice(RULES),
      );
      const notes = reading.usesAnnotations ? lineNotes : here.assumedProgram()?.lineNotes;
      const note = notes?.at(0);
      if (note) {
        const { line } = note;
        assert.deepEqual(answered(await asked.ask(live, 'noteAtLine', { line })), note);
      }
      const { after: afterLine } = answered(await asked.ask(live, 'memoryAtLine', { line: 3 }));
      assert.deepEqual(afterLine, here.memory()?.lines.get(3));
    }
  }).timeout(60_000);

  it('reads a text by itself when it is asked about one that it does not know', async () => {
    const asked = start();
    const live = new Document('import threading\nthreading.Thread(target=f).start()\n');
    assert.deepEqual(answered(await asked.ask(live, 'constructLines', {})), [2]);
    live.edit(`\n${live.getText()}`);
    assert.deepEqual(answered(await asked.ask(live, 'constructLines', {})), [3]);
    asked.forget(live.document);
    assert.deepEqual(answered(await asked.ask(live, 'constructLines', {})), [3]);
  }).timeout(20_000);

  it('keeps apart many documents that are open at once', async () => {
    const asked = start();
    const documents = Array.from(
      { length: 20 },
      (_, n) => new Document(`${'\n'.repeat(n)}import time\ntime.sleep(1)\n`, `document ${n}`),
    );
    for (const round of [0, 1]) {
      for (const [n, live] of documents.entries()) {
        const offset = live.getText().indexOf('sleep');
        const note = answered(await asked.ask(live, 'releaseNoteAt', { offset }));
        assert.equal(note?.row.name, 'time.sleep', `document ${n}, round ${round}`);
      }
    }
  }).timeout(20_000);

  it('lets an edit end what is asked about the text before, and answers about the new one', async () => {
    const asked = start();
    const live = new Document(HUGE_FILES.library);
    const first = asked.ask(live, 'read', {});
    const waiting = asked.ask(live, 'assumed', {});
    live.edit('x = (');
    const second = asked.ask(live, 'read', {});
    assert.equal((await first).kind, 'superseded');
    assert.equal((await waiting).kind, 'superseded');
    assert.deepEqual(answered(await second).findings, []);
  }).timeout(60_000);

  it('answers nobody any more after it was ended', async () => {
    const asked = start();
    const live = new Document(HUGE_FILES.library);
    const waiting = asked.ask(live, 'read', {});
    asked.dispose();
    assert.equal((await waiting).kind, 'superseded');
    assert.equal((await asked.ask(live, 'read', {})).kind, 'superseded');
  });

  for (const [name, source] of Object.entries(HUGE_FILES)) {
    it(`keeps the host free while it is asked everything about a huge file: ${name}`, async () => {
      const asked = start();
      await unlessDisturbed(async () => {
        const live = new Document(source, `${name} ${performance.now()}`);
        const blockedMs = await longestBlock(async () => {
          const line = 1000;
          const replies = await Promise.all([
            asked.ask(live, 'read', {}),
            asked.ask(live, 'assumed', {}),
            asked.ask(live, 'noteAtLine', { line }),
            asked.ask(live, 'constructLines', {}),
            asked.ask(live, 'advice', { ruleIds: RULE_IDS }),
            asked.ask(live, 'memoryAtLine', { line }),
          ]);
          assert.ok(replies.every(({ kind }) => kind === 'answer'));
        });
        const beganMs = performance.now();
        new Analyser('a.py').update(source);
        const atOnceMs = performance.now() - beganMs;
        const text = `longest block ${blockedMs.toFixed(0)} ms; read at once ${atOnceMs.toFixed(0)} ms`;
        console.log(`        ${text}`);
        assert.ok(blockedMs < atOnceMs / 4, text);
      });
    }).timeout(120_000);
  }
});

/** Stands for the reader's thread: what the text says is what it does. */
const OBEDIENT = `
const { parentPort } = require('node:worker_threads');
parentPort.on('message', ({ kind, question }) => {
  if (kind !== 'ask') return;
  const source = question.given.source ?? '';
  if (source === 'hang') for (;;);
  if (source === 'crash') throw new Error('out of order');
  if (source === 'leave') process.exit(0);
  if (source === 'defect') return parentPort.postMessage({ kind: 'failed', why: 'a defect' });
  parentPort.postMessage({ kind: 'answer', answer: source });
});
`;

describe('a reader’s thread that is lost', () => {
  const temporary = makeTemporaryFolder();
  const bundle = path.join(temporary.folder, 'reader.js');
  let readings: Readings | undefined;
  before(() => writeFileSync(bundle, OBEDIENT));
  after(() => temporary.dispose());
  afterEach(() => readings?.dispose());

  function start(limits: { longestMs?: number; patienceMs?: number } = {}): Readings {
    readings = new Readings({ bundle, ...limits });
    return readings;
  }

  for (const [what, text] of [
    ['crashes', 'crash'],
    ['ends', 'leave'],
    ['has a defect', 'defect'],
  ] as const) {
    it(`fails the text at which it ${what}, with a reason, and answers about all others`, async () => {
      const asked = start();
      const [bad, good] = [new Document(text, 'bad'), new Document('fine', 'good')];
      const replies = [bad, good, bad, good].map(live => asked.ask(live, 'read', {}));
      const [first, second, third, fourth] = await Promise.all(replies);
      for (const reply of [first, third]) {
        assert.ok(reply.kind === 'failed');
        assert.match(reply.why, /out of order|thread ended|a defect/);
      }
      assert.deepEqual([second, fourth].map(answered), ['fine', 'fine']);
      bad.edit('mended');
      assert.deepEqual(answered(await asked.ask(bad, 'read', {})), 'mended');
    });
  }

  it('gives a question to a new thread once', async () => {
    const asked = start();
    const live = new Document('crash');
    // The document is saved by the next edit, while the lost thread is being replaced.
    const getText = live.getText.bind(live);
    let reads = 0;
    live.getText = () => (++reads === 1 ? getText() : 'fine');
    assert.deepEqual(answered(await asked.ask(live, 'read', {})), 'fine');
    assert.equal(reads, 2);
  });

  it('is replaced when it does not let go of a text that nobody waits for', async () => {
    const asked = start({ patienceMs: 20 });
    const live = new Document('hang');
    const first = asked.ask(live, 'read', {});
    live.edit('fine');
    const second = asked.ask(live, 'read', {});
    assert.equal((await first).kind, 'superseded');
    assert.deepEqual(answered(await second), 'fine');
  });

  it('is replaced when a text takes too long, and the text is not tried again', async () => {
    const asked = start({ longestMs: 50 });
    const [bad, good] = [new Document('hang', 'bad'), new Document('fine', 'good')];
    const reply = await asked.ask(bad, 'read', {});
    assert.ok(reply.kind === 'failed');
    assert.match(reply.why, /too long/);
    while ((await asked.ask(good, 'read', {})).kind !== 'answer');
  }).timeout(20_000);

  it('keeps no process alive that has nothing to ask', async () => {
    const asked = start();
    const live = new Document('fine');
    assert.deepEqual(answered(await asked.ask(live, 'read', {})), 'fine');
    // The threads of the tests before may still be on their way out.
    while (process.getActiveResourcesInfo().includes('MessagePort'))
      await new Promise(resolve => setImmediate(resolve));
  });
});
