import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { rejectionOf } from '../core/thrown.js';
import { OWNER } from '../e2e/documents.js';
import { eventually } from '../e2e/eventually.js';
import { expectNothingOpen } from '../e2e/nothing-open.js';
import { useRunningApp } from '../e2e/running-app.js';
import { useStuckStore } from '../e2e/stuck-store.js';
import { storeFile } from './download-server.js';

const SIZE = 300_000;

describe('a file that is decrypted', () => {
  const store = useStuckStore();
  const running = useRunningApp({
    options: { dataDir: undefined, store, tmpMaxBytes: SIZE },
  });
  afterEach(() => expectNothingOpen(running));

  it('for somebody who stops waiting while it is written is given up', async () => {
    const filename = await storeFile(running, randomBytes(SIZE));
    const file = await running.encryption.find(filename, OWNER);
    const reason = new Error('nobody waits');
    const aborting = new AbortController();
    store.stick('reads');
    const writing = rejectionOf(file.decrypt({ signal: aborting.signal }));
    await eventually(() => expect(store.waiting).toBe(1));
    expect(await running.temporaryFiles()).toHaveLength(1);
    aborting.abort(reason);
    store.release();
    expect(await writing).toBe(reason);
    await expectNothingOpen(running);
    await using next = await file.decrypt();
    expect(next.size).toBe(SIZE);
  });

  it('stays when its signal is aborted afterwards', async () => {
    const content = randomBytes(SIZE);
    const filename = await storeFile(running, content);
    const file = await running.encryption.find(filename, OWNER);
    const aborting = new AbortController();
    await using decrypted = await file.decrypt({ signal: aborting.signal });
    aborting.abort();
    const bytes = Buffer.concat(await decrypted.createReadStream().toArray());
    expect(bytes.equals(content)).toBe(true);
  });
});
