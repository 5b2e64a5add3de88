import { beforeAll, describe, expect, it } from 'vitest';
import { readZip } from '../download/zip-reader.js';
import { type Drive, useSample } from './drive.js';
import { Visitor } from './visitor.js';

const sample = useSample();
let drive: Drive;
beforeAll(async () => {
  drive = await sample.open();
});

describe('all files as one', () => {
  it('are a zip with the files of the one who asks', async () => {
    const alice = await Visitor.signedIn(drive.url, 'alice');
    const bob = await Visitor.signedIn(drive.url, 'bob');
    await alice.store('first', 'a.txt');
    await alice.store('second', 'a.txt');
    await alice.store('', '報告 é.txt');
    await bob.store('of bob', 'b.txt');
    const { status, headers, bytes } = await alice.get('/api/files.zip');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/zip');
    expect(headers.get('content-length')).toBe(String(bytes.length));
    expect(headers.get('content-disposition')).toBe(
      'attachment; filename=files.zip',
    );
    expect(headers.get('cache-control')).toContain('no-store');
    const members = await readZip(bytes);
    const found = members.map(({ name, content }) => [
      name,
      content.toString(),
    ]);
    expect(Object.fromEntries(found)).toEqual({
      '報告 é.txt': '',
      'a.txt': 'second',
      'a (2).txt': 'first',
    });
    expect(members).toHaveLength(3);
  });

  it('are an empty zip where there are none', async () => {
    const carol = await Visitor.signedIn(drive.url, 'carol');
    const { status, bytes } = await carol.get('/api/files.zip');
    expect(status).toBe(200);
    expect(await readZip(bytes)).toEqual([]);
  });
});
