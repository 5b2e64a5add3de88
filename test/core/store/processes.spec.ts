import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { load, newKey, put } from '../../contract/objects.js';
import { rejectionOf } from '../thrown.js';
import { outputOf, useCompiledStore } from './compiled-store.js';
import { listed, useTemporaryPlace } from './temporary-place.js';

/** Both ways in which an object gets its final name. */
const WAYS: [name: string, fs: string][] = [
  ['with hard links', 'files'],
  [
    'without hard links',
    `{ ...files, link: () => Promise.reject(Object.assign(new Error(), { code: 'EPERM' })) }`,
  ],
];

describe.each(WAYS)('processes that share a store, %s', (_, fs) => {
  const place = useTemporaryPlace();
  const compiled = useCompiledStore();
  const opening = `
    import * as files from 'node:fs/promises';
    const [root, ...rest] = args;
    const store = new DiskStore(root, { durable: false, fs: ${fs} });
    await store.open();`;

  it('give each key to exactly one of them', async () => {
    const keys = Array.from({ length: 300 }, newKey);
    // They wait for each other, so that they ask at about the same time.
    const program = `${opening}
      const [name, other, ...keys] = rest;
      await files.writeFile(root + '/' + name, '');
      while (!(await files.stat(root + '/' + other).catch(() => false)));
      for (const key of keys) {
        try {
          const writer = await store.create(key);
          await writer.write(Buffer.from(name));
          try { await writer.commit(); } finally { await writer.abort(); }
          console.log(key);
        } catch (error) {
          if (error.code !== 'OBJECT_EXISTS') throw error;
        }
      }`;
    const outputs = await Promise.all(
      [
        ['one', 'two'],
        ['two', 'one'],
      ].map((names) =>
        outputOf(compiled.run(program, [place.root, ...names, ...keys])),
      ),
    );
    const won = outputs.map((text) => text.split('\n').filter(Boolean));
    expect(won.flat().toSorted()).toEqual(keys.toSorted());
    const store = await place.store();
    for (const [at, name] of ['one', 'two'].entries()) {
      for (const key of won[at] ?? []) {
        expect(String(await load(store, key))).toBe(name);
      }
    }
    const all = keys.toSorted().map((key) => [key, true]);
    expect(await listed(store)).toEqual(all);
  });

  it('see only an unfinished write of one that was killed', async () => {
    const key = newKey();
    const program = `${opening}
      const writer = await store.create(rest[0]);
      await writer.write(Buffer.alloc(300_000, 'x'));
      console.log('written');
      setInterval(() => undefined, 1000);`;
    const child = compiled.run(program, [place.root, key]);
    await firstLine(child);
    await kill(child);
    expect(await place.files()).toEqual([`${key}.part`]);
    const store = await place.store();
    const entries = [];
    for await (const entry of store.list()) entries.push(entry);
    expect(entries).toEqual([
      expect.objectContaining({ key, size: 300_000, complete: false }),
    ]);
    expect(await rejectionOf(store.read(key))).toHaveProperty(
      'code',
      'OBJECT_NOT_FOUND',
    );
    expect(await rejectionOf(store.create(key))).toHaveProperty(
      'code',
      'OBJECT_EXISTS',
    );
    expect(await store.remove(key)).toBe(true);
    expect(await place.files()).toEqual([]);
    await put(store, key, Buffer.from('later'));
    expect(String(await load(store, key))).toBe('later');
  });

  it('keep whole what one had completed before it was killed', async () => {
    const program = `${opening}
      import { randomBytes } from 'node:crypto';
      for (;;) {
        const hex = randomBytes(16).toString('hex');
        const key = 'ab/' + hex.slice(0, 2) + '/' + hex;
        const writer = await store.create(key);
        await writer.write(Buffer.alloc(20_000, hex));
        await writer.commit();
        process.stdout.write(key + '\\n');
      }`;
    const completed = new Set<string>();
    for (let round = 0; round < 8; round += 1) {
      const child = compiled.run(program, [place.root]);
      // A different moment in each round.
      for await (const key of linesOf(child)) {
        if (completed.add(key).size % 17 === round) child.kill('SIGKILL');
      }
      await kill(child);
    }
    const store = await place.store();
    const entries = await listed(store);
    const whole = entries.filter(([, complete]) => complete);
    for (const [key] of whole) {
      const wanted = Buffer.alloc(20_000, key.slice(6));
      expect((await load(store, key)).equals(wanted)).toBe(true);
    }
    const keys = new Set(whole.map(([key]) => key));
    expect([...completed].filter((key) => !keys.has(key))).toEqual([]);
    // One write at most is cut by each kill, and can be removed.
    expect(entries.length - whole.length).toBeLessThanOrEqual(8);
    for (const [key] of entries) expect(await store.remove(key)).toBe(true);
    expect(await place.files()).toEqual([]);
  });
});

function linesOf(child: ChildProcess): AsyncIterable<string> {
  if (!child.stdout) throw new Error('The output of the program is not read.');
  return createInterface({ input: child.stdout });
}

async function firstLine(child: ChildProcess): Promise<void> {
  for await (const _ of linesOf(child)) return;
  throw new Error('The program ended without a word.');
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
