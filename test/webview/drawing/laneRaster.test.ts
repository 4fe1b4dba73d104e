import assert from 'node:assert/strict';
import { LANE_STATE_COUNT, LaneState } from '../../../src/core/model/lanes';
import { makeCoverage } from '../../../webview/drawing/coverage';
import {
  addBusyTime,
  addHeldTime,
  drawCores,
  drawHolder,
  drawLane,
  type Raster,
  type StateInks,
} from '../../../webview/drawing/laneRaster';
import { makeRaster } from '../../../webview/drawing/runRaster';

const { runningWithGil, waitingForGil, waitingForLock, blocked } = LaneState;

describe('the raster of a lane', () => {
  it('draws a state that fills its column as high as its weight', () => {
    const raster = makeRaster(2, 100);
    const coverage = makeCoverage(2);
    set(coverage, 0, runningWithGil, 10);
    set(coverage, 1, waitingForGil, 10);
    drawLane(raster, { topPx: 0, heightPx: 100 }, INKS, { coverage, nsPerColumn: 10 });
    // Running has weight 1, waiting for the GIL 0.46.
    assert.deepEqual(heightsAt(raster, 0), { [runningWithGil]: 100 });
    assert.deepEqual(heightsAt(raster, 1), { [waitingForGil]: 46 });
  });

  it('stands states of one column on one another by their shares', () => {
    const raster = makeRaster(1, 100);
    const coverage = makeCoverage(1);
    set(coverage, 0, runningWithGil, 2.5);
    set(coverage, 0, waitingForGil, 7.5);
    drawLane(raster, { topPx: 0, heightPx: 100 }, INKS, { coverage, nsPerColumn: 10 });
    // 25 % × 1 × 100 = 25; 75 % × 0.46 × 100 = 34.5, whose edge rounds to 35; together 59.5, rounded 60.
    assert.deepEqual(heightsAt(raster, 0), { [runningWithGil]: 25, [waitingForGil]: 35 });
    assert.equal(raster.pixels[99], INKS.colors[waitingForGil]);
    assert.equal(raster.pixels[40], INKS.colors[runningWithGil]);
  });

  it('shows a state of a millionth of a column as one pixel, and keeps within the lane', () => {
    const raster = makeRaster(1, 16);
    const coverage = makeCoverage(1);
    set(coverage, 0, runningWithGil, 1e6);
    set(coverage, 0, waitingForLock, 1);
    set(coverage, 0, blocked, 1);
    drawLane(raster, { topPx: 0, heightPx: 16 }, INKS, { coverage, nsPerColumn: 1e6 + 2 });
    assert.deepEqual(heightsAt(raster, 0), {
      [runningWithGil]: 14,
      [waitingForLock]: 1,
      [blocked]: 1,
    });
  });

  it('cuts a strip that lies partly outside, and touches nothing else', () => {
    const raster = makeRaster(1, 10);
    const coverage = makeCoverage(1);
    set(coverage, 0, runningWithGil, 1);
    drawLane(raster, { topPx: -5, heightPx: 8 }, INKS, { coverage, nsPerColumn: 1 });
    assert.deepEqual([...raster.pixels].map(Boolean), [
      true,
      true,
      true,
      ...Array<boolean>(7).fill(false),
    ]);
  });

  it('hatches a hatched state instead of filling it', () => {
    const raster = makeRaster(8, 8);
    const coverage = makeCoverage(8);
    for (let x = 0; x < 8; x++) set(coverage, x, LaneState.unknown, 1);
    drawLane(raster, { topPx: 0, heightPx: 8 }, INKS, { coverage, nsPerColumn: 1 });
    assert.equal([...raster.pixels].filter(Boolean).length, 32); // half of 8 × 8
  });
});

describe('the ribbon and the cores', () => {
  it('shows how much of a column a lane held its GIL as opacity, never below a third', () => {
    const raster = makeRaster(3, 1);
    const coverage = makeCoverage(3);
    set(coverage, 0, runningWithGil, 10);
    set(coverage, 1, runningWithGil, 0.01);
    const heldNs = new Float64Array(3);
    addHeldTime(coverage, heldNs);
    const held = { heldNs, nsPerColumn: 10, fromPx: 0 };
    drawHolder(raster, { topPx: 0, heightPx: 1 }, 0xff123456, held);
    assert.equal(raster.pixels[0], 0xff123456);
    assert.ok(raster.pixels[1] >>> 24 > 80);
    assert.equal(raster.pixels[2], 0);
  });

  it('adds the lanes that use a core, up to all cores', () => {
    const coverage = makeCoverage(2);
    set(coverage, 0, runningWithGil, 5);
    set(coverage, 0, waitingForGil, 5);
    set(coverage, 1, LaneState.starting, 10);
    const busyNs = new Float64Array(2);
    addBusyTime(coverage, busyNs);
    addBusyTime(coverage, busyNs);
    assert.deepEqual([...busyNs], [10, 20]); // two lanes of 5, two of 10
    const raster = makeRaster(2, 20);
    drawCores(raster, { topPx: 0, heightPx: 20 }, 7, { busyNs, fullNs: 20 });
    // 10 of 20 is half of 20 pixels; 20 of 20 all of them.
    assert.equal(columnOf(raster, 0).filter(pixel => pixel === 7).length, 10);
    assert.equal(columnOf(raster, 1).filter(pixel => pixel === 7).length, 20);
  });
});

const INKS: StateInks = {
  colors: Uint32Array.from({ length: LANE_STATE_COUNT }, (_, state) => 0xff000000 + state),
  hatched: Uint8Array.from({ length: LANE_STATE_COUNT }, (_, state) =>
    state === LaneState.unknown ? 1 : 0,
  ),
  coresBusy: 7,
};

function set(coverage: Float64Array, column: number, state: number, ns: number): void {
  coverage[column * LANE_STATE_COUNT + state] = ns;
}

function columnOf(raster: Raster, x: number): number[] {
  return Array.from({ length: raster.heightPx }, (_, y) => raster.pixels[y * raster.widthPx + x]);
}

function heightsAt(raster: Raster, x: number): Record<number, number> {
  const heights: Record<number, number> = {};
  for (const pixel of columnOf(raster, x)) {
    if (pixel === 0) continue;
    const state = INKS.colors.indexOf(pixel);
    heights[state] = (heights[state] ?? 0) + 1;
  }
  return heights;
}
