// Everything that host and page say to each other, as tables: the name of a request gives its parameters and its
// result, the name of a notice what it tells. JSON only, but for buffers: no Map, Set, class, bigint, NaN.

import type { ComparisonVerdict } from '../core/insight/comparisonVerdict';
import type { TraceHeader } from '../core/model/trace';
import type { SpanFilter } from '../core/model/spanFilter';
import type { WireChunk } from './batch';
import type { PictureScene } from './picture';
import type { PlaceInSource } from './place';

/** Number of a run, unique within a window; the page drops what belongs to a run it no longer shows. */
export type RunId = number;

/** A row in a table of requests. */
interface Request<Params = Record<string, never>, Result = void> {
  readonly params: Params;
  readonly result: Result;
}

/** One run of a comparison: the same work under one runtime. */
export interface RunHead {
  readonly run: RunId;
  readonly header: TraceHeader;
  /** Whether it stays for comparison when others come. */
  readonly pinned?: boolean;
  /** What it is of, if not of this comparison: its title says so, and whether it does the same work is not known. */
  readonly of?: string;
}

/** A new comparison: its runs follow as chunks, each run in parallel with the others. */
export interface ComparisonHead {
  readonly comparison: number;
  /** The document's address, to be kept in the page's state: after a reload the host is asked for it again. */
  readonly document: string;
  /** Name of the file or program, shown as text. */
  readonly title: string;
  /** A few words: `4 threads · 4 cores · switch interval 5 ms`. */
  readonly detail: string;
  readonly runs: readonly RunHead[];
  /** `play`: grow from zero at the chosen speed. `whole`: show all that is known at once (an edit, a restored panel). */
  readonly show: 'play' | 'whole';
}

/** A mistake in the file that is shown: the panel keeps the last good picture and says why it is not newer. */
export interface Problem {
  readonly message: string;
  /** From 1. */
  readonly line: number;
  readonly severity: 'error' | 'warning' | 'information';
}

export interface PanelSettings {
  /** Playback speed: 1 is real time. */
  readonly speed: number;
  /** Whether the run before the shown one is kept in sight. */
  readonly previousRun: boolean;
}

/** What a search means in the runs as they are now. */
export interface SearchAnswer {
  /** What was not understood or is not there, as a sentence; else empty. */
  readonly problem: string;
  readonly filters: readonly ({ readonly run: RunId } & SpanFilter)[];
}

/** A wait of a run, by its place. */
export interface ChainWish {
  readonly run: RunId;
  readonly lane: number;
  readonly segment: number;
}

/** Why a thread waited for a lock: the reasons, the longest first. Their times sum to the wait. */
export interface ChainAnswer {
  /** The lock's name. */
  readonly lock: string;
  readonly ways: readonly {
    readonly ns: number;
    /** From the holder on to whoever acts. Line 0: not known. */
    readonly steps: readonly (PlaceInSource & { readonly text: string; readonly place: string })[];
  }[];
}

/** What only one side tells the other; no answer. */
export interface NoticesToPage {
  /** Replaces what is shown once its first chunk is there; the picture before stays as a ghost. */
  readonly begin: ComparisonHead;
  readonly chunk: { readonly run: RunId } & WireChunk;
  /** The run is over: all of it came, it was cancelled, or it failed with a sentence. */
  readonly ended: {
    readonly run: RunId;
    readonly outcome: 'complete' | 'cancelled' | 'failed';
    readonly sentence: string;
  };
  /** What is recorded stands still, or gets on again (`null`). */
  readonly standstill: {
    readonly comparison: number;
    readonly verdict: ComparisonVerdict | null;
    /** Whether its program can be ended from here. */
    readonly canEnd: boolean;
  };
  /** What is wrong with the file as it stands; an empty list when all is well again. */
  readonly problems: { readonly problems: readonly Problem[] };
  /** Nothing can be shown; why, and what to do. */
  readonly empty: { readonly reason: string; readonly offerDemo: boolean };
  /** The cursor is on a line: its spans light up. Line 0: none. */
  readonly cursor: PlaceInSource;
  readonly settings: PanelSettings;
  /** A command of the same name was run in the editor. */
  readonly command: { readonly name: PageCommand };
}

/** What the page can be told to do: by its keys, and by commands of the editor (`gilscope.` before the name). */
export const PAGE_COMMANDS = [
  'playPause',
  'restart',
  'faster',
  'slower',
  'fit',
  'nextHandOff',
  'previousHandOff',
  'nextSpan',
  'previousSpan',
  'laneBelow',
  'laneAbove',
  'firstSpan',
  'lastSpan',
  'reveal',
  'zoomIn',
  'zoomOut',
  'panLeft',
  'panRight',
  'letGo',
  'help',
  'compare',
  'timeline',
  'table',
  'extendNext',
  'extendPrevious',
  'pin',
  'export',
  'search',
  'nextHit',
  'previousHit',
  'followLive',
  'previousRun',
  'orderLanes',
  'foldGroup',
] as const;
export type PageCommand = (typeof PAGE_COMMANDS)[number];

export interface NoticesToHost {
  /** The chunk with this sequence number was added; the host may send another. */
  readonly acknowledge: { readonly run: RunId; readonly sequence: number };
  /** Something went wrong in the page; written to the log. */
  readonly log: { readonly message: string };
  /** A frame that shows the whole comparison has been painted (benchmarks measure up to here). */
  readonly painted: { readonly comparison: number };
}

/**
 * What a person wishes in the page, for the host to do. A new wish stands in three places, and the compiler asks for all of
 * them: here, in the host's table (`editor/panel/timeline.ts`), and where the page wishes it.
 */
export interface Wishes {
  readonly restart: Request;
  readonly cancel: Request;
  readonly runDemo: Request;
  /** Ends the program that is recorded. */
  readonly endProgram: Request;
  /** Goes to a line; with `keepFocus` the line is only brought into view. */
  readonly reveal: Request<PlaceInSource & { readonly keepFocus?: boolean }>;
  /** What is wrong with the shown comparison and what to change; it has this number, and all of it came. */
  readonly verdict: Request<{ readonly comparison: number }, ComparisonVerdict>;
  /** Why a thread waited for a lock; null where it did not. */
  readonly chain: Request<ChainWish, ChainAnswer | null>;
  readonly search: Request<{ readonly query: string }, SearchAnswer>;
  /** Pins a run, or unpins it. */
  readonly pin: Request<{ readonly run: RunId }>;
  /** Asks the person what to export of what is shown. */
  readonly export: Request;
  readonly changeSettings: Request<PanelSettings>;
}

/** What the page asks of the host. */
export interface RequestsToHost extends Wishes {
  /** The page is there and listens. The host answers with the settings, then sends what there is to show. */
  readonly ready: Request<{ readonly restored: unknown }, PanelSettings>;
}

/** Makes a wish. A rejection has been reported already: who needs no answer need not look. */
export type Wish = <Name extends keyof Wishes>(
  name: Name,
  params: RequestsToHost[Name]['params'],
) => Promise<RequestsToHost[Name]['result']>;

/** What the host asks of the page. */
export interface RequestsToPage {
  /** What is on the screen now, for tests and for copying: one line a run. */
  readonly describe: { readonly params: Record<string, never>; readonly result: readonly string[] };
  /** Everything that is seen. */
  readonly scene: { readonly params: Record<string, never>; readonly result: PictureScene };
  /** Draws an SVG as a PNG of `scale` pixels for each of its own; in base64. */
  readonly png: { readonly params: PngWish; readonly result: string };
}

/** A picture that is to be made of pixels. */
export interface PngWish {
  readonly svg: string;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly scale: number;
}
