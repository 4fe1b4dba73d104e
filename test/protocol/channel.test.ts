// Two ends of a channel, joined in memory.

import assert from 'node:assert/strict';
import { UserError } from '../../src/core/errors';
import { Channel, type ChannelEnd } from '../../src/protocol/channel';

interface Asks {
  readonly double: { readonly params: number; readonly result: number };
}
interface Tells {
  readonly hello: string;
}
type End = ChannelEnd<Asks, Tells>;
type Wire = Channel<Asks, Tells, Asks, Tells>;

/** Two ends that speak through JSON, as VS Code's wire does. */
function joined(a: Partial<End>, b: Partial<End>): { left: Wire; right: Wire; defects: unknown[] } {
  const defects: unknown[] = [];
  const whole = (end: Partial<End>): End => ({
    requests: { double: n => n * 2 },
    notices: { hello: () => undefined },
    reportDefect: error => defects.push(error),
    ...end,
  });
  const over = (target: () => Wire) => ({
    post: (message: unknown) => target().receive(JSON.parse(JSON.stringify(message))),
  });
  const left: Wire = new Channel(
    over(() => right),
    whole(a),
  );
  const right: Wire = new Channel(
    over(() => left),
    whole(b),
  );
  return { left, right, defects };
}

describe('a channel', () => {
  it('answers a request with the result of the handler on the other side', async () => {
    const { left } = joined({}, { requests: { double: n => Promise.resolve(n * 2) } });
    assert.equal(await left.ask('double', 21), 42);
  });

  it('keeps the answers of requests under way apart', async () => {
    const { left } = joined({}, {});
    const answers = await Promise.all([1, 2, 3].map(n => left.ask('double', n)));
    assert.deepEqual(answers, [2, 4, 6]);
  });

  it('brings a sentence back where the handler gives one, and hides what is our own fault', async () => {
    const odd = joined({}, { requests: { double: () => Promise.reject(new UserError('No.')) } });
    await assert.rejects(odd.left.ask('double', 1), { name: 'UserError', message: 'No.' });
    assert.equal(odd.defects.length, 0);
    const broken = joined({}, { requests: { double: () => Promise.reject(new Error('secret')) } });
    await assert.rejects(broken.left.ask('double', 1), { message: 'Internal error; see the log.' });
    assert.equal(broken.defects.length, 1);
  });

  it('says so when nobody there knows the request', async () => {
    const { left } = joined({}, { requests: {} as End['requests'] });
    await assert.rejects(left.ask('double', 1), /“double” is not something that can be asked/);
  });

  it('rejects what is still open when it is closed, and everything after', async () => {
    const { left, right } = joined(
      {},
      { requests: { double: () => new Promise(() => undefined) } },
    );
    const open = left.ask('double', 1);
    left.dispose();
    await assert.rejects(open, /closed/);
    await assert.rejects(left.ask('double', 1), /closed/);
    right.tell('hello', 'anybody?');
  });

  it('lives on when a listener throws, and reports it', async () => {
    const heard: string[] = [];
    const listener = (text: string) => {
      heard.push(text);
      throw new Error('oops');
    };
    const { left, defects } = joined({}, { notices: { hello: listener } });
    left.tell('hello', 'a');
    left.tell('hello', 'b');
    assert.deepEqual([heard, defects.length], [['a', 'b'], 2]);
    assert.equal(await left.ask('double', 2), 4);
  });

  it('ignores what is not a message of ours', () => {
    const { left, defects } = joined({}, {});
    const strange = [
      null,
      7,
      'x',
      {},
      { type: 'reply' },
      { type: 'notice' },
      { type: 'reply', id: 9, ok: true },
    ];
    for (const data of strange) left.receive(data);
    assert.deepEqual(defects, []);
  });
});
