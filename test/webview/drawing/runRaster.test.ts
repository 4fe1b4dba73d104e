// The raster of a run while it is moved and zoomed: cheaper, and still what happened.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LANE_STATE_COUNT } from '../../../src/core/model/lanes';
import { simulate } from '../../../src/core/machine/machine';
import { NS_PER_MS } from '../../../src/core/units';
import { grainFor, movedColumns } from '../../../webview/drawing/cachedRaster';
import type { Raster } from '../../../webview/drawing/laneRaster';
import { layOutRun } from '../../../webview/model/runLayout';
import {
  drawRun,
  makeRaster,
  moveRun,
  type RunRasterRequest,
} from '../../../webview/drawing/runRaster';
import { STATE_LOOKS } from '../../../src/core/model/stateLooks';
import { crunchProgram } from '../../support/programs';

const WIDTH = 120;
const HEIGHT = 160;
const NS_PER_COLUMN = 50_000;

const trace = simulate({
  program: crunchProgram(3, 4),
  runtime: 'gil',
  conditions: { cores: 4, switchIntervalNs: 5 * NS_PER_MS, seed: 3 },
});

describe('the raster of a run', () => {
  it('is after any move by whole columns what it would be if it were drawn anew', () => {
    fc.assert(
      fc.property(fc.nat(400), fc.integer({ min: -WIDTH + 1, max: WIDTH - 1 }), (at, by) => {
        const moved = makeRaster(WIDTH, HEIGHT);
        drawRun(requestAt(at), moved);
        moveRun(requestAt(at + by), moved, by);
        const anew = makeRaster(WIDTH, HEIGHT);
        drawRun(requestAt(at + by), anew);
        assert.deepEqual(moved.pixels, anew.pixels);
      }),
      { numRuns: 100 },
    );
  });

  it('has something in it', () => {
    const raster = makeRaster(WIDTH, HEIGHT);
    drawRun(requestAt(0), raster);
    assert.ok(colorsOf(raster).size > 1);
  });

  it('keeps every state in sight when its columns are wider', () => {
    for (let at = 0; at < 400; at += 40) {
      const fine = makeRaster(WIDTH, HEIGHT);
      drawRun(requestAt(at), fine);
      for (const wide of [2, 4]) {
        const coarse = makeRaster(WIDTH / wide, HEIGHT);
        drawRun(requestAt(at), coarse);
        assert.deepEqual(colorsOf(coarse), colorsOf(fine));
      }
    }
  });
});

describe('how fine a picture is drawn while the window changes', () => {
  it('is as fine as the screen where that is quick, and at most four pixels wide', () => {
    assert.deepEqual(grainFor(8 * 1072, 1072 * 300, 1), { acrossPx: 1, downPx: 1 });
    assert.deepEqual(grainFor(28 * 1072, 1072 * 940, 1), { acrossPx: 2, downPx: 1 });
    assert.deepEqual(grainFor(10_000 * 1072, 1072 * 940, 1), { acrossPx: 4, downPx: 1 });
  });

  it('is that of pixel ratio 1 where there are twice as many', () => {
    assert.deepEqual(grainFor(8 * 2144, 2144 * 1000, 2), { acrossPx: 2, downPx: 2 });
  });
});

describe('a window that moved', () => {
  const window = { fromNs: 1000, toNs: 2000 };

  it('moved by whole columns, or not', () => {
    assert.equal(movedColumns(window, { fromNs: 1030, toNs: 2030 }, 100), 3);
    assert.equal(movedColumns(window, { fromNs: 980, toNs: 1980 }, 100), -2);
    assert.equal(movedColumns(window, window, 100), 0);
    assert.equal(movedColumns(window, { fromNs: 1035, toNs: 2035 }, 100), undefined);
  });

  it('did not only move if it is longer, and did not move if nothing of it is left', () => {
    assert.equal(movedColumns(window, { fromNs: 1000, toNs: 2010 }, 100), undefined);
    assert.equal(movedColumns(window, { fromNs: 2000, toNs: 3000 }, 100), undefined);
  });
});

function requestAt(column: number): RunRasterRequest {
  const fromNs = column * NS_PER_COLUMN;
  return {
    trace,
    layout: layOutRun(trace.lanes, 22),
    window: { fromNs, toNs: fromNs + WIDTH * NS_PER_COLUMN },
    inks: {
      colors: Uint32Array.from({ length: LANE_STATE_COUNT }, (_, state) => 0xff000000 + state),
      hatched: new Uint8Array(LANE_STATE_COUNT),
      coresBusy: 0xff0000ff,
    },
    pixelRatio: 1,
    scrollPx: 0,
    lit: undefined,
  };
}

/** The states that are seen in a raster, by their colours. */
function colorsOf({ pixels }: Raster): ReadonlySet<number> {
  const states = new Set(STATE_LOOKS.map(({ state }) => 0xff000000 + state));
  return new Set([...pixels].filter(pixel => states.has(pixel)));
}
