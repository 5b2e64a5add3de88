import { gunzipSync } from 'node:zlib';
import { Controller, Get } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { receive } from '../e2e/http-client.js';
import { useRunningApp } from '../e2e/running-app.js';
import { Compressing } from './compressing.js';
import { DELIVERIES, Downloads, storeFile } from './download-server.js';

/** 200 KB in lines that are all different, and pack well. */
const TEXT = Array.from({ length: 5000 }, (_, line) =>
  `A line of text, and its number is ${line}`.padEnd(39).concat('\n'),
).join('');

@Controller('text')
class Texts {
  @Get()
  text(): string {
    return TEXT;
  }
}

// D-22
describe('a server that compresses', () => {
  const running = useRunningApp({
    controllers: [Downloads, Texts],
    imports: [Compressing],
  });
  const gzip = { 'Accept-Encoding': 'gzip' };

  it('does so with what is no download', async () => {
    const { headers, body } = await receive(`${running.url}/text`, {
      headers: gzip,
    });
    expect(headers['content-encoding']).toBe('gzip');
    expect(body.length).toBeLessThan(TEXT.length / 2);
    expect(String(gunzipSync(body))).toBe(TEXT);
  });

  describe.each([...DELIVERIES.map((one) => `?delivery=${one}`), '/decrypted'])(
    'leaves a download by %s as it is',
    (way) => {
      it.each([
        ['whole', {}, 200, TEXT],
        ['in part', { Range: 'bytes=1000-1999' }, 206, TEXT.slice(1000, 2000)],
        // So few bytes are not worth compressing; these are.
        ['in a large part', { Range: 'bytes=1000-' }, 206, TEXT.slice(1000)],
      ] as const)('%s', async (_, range, status, text) => {
        const filename = await storeFile(running, Buffer.from(TEXT));
        const url = `${running.url}/files/${filename}${way}`;
        const answer = await receive(url, { headers: { ...gzip, ...range } });
        expect(answer).toMatchObject({ status, broken: false });
        expect(String(answer.body)).toBe(text);
        expect(answer.headers['content-length']).toBe(String(text.length));
        expect(answer.headers).not.toHaveProperty('content-encoding');
        expect(answer.headers).not.toHaveProperty('transfer-encoding');
      });
    },
  );
});
