// Who executes the threads of a run: runners of this process, and child processes. Both look the same to the run.

import { fork, type ChildProcess } from 'node:child_process';
import type { Board } from './board';
import type { Clock } from './clock';
import {
  isMessage,
  PROCESS_ARGUMENT,
  type FromProcess,
  type FromRunner,
  type Outcome,
  type ToProcess,
} from './messages';
import type { RecordBatch, RingReader } from './ring';
import type { Exchange } from './exchange';
import type { Payload, Question } from './neighbours';
import type { Runner } from './runnerPool';

/** Where a participant's news go. */
export interface ParticipantListener {
  readonly standing: () => void;
  readonly asked: (question: Question) => void;
  readonly pong: (number: number, clock: readonly [number, number]) => void;
  readonly records: (batch: RecordBatch) => void;
  /** Comes after its last records. */
  readonly ended: (outcome: Outcome) => void;
  /** It is gone without having ended; `reason` is for people. */
  readonly lost: (reason: string) => void;
}

export interface Participant {
  readonly ping: (number: number) => void;
  readonly answer: (question: Question, value: number, payload?: Payload) => void;
  /** Hands over what it has recorded so far, to `records`. */
  readonly collect: () => void;
  /** Tells it to stop; repeat until it has. */
  readonly stop: () => void;
  /** Ends it by force. */
  readonly kill: () => void;
}

export interface RunnerParts {
  readonly runner: Runner;
  readonly board: Board;
  readonly exchange: Exchange;
  readonly reader: RingReader;
  readonly clock: Clock;
}

/** A runner of this process; its board stops it. */
export function runnerParticipant(parts: RunnerParts, listener: ParticipantListener): Participant {
  const { runner, board, exchange, reader, clock } = parts;
  const collect = (): void => listener.records(reader.take(clock()));
  const heard = (message: FromRunner): void => {
    if (message.kind === 'ended') collect(); // its last records come before its end
    tell(listener, message);
  };
  runner.listener = { heard, lost: listener.lost };
  return {
    ping: number => runner.post({ kind: 'ping', number }),
    answer: (question, value) => board.answer(question.lane, question.number, value),
    collect,
    stop() {
      board.stop();
      exchange.wakeAll();
    },
    kill: () => void runner.terminate(),
  };
}

/** A new child process, which begins at once. */
export function processParticipant(
  bundle: string,
  begin: Extract<ToProcess, { kind: 'run' }>,
  listener: ParticipantListener,
): Participant {
  const child = fork(bundle, [PROCESS_ARGUMENT], {
    serialization: 'advanced',
    execArgv: [],
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const send = (message: ToProcess): void => {
    if (child.connected) child.send(message, () => undefined); // a child that is gone is heard of by `exit`
  };
  listenTo(child, listener);
  send(begin);
  return {
    ping: number => send({ kind: 'ping', number }),
    answer: ({ lane, number }, value, payload) =>
      send({ kind: 'answer', lane, number, value, ...(payload === undefined ? {} : { payload }) }),
    collect: () => undefined, // it carries its records by itself
    stop: () => send({ kind: 'stop' }),
    kill: () => void child.kill('SIGKILL'),
  };
}

function listenTo(child: ChildProcess, listener: ParticipantListener): void {
  let ended = false;
  child.on('message', (message: unknown) => {
    if (!isMessage<FromProcess>(message)) return;
    ended ||= message.kind === 'ended';
    tell(listener, message);
  });
  child.on('error', error => {
    if (!ended) listener.lost(error.message);
  });
  child.on('exit', (code, signal) => {
    if (!ended)
      listener.lost(
        signal === null ? `it ended with code ${code ?? 0}` : `it was ended by ${signal}`,
      );
  });
}

/** What a participant says, to whoever listens: both kinds say it in the same words. */
function tell(listener: ParticipantListener, message: FromRunner | FromProcess): void {
  switch (message.kind) {
    case 'ready': // of a process; a runner was ready before it took part
    case 'standing':
      listener.standing();
      return;
    case 'ask':
      listener.asked(message.question);
      return;
    case 'pong':
      listener.pong(message.number, message.clock);
      return;
    case 'records':
      listener.records(message.batch);
      return;
    case 'ended':
      listener.ended(message.outcome);
      return;
    case 'calibrated':
    case 'counted': // not during a run
  }
}
