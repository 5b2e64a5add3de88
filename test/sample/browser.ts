import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContext, chromium } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';

const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The program to start: CHROMIUM, or a `chromium` in PATH; else undefined. */
export const CHROMIUM = process.env['CHROMIUM'] || inPath('chromium');

/**
 * Registers the hooks that start Chromium and end it.
 *
 * @returns a function that opens a browser window without cookies.
 */
export function useBrowser(): () => Promise<BrowserContext> {
  let browser: Browser | undefined;
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ARGUMENTS,
    });
  });
  afterAll(() => browser?.close());
  return async () => {
    if (!browser) throw new Error('the browser has not started');
    return browser.newContext();
  };
}

function inPath(program: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, program)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
