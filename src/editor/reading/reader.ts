// The reader's thread: gets questions, works at one at a time, and listens in between whether it is still wanted.

import { availableParallelism } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { Answers, Unread } from './answers';
import type { FromReader, Question, TextVersion, ToReader } from './questions';

// The extension reads small files at once, with the analyser of this same bundle: it ships once.
export * from '../../analysis/analyser';

/** How long a turn takes before messages are looked at. */
const TURN_MS = 15;

const answers = new Answers(availableParallelism());
let isStopped = false;

parentPort?.on('message', (message: ToReader) => {
  switch (message.kind) {
    case 'ask':
      isStopped = false;
      void answer(message.text, message.question).then(reply => parentPort?.postMessage(reply));
      break;
    case 'stop':
      isStopped = true;
      break;
    case 'forget':
      answers.forget(message.document);
  }
});

async function answer(text: TextVersion, question: Question): Promise<FromReader> {
  try {
    return await answerInTurns(text, question);
  } catch (error) {
    if (error instanceof Unread) return { kind: 'unread' };
    return { kind: 'failed', why: error instanceof Error ? (error.stack ?? '') : String(error) };
  }
}

async function answerInTurns(text: TextVersion, question: Question): Promise<FromReader> {
  const slices = answers.answer(text, question);
  for (;;) {
    const untilMs = performance.now() + TURN_MS;
    let slice = slices.next();
    while (slice.done !== true && performance.now() < untilMs) slice = slices.next();
    if (slice.done === true) return { kind: 'answer', answer: slice.value };
    await new Promise(resolve => setImmediate(resolve));
    if (isStopped) return { kind: 'stopped' };
  }
}
