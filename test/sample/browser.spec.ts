import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BrowserContext, Page, Response } from 'playwright-core';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from '../house/project-files.js';
import { CHROMIUM, useBrowser } from './browser.js';
import { type Drive, useSample } from './drive.js';

/** Three seconds each of red, green and blue; its index is at the end. */
const VIDEO = join(ROOT, 'test', 'fixtures', 'colours.webm');

/** A script: seeks, and tells which colour the frame there has most of. */
const colourAt = (seconds: number) => `new Promise((resolve, reject) => {
  const video = document.querySelector('video');
  video.addEventListener('error', () => reject(video.error));
  video.addEventListener('seeked', () => {
    const canvas = document.createElement('canvas');
    const context = canvas.getContext('2d');
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    const sums = [0, 0, 0];
    context
      .getImageData(0, 0, canvas.width, canvas.height)
      .data.forEach((value, index) => {
        if (index % 4 < 3) sums[index % 4] += value;
      });
    const most = sums.indexOf(Math.max(...sums));
    resolve(['red', 'green', 'blue'][most]);
  }, { once: true });
  video.currentTime = ${seconds};
})`;

describe.skipIf(!CHROMIUM)('in Chromium', { tags: ['chromium'] }, () => {
  const sample = useSample();
  const openWindow = useBrowser();
  let drive: Drive;
  let window: BrowserContext;
  let page: Page;
  let faults: string[];
  let visits = 0;

  beforeAll(async () => {
    drive = await sample.open();
  });
  beforeEach(async () => {
    visits += 1;
    window = await openWindow();
    faults = [];
    // A policy that forbids something is told here, too.
    window.on('console', (line) => {
      if (line.type() === 'error') faults.push(line.text());
    });
    window.on('weberror', (fault) => faults.push(String(fault.error())));
    page = await window.newPage();
    await signIn(page, `alice ${visits}`);
    faults.length = 0;
  });
  afterEach(async () => {
    await window.close();
    if (faults.length > 0) throw new Error(faults.join('\n'));
  });

  async function signIn(on: Page, name: string): Promise<void> {
    await on.goto(drive.url);
    await on.getByLabel('Your name').fill(name);
    await on.getByRole('button', { name: 'Sign in' }).click();
    await on.getByText('Nothing here yet').waitFor();
  }

  async function upload(
    name: string,
    mimeType: string,
    buffer: Buffer,
  ): Promise<void> {
    await page.setInputFiles('#picker', { name, mimeType, buffer });
    await page.getByRole('link', { name, exact: true }).waitFor();
  }

  /** From so near, all of a small file comes before a player can seek in it. */
  async function slowDown(): Promise<void> {
    const session = await window.newCDPSession(page);
    await session.send('Network.enable');
    await session.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 0,
      downloadThroughput: 64 * 1024,
      uploadThroughput: -1,
    });
  }

  /** Makes a link on the page, and returns its URL. */
  async function makeLink(name: string, password = ''): Promise<string> {
    await page.getByRole('button', { name: `Share ${name}` }).click();
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Make a link' }).click();
    const field = page.getByLabel('Your link');
    await field.waitFor();
    return field.inputValue();
  }

  it('a video is played within the page, and seeks by ranges', async () => {
    await upload('colours.webm', 'video/webm', await readFile(VIDEO));
    const answers: Response[] = [];
    await slowDown();
    page.on('response', (answer) => {
      if (answer.url().endsWith('?inline=1')) answers.push(answer);
    });
    await page.getByRole('button', { name: 'Play colours.webm' }).click();
    await page.getByRole('dialog').locator('video').waitFor();
    const colours = [];
    for (const seconds of [7.5, 1.5, 4.5, 8.5]) {
      colours.push(await page.evaluate(colourAt(seconds)));
    }
    expect(colours).toEqual(['blue', 'red', 'green', 'blue']);
    const ranges = answers.map((answer) => answer.headers()['content-range']);
    expect(answers.map((answer) => answer.status())).toContain(206);
    expect(ranges).toContainEqual(
      expect.stringMatching(/^bytes [1-9]\d*-302838\/302839$/),
    );
    await page.getByRole('button', { name: 'Close' }).click();
    await page.locator('video').waitFor({ state: 'detached' });
  });

  it('a text is opened in a tab of its own', async () => {
    await upload('notes.txt', 'text/plain', Buffer.from('naïve notes'));
    const [tab] = await Promise.all([
      window.waitForEvent('page'),
      page.getByRole('link', { name: 'Open notes.txt' }).click(),
    ]);
    await tab.waitForLoadState();
    expect(await tab.innerText('body')).toBe('naïve notes');
  });

  it('a link is made, opened, downloaded from, and then used up', async () => {
    const bytes = Buffer.alloc(300_000, 'all of these bytes. ');
    await upload('report.bin', 'application/octet-stream', bytes);
    const url = await makeLink('report.bin');
    const links = page.getByRole('listitem');
    await links.filter({ hasText: '1 of 1 download left' }).waitFor();
    const other = await openWindow();
    const visitor = await other.newPage();
    await visitor.goto(url);
    expect(await visitor.innerText('main')).toContain('report.bin');
    const [download] = await Promise.all([
      visitor.waitForEvent('download'),
      visitor.getByRole('button', { name: 'Download' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('report.bin');
    const stored = await readFile(await download.path());
    expect(stored.equals(bytes)).toBe(true);
    await visitor.reload();
    expect(await visitor.innerText('main')).toContain('used up');
    expect(await visitor.getByRole('button').count()).toBe(0);
    await other.close();
  });

  it('a link asks for its password again when it was wrong', async () => {
    await upload('letter.txt', 'text/plain', Buffer.from('for your eyes'));
    const url = await makeLink('letter.txt', 'open sesame');
    const other = await openWindow();
    const visitor = await other.newPage();
    await visitor.goto(url);
    await visitor.getByLabel('Password').fill('close sesame');
    await visitor.getByRole('button', { name: 'Download' }).click();
    await visitor.getByText('That is not the password.').waitFor();
    await visitor.getByLabel('Password').fill('open sesame');
    const [download] = await Promise.all([
      visitor.waitForEvent('download'),
      visitor.getByRole('button', { name: 'Download' }).click(),
    ]);
    const stored = await readFile(await download.path(), 'utf8');
    expect(stored).toBe('for your eyes');
    await other.close();
  });

  it('a link is copied, revoked, and leaves nothing of itself in the page', async () => {
    await window.grantPermissions(['clipboard-read', 'clipboard-write']);
    await upload('notes.txt', 'text/plain', Buffer.from('notes'));
    const url = await makeLink('notes.txt');
    await page.getByRole('button', { name: 'Copy' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(url);
    await page.getByRole('button', { name: /^Revoke the link/ }).click();
    await page.getByText('None yet.').waitFor();
    expect(await page.getByLabel('Your link').isVisible()).toBe(false);
    expect(await page.locator('#link-url').inputValue()).toBe('');
    const answer = await page.request.get(url);
    expect(answer.status()).toBe(404);
  });

  it('all files are downloaded as one', async () => {
    await upload('notes.txt', 'text/plain', Buffer.from('notes'));
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download all' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('files.zip');
    const zip = await readFile(await download.path());
    expect(zip.subarray(0, 4).toString('latin1')).toBe('PK\x03\x04');
  });
});
