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

/** A headless Chromium, Chrome or Edge. Whoever starts it closes it. */
export function launchChromium() {
  return chromium.launch({ executablePath: requireBrowser(), headless: true, args: flags });
}
