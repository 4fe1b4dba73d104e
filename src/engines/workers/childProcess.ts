// A child process of the multiprocessing runtime: its main thread listens to the coordinator and carries records,
// a runner beside it executes the one thread of the program that lives here, under a GIL of its own.
//
// When the channel to the parent closes, for whatever reason, the process ends: nothing is left behind.

import { Worker } from 'node:worker_threads';
import { Board, Life } from './board';
import { clockSince, type Clock } from './clock';
import {
  isMessage,
  type FromProcess,
  type FromRunner,
  type Role,
  type ToProcess,
} from './messages';
import { allocateRing, RingReader } from './ring';

/** How often the ring is emptied. */
const CARRY_MS = 5;

interface Stay {
  readonly board: Board;
  readonly reader: RingReader;
  readonly clock: Clock;
  readonly timer: NodeJS.Timeout;
}

/** Makes this process a child of the multiprocessing runtime; `bundle` is the file that runs here. */
export function serveAsProcess(bundle: string): void {
  process.on('disconnect', () => process.exit());
  const role: Role = 'runner';
  const runner = new Worker(bundle, { workerData: role });
  let life: Stay | undefined;
  runner.on('message', (message: unknown) => {
    if (isMessage<FromRunner>(message)) passOn(message, life);
  });
  runner.on('error', error => {
    send({ kind: 'ended', outcome: { kind: 'failed', message: error.message } });
  });
  process.on('message', (message: unknown) => {
    if (!isMessage<ToProcess>(message)) return;
    if (message.kind === 'run') life = begin(runner, message);
    else follow(message, life);
  });
}

function send(message: FromProcess): void {
  process.send?.(message);
}

function begin(runner: Worker, message: Extract<ToProcess, { kind: 'run' }>): Stay {
  const { assignment, epoch, ringCapacity } = message;
  const board = new Board(assignment.boardSize);
  board.setEpoch(epoch);
  board.changeLife(assignment.lane, Life.notStarted, Life.started);
  const ring = allocateRing(ringCapacity);
  const exchange = new SharedArrayBuffer(0); // processes share nothing: they ask
  runner.postMessage({
    kind: 'run',
    assignment,
    memories: { ring, board: board.memory, exchange },
  });
  const life = {
    board,
    reader: new RingReader(ring),
    clock: clockSince(epoch),
    timer: setInterval(() => carry(life), CARRY_MS),
  };
  return life;
}

function carry(life: Stay): void {
  if (life.board.stopped) life.board.wakeAll();
  send({ kind: 'records', batch: life.reader.take(life.clock()) });
}

function passOn(message: FromRunner, life: Stay | undefined): void {
  switch (message.kind) {
    case 'ready':
    case 'ask':
      send(message);
      return;
    case 'ended':
      if (life) {
        clearInterval(life.timer);
        carry(life);
      }
      process.send?.(message, undefined, undefined, () => process.exit());
      return;
    case 'pong':
    case 'calibrated':
    case 'counted':
    case 'standing':
  }
}

function follow(message: Exclude<ToProcess, { kind: 'run' }>, life: Stay | undefined): void {
  switch (message.kind) {
    case 'ping':
      send({ kind: 'pong', number: message.number, clock: process.hrtime() });
      return;
    case 'answer':
      life?.board.answer(message.lane, message.number, message.value);
      return;
    case 'stop':
      if (life) life.board.stop();
      else process.exit();
  }
}
