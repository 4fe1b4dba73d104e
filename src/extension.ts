// The door that VS Code opens: makes the parts, joins them, disposes them. No logic.

import * as vscode from 'vscode';
import { simulatedEngine } from './engines/simulated';
import { WorkersEngine } from './engines/workers';
import { AdviceGiver } from './editor/source/advice';
import { Calibrations } from './editor/python/calibrations';
import { registerCommands, runDemo } from './editor/commands';
import { LineDecorations } from './editor/source/decorations';
import { showDiagnostics } from './editor/source/diagnostics';
import { registerHovers } from './editor/source/hovers';
import { registerLenses } from './editor/source/lenses';
import { Log } from './editor/window/log';
import { RACE_PANEL_TYPE, RaceLesson } from './editor/panel/raceLesson';
import { Pins } from './editor/panel/pins';
import { registerRecordLenses } from './editor/source/recordLenses';
import { Recordings } from './editor/recording/recordings';
import { registerRecordTasks } from './editor/recording/recordTasks';
import { Samples } from './editor/runs/samples';
import { Sessions } from './editor/runs/sessions';
import { StatusItem, followActiveEditor } from './editor/status';
import { themePalette } from './editor/drawings/themePalette';
import { registerTraceEditor } from './editor/panel/traceEditor';
import { Timeline } from './editor/panel/timeline';
import { PANEL_TYPE } from './editor/panel/timelinePanel';
import { Verifications } from './editor/python/verifications';

/** What tests may use; nothing else should. */
export interface GilScopeApi {
  readonly sessions: Sessions;
  readonly timeline: Timeline;
  readonly raceLesson: RaceLesson;
}

const OFFER_AFTER_MS = 3000;

export function activate(context: vscode.ExtensionContext): GilScopeApi {
  const log = new Log();
  const workers = new WorkersEngine({ keepWarm: 8 });
  const calibrations = new Calibrations(context.globalState);
  const verifications = new Verifications(context.globalState);
  const { costs, calibratedOn } = calibrations;
  const sessions = new Sessions({
    engines: { simulated: simulatedEngine(costs), workers },
    reportDefect: log.reportDefect,
    calibratedOn,
  });
  const samples = new Samples(context);
  const demo = () => void log.guard(() => runDemo(parts));
  const { extensionUri } = context;
  const pins = new Pins(context, log);
  const restoreRecording = (uri: vscode.Uri): Promise<boolean> => recordings.restore(uri);
  const timeline = new Timeline({
    extensionUri,
    sessions,
    log,
    runDemo: demo,
    restoreRecording,
    pins,
  });
  const recordings = new Recordings({ sessions, timeline, log, memory: context.workspaceState });
  const raceLesson = new RaceLesson({ extensionUri, workers, samples, log });
  const shown = { sessions, timeline, samples, log, raceLesson, recordings };
  const parts = { ...shown, calibrations, verifications };
  context.subscriptions.push(
    recordings, // first: sessions end their runs, and recordings are to go on without the window
    log,
    sessions,
    workers,
    timeline,
    raceLesson,
    calibrations,
    calibrations.onDidChange(() => void log.guard(() => timeline.costsChanged())),
    registerCommands(parts),
    registerHovers({
      sessions,
      palette: themePalette(context.extension.packageJSON),
      verifications,
    }),
    registerLenses(sessions),
    registerRecordLenses(sessions),
    registerRecordTasks(recordings, log),
    registerTraceEditor({ sessions, timeline }, log),
    showDiagnostics(sessions),
    new AdviceGiver(sessions, extensionUri),
    new LineDecorations(sessions),
    new StatusItem(sessions),
    followActiveEditor(),
    vscode.workspace.onDidCloseTextDocument(document => timeline.documentClosed(document)),
    reviving(PANEL_TYPE, panel => timeline.revive(panel)),
    reviving(RACE_PANEL_TYPE, panel => raceLesson.revive(panel)),
  );
  // The file whose opening brought us here is read once we are out of its way.
  setImmediate(() => sessions.refreshAll());
  // A panel that comes back shows its recording by itself; what is left after that is offered.
  setTimeout(() => void log.guard(() => recordings.lookBack()), OFFER_AFTER_MS).unref();
  return { sessions, timeline, raceLesson };
}

/** Panels of this type are given to somebody when the window comes back. */
function reviving(type: string, revive: (panel: vscode.WebviewPanel) => void): vscode.Disposable {
  return vscode.window.registerWebviewPanelSerializer(type, {
    deserializeWebviewPanel: panel => {
      revive(panel);
      return Promise.resolve();
    },
  });
}
