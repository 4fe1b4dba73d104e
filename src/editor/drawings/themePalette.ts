// The palette of the theme that is on now, read when a drawing is made: a hover drawn after a switch fits the new theme.

import * as vscode from 'vscode';
import { paletteOf, type ContributedColor, type Palette, type ThemeKind } from './palette';

const KINDS: Readonly<Record<vscode.ColorThemeKind, ThemeKind>> = {
  [vscode.ColorThemeKind.Dark]: 'dark',
  [vscode.ColorThemeKind.Light]: 'light',
  [vscode.ColorThemeKind.HighContrast]: 'highContrast',
  [vscode.ColorThemeKind.HighContrastLight]: 'highContrastLight',
};

/** @param manifest package.json of this extension: its colours' defaults are drawn with */
export function themePalette(manifest: unknown): () => Palette {
  const contributed = colorsOf(manifest);
  return () => {
    const workbench = vscode.workspace.getConfiguration('workbench');
    const customized = workbench.get<unknown>('colorCustomizations');
    const kind = KINDS[vscode.window.activeColorTheme.kind];
    return paletteOf(kind, contributed, customized, workbench.get('colorTheme', ''));
  };
}

function colorsOf(manifest: unknown): readonly ContributedColor[] {
  const ours = manifest as { contributes?: { colors?: readonly ContributedColor[] } };
  return ours.contributes?.colors ?? [];
}
