// How looks and hand-offs become a lane, as stories: times in µs.
import assert from 'node:assert/strict';

import { LANE_STATE_NAMES } from '../../../../src/core/model/lanes';
import { ReleaseReason } from '../../../../src/core/model/trace';
import { LaneTracker, type LaneSink } from '../../../../src/engines/recorder/trace/laneTracker';
import { LookState } from '../../../../src/engines/recorder/file/records';
import { DID_NOT_RUN } from '../../../../src/engines/recorder/system/threadFiles';

const { holding, waiting, lock, running } = LookState;
const asleep = LookState.blocked;

/** A tracker whose lane begins at 0, and what it wrote: `100 blocked @3`. */
class Story {
  readonly lines: string[] = [];
  readonly releases: string[] = [];
  readonly #sink: LaneSink = {
    setState: (timeNs, state, position) => {
      this.lines.push(`${timeNs / 1000} ${LANE_STATE_NAMES[state]} @${position}`);
    },
    request: timeNs => this.lines.push(`${timeNs / 1000} asks`),
    released: reason => {
      const [name] = Object.entries(ReleaseReason).find(([, value]) => value === reason) ?? ['?'];
      this.releases.push(name);
    },
  };
  readonly tracker = new LaneTracker(this.#sink);
  #lastLookUs = 0;
  #missed = 0;

  constructor() {
    this.tracker.begin(0);
  }

  /** A look at `timeUs`; `ranUs` is its time with a core since the look before. */
  look(timeUs: number, state: number, position: number, ranUs?: number): this {
    this.tracker.look({
      timeNs: timeUs * 1000,
      state,
      position,
      previousNs: this.#lastLookUs * 1000,
      ranNs: ranUs === undefined ? DID_NOT_RUN : ranUs * 1000,
      missedHandOffs: this.#missed,
    });
    this.#missed = 0;
    this.#lastLookUs = timeUs;
    return this;
  }
  /** The GIL goes round unseen until the next look. */
  goesRound(): this {
    this.#missed = 2;
    return this;
  }
  acquired(timeUs: number, known: { gapUs?: number; busySinceUs?: number } = {}): this {
    const { gapUs = 0, busySinceUs } = known;
    const busySinceNs = busySinceUs === undefined ? undefined : busySinceUs * 1000;
    this.tracker.acquired(timeUs * 1000, { gapNs: gapUs * 1000, busySinceNs });
    return this;
  }
  lost(timeUs: number, toOther = true, gapUs = 0): this {
    this.tracker.lost(timeUs * 1000, { toOther, gapNs: gapUs * 1000 });
    return this;
  }
  blind(fromUs: number, toUs: number): this {
    this.tracker.blind(fromUs * 1000, toUs * 1000);
    return this;
  }
}

describe('a recorded lane', () => {
  it('runs from the acquire to the loss, at the line of the look in between', () => {
    const story = new Story().look(100, asleep, 3).acquired(1000).look(2000, holding, 5, 900);
    story.lost(5000).look(6000, waiting, 5, 3000);
    assert.deepEqual(story.lines, [
      '0 starting @0',
      '100 blocked @3',
      '1000 running with the GIL @5',
      '5000 asks',
      '5000 waiting for the GIL @5',
    ]);
    assert.deepEqual(story.releases, ['forced']);
  });

  it('has no line in a turn that no look met: where it waited is not what it held the GIL for', () => {
    const story = new Story().look(1000, waiting, 3).acquired(2000).lost(7000);
    story.look(8000, waiting, 3, 5000);
    assert.deepEqual(story.lines.slice(3, 4), ['2000 running with the GIL @0']);
    assert.equal(story.lines.at(-1), '7000 waiting for the GIL @3');
  });

  it('was at the same line in a short turn without a look as before and after it', () => {
    const story = new Story().look(1000, waiting, 3).acquired(2000).lost(2500, false);
    story.look(3000, asleep, 3, 500);
    assert.deepEqual(story.lines.slice(3), ['2000 running with the GIL @3', '2500 blocked @3']);
    const other = new Story().look(1000, waiting, 3).acquired(2000).lost(2500, false);
    other.look(3000, asleep, 4, 500);
    assert.deepEqual(other.lines.slice(3), ['2000 running with the GIL @0', '2500 blocked @4']);
  });

  it('writes a turn without a look when the recording ends right after it', () => {
    const story = new Story().look(1000, waiting, 3).acquired(2000);
    story.tracker.settle();
    assert.equal(story.lines.at(-1), '2000 running with the GIL @0');
  });

  it('is not running while it has the GIL but a limit keeps it from running', () => {
    const story = new Story().look(1000, waiting, 3).acquired(2000).look(3000, holding, 5, 900);
    const stopped = { state: LookState.holdingStopped, position: 5, ranNs: DID_NOT_RUN };
    story.tracker.look({ timeNs: 40e6, previousNs: 10e6, missedHandOffs: 0, ...stopped });
    story.look(45_000, LookState.holdingStopped, 5).look(50_000, holding, 5, 100).lost(60_000);
    story.look(61_000, asleep, 6, 100);
    assert.deepEqual(story.lines.slice(3), [
      '2000 running with the GIL @5',
      '14000 ready, no core free @5', // a tick of 4 ms after it ran last
      '47500 running with the GIL @5', // (45000 + 50000) / 2
      '60000 blocked @6',
    ]);
  });

  it('waits for work, or for another process, as the looks say', () => {
    const story = new Story().look(1000, LookState.idle, 3).look(3000, LookState.process, 4, 10);
    assert.deepEqual(story.lines.slice(1), [
      '1000 idle, waiting for work or a result @3',
      '2000 waiting for another process @4',
    ]);
  });

  it('changes in the middle between two looks when the GIL tells nothing', () => {
    const story = new Story().look(1000, asleep, 3).look(3000, lock, 4, 10);
    // (1000 + 3000) / 2
    assert.equal(story.lines.at(-1), '2000 waiting for another lock @4');
  });

  it('still waits when a look finds it running on its way to the GIL', () => {
    const story = new Story().look(1000, waiting, 3).look(2000, running, 3, 20).acquired(2500);
    story.look(3000, holding, 3, 500);
    assert.deepEqual(story.lines.slice(2), [
      '1000 waiting for the GIL @3',
      '2500 running with the GIL @3',
    ]);
  });

  it('runs without the GIL when it had a core for most of 8 ms after it let go', () => {
    const story = new Story().look(100, waiting, 3).acquired(1000).lost(2000, false);
    for (let at = 3000; at <= 12_000; at += 1000) story.look(at, running, 7, 1000);
    assert.equal(story.lines.at(-1), '2000 running without the GIL @7');
    assert.deepEqual(story.releases, ['call']);
  });

  it('is ready, without a core, when it had none for most of that time', () => {
    const story = new Story().look(100, waiting, 3).acquired(1000).lost(2000);
    for (let at = 3000; at <= 12_000; at += 1000) story.look(at, running, 7);
    assert.equal(story.lines.at(-1), '2000 ready, no core free @7');
  });

  it('shows a short run without the GIL by the time with a core that the turn does not explain', () => {
    const story = new Story().look(1000, waiting, 3).acquired(2000).lost(2500, false);
    // 500 with the GIL and 2000 without make the 2500 that the system counted
    story.look(6000, waiting, 3, 2500);
    assert.deepEqual(story.lines.slice(3), [
      '2000 running with the GIL @3',
      '2500 running without the GIL @3',
      '4500 asks',
      '4500 waiting for the GIL @3',
    ]);
  });

  it('has not run without the GIL when the turn may have been as long as what the system counted', () => {
    const story = new Story().look(1000, waiting, 3).acquired(2000, { gapUs: 1000 });
    // a turn of 1000 to 2000, of which 1000 are known, and 1250 with a core
    story.lost(3000, false, 1000).look(6000, asleep, 3, 1250);
    assert.deepEqual(story.lines.slice(3), ['2000 running with the GIL @3', '3000 blocked @3']);
  });

  it('has waited for half of what is possible when it took the GIL from another without having been seen to wait', () => {
    const story = new Story().look(1000, asleep, 3).acquired(5000, { busySinceUs: 2000 });
    story.look(6000, holding, 3, 900);
    assert.deepEqual(story.lines.slice(2), [
      '3500 asks', // (2000 + 5000) / 2
      '3500 waiting for the GIL @3',
      '5000 running with the GIL @3',
    ]);
  });

  it('has not waited longer than the switch interval without having been seen to', () => {
    const story = new Story().look(1000, asleep, 3).acquired(101_000, { busySinceUs: 1000 });
    assert.deepEqual(story.lines.slice(2), ['96000 asks', '96000 waiting for the GIL @3']);
  });

  it('has not waited for a GIL that was free', () => {
    const story = new Story().look(1000, asleep, 3).acquired(5000).look(6000, holding, 3, 900);
    assert.deepEqual(story.lines.slice(1), ['1000 blocked @3', '5000 running with the GIL @3']);
  });

  it('sleeps for as long as it usually does before it is found waiting', () => {
    const story = new Story().look(1000, waiting, 3);
    // It sleeps for 2 ms after each turn of 50 µs: looks after 1.9 ms find it asleep, looks after 2.1 ms waiting.
    for (let turn = 1; turn <= 20; turn++) {
      const lossAt = turn * 10_000;
      story.acquired(lossAt - 50).lost(lossAt, false);
      story.look(lossAt + (turn % 2 ? 1900 : 2100), turn % 2 ? asleep : waiting, 4, 50);
    }
    story.acquired(300_000).lost(300_050, false).look(304_050, waiting, 4, 60);
    const [slept, asks] = story.lines.slice(-3);
    assert.equal(slept, '300050 blocked @4');
    const sleptUs = Number(asks.split(' ')[0]) - 300_050;
    assert.ok(sleptUs >= 1800 && sleptUs <= 2100, asks);
  });

  it('waits at once when it lost the GIL after the switch interval, whatever it does after short turns', () => {
    const story = new Story().look(1000, waiting, 3);
    story.acquired(2000).lost(2050, false).look(3000, asleep, 4, 50);
    story.acquired(6000).lost(11_000).look(15_000, waiting, 4, 5000);
    assert.deepEqual(story.lines.slice(-2), ['11000 asks', '11000 waiting for the GIL @4']);
  });

  it('still waits when the GIL went round unseen and it has hardly run', () => {
    const story = new Story().look(1000, waiting, 3);
    for (let at = 6000; at <= 31_000; at += 5000) story.goesRound().look(at, running, 3, 30);
    story.acquired(32_000).look(33_000, holding, 3, 900);
    assert.deepEqual(story.lines.slice(2), [
      '1000 waiting for the GIL @3',
      '32000 running with the GIL @3',
    ]);
  });

  it('is not known where nobody looked', () => {
    const story = new Story().look(1000, asleep, 3).blind(1500, 4000).look(4100, lock, 4, 300);
    assert.deepEqual(story.lines.slice(2), [
      '1500 not observed @3',
      '4000 waiting for another lock @4',
    ]);
  });

  it('is known where nobody looked if it cannot have run', () => {
    const story = new Story().look(1000, asleep, 3).blind(1500, 4000).look(4100, asleep, 3);
    assert.deepEqual(story.lines.slice(1), ['1000 blocked @3']);
  });

  it('has waited all along when it waited before and after, and the GIL did not go round', () => {
    const story = new Story().look(1000, waiting, 3).blind(1500, 9000);
    story.tracker.handOffsWhileBlind(1);
    story.look(9100, waiting, 3, 50);
    assert.equal(story.lines.at(-1), '1000 waiting for the GIL @3');
  });

  it('may have had the GIL where nobody looked and it went round', () => {
    const story = new Story().look(1000, waiting, 3).blind(1500, 9000);
    story.tracker.handOffsWhileBlind(2);
    story.look(9100, waiting, 3, 50);
    assert.deepEqual(story.lines.slice(-3), [
      '1500 not observed @3',
      '9000 asks',
      '9000 waiting for the GIL @3',
    ]);
  });

  it('ends when it lets go of the GIL and is seen no more', () => {
    const story = new Story().look(1000, waiting, 3).acquired(2000).lost(3000);
    story.tracker.ended(5_000_000, 1_000_000);
    assert.equal(story.lines.at(-1), '3000 finished @0');
    assert.deepEqual(story.releases, ['end']);
  });
});
