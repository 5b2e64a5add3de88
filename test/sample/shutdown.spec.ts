import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { type Drive, useSample } from './drive.js';
import { connectTo, refusing } from './refusing.js';
import { Visitor } from './visitor.js';

/** More than the buffers of both ends of a connection can hold. */
const SIZE = 40 * 1024 * 1024;

const sample = useSample();

/** A drive from which a large file is being downloaded, and nobody reads. */
async function openWithDownload(): Promise<{
  drive: Drive;
  download: IncomingMessage;
}> {
  const drive = await sample.open();
  const alice = await Visitor.signedIn(drive.url, 'alice');
  const { filename } = await alice.store(new Uint8Array(SIZE), 'large.bin');
  const request = get(`${drive.url}/api/files/${filename}`, {
    headers: { cookie: alice.cookie },
  });
  const [download] = (await once(request, 'response')) as [IncomingMessage];
  return { drive, download };
}

async function sizeOf(download: IncomingMessage): Promise<number> {
  let size = 0;
  for await (const chunk of download) size += (chunk as Buffer).length;
  return size;
}

describe('a signal', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    '%s ends an idle drive with status 0',
    async (signal) => {
      const drive = await sample.open();
      drive.process.kill(signal);
      expect(await drive.ended).toMatchObject({ code: 0, signal: null });
    },
  );

  // D-27
  it('during a download lets it come to its end, and then ends with status 0', async () => {
    const { drive, download } = await openWithDownload();
    drive.process.kill('SIGTERM');
    await refusing(drive);
    expect(await sizeOf(download)).toBe(SIZE);
    expect(await drive.ended).toMatchObject({ code: 0, signal: null });
  });

  it('closes idle connections at once, while a download goes on', async () => {
    const { drive, download } = await openWithDownload();
    const unused = await connectTo(drive);
    const used = await connectTo(drive);
    used.write('GET /health HTTP/1.1\r\nHost: drive\r\n\r\n');
    await once(used, 'data');
    const closed = [unused, used].map((socket) =>
      once(socket.resume(), 'close'),
    );
    drive.process.kill('SIGTERM');
    await Promise.all(closed);
    expect(await sizeOf(download)).toBe(SIZE);
    expect(await drive.ended).toMatchObject({ code: 0, signal: null });
  });

  it('given again changes nothing', async () => {
    const { drive, download } = await openWithDownload();
    drive.process.kill('SIGTERM');
    await refusing(drive);
    drive.process.kill('SIGINT');
    drive.process.kill('SIGTERM');
    expect(await sizeOf(download)).toBe(SIZE);
    expect(await drive.ended).toMatchObject({ code: 0, signal: null });
  });
});
