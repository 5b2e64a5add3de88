import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { afterAll, describe, expect, it } from 'vitest';
import { Downloads, storeFile } from '../download/download-server.js';
import { KeptUploads } from '../upload/kept-uploads.js';
import { eventually } from './eventually.js';
import { filePart, FORM_TYPE, formBytes, postForm } from './form.js';
import { begin, receive } from './http-client.js';
import { expectNothingOpen } from './nothing-open.js';
import {
  connectionsOf,
  connectTo,
  type RawConnection,
} from './raw-connection.js';
import { useRunningApp } from './running-app.js';

const MEBI = 1024 * 1024;

/** Clients that stand still, of each kind. */
const CROWD = 50;

const OTHERS = 20;

describe('clients that stand still', () => {
  const running = useRunningApp({ controllers: [KeptUploads, Downloads] });
  const readers: IncomingMessage[] = [];
  const writers: RawConnection[] = [];
  afterAll(() => {
    leave();
  });

  function leave(): void {
    for (const reader of readers.splice(0)) reader.destroy();
    for (const { socket } of writers.splice(0)) socket.destroy();
  }

  const unhurried = { timeout: 120_000 };
  it('do not keep the others from being served', unhurried, async () => {
    const large = await storeFile(running, randomBytes(8 * MEBI));
    const url = `${running.url}/files/${large}`;
    for (const way of ['temp-file', 'verify', 'stream', 'stream', 'stream']) {
      const some = Array.from({ length: CROWD / 5 }, () =>
        begin(`${url}?delivery=${way}`),
      );
      readers.push(...(await Promise.all(some)));
    }
    const form = formBytes([filePart('a.bin', randomBytes(MEBI))]);
    for (let at = 0; at < CROWD; at += 1) {
      const writer = await connectTo(running);
      writers.push(writer);
      await writer.send(
        `POST /one HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${FORM_TYPE}\r\nContent-Length: ${form.length}\r\n\r\n`,
      );
      await writer.send(form.subarray(0, 200_000));
    }
    await eventually(async () => {
      const parts = await running.containers();
      expect(parts.filter((name) => name.endsWith('.part'))).toHaveLength(
        CROWD,
      );
    });

    const served = await Promise.all(
      Array.from({ length: OTHERS }, async (_, at) => {
        const content = randomBytes(at * 100_000);
        const { status, json } = await postForm(
          `${running.url}/one`,
          filePart(`${at}.bin`, content),
        );
        const { filename } = json as { readonly filename: string };
        const { body } = await receive(`${running.url}/files/${filename}`);
        return status === 201 && body.equals(content);
      }),
    );
    expect(served).toEqual(Array.from({ length: OTHERS }, () => true));

    // All of them were there meanwhile.
    await eventually(async () => {
      expect(await connectionsOf(running)).toBe(2 * CROWD);
    });
    expect(readers.filter(({ destroyed }) => destroyed)).toEqual([]);
    leave();
    await expectNothingOpen(running);
    expect(await running.containers()).toHaveLength(1 + OTHERS);
  });
});
