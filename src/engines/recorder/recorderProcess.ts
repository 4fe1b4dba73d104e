// The recorder: a process of its own between whoever asked and the program. It starts the program (so that the system
// lets it read its memory), finds the CPythons in it and in its children, and writes down what its sampler sees.
// If it dies, the program does not notice.

import { messageOf } from '../../core/errors';
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { availableParallelism, constants, loadavg } from 'node:os';
import { join } from 'node:path';

import { certificateFolder } from './certification/certificates';
import { Certifier, type Verdict } from './certification/certifier';
import { type InsideWay, type PythonTarget } from './inside/insideProgram';
import { InsideRecording } from './inside/insideRecording';
import { isRecordingMode, modeForMachine, pacingOf, type RecordingMode } from './file/modes';
import { tellsOfCalls } from './system/outsideAccess';
import { ProcessFinder } from './sampling/processFinder';
import { claimFolder } from './file/recordingFolders';
import { chooseSide, type ProgramRequest } from './chooseSide';
import {
  newsOf,
  parseOrder,
  parseRequest,
  REQUEST_FILE,
  SPILL_FILE,
  type ControlOrder,
  type RecorderRequest,
} from './file/request';
import type { SamplerOrder, SamplerReport } from './sampling/sampler';
import type { SamplerThread } from './sampling/samplerThread';
import * as sentences from './sampling/sentences';
import { socketPlaceIn } from './file/socketPlace';
import { spawnProgram } from './spawnProgram';
import {
  SpillWriter,
  type SamplerCounts,
  type RecordingProblem,
  type RecordingProblemKind,
} from './file/spill';

/** Beyond this the file is full: enough for hours in normal mode. */
const MAX_SPILL_BYTES = 2 ** 31;
/** How often a program is searched for a CPython before the first is found. */
const FIRST_SEARCH_MS = 1;
/** A program that shows no CPython for this long is none. */
const PATIENCE_MS = { program: 10_000, process: 1_500 };
/** How often an editor that is gone is looked for again. */
const CONNECT_AGAIN_MS = 500;
/** What a shell answers for a command that it cannot start. */
const EXIT_CANNOT_START = 127;

/** Runs the recorder for the request in `folder`. */
export function runRecorder(folder: string, sampler: SamplerThread): void {
  const request = parseRequest(readFileSync(join(folder, REQUEST_FILE), 'utf8'));
  if (!claimFolder(folder)) return; // whoever asked has found another way meanwhile
  new Recorder(folder, request).run(sampler);
}

class Recorder {
  readonly #request: RecorderRequest;
  readonly #spill: SpillWriter;
  readonly #folder: string;
  readonly #certifier: Certifier;
  /** By their sentences, so that each is said once. */
  readonly #problems = new Map<string, RecordingProblem>();
  readonly #startedMs = performance.now();
  #finder: ProcessFinder | undefined;
  #sampler: SamplerThread | undefined;
  #inside: InsideRecording | undefined;
  #program: ChildProcess | undefined;
  #socket: Socket | undefined;
  #mode: RecordingMode;
  #exit: { code: number | null; signal: NodeJS.Signals | null } | undefined;
  #cpuAtStart = process.cpuUsage();
  #hasShown = false;
  #isStopping = false;
  #isDone = false;

  constructor(folder: string, request: RecorderRequest) {
    this.#folder = folder;
    this.#request = request;
    const mayRun = request.kind === 'program';
    this.#certifier = new Certifier(certificateFolder(), mayRun, verdict => this.#judge(verdict));
    this.#spill = new SpillWriter(join(folder, SPILL_FILE));
    this.#mode =
      request.mode ?? modeForMachine({ cores: availableParallelism(), load: loadavg()[0] });
  }

  run(sampler: SamplerThread): void {
    this.#sampler = sampler;
    this.#passSignals();
    this.#listen();
    if (this.#request.kind === 'program') {
      const { request, why, problem } = chooseSide(this.#request, this.#certifier);
      if (why !== undefined) this.#report('inside', why);
      if (problem !== undefined || this.#spill.failure !== undefined) {
        this.#runUnrecorded(this.#request, problem ?? this.#cannotWrite());
        return;
      }
      if (request) {
        this.#endSampler();
        this.#beginInside(this.#request, request);
        return;
      }
    } else if (this.#spill.failure !== undefined) {
      this.#fail(this.#cannotWrite());
      return;
    }
    // While the thread starts: what has to be read from files for this is known then.
    if (this.#request.kind === 'process')
      this.#certifier.locate(this.#request.pid, this.#request.pid);
    sampler.listen(
      report => this.#hear(report),
      error => this.#fail(`The recorder broke: ${error.message}`),
    );
  }

  /** Whatever keeps us from recording does not keep the program from running. */
  #runUnrecorded(request: ProgramRequest, why: string): void {
    this.#endSampler();
    this.#startProgram(request);
    this.#fail(why);
  }

  #cannotWrite(): string {
    return sentences.cannotWriteAtAll(this.#spill.failure ?? '');
  }

  /** Ctrl+C in a terminal reaches the program too: it is the program's business. */
  #passSignals(): void {
    for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
      process.on(signal, () => {
        if (!this.#program) this.#endBefore(signal);
      });
    }
    for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (this.#program) this.#program.kill(signal);
        else this.#endBefore(signal);
      });
    }
  }

  /** Somebody wants the program to end that has not begun: it does not begin. A process that runs is only let go. */
  #endBefore(signal: NodeJS.Signals): void {
    if (this.#request.kind === 'process') {
      this.#stop();
      return;
    }
    this.#setExitCode(128 + constants.signals[signal]);
    this.#fail(sentences.ENDED_BEFORE_START);
  }

  /** Whoever asked may have gone: then the recording goes on without orders until somebody asks again. */
  #listen(): void {
    const place = socketPlaceIn(this.#folder);
    if (!place) return;
    const socket = connect(place.path);
    socket.on('error', () => socket.destroy());
    // An editor that comes back after a crash or a reload listens at the same place.
    socket.on('close', () => {
      place.close();
      if (!this.#isDone) setTimeout(() => this.#listen(), CONNECT_AGAIN_MS).unref();
    });
    socket.unref();
    let rest = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const order of lines.map(parseOrder)) if (order) this.#obey(order);
    });
    this.#socket = socket;
  }

  #obey(order: ControlOrder): void {
    switch (order.kind) {
      case 'mode':
        if (!isRecordingMode(order.mode)) return;
        this.#mode = order.mode;
        this.#order({ kind: 'mode', mode: order.mode });
        break;
      case 'stop':
        this.#stop();
        break;
      case 'interrupt':
        this.#program?.kill('SIGINT');
        break;
      case 'hangUp':
        this.#program?.kill('SIGHUP');
        break;
    }
  }

  #hear(report: SamplerReport): void {
    switch (report.kind) {
      case 'ready':
        this.#begin();
        break;
      case 'batch':
        if (this.#isDone) return;
        this.#hasShown ||= report.batch.definitions.some(({ kind }) => kind === 'process');
        this.#spill.writeBatch(report.batch);
        this.#tell(report.counts);
        this.#endIfFull();
        break;
      case 'detached':
        this.#finder?.detached(report.pid);
        break;
      case 'stopped':
        this.#end(report.counts);
        break;
    }
  }

  /** A file that may not or cannot grow ends the recording, never the program. */
  #endIfFull(): void {
    const { byteLength, failure } = this.#spill;
    if (this.#isStopping || (byteLength <= MAX_SPILL_BYTES && failure === undefined)) return;
    this.#report(
      'cut-off',
      failure === undefined
        ? sentences.recordingTooLong(byteLength)
        : sentences.cannotWriteOn(failure),
    );
    this.#stop();
  }

  #begin(): void {
    if (this.#isDone) return;
    this.#cpuAtStart = process.cpuUsage();
    this.#order({ kind: 'start', mode: this.#mode });
    // The reader is told the mode before it hears of the first process.
    this.#tell({ nowNs: 0, blindNs: 0, handOffsSeen: 0, handOffsCounted: 0 });
    if (this.#request.kind === 'process') this.#search(this.#request.pid);
    else this.#startProgram(this.#request);
  }

  #beginInside(
    request: ProgramRequest,
    what: { readonly way: InsideWay; readonly target: PythonTarget },
  ): void {
    this.#tell({ nowNs: 0, blindNs: 0, handOffsSeen: 0, handOffsCounted: 0 });
    try {
      this.#inside = new InsideRecording(this.#folder, what, (batch, counts) =>
        this.#hear({ kind: 'batch', batch, counts }),
      );
    } catch (error) {
      const reason = messageOf(error);
      this.#runUnrecorded(request, sentences.cannotWriteAtAll(reason));
      return;
    }
    this.#startProgram({ ...request, args: this.#inside.args });
  }

  #startProgram(request: ProgramRequest): void {
    const program = spawnProgram(request, message => {
      this.#program = undefined;
      this.#setExitCode(EXIT_CANNOT_START);
      this.#fail(message);
    });
    if (!program) return;
    program.on('exit', (code, signal) => this.#programEnded(code, signal));
    this.#program = program;
    const isOutside = !this.#inside && !this.#isDone && this.#sampler;
    if (program.pid !== undefined && isOutside) this.#search(program.pid);
  }

  #programEnded(code: number | null, signal: NodeJS.Signals | null): void {
    this.#exit = { code, signal };
    if (this.#request.kind === 'program' && this.#request.holdsTerminal === true)
      holdTerminal(signal ?? `code ${code ?? 0}`);
    this.#setExitCode(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    if (this.#isDone) return;
    if (this.#inside) {
      this.#endInside(this.#inside);
      return;
    }
    this.#stop();
  }

  /** Why there is nothing to show: the program has ended, or is closed to us. Undefined if nobody wanted to wait. */
  #whyNothing(): string | undefined {
    const problem = this.#finder?.anyProblem ?? this.#exitInWords();
    if (problem !== undefined) return problem;
    if (this.#exit) return sentences.endedTooEarly(performance.now() - this.#startedMs);
    const isGone = this.#request.kind === 'process' && this.#finder?.isRootAlive === false;
    return isGone ? sentences.gone(this.#request.pid) : undefined;
  }

  /** What a wrapper that did not find its program says by its exit code. */
  #exitInWords(): string | undefined {
    const isUnfound = this.#exit?.code === EXIT_CANNOT_START && this.#request.kind === 'program';
    return isUnfound ? sentences.wrapperFoundNothing(this.#request.command) : undefined;
  }

  /** A terminal that was opened for the recording has told the code in words; its editor would complain of it again. */
  #setExitCode(code: number): void {
    const isTold = this.#request.kind === 'program' && this.#request.holdsTerminal === true;
    process.exitCode = isTold ? 0 : code;
  }

  #endInside(inside: InsideRecording): void {
    inside.end();
    if (inside.hadOthers) this.#report('other-interpreters', sentences.OTHER_INTERPRETERS);
    if (inside.isBegun) this.#end(inside.counts);
    else if (inside.freeThreaded !== undefined)
      this.#fail(sentences.freeThreadedInside(inside.freeThreaded));
    else this.#fail(this.#exitInWords() ?? sentences.NOT_PYTHON_INSIDE);
  }

  #search(root: number): void {
    const startTicks = this.#request.kind === 'process' ? this.#request.startTicks : undefined;
    this.#finder = new ProcessFinder(
      { pid: root, startTicks },
      {
        locate: pid => this.#certifier.locate(pid, root),
        attach: runtime => {
          if (!tellsOfCalls(runtime.pid)) this.#report('waits-not-told', sentences.NO_SYSTEM_CALLS);
          this.#order({ kind: 'attach', runtime });
        },
      },
    );
    this.#searchAgain(this.#finder);
  }

  /** A layout that was taken for right turned out to be wrong, or a witness is missing: it is said. */
  #judge({ layout, certificate }: Verdict): void {
    if (this.#isDone) return;
    const { version } = layout;
    if (!certificate) {
      this.#report('not-examined', sentences.notExamined(version.text));
      return;
    }
    if (certificate.kind === 'certified' && certificate.minor === version.minor) {
      if (!certificate.waitsInside) this.#report('waits-not-told', sentences.WAITS_ELSEWHERE);
      return;
    }
    if (certificate.kind === 'certified')
      this.#report('other-layout', sentences.otherRow(version.text, certificate.minor));
    if (!this.#finder?.attachedCount) return; // nothing was read with it yet
    if (certificate.kind === 'failed')
      this.#report('other-layout', sentences.failedCertificate(version.text, certificate.wrong));
    this.#stop();
  }

  #report(kind: RecordingProblemKind, text: string): void {
    this.#problems.set(text, { kind, text });
  }

  #searchAgain(finder: ProcessFinder): void {
    if (this.#isStopping || this.#isDone) return;
    finder.search();
    const waitedMs = performance.now() - this.#startedMs;
    if (finder.attachedCount === 0) {
      if (this.#request.kind === 'process' && !finder.isRootAlive) {
        this.#fail(sentences.gone(this.#request.pid));
        return;
      }
      const isLate = waitedMs > PATIENCE_MS[this.#request.kind];
      const problem =
        finder.rootProblem ?? (isLate ? (finder.anyProblem ?? sentences.NOT_PYTHON) : undefined);
      if (problem !== undefined) {
        this.#fail(problem);
        return;
      }
    } else if (this.#request.kind === 'process' && !finder.isRootAlive) {
      this.#stop();
      return;
    }
    const isFirst = finder.attachedCount === 0 && waitedMs < 500;
    const waitMs = isFirst ? FIRST_SEARCH_MS : pacingOf(this.#mode).childrenNs / 1e6;
    const timer = setTimeout(() => this.#searchAgain(finder), waitMs);
    if (this.#program) timer.unref();
  }

  #stop(): void {
    if (this.#isStopping || this.#isDone) return;
    this.#isStopping = true;
    if (this.#inside) this.#endInside(this.#inside);
    else this.#order({ kind: 'stop' });
  }

  #end(counts: SamplerCounts): void {
    // It may have been found, and have been gone or closed to us before anything of it was read.
    const why = this.#hasShown ? undefined : this.#whyNothing();
    if (why !== undefined) {
      this.#fail(why);
      return;
    }
    const { user, system } = process.cpuUsage(this.#cpuAtStart);
    const blindShare = counts.nowNs > 0 ? counts.blindNs / counts.nowNs : 0;
    if (blindShare > 0.2) this.#report('not-observed', sentences.mostlyBlind(blindShare));
    this.#spill.writeNote({
      kind: 'end',
      end: {
        exitCode: this.#exit?.code ?? null,
        signal: this.#exit?.signal ?? null,
        counts,
        recorderCpuNs: (user + system) * 1000,
        problems: [...this.#problems.values()],
      },
    });
    this.#finish();
  }

  /** The recording is over before it began. The program, if it runs, runs on. */
  #fail(message: string): void {
    if (this.#isDone) return;
    this.#spill.writeNote({ kind: 'failed', message });
    if (this.#spill.failure !== undefined) this.#socket?.ref().write(newsOf(message));
    this.#finish();
  }

  #finish(): void {
    this.#isDone = true;
    this.#inside?.end();
    this.#spill.close();
    this.#socket?.end();
    this.#endSampler();
    // A program that still runs keeps this process: its exit code is passed on.
  }

  #tell(counts: SamplerCounts): void {
    this.#spill.writeNote({ kind: 'counts', counts, mode: this.#mode });
    this.#socket?.write('\n');
  }

  #endSampler(): void {
    this.#sampler?.end();
    this.#sampler = undefined;
  }

  #order(order: SamplerOrder): void {
    this.#sampler?.order(order);
  }
}

/** Leaves the output of the program to be read: the terminal would close with this process. */
function holdTerminal(how: string): void {
  const { stdin, stdout } = process;
  if (!stdin.isTTY || !stdout.isTTY) return;
  stdout.write(`\r\n[ended with ${how}; press any key to close this terminal]\r\n`);
  stdin
    .setRawMode(true)
    .resume()
    .once('data', () => process.exit());
}
