import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatStretch, tickLabel, tickStepNs, tickTimes } from '../../../webview/words/timeLabels';
import {
  fitWindow,
  panWindow,
  timeAt,
  windowShowing,
  xOf,
  zoomWindow,
} from '../../../webview/model/viewport';

const END_NS = 1_000_000_000;

describe('the window of time', () => {
  it('shows everything and a little white space when fitted', () => {
    assert.deepEqual(fitWindow(END_NS), { fromNs: 0, toNs: 1.02 * END_NS });
    assert.ok(fitWindow(0).toNs > 0, 'a window is never empty');
  });

  it('keeps the time under the pointer in place while it zooms, and never leaves the trace', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.05, max: 20, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.array(fc.double({ min: 0.2, max: 3, noNaN: true }), { maxLength: 12 }),
        (factor, where, before) => {
          const start = before.reduce((w, f) => zoomWindow(w, f, 3e8, END_NS), fitWindow(END_NS));
          const anchorNs = timeAt(where * 800, start, 800);
          const zoomed = zoomWindow(start, factor, anchorNs, END_NS);
          assert.ok(zoomed.fromNs >= 0 && zoomed.toNs <= fitWindow(END_NS).toNs * (1 + 1e-12));
          const clamped =
            zoomed.fromNs === 0 || zoomed.toNs >= fitWindow(END_NS).toNs * (1 - 1e-12);
          if (!clamped) assert.ok(Math.abs(xOf(anchorNs, zoomed, 800) - where * 800) < 0.01);
        },
      ),
    );
  });

  it('stops at both ends when it is moved', () => {
    const window = { fromNs: 100, toNs: 50_100 };
    assert.deepEqual(panWindow(window, -1e12, END_NS), { fromNs: 0, toNs: 50_000 });
    assert.equal(panWindow(window, 1e12, END_NS).toNs, 1.02 * END_NS);
  });

  it('moves only as far as a span needs to be seen', () => {
    const window = { fromNs: 0, toNs: 100_000 };
    assert.equal(windowShowing(window, { fromNs: 40_000, toNs: 50_000 }, END_NS), window);
    // 5 % of the window, 5000, stay free on the side towards which it moved.
    assert.deepEqual(windowShowing(window, { fromNs: 120_000, toNs: 130_000 }, END_NS), {
      fromNs: 35_000,
      toNs: 135_000,
    });
  });
});

describe('the labels of the axis', () => {
  it('stand at round times at least as far apart as asked', () => {
    const window = { fromNs: 0, toNs: 2.1 * END_NS };
    const step = tickStepNs(window, 1000, 90);
    assert.equal(step, 200_000_000); // 90 px are 0.189 s; the next round step is 0.2 s
    assert.deepEqual(tickTimes(window, step).slice(0, 3), [0, 200_000_000, 400_000_000]);
    assert.equal(tickTimes(window, step).length, 11);
  });

  it('have the digits that neighbours need to differ', () => {
    assert.equal(tickLabel(0, 1e8, 2e9), '0');
    assert.equal(tickLabel(1_037_300_000, 100_000, 2e9), '1.0373 s');
    assert.equal(tickLabel(500_000_000, 100_000_000, 2e9), '0.5 s');
    assert.equal(tickLabel(12_500_000, 500_000, 4e7), '12.5 ms');
    assert.equal(formatStretch(1_587_500_000, 1_603_300_000), '1.5875 – 1.6033 s');
  });
});
