import { describe, expect, it } from 'vitest';
import { CONTENT_AAD } from '../../lib/core/container/write-container.js';
import * as twin from '../core/floe/floe-twin.js';
import {
  ADAPTERS,
  DELIVERIES,
  Downloads,
  storeFile,
} from '../download/download-server.js';
import { filePart, postForm } from '../e2e/form.js';
import { receive } from '../e2e/http-client.js';
import { KeptUploads } from '../upload/kept-uploads.js';
import { useCaseApp } from './case-app.js';
import {
  dataKeyOf,
  expectRefused,
  storeContainer,
} from './stored-container.js';

const CHUNK_SIZES = [65_536, 16];

// D-08
describe.each(ADAPTERS)('on %s', (adapter, parts) => {
  describe.each(CHUNK_SIZES)('in chunks of %d bytes', (C) => {
    // Form uploads are Express's; Fastify's come through the service.
    const isExpress = adapter === 'Express';
    const controllers = [Downloads, ...(isExpress ? [KeptUploads] : [])];
    const options = { chunkSize: C };
    const app = useCaseApp({ controllers, options, ...parts });

    async function upload(content: Buffer): Promise<string> {
      if (!isExpress) return storeFile(app.running, content);
      const url = `${app.running.url}/one`;
      const answer = await postForm(url, filePart('a.txt', content));
      expect(answer.json).toMatchObject({ size: content.length });
      return (answer.json as { filename: string }).filename;
    }

    it.each([0, 1, C - 1, C, C + 1, 2 * C, 3 * C + 7])(
      'a file of %d bytes comes back as it was sent',
      async (size) => {
        const content = app.content(size);
        const filename = await upload(content);
        for (const delivery of DELIVERIES) {
          const url = `${app.running.url}/files/${filename}?delivery=${delivery}`;
          const { status, headers, body, broken } = await receive(url);
          expect([status, broken]).toEqual([200, false]);
          expect(headers['content-length']).toBe(String(size));
          expect(body.equals(content)).toBe(true);
        }
      },
    );

    it('two full chunks with an empty one behind them are refused', async () => {
      const file = await storeContainer(app, app.content(2 * C), C);
      const key = await dataKeyOf(app, file.filename);
      const prefix = file.header.subarray(0, 42);
      const message = { key, aad: CONTENT_AAD, prefix, mask: 20n };
      const [one, two] = [0, C].map((at) => file.content.subarray(at, at + C));
      const segments = [one, two, Buffer.alloc(0)].map((text, at) =>
        twin.encryptSegment(message, text ?? Buffer.alloc(0), {
          index: BigInt(at),
          last: at === 2,
        }),
      );
      const made = Buffer.concat([file.header, ...segments]);
      // FLOE allows it.
      expect(twin.decrypt(key, CONTENT_AAD, made)).toEqual(file.content);
      file.become(made);
      for (const delivery of DELIVERIES) {
        app.running.log.clear();
        const url = `${app.running.url}/files/${file.filename}?delivery=${delivery}`;
        expect(expectRefused(await receive(url), file)).toBe(0);
        expect(app.running.log.errors.join()).toContain(
          `The container has ${made.length} bytes; a file of ${2 * C} bytes demands ${made.length - 32}.`,
        );
      }
    });
  });
});
