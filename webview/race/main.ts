// The door of the race lesson's page: makes its parts and the channel, and keeps what a hidden page must not lose.

import { Channel } from '../../src/protocol/channel';
import { UserError } from '../../src/core/errors';
import type {
  RaceNews,
  RaceNoticesToHost,
  RaceNoticesToPage,
  RaceRequestsToHost,
  RaceRequestsToPage,
} from '../../src/protocol/raceMessages';
import { mergeRaces } from '../../src/core/refcounts/pythonRace';
import { element } from '../ground/dom';
import { readKept, type KeptLesson } from './lessonState';
import { PythonPart } from './pythonPart';
import { RealRun } from './realRun';
import { Stepper } from './stepper';

type HostChannel = Channel<
  RaceRequestsToHost,
  RaceNoticesToHost,
  RaceRequestsToPage,
  RaceNoticesToPage
>;

const INTRODUCTION =
  'Every reference that is made or dropped changes a count in the object: load, add, store. When two threads do so at once, a change can be lost. Then the object is freed while somebody uses it, or never.';

function start(): void {
  const root = document.getElementById('app');
  if (!root) throw new Error('the page has no place for the lesson');
  const host = acquireVsCodeApi();
  let kept: KeptLesson = readKept(host.getState());
  const keep = (change: Partial<KeptLesson>): void => {
    kept = { ...kept, ...change };
    host.setState(kept);
  };
  const reportDefect = (error: unknown): void => {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    channel.tell('log', { message });
  };
  const showNews = (news: RaceNews): void => {
    if (news.run) keep({ run: news.run });
    real.show({ ...news, run: news.run ?? kept.run });
    keep({ pythons: mergeRaces(kept.pythons, news.python.races) });
    python.show({ ...news.python, races: kept.pythons });
  };
  const reportProblem = (error: unknown): void => {
    const sentence = error instanceof UserError ? error.message : '';
    real.show({ running: false, run: kept.run, sentence });
    reportDefect(error);
  };
  const channel: HostChannel = new Channel<
    RaceRequestsToHost,
    RaceNoticesToHost,
    RaceRequestsToPage,
    RaceNoticesToPage
  >(
    { post: message => host.postMessage(message) },
    { reportDefect, notices: { news: showNews }, requests: {} },
  );
  const real = new RealRun({
    run: () => void channel.ask('run', {}).catch(reportProblem),
    cancel: () => void channel.ask('cancel', {}).catch(reportProblem),
  });
  const python = new PythonPart({
    run: ask => void channel.ask('runPython', { ask }).catch(reportProblem),
    cancel: () => void channel.ask('cancelPython', {}).catch(reportProblem),
    openSample: () => void channel.ask('openSample', {}).catch(reportProblem),
  });
  const stepper = new Stepper(kept.lesson, lesson => keep({ lesson }));
  root.append(
    element(
      'main',
      {},
      element('h1', {}, 'The race that the GIL prevents'),
      element('p', { class: 'introduction' }, INTRODUCTION),
      element('div', { class: 'beside' }, stepper.root, real.root),
      python.root,
    ),
  );
  addEventListener('message', event => channel.receive(event.data));
  addEventListener('error', event => reportDefect(event.error ?? event.message));
  addEventListener('unhandledrejection', event => reportDefect(event.reason));
  channel.ask('ready', {}).then(showNews, reportProblem);
}

start();
