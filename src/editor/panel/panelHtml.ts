// The pages around the webviews' bundles: no inline script, no network, nothing that is not ours.

import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

/** HTML of the timeline. Every call has a nonce of its own; only `dist` can be read from the page. */
export function panelHtml(webview: vscode.Webview, extensionUri: vscode.Uri): string {
  const page = { title: 'GIL Timeline', script: 'webview.js', style: 'style.css' };
  return pageHtml(webview, extensionUri, page);
}

/** HTML of the race lesson, under the same rules. */
export function raceLessonHtml(webview: vscode.Webview, extensionUri: vscode.Uri): string {
  const page = {
    title: 'The race that the GIL prevents',
    script: 'race.js',
    style: 'race-style.css',
  };
  return pageHtml(webview, extensionUri, page);
}

function pageHtml(
  webview: vscode.Webview,
  extensionUri: vscode.Uri,
  page: { readonly title: string; readonly script: string; readonly style: string },
): string {
  const nonce = randomBytes(16).toString('base64');
  const file = (name: string) =>
    webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, 'dist', name)).toString();
  const policy = [
    `default-src 'none'`,
    `img-src ${webview.cspSource} data:`,
    `style-src ${webview.cspSource} 'unsafe-inline'`,
    `font-src ${webview.cspSource}`,
    `script-src 'nonce-${nonce}'`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${file(page.style)}">
<title>${page.title}</title>
</head>
<body>
<div id="app"></div>
<script nonce="${nonce}" src="${file(page.script)}"></script>
</body>
</html>`;
}
