// The door of the page: makes the page and the channel, joins them, and says that it listens.

import { UserError } from '../src/core/errors';
import { Channel } from '../src/protocol/channel';
import type {
  NoticesToHost,
  NoticesToPage,
  PageCommand,
  RequestsToHost,
  RequestsToPage,
} from '../src/protocol/messages';
import { Controls } from './controls';
import { Page } from './page';
import { pageScene } from './pageScene';
import { pngOf } from './drawing/picture';
import { readSavedState } from './model/savedState';

type HostChannel = Channel<RequestsToHost, NoticesToHost, RequestsToPage, NoticesToPage>;

/** In the browser's own performance timeline, for benchmarks and developer tools; `detail` is the comparison. */
const PAINTED_MARK = 'gilscope.painted';

function start(): void {
  const root = document.getElementById('app');
  if (!root) throw new Error('the page has no place for the timeline');
  const host = acquireVsCodeApi();
  const saved = readSavedState(host.getState());
  const reportDefect = (error: unknown): void => {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    channel.tell('log', { message });
  };
  const controls = new Controls({
    wish: (name, params) => {
      const answer = channel.ask(name, params);
      answer.catch(reportProblem);
      return answer;
    },
    painted: comparison => {
      performance.mark(PAINTED_MARK, { detail: comparison });
      channel.tell('painted', { comparison });
    },
    save: state => host.setState(state),
  });
  const page = new Page(root, controls, saved);
  const channel: HostChannel = new Channel<
    RequestsToHost,
    NoticesToHost,
    RequestsToPage,
    NoticesToPage
  >(
    { post: message => host.postMessage(message) },
    {
      reportDefect,
      notices: noticesTo(page, controls, () => channel),
      requests: {
        describe: () => page.describe(),
        scene: () => pageScene(page),
        png: ({ svg, widthPx, heightPx, scale }) => pngOf(svg, widthPx, heightPx, scale),
      },
    },
  );
  const reportProblem = (error: unknown): void => {
    if (error instanceof UserError) page.announcer.say(error.message);
    reportDefect(error);
  };
  addEventListener('message', event => channel.receive(event.data));
  addEventListener('error', event => reportDefect(event.error ?? event.message));
  addEventListener('unhandledrejection', event => reportDefect(event.reason));
  controls.attach(page);
  channel
    .ask('ready', { restored: host.getState() ?? null })
    .then(settings => controls.settingsChanged(settings, saved.whole), reportProblem);
}

function noticesTo(
  page: Page,
  controls: Controls,
  channel: () => HostChannel,
): { readonly [Name in keyof NoticesToPage]: (notice: NoticesToPage[Name]) => void } {
  return {
    begin: head => {
      page.comparisons.begin(head);
      page.begun(head.show, head.document);
    },
    chunk: chunk => {
      try {
        page.comparisons.addChunk(chunk);
      } finally {
        // Even of a part that was refused: the host waits for the answer before it sends on.
        channel().tell('acknowledge', { run: chunk.run, sequence: sequenceOf(chunk.bytes) });
        page.wantFrame();
      }
    },
    ended: ended => {
      page.comparisons.end(ended);
      page.wantFrame();
    },
    standstill: standstill => {
      const aloud = page.facts.standsStill(standstill);
      if (aloud !== '') page.announcer.say(aloud);
      page.wantFrame();
    },
    problems: ({ problems }) => page.change({ problems }),
    empty: empty => {
      page.comparisons.clear();
      page.change({ empty });
    },
    cursor: cursor => page.change({ cursor }),
    settings: settings => controls.settingsChanged(settings, false),
    command: ({ name }) => controls.command(name satisfies PageCommand),
  };
}

/** The sequence number stands in the header of the bytes, after magic, version and flags. */
function sequenceOf(bytes: ArrayBuffer): number {
  return bytes.byteLength >= 12 ? new DataView(bytes).getUint32(8, true) : 0;
}

start();
