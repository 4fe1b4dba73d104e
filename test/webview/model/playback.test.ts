import assert from 'node:assert/strict';
import {
  advance,
  AT_END,
  nextSpeed,
  playFromStart,
  seekTo,
  shownUntil,
  speedLabel,
} from '../../../webview/model/playback';

const S = 1_000_000_000;

describe('playback', () => {
  it('moves at the chosen multiple of real time', () => {
    const known = { knownNs: 10 * S, over: true };
    // 16 ms at real time are 16 ms of the trace, at a quarter 4 ms.
    assert.equal(advance(playFromStart(), 1, 16, known).positionNs, 16_000_000);
    assert.equal(advance(playFromStart(), 0.25, 16, known).positionNs, 4_000_000);
  });

  it('waits at the edge of what is known and goes on when more comes', () => {
    const waiting = advance(playFromStart(), 1, 500, { knownNs: S / 10, over: false });
    assert.deepEqual(waiting, { playing: true, positionNs: S / 10, atEnd: false });
    assert.equal(advance(waiting, 1, 100, { knownNs: S, over: false }).positionNs, S / 5);
  });

  it('ends where the runs end', () => {
    assert.deepEqual(advance(playFromStart(), 4, 300, { knownNs: S, over: true }), AT_END);
  });

  it('stands still while it is paused', () => {
    const paused = seekTo(S / 2, S);
    assert.equal(advance(paused, 1, 100, { knownNs: S, over: true }), paused);
    assert.deepEqual(seekTo(2 * S, S), AT_END);
  });

  it('hides what comes only while it plays', () => {
    assert.equal(shownUntil({ playing: true, positionNs: S, atEnd: false }), S);
    assert.equal(shownUntil(seekTo(S, 2 * S)), Infinity);
    assert.equal(shownUntil(AT_END), Infinity);
  });

  it('has speeds from a thousandth to everything at once', () => {
    assert.equal(nextSpeed(1, 1), 4);
    assert.equal(nextSpeed(1, -1), 0.25);
    assert.equal(nextSpeed(100, 1), 0);
    assert.equal(nextSpeed(0, -1), 100);
    assert.equal(nextSpeed(3, -1), 1);
    assert.deepEqual([0.001, 0.25, 1, 4, 0].map(speedLabel), [
      '1/1000×',
      '¼×',
      '1×',
      '4×',
      'whole',
    ]);
  });
});
