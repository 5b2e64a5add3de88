import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { OWNER } from '../e2e/documents.js';
import { eventually } from '../e2e/eventually.js';
import { BOUNDARY, filePart, formBytes, FORM_TYPE, post } from '../e2e/form.js';
import { useRunningApp } from '../e2e/running-app.js';
import { beginForm } from '../e2e/unfinished-form.js';
import { KeptUploads } from './kept-uploads.js';

const MEBI = 1024 * 1024;

describe('a form that is broken', () => {
  const running = useRunningApp({ controllers: [KeptUploads] });

  afterEach(async () => {
    await running.encryption.erase(OWNER);
  });

  it.each([
    ['no form at all', 'application/json', '{}', 400, 'UPLOAD_MISSING'],
    ['no boundary', 'multipart/form-data', 'x', 400, 'UPLOAD_INVALID'],
    [
      'another multipart type',
      'multipart/mixed; boundary=b',
      '--b--\r\n',
      415,
      'UPLOAD_UNSUPPORTED',
    ],
    ['nothing', FORM_TYPE, '', 400, 'UPLOAD_ABORTED'],
    ['no part', FORM_TYPE, `--${BOUNDARY}--\r\n`, 400, 'UPLOAD_MISSING'],
    ['words without a boundary', FORM_TYPE, 'words', 400, 'UPLOAD_ABORTED'],
    [
      'a header without a colon',
      FORM_TYPE,
      `--${BOUNDARY}\r\nnonsense\r\n\r\nx\r\n--${BOUNDARY}--\r\n`,
      400,
      'UPLOAD_INVALID',
    ],
  ])('holding %s is refused', async (...row) => {
    const [, type, body, status, code] = row;
    const answer = await post(`${running.url}/one`, Buffer.from(body), type);
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({ statusCode: status, code });
    expect(await running.containers()).toEqual([]);
  });

  it.each([
    ['in the middle of a file', 600_000],
    ['in the boundary behind a file', 10],
    ['in the last dashes', 3],
  ])('cut %s leaves nothing', async (_, missing) => {
    const whole = formBytes([filePart('a.bin', randomBytes(MEBI))]);
    const cut = whole.subarray(0, whole.length - missing);
    const answer = await post(`${running.url}/one`, cut);
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ code: 'UPLOAD_ABORTED' });
    expect(await running.containers()).toEqual([]);
  });

  it('cut in its second file takes the first with it', async () => {
    const whole = formBytes([
      filePart('a.bin', randomBytes(MEBI)),
      filePart('b.bin', randomBytes(MEBI)),
    ]);
    const cut = whole.subarray(0, whole.length - 1000);
    const answer = await post(`${running.url}/any`, cut);
    expect(answer.status).toBe(400);
    expect(await running.containers()).toEqual([]);
  });

  it.each([1000, 70_000, 3 * MEBI])(
    'whose client goes away after %i bytes of a file leaves nothing',
    async (sent) => {
      const socket = await beginForm(running, { route: 'one' }, [
        filePart('a.bin', randomBytes(sent)),
      ]);
      await eventually(async () =>
        expect(await running.containers()).toEqual([
          expect.stringMatching(/\.part$/),
        ]),
      );
      socket.destroy();
      await eventually(async () => {
        expect(await running.containers()).toEqual([]);
        expect(running.descriptors()).toBe(0);
      });
    },
  );

  it('whose client goes away in the second file takes the first with it', async () => {
    const socket = await beginForm(running, { route: 'any' }, [
      filePart('a.bin', randomBytes(MEBI)),
      filePart('b.bin', randomBytes(MEBI)),
    ]);
    await eventually(async () => {
      const stored = await running.containers();
      expect(stored.filter((name) => name.endsWith('.part'))).toHaveLength(1);
      expect(stored).toHaveLength(2);
    });
    socket.destroy();
    await eventually(async () =>
      expect(await running.containers()).toEqual([]),
    );
  });
});
