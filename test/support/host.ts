// Starts a VS Code for a test and opens its workbench in a headless browser, with nothing of this machine in it.
//
//   const workbench = await openWorkbench();                       // our extension on a copy of the samples
//   const workbench = await openWorkbench({ vsix: 'gil.vsix' });   // the same, installed as a person would
//   …
//   await workbench.dispose();                                     // browser, server and folders are gone
import fs from 'node:fs';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { launchChromium } from '../../scripts/chromium.mjs';
import { copySamples } from '../../scripts/samples.mjs';
import { copyExtension } from '../../scripts/copiedExtension.mjs';
import { installVscode } from '../../scripts/vscodeInstall.mjs';
import {
  installFolder,
  installVsix,
  makeHostFolders,
  startServer,
  workbenchUrl,
} from '../../scripts/vscodeServer.mjs';
import { testSettings } from '../../scripts/vscodeSettings.mjs';
import { makeTemporaryFolder } from './temporaryFolder';
import { Workbench } from './workbench';

/** What to open. All paths absolute. */
export interface WorkbenchOptions {
  /** The folder in development mode; this project if neither it nor `vsix` is given. */
  readonly extension?: string;
  /** A packed extension to install instead; nothing runs in development mode then. */
  readonly vsix?: string;
  /** Folders with further extensions, which are installed beside it. */
  readonly companions?: readonly string[];
  /** Text files of the workspace, by name. Without it the workspace is a copy of the samples. */
  readonly files?: Readonly<Record<string, string>>;
  /** A file of the workspace to open at once. */
  readonly open?: string;
  /** Settings on top of the quiet ones. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** In CSS pixels; 1400 by 900 if not given. */
  readonly size?: { readonly width: number; readonly height: number };
}

/** Starts everything and waits until the workbench stands. Whoever opens it disposes it, also when a test failed. */
export async function openWorkbench(options: WorkbenchOptions = {}): Promise<Workbench> {
  const root = process.cwd();
  const vscode = installVscode(root);
  const temporary = makeTemporaryFolder();
  const folders = makeHostFolders(temporary.folder, { ...testSettings, ...options.settings });
  if (options.vsix !== undefined) installVsix(vscode, folders, options.vsix);
  for (const companion of options.companions ?? []) installFolder(folders, companion);
  const workspace =
    options.files === undefined
      ? copySamples(root, temporary.folder)
      : writeFiles(path.join(temporary.folder, 'workspace'), options.files);

  const server = await startServer({ vscode, folders });
  let browser: Browser | undefined;
  const dispose = async (): Promise<void> => {
    await browser?.close();
    await server.end();
    temporary.dispose();
  };
  try {
    browser = await launchChromium();
    const page = await browser.newPage({ viewport: options.size ?? { width: 1400, height: 900 } });
    const url = workbenchUrl(server, {
      folder: workspace,
      ...(options.vsix === undefined
        ? { extension: options.extension ?? copyExtension(root, temporary.folder) }
        : {}),
      ...(options.open === undefined ? {} : { file: path.join(workspace, options.open) }),
    });
    await page.goto(url);
    const workbench = new Workbench(page, { workspace, serverLog: server.log, dispose });
    await workbench.ready();
    return workbench;
  } catch (error) {
    await dispose();
    throw error;
  }
}

function writeFiles(folder: string, files: Readonly<Record<string, string>>): string {
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), text);
  }
  return folder;
}
