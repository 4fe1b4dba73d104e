// Recording a real Python: starts it in a terminal under the recorder, and shows what it does as it does it.

import * as vscode from 'vscode';
import { UserError } from '../core/errors';
import { formatDuration, formatShare } from '../core/units';
import type { Engine } from '../engines/engine';
import {
  attach,
  recorderOnCall,
  type RecorderOnCall,
  RECORDING_MODES,
  type Recording,
  type RecordingMode,
  type RecordingResult,
} from '../engines/recorded';
import { KeptRecordings, type KeptRecording } from './keptRecordings';
import type { Log } from './log';
import { chooseProcess } from './processPicker';
import {
  askForArguments,
  askForModule,
  modeOption,
  programOfFile,
  type RecordedProgram,
} from './recordedPrograms';
import { recordInTerminal, recordWithoutTty, whileStarting } from './recordingTerminal';
import type { Sessions } from './sessions';
import type { Timeline } from './timeline';

export interface RecordingsOptions {
  readonly sessions: Sessions;
  readonly timeline: Timeline;
  readonly log: Log;
  /** The workspace's. */
  readonly memory: vscode.Memento;
}

/** Recordings under way and of before: the commands, and what the window does about them. */
export class Recordings implements vscode.Disposable {
  readonly #options: RecordingsOptions;
  readonly #kept: KeptRecordings;
  readonly #underWay = new Set<Recording>();
  /** Folder of the newest recording of a document. */
  readonly #begun = new Map<string, string>();
  #isClosing = false;

  constructor(options: RecordingsOptions) {
    this.#options = options;
    this.#kept = new KeptRecordings(options.memory);
  }

  /** Records the file in a terminal, saved as it stands, with the arguments of last time. */
  async recordFile(document: vscode.TextDocument): Promise<void> {
    assertTrusted();
    const program = await programOfFile(this.#options.memory, document);
    await this.#recordInTerminal(program);
  }

  /** Asks for arguments first. */
  async recordWithArguments(document: vscode.TextDocument): Promise<void> {
    assertTrusted();
    if (await askForArguments(this.#options.memory, document)) await this.recordFile(document);
  }

  /** Records `python -m` of what a person names. */
  async recordModule(): Promise<void> {
    assertTrusted();
    const program = await askForModule(this.#options.memory);
    if (program) await this.#recordInTerminal(program);
  }

  /** Records a process that runs already, which a person chooses. */
  async recordProcess(): Promise<void> {
    assertTrusted();
    const onCall = recorderOnCall();
    try {
      const pid = await chooseProcess();
      if (pid !== undefined) await this.#attachTo(pid, onCall);
    } finally {
      onCall.dispose();
    }
  }

  async #attachTo(pid: number, onCall: RecorderOnCall): Promise<void> {
    const name = `process ${pid}`;
    const uri = vscode.Uri.from({ scheme: 'gilscope-process', path: `/${name}` });
    const abort = new AbortController();
    const keep = this.#keeper(uri, name);
    const started = attach(pid, abort.signal, {
      onCall,
      stdio: 'ignore',
      keep,
      ...modeOption(),
    });
    this.#show(uri, await whileStarting(started, abort));
  }

  /** Records a program in a terminal that somebody else has opened, as a task has. */
  async begin({ program, uri, label }: RecordedProgram, signal: AbortSignal): Promise<Recording> {
    assertTrusted();
    const keep = this.#keeper(uri, label);
    const recording = await recordWithoutTty(program, signal, keep);
    this.#show(uri, recording);
    return recording;
  }

  /** How closely all recordings that run look from now on. */
  async changeMode(): Promise<void> {
    if (this.#underWay.size === 0)
      throw new UserError('Nothing is being recorded. The setting “Recording Mode” is for later.');
    const items = RECORDING_MODES.map(label => ({ label, detail: MODE_DETAILS[label] }));
    const title = 'How closely the running recording looks';
    const chosen = await vscode.window.showQuickPick(items, { title });
    if (chosen) for (const recording of this.#underWay) recording.setMode(chosen.label);
  }

  /** Shows a recording of before; asks which. */
  async openKept(): Promise<void> {
    const items = this.#kept.all.map(recording => ({
      label: recording.name,
      description: `${formatDuration((Date.now() - recording.startedMs) * 1e6)} ago`,
      detail: recording.isWhole ? 'complete' : 'cut off when the window closed',
      recording,
    }));
    if (items.length === 0)
      throw new UserError('There are no recordings of this workspace. Record a file first.');
    const chosen = await vscode.window.showQuickPick(items, { title: 'Open a recent recording' });
    if (chosen) await this.#reopen(chosen.recording);
  }

  /** After a reload: shows the newest recording of a document again, if there is one. */
  async restore(uri: vscode.Uri): Promise<boolean> {
    for (const recording of this.#kept.of(uri.toString())) {
      try {
        await this.#reopen(recording);
        return true;
      } catch (error) {
        if (!(error instanceof UserError)) throw error; // else nothing had been recorded yet
      }
    }
    return false;
  }

  /** Offers what a crash, or the closing of the window, has cut off. */
  async offerCutOff(): Promise<void> {
    const { log } = this.#options;
    const shown = this.#options.timeline.shown?.uri.toString();
    const cutOff = this.#kept.all.find(({ isWhole, uri }) => !isWhole && uri !== shown);
    if (!cutOff) return;
    const [show, discard] = ['Show', 'Discard'];
    const sentence = `The recording of ${cutOff.name} was cut off when the window closed. What was recorded until then is there.`;
    const choice = await vscode.window.showInformationMessage(sentence, show, discard);
    if (choice === show) await log.guard(() => this.#reopen(cutOff));
    else if (choice === discard) this.#kept.forget(cutOff.folder);
    else this.#kept.end(cutOff.folder); // it can still be opened, but is not offered again
  }

  /** The window closes: recordings go on without it, and are there when it comes back. */
  dispose(): void {
    this.#isClosing = true;
  }

  async #recordInTerminal(program: RecordedProgram): Promise<void> {
    const keep = this.#keeper(program.uri, program.label);
    this.#show(program.uri, await recordInTerminal(program, keep));
  }

  async #reopen(recording: KeptRecording): Promise<void> {
    const reopened = await this.#kept.reopen(recording);
    this.#begun.set(recording.uri, recording.folder);
    this.#show(vscode.Uri.parse(recording.uri), reopened);
  }

  /** `keep` for the engine: its folder is remembered with the document that it belongs to. */
  #keeper(uri: vscode.Uri, name: string): (folder: string) => void {
    return folder => {
      this.#begun.set(uri.toString(), folder);
      this.#kept.begin({ folder, uri: uri.toString(), name });
    };
  }

  #show(uri: vscode.Uri, recording: Recording): void {
    const { sessions, timeline, log } = this.#options;
    const folder = this.#begun.get(uri.toString());
    const session = sessions.ofUri(uri);
    timeline.showSession(session);
    this.#underWay.add(recording);
    sessions.startRecording(session, this.#engineOf(recording), recording.header);
    recording.result.then(result => {
      this.#underWay.delete(recording);
      if (folder !== undefined) this.#kept.end(folder);
      void tell(result);
    }, log.reportDefect);
  }

  /** A recording that has begun, as an engine: stopping it leaves the program running. */
  #engineOf(recording: Recording): Engine {
    return {
      name: 'recorded',
      start: (_, signal) => {
        const stop = (): void => {
          if (!this.#isClosing) recording.stop();
        };
        signal.addEventListener('abort', stop, { once: true });
        return recording;
      },
    };
  }
}

const MODE_DETAILS: Readonly<Record<RecordingMode, string>> = {
  light: 'A read each millisecond, a look at all threads each 5 ms: about a tenth of a core',
  normal: 'A read each 0.2 ms, a look each 2 ms: about a quarter of a core',
  fine: 'A read each 0.05 ms, a look each millisecond: about half a core',
  exact: 'Reads without pause, on a core of its own',
};

function assertTrusted(): void {
  if (vscode.workspace.isTrusted) return;
  throw new UserError(
    'Recording runs or reads a program, and this workspace is not trusted. Trust it first.',
  );
}

/** What the recording came to; what is missing is said, never hidden. */
async function tell(result: RecordingResult): Promise<void> {
  const { handOffsCounted, handOffsSeen, blindShare, problems } = result;
  const seen =
    handOffsCounted > 0 ? `, ${formatShare(handOffsSeen / handOffsCounted)} of them seen` : '';
  const blind = blindShare > 0.01 ? ` Not observed: ${formatShare(blindShare)} of the time.` : '';
  const sentence =
    `Recorded: ${handOffsCounted} hand-offs counted${seen}.${blind} ${problems.join(' ')}`.trim();
  if (problems.length > 0) await vscode.window.showWarningMessage(sentence);
  else await vscode.window.showInformationMessage(sentence);
}
