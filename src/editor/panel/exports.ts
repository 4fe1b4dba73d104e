// What leaves the panel: the picture as SVG or PNG, the figures as Markdown.

import * as vscode from 'vscode';
import { UserError, messageOf } from '../../core/errors';
import { figuresMarkdown } from '../drawings/figures';
import { TRACE_EXPORTS, withoutFolders } from '../../formats/exports';
import { displayName } from '../window/describe';
import { pictureSize, pictureSvg } from '../drawings/pictureSvg';
import type { Lineup } from '../runs/lineup';
import type { PictureScene } from '../../protocol/picture';
import type { PngWish } from '../../protocol/messages';

/** Pixels of a PNG for each CSS pixel: sharp on dense screens and in slides. */
const PNG_SCALE = 2;

/** What is shown, and the panel that shows it. */
export interface Exportable {
  readonly comparison: Lineup | undefined;
  open(): { scene(): Promise<PictureScene>; png(wish: PngWish): Promise<string> };
}

/** Everything that can be exported, by the name of its command without `gilscope.`. */
export const EXPORTS: Readonly<
  Record<string, { readonly label: string; readonly run: (shown: Exportable) => Promise<void> }>
> = {
  exportSvg: { label: 'Picture as SVG…', run: exportSvg },
  exportPng: { label: 'Picture as PNG…', run: exportPng },
  copyFigures: { label: 'Copy Figures as Markdown', run: copyFigures },
  saveFigures: { label: 'Figures as Markdown File…', run: saveFigures },
  exportData: { label: 'Data for Other Tools: Perfetto, Firefox Profiler, CSV…', run: exportData },
};

/** Lets a person choose what to export. */
export async function chooseExport(shown: Exportable): Promise<void> {
  const items = Object.values(EXPORTS);
  const options = { title: 'Export what is shown', placeHolder: 'As what?' };
  const chosen = await vscode.window.showQuickPick(items, options);
  await chosen?.run(shown);
}

async function exportSvg(shown: Exportable): Promise<void> {
  const { svg } = await pictureOf(shown);
  await save(shown, {
    extension: 'svg',
    kind: 'SVG picture',
    bytes: new TextEncoder().encode(svg),
  });
}

async function exportPng(shown: Exportable): Promise<void> {
  const { svg, widthPx, heightPx } = await pictureOf(shown);
  const base64 = await shown.open().png({ svg, widthPx, heightPx, scale: PNG_SCALE });
  await save(shown, {
    extension: 'png',
    kind: 'PNG picture',
    bytes: Buffer.from(base64, 'base64'),
  });
}

/** The first run of those that are shown, in a format of another tool. */
async function exportData(shown: Exportable): Promise<void> {
  const run = shownOf(shown).runs.at(0);
  if (!run || run.trace.nowNs === 0)
    throw new UserError('Nothing is known yet of what runs. Try again in a moment.');
  const items = TRACE_EXPORTS.filter(({ id }) => id !== 'json');
  const format = await vscode.window.showQuickPick(items, { placeHolder: 'For which tool?' });
  if (!format) return;
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
  const content = format.write(withoutFolders(run.trace, folder));
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  await save(shown, { extension: format.extension, kind: format.label, bytes });
}

async function copyFigures(shown: Exportable): Promise<void> {
  await vscode.env.clipboard.writeText(figuresOf(shown));
  vscode.window.setStatusBarMessage('Figures copied as Markdown.', 4000);
}

async function saveFigures(shown: Exportable): Promise<void> {
  const bytes = new TextEncoder().encode(figuresOf(shown));
  await save(shown, { extension: 'md', kind: 'Markdown', bytes });
}

function figuresOf(shown: Exportable): string {
  const { title, runs } = shownOf(shown);
  const text = figuresMarkdown(title, runs);
  if (text === '') throw new UserError('Nothing is known yet of what runs. Try again in a moment.');
  return text;
}

async function pictureOf(
  shown: Exportable,
): Promise<{ svg: string; widthPx: number; heightPx: number }> {
  const { title, runs } = shownOf(shown);
  const scene = await shown.open().scene();
  return { svg: pictureSvg(scene, runs, title), ...pictureSize(scene) };
}

function shownOf({ comparison }: Exportable): Lineup {
  if (!comparison)
    throw new UserError('Nothing is shown that could be exported. Run something first.');
  return comparison;
}

interface Exported {
  readonly extension: string;
  readonly kind: string;
  readonly bytes: Uint8Array;
}

async function save(shown: Exportable, { extension, kind, bytes }: Exported): Promise<void> {
  const name = shownOf(shown).title.title.replace(/[^\w.-]/g, '_');
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file('/');
  const target = await vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.joinPath(folder, `${name}.${extension}`),
    filters: { [kind]: [extension] },
    title: 'Export',
  });
  if (!target) return;
  try {
    await vscode.workspace.fs.writeFile(target, bytes);
  } catch (error) {
    const why = messageOf(error);
    throw new UserError(`${displayName(target)} could not be written: ${why}`);
  }
  const open = await vscode.window.showInformationMessage(`Saved ${displayName(target)}.`, 'Open');
  if (open) await vscode.commands.executeCommand('vscode.open', target);
}
