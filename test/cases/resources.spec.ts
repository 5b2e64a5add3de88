import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { useCompiledApp } from '../e2e/compiled-app.js';
import { BOUNDARY, FORM_TYPE } from '../e2e/form.js';
import { begin, receive } from '../e2e/http-client.js';
import { useCaseProcess } from './case-process.js';

const UNHURRIED = { timeout: 600_000 };
const MEBI = 1024 * 1024;

/** What a process may need beside what it needs at its start. */
const GROWTH = 150 * MEBI;

/** Sizes that are kept in no memory of a process that grows by less than that. */
const LARGE = 1024 * MEBI;
/** As the case has them. */
const ONE_OF_TWENTY = 50 * MEBI;
const SLOWLY_READ = 500 * MEBI;

/** A slow client takes a tenth of this ten times a second. */
const BYTES_PER_SECOND = 50_000;

/** Less than the 20 seconds of the case: what is read ahead is read at once. */
const SECONDS = 4;

/** What sockets and streams on both sides may hold of an answer. */
const BUFFERED = 32 * MEBI;

// D-36
describe('a process that has little memory', UNHURRIED, () => {
  const programs = ['memory-target.ts', 'documents.ts', 'linked-documents.ts'];
  const compiled = useCompiledApp(...programs);
  const app = useCaseProcess(
    async ({ folder, globalKey }) =>
      compiled.run('memory-target.js', [folder, globalKey], {
        NODE_OPTIONS: '--max-old-space-size=96',
      }),
    UNHURRIED.timeout,
  );
  /** Resident bytes before the first test. */
  let before = 0;
  beforeAll(async () => {
    // So that what is needed once does not count.
    await remove(await upload(MEBI, app.content(MEBI)));
    before = residentBytes('VmRSS');
    // The peak counts from here.
    writeFileSync(`/proc/${app.pid}/clear_refs`, '5');
  }, UNHURRIED.timeout);
  it('takes and gives a file of 1 GiB', async () => {
    const piece = app.content(MEBI);
    const filename = await upload(LARGE, piece);
    for (const delivery of ['temp-file', 'stream']) {
      const response = await begin(address(filename, delivery));
      expect(response.statusCode).toBe(200);
      expect(await equalBytes(response, piece)).toBe(LARGE);
    }
    await remove(filename);
    expectLittleGrowth();
  });

  it('takes twenty files at once', async () => {
    const piece = app.content(MEBI);
    const filenames = await Promise.all(
      Array.from({ length: 20 }, () => upload(ONE_OF_TWENTY, piece)),
    );
    expect(new Set(filenames).size).toBe(20);
    const [kept = '', ...others] = filenames;
    const response = await begin(address(kept, 'temp-file'));
    expect(await equalBytes(response, piece)).toBe(ONE_OF_TWENTY);
    // One is looked through for its content; all would take long.
    for (const filename of others) await remove(filename);
    expectLittleGrowth();
  });

  it('reads no further ahead than a slow client takes', async () => {
    const piece = app.content(MEBI);
    const filename = await upload(SLOWLY_READ, piece);
    const read = await readBytes();
    const response = await begin(address(filename, 'stream'));
    const taken = await takeSlowly(response, piece);
    expect(await readBytes()).toBeLessThan(read + taken + BUFFERED);
    response.destroy();
    await remove(filename);
    expectLittleGrowth();
  });

  /** Since before the first test. */
  function expectLittleGrowth(): void {
    expect(app.log).toBe('');
    expect(residentBytes('VmHWM') - before).toBeLessThan(GROWTH);
  }

  function address(filename: string, delivery: string): string {
    return `${app.url}/files/${filename}?delivery=${delivery}`;
  }

  /** Sends a file that is never all there, and gives its random name. */
  async function upload(size: number, piece: Buffer): Promise<string> {
    const sent = request(`${app.url}/files`, {
      method: 'POST',
      agent: false,
      headers: { 'Content-Type': FORM_TYPE },
    });
    const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
    await pipeline(Readable.from(formOf(size, piece)), sent);
    const [response] = await answered;
    expect(response.statusCode).toBe(201);
    const { filename } = JSON.parse(await text(response)) as {
      readonly filename: string;
    };
    return filename;
  }

  async function remove(filename: string): Promise<void> {
    const url = `${app.url}/files/${filename}/removal`;
    expect((await receive(url, { method: 'POST' })).status).toBe(201);
  }

  async function readBytes(): Promise<number> {
    const { body } = await receive(`${app.url}/read-bytes`);
    return (JSON.parse(String(body)) as { readonly readBytes: number })
      .readBytes;
  }

  /** Memory that the process has now (VmRSS), or had at most (VmHWM). */
  function residentBytes(which: 'VmRSS' | 'VmHWM'): number {
    const status = readFileSync(`/proc/${app.pid}/status`, 'utf8');
    const [, kibi] =
      new RegExp(`^${which}:\\s+(\\d+) kB$`, 'm').exec(status) ?? [];
    return Number(kibi) * 1024;
  }
});

function* formOf(size: number, piece: Buffer): Generator<Buffer> {
  yield Buffer.from(
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n`,
  );
  for (let left = size; left > 0; left -= piece.length) yield piece;
  yield Buffer.from(`\r\n--${BOUNDARY}--\r\n`);
}

/** Reads to the end, and counts the bytes that are those of a piece again and again. */
async function equalBytes(
  response: IncomingMessage,
  piece: Buffer,
): Promise<number> {
  const twice = Buffer.concat([piece, piece]);
  let equal = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    const at = equal % piece.length;
    if (!chunk.equals(twice.subarray(at, at + chunk.length))) break;
    equal += chunk.length;
  }
  return equal;
}

/** Takes a few bytes at a time, and counts them. */
async function takeSlowly(
  response: IncomingMessage,
  piece: Buffer,
): Promise<number> {
  const portion = BYTES_PER_SECOND / 10;
  let taken = 0;
  while (taken < SECONDS * BYTES_PER_SECOND) {
    const bytes = response.read(portion) as Buffer | null;
    if (bytes === null) {
      await once(response, 'readable');
      continue;
    }
    expect(bytes.equals(piece.subarray(taken, taken + bytes.length))).toBe(
      true,
    );
    taken += bytes.length;
    await setTimeout(100);
  }
  return taken;
}
