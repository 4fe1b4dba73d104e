// Sends one comparison to the page: never more than four chunks of a run under way, so that a slow page gets larger
// pieces instead of a longer queue; four, because the way there and back through the editor takes several frames. A
// page that comes back (shown again, reloaded) gets a new feed from the start.

import { TraceCursor } from '../../core/model/traceCursor';
import { encodeChunk } from '../../protocol/batch';
import type { ComparisonHead, NoticesToPage, RunId } from '../../protocol/messages';
import type { ComparedRun } from '../runs/comparison';
import type { Lineup } from '../runs/lineup';

const CHUNKS_UNDER_WAY = 4;

/** What a feed needs of the channel. */
export interface Teller {
  tell<Name extends keyof NoticesToPage>(name: Name, body: NoticesToPage[Name]): void;
}

interface Track {
  readonly cursor: TraceCursor;
  underWay: number;
  endTold: boolean;
}

/** One page following one comparison. */
export class Feed {
  readonly #comparison: Lineup;
  readonly #page: Teller;
  readonly #tracks = new Map<RunId, Track>();

  /** Tells the page of the comparison at once; `show` may differ from the first time, as after a reload. */
  constructor(comparison: Lineup, page: Teller, show: ComparisonHead['show']) {
    this.#comparison = comparison;
    this.#page = page;
    page.tell('begin', { ...comparison.head, show });
    this.pump();
  }

  /** Sends what is there and may be sent. */
  pump(): void {
    for (const run of this.#comparison.runs) this.#pumpRun(run);
  }

  /** The page has taken a chunk of this run. */
  acknowledge(run: RunId): void {
    const track = this.#tracks.get(run);
    if (!track) return; // of a comparison that is no longer shown
    track.underWay--;
    this.pump();
  }

  #pumpRun(run: ComparedRun): void {
    const track = this.#track(run);
    while (track.underWay < CHUNKS_UNDER_WAY && track.cursor.behind) {
      track.underWay++;
      this.#page.tell('chunk', { run: run.id, ...encodeChunk(track.cursor.take()) });
    }
    const { outcome, sentence } = run;
    if (outcome === 'running' || track.endTold || track.cursor.behind) return;
    track.endTold = true;
    this.#page.tell('ended', { run: run.id, outcome, sentence });
  }

  #track(run: ComparedRun): Track {
    const known = this.#tracks.get(run.id);
    if (known) return known;
    const track: Track = { cursor: new TraceCursor(run.trace), underWay: 0, endTold: false };
    this.#tracks.set(run.id, track);
    return track;
  }
}
