// The settings of the VS Codes we start: quiet, without network, and the same for everybody.

/** For every VS Code we start: nothing of it may ask, offer, update or phone. */
export const quietSettings = {
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.enableExperiments': false,
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  // An address that names a file to open would otherwise forget the other editors when the page is loaded again.
  'window.restoreWindows': 'preserve',
  'security.workspace.trust.enabled': false,
  'git.openRepositoryInParentFolders': 'never',
  'npm.autoDetect': 'off',
  'grunt.autoDetect': 'off',
  'gulp.autoDetect': 'off',
  'jake.autoDetect': 'off',
  'typescript.disableAutomaticTypeAcquisition': true,
  'remote.autoForwardPorts': false,
  'remote.restoreForwardedPorts': false,
  // Newer VS Codes than the one we bring have these.
  'chat.disableAIFeatures': true,
  'chat.commandCenter.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
};

/** For a person's first look: their system's light or dark, and the rest as VS Code comes. */
export const demoSettings = { ...quietSettings, 'window.autoDetectColorScheme': true };

/** For tests: besides, nothing blinks or moves, and what is typed stays as typed. */
export const testSettings = {
  ...quietSettings,
  'workbench.colorTheme': 'Default Dark Modern',
  'git.enabled': false,
  'window.commandCenter': false,
  'workbench.layoutControl.enabled': false,
  'window.menuBarVisibility': 'hidden',
  'window.confirmBeforeClose': 'never',
  'workbench.editor.enablePreview': false,
  'workbench.reduceMotion': 'on',
  'editor.accessibilitySupport': 'off',
  'editor.minimap.enabled': false,
  'editor.cursorBlinking': 'solid',
  'editor.hover.delay': 50,
  'editor.autoIndent': 'none', // or inserted lines would be moved
  'files.autoSave': 'off',
};
