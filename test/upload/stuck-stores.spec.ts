import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../e2e/eventually.js';
import { filePart } from '../e2e/form.js';
import { connectionsOf } from '../e2e/raw-connection.js';
import { answerOn } from '../e2e/raw-answer.js';
import { filesBelow, useRunningApp } from '../e2e/running-app.js';
import { useStuckStore } from '../e2e/stuck-store.js';
import { beginForm } from '../e2e/unfinished-form.js';
import { KeptUploads } from './kept-uploads.js';

/** Bytes: what is written at once, and a little that a client waits with. */
const MORE_THAN_A_WRITE = 300_000;

const IDLE = { statusCode: 408, code: 'UPLOAD_IDLE' };

describe('an idle form whose store does not come back', () => {
  const store = useStuckStore();
  const running = useRunningApp({
    controllers: [KeptUploads],
    options: { idleTimeout: 1, dataDir: undefined, store },
  });
  let socket: Socket | undefined;
  afterEach(() => {
    socket?.destroy();
    store.release();
  });

  it('from a write is answered, and cleaned up when it does', async () => {
    store.stick('writes');
    const parts = [filePart('a.bin', Buffer.alloc(MORE_THAN_A_WRITE))];
    socket = await beginForm(running, { route: 'any' }, parts);
    expect((await answerOn(socket)).json).toMatchObject(IDLE);
    await eventually(async () => expect(await connectionsOf(running)).toBe(0));
    expect(store.waiting).toBe(1);
    expect(await filesBelow(store.folder)).toEqual([
      expect.stringMatching(/\.part$/),
    ]);
    store.release();
    await eventually(async () =>
      expect(await filesBelow(store.folder)).toEqual([]),
    );
    expect(store.waiting).toBe(0);
    expect(notes()).toEqual([]);
  });

  it('from a removal is answered, and its failure is logged later', async () => {
    store.stick('removals');
    store.isBroken = true;
    const parts = [
      filePart('a.bin', Buffer.alloc(1000)),
      filePart('b.bin', Buffer.alloc(1000)),
    ];
    socket = await beginForm(running, { route: 'any' }, parts);
    expect((await answerOn(socket)).json).toMatchObject(IDLE);
    expect(store.waiting).toBeGreaterThan(0);
    expect(notes()).toEqual([]);
    store.release();
    await eventually(() =>
      expect(notes()).toEqual([
        expect.stringMatching(/could not be removed: .*The disk is broken/),
      ]),
    );
    expect(store.waiting).toBe(0);
  });

  /** What the log has beside what Nest tells. */
  function notes(): string[] {
    return running.log.lines
      .filter(({ level }) => level !== 'log')
      .map(({ text }) => text);
  }
});
