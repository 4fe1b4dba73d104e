// A runner: a worker thread that executes threads of programs, one after the other. Between runs it waits, compiled
// and warm; during a run it hears nothing, and stops because the board says so.

import { parentPort } from 'node:worker_threads';
import { assert, messageOf } from '../../core/errors';
import { Board, Life, RunStopped } from './board';
import { clockSince } from './clock';
import { countWithOthers } from './countingThread';
import { Exchange } from './exchange';
import { GilLock } from './gilLock';
import { calibrate, warmUp } from './kernel';
import { LaneWriter } from './laneWriter';
import {
  isMessage,
  type Assignment,
  type FromRunner,
  type Outcome,
  type SharedMemories,
  type ToRunner,
} from './messages';
import { askingNeighbours, sharedNeighbours } from './neighbours';
import { ProgramThread } from './programThread';
import { RingWriter } from './ring';

/** Makes this worker thread a runner. */
export function serveAsRunner(): void {
  const port = parentPort;
  assert(port !== null, 'a runner is a worker thread');
  const send = (message: FromRunner): void => port.postMessage(message);
  port.on('message', (message: unknown) => {
    if (isMessage<ToRunner>(message)) answer(message, send);
  });
  warmUp();
  send({ kind: 'ready' });
}

function answer(message: ToRunner, send: (message: FromRunner) => void): void {
  switch (message.kind) {
    case 'ping':
      send({ kind: 'pong', number: message.number, clock: process.hrtime() });
      return;
    case 'calibrate':
      send({ kind: 'calibrated', turnsPerNs: calibrate() });
      return;
    case 'count':
      send({ kind: 'counted', findings: countWithOthers(message.assignment) });
      return;
    case 'run':
      send({ kind: 'ended', outcome: execute(message.assignment, message.memories, send) });
  }
}

function execute(
  assignment: Assignment,
  memories: SharedMemories,
  send: (message: FromRunner) => void,
): Outcome {
  const { lane } = assignment;
  const board = new Board(assignment.boardSize, memories.board);
  try {
    send({ kind: 'standing' });
    board.awaitLifeAfter(lane, Life.notStarted);
    const result = threadOf(assignment, board, { memories, send }).run();
    board.changeLife(lane, Life.started, Life.ended);
    return { kind: 'finished', result };
  } catch (error) {
    if (error instanceof RunStopped) return { kind: 'stopped' };
    return { kind: 'failed', message: messageOf(error) };
  }
}

function threadOf(
  assignment: Assignment,
  board: Board,
  outside: { readonly memories: SharedMemories; readonly send: (message: FromRunner) => void },
): ProgramThread {
  const { program, lane, gil, numbers, switchIntervalNs, turnsPerNs } = assignment;
  const writer = new LaneWriter(new RingWriter(outside.memories.ring), clockSince(board.epoch));
  return new ProgramThread({
    program,
    lane,
    board,
    writer,
    gil: gil < 0 ? undefined : new GilLock({ board, writer, lane, lock: gil, switchIntervalNs }),
    numbers,
    turnsPerNs,
    neighbours: assignment.asks
      ? askingNeighbours(board, lane, question => outside.send({ kind: 'ask', question }))
      : sharedNeighbours(
          { board, exchange: new Exchange(program, board, outside.memories.exchange) },
          lane,
          {
            firstCondition: numbers.firstCondition - numbers.firstLock,
            firstQueue: numbers.firstQueue - numbers.firstLock,
          },
        ),
  });
}
