// Recording a real Python: starts it in a terminal under the recorder, and shows what it does as it does it.

import * as vscode from 'vscode';
import { UserError } from '../../core/errors';
import { formatAgo, formatBytes, formatDuration, formatShare } from '../../core/units';
import type { Engine } from '../../engines/engine';
import {
  attach,
  recorderOnCall,
  type RecorderOnCall,
  RECORDING_MODES,
  type Recording,
  type RecordingMode,
  type RecordingResult,
} from '../../engines/recorded';
import { KeptRecordings, type KeptRecording } from './keptRecordings';
import type { Log } from '../window/log';
import { chooseProcess } from './processPicker';
import {
  askForArguments,
  askForModule,
  modeOption,
  programOfFile,
  type RecordedProgram,
} from './recordedPrograms';
import { RecordingTerminals, recordWithoutTty, whileStarting } from './recordingTerminal';
import type { Sessions } from '../runs/sessions';
import type { Timeline } from '../panel/timeline';

export interface RecordingsOptions {
  readonly sessions: Sessions;
  readonly timeline: Timeline;
  readonly log: Log;
  /** The workspace's. */
  readonly memory: vscode.Memento;
}

/** Of the addresses of processes that ran already. */
const PROCESS_SCHEME = 'gilscope-process';

/** Recordings under way and of before: the commands, and what the window does about them. */
export class Recordings implements vscode.Disposable {
  readonly #options: RecordingsOptions;
  readonly #kept: KeptRecordings;
  readonly #terminals = new RecordingTerminals();
  readonly #underWay = new Set<Recording>();
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
    const uri = vscode.Uri.from({ scheme: PROCESS_SCHEME, path: `/${name}` });
    const abort = new AbortController();
    await this.#begin({ uri, label: name }, keep => {
      const options = { onCall, stdio: 'ignore' as const, keep, ...modeOption() };
      return whileStarting(attach(pid, abort.signal, options), abort);
    });
  }

  /** Records a program in a terminal that somebody else has opened, as a task has. */
  begin(recorded: RecordedProgram, signal: AbortSignal): Promise<Recording> {
    assertTrusted();
    return this.#begin(recorded, keep => recordWithoutTty(recorded.program, signal, keep));
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
      description: formatAgo((Date.now() - recording.startedMs) * 1e6),
      detail: this.#detailOf(recording),
      recording,
    }));
    if (items.length === 0)
      throw new UserError('There are no recordings of this workspace. Record a file first.');
    const chosen = await vscode.window.showQuickPick(items, {
      title: 'Open a recent recording',
      matchOnDetail: true,
    });
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

  /** What a new window does about the recordings of earlier ones. */
  lookBack(): Promise<void> {
    this.#kept.sweep();
    return this.#offerCutOff();
  }

  /** Offers what a crash, or the closing of the window, has cut off, one after another. */
  async #offerCutOff(): Promise<void> {
    const { log } = this.#options;
    for (const cutOff of this.#kept.cutOff) {
      // Meanwhile it may have been opened, or its panel may have brought it back.
      if (!this.#kept.cutOff.some(({ folder }) => folder === cutOff.folder)) continue;
      const [show, discard] = ['Show', 'Discard'];
      const sentence = this.#kept.isUnderWay(cutOff)
        ? `The recording of ${cutOff.name} went on while the window was closed, and still does.`
        : `The window closed before the recording of ${cutOff.name} was over. What was recorded is there.`;
      const choice = await vscode.window.showInformationMessage(sentence, show, discard);
      if (choice === show) await log.guard(() => this.#reopen(cutOff));
      else if (choice === discard) await log.guard(() => this.#kept.discard(cutOff.folder));
      else await this.#kept.end(cutOff.folder); // it can still be opened, but is not offered again
    }
  }

  /** The window closes: recordings go on without it, and are there when it comes back. */
  dispose(): void {
    this.#isClosing = true;
  }

  async #recordInTerminal(recorded: RecordedProgram): Promise<void> {
    // The panel takes longer to be there than Python: it opens while the terminal starts.
    const { sessions, timeline } = this.#options;
    timeline.showSession(sessions.ofUri(recorded.uri));
    await this.#begin(recorded, keep => this.#terminals.record(recorded, keep));
  }

  async #reopen(kept: KeptRecording): Promise<void> {
    const reopened = await this.#kept.reopen(kept);
    this.#show(vscode.Uri.parse(kept.uri), reopened, kept);
  }

  /** Remembers where the files are, and shows the recording once it has begun. Of one that never began nothing stays. */
  async #begin(
    { uri, label: name }: Pick<RecordedProgram, 'uri' | 'label'>,
    start: (keep: (folder: string) => void) => Promise<Recording>,
  ): Promise<Recording> {
    let folder = '';
    const keep = (made: string): void => {
      folder = made;
      void this.#kept.begin({ folder, uri: uri.toString(), name });
    };
    try {
      const recording = await start(keep);
      this.#show(uri, recording, { folder, isWhole: false });
      return recording;
    } catch (error) {
      if (folder !== '') await this.#kept.discard(folder);
      throw error;
    }
  }

  #show(
    uri: vscode.Uri,
    recording: Recording,
    { folder, isWhole }: Pick<KeptRecording, 'folder' | 'isWhole'>,
  ): void {
    const { sessions, timeline, log } = this.#options;
    const session = sessions.ofUri(uri);
    timeline.showSession(session);
    this.#underWay.add(recording);
    const engine = this.#engineOf(recording, { isOurs: uri.scheme !== PROCESS_SCHEME });
    sessions.startRecording(session, engine, recording.header);
    recording.result.then(result => {
      this.#underWay.delete(recording);
      // As the window closes it goes on, to come back with the next; of one that was told of there is no news.
      if (this.#isClosing || isWhole) return;
      const { durationNs, handOffsCounted: handOffs } = result;
      void this.#kept.end(folder, { durationNs, handOffs }).then(() => this.#kept.sweep());
      void tell(result);
    }, log.reportDefect);
  }

  #detailOf(kept: KeptRecording): string {
    if (this.#kept.isUnderWay(kept)) return 'still being recorded';
    const { outcome, isWhole } = kept;
    const facts = outcome
      ? `${formatDuration(outcome.durationNs)} long, ${outcome.handOffs} hand-offs`
      : isWhole
        ? 'its end was not seen'
        : 'cut off when the window closed';
    return `${facts} · ${formatBytes(this.#kept.bytes(kept))}`;
  }

  /** A recording that has begun, as an engine: stopping it leaves the program running. */
  #engineOf(recording: Recording, { isOurs }: { readonly isOurs: boolean }): Engine {
    return {
      name: 'recorded',
      // As if its terminal were closed, which ends also who waits for ever. What we did not start we do not end.
      ...(isOurs && { endProgram: () => recording.hangUp() }),
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
  light: 'A read each millisecond, a look at all threads each 5 ms: up to a fifth of a core',
  normal: 'A read each 0.2 ms, a look each 2 ms: up to a third of a core',
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
  const { problems } = result;
  const sentence = [cameTo(result), ...problems.map(({ text }) => text)].join(' ');
  if (problems.length > 0) await vscode.window.showWarningMessage(sentence);
  else await vscode.window.showInformationMessage(sentence);
}

function cameTo(result: RecordingResult): string {
  const { durationNs, signal, blindShare, problems } = result;
  const how = signal === null ? '' : ` The program was ended by ${signal}.`;
  const isTold = problems.some(({ kind }) => kind === 'not-observed');
  const blind =
    blindShare > 0.01 && !isTold ? ` Not observed: ${formatShare(blindShare)} of the time.` : '';
  return `Recorded ${formatDuration(durationNs)}: ${handOffsIn(result)}.${how}${blind}`;
}

function handOffsIn({ handOffsCounted, handOffsSeen, inside }: RecordingResult): string {
  if (handOffsCounted > 0)
    return `${handOffsCounted} hand-offs counted, ${formatShare(handOffsSeen / handOffsCounted)} of them seen`;
  if (inside === 'events') return `${handOffsSeen} hand-offs seen, from inside of the program`;
  if (inside === 'probe') return 'estimated, from inside of the program';
  return 'the GIL never went from one thread to another';
}
