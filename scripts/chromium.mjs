// Starts the browser of the tests: no window, no network of its own, the same pixels everywhere.
import { chromium } from 'playwright-core';
import { requireBrowser } from './findBrowser.mjs';

const flags = [
  '--no-sandbox', // root in a container has no other way
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
  '--force-color-profile=srgb',
  '--font-render-hinting=none',
];

/** A Chromium, Chrome or Edge: headless, unless a person wants to look on. Whoever starts it closes it. */
export function launchChromium() {
  const headless = process.env['GIL_SCOPE_HEADED'] !== '1';
  return chromium.launch({ executablePath: requireBrowser(), headless, args: flags });
}
