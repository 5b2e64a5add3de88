import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { useCompiledApp } from '../e2e/compiled-app.js';
import { Document } from '../e2e/documents.js';
import { useOldApplications } from '../flask/old-application.js';
import {
  ended,
  importArguments,
  objectsIn,
  sqliteIn,
  startCommand,
  useImportPlace,
} from './import-place.js';

const FILES = 1000;
const USERS = 5;

// A thousand files are written, and made to last, in two processes.
const UNHURRIED = { timeout: 600_000 };

describe('an import that is killed half-way', UNHURRIED, () => {
  const compiled = useCompiledApp('import-app.ts', 'documents.ts');
  const place = useImportPlace();
  const oldApplication = useOldApplications(sqliteIn(place));

  it('is run again to its end, and nothing is lost or left', async () => {
    const old = await oldApplication();
    const filenames = await addFiles(old);
    const before = await old.state();

    const child = startCommand(
      compiled,
      importArguments(old, '--json'),
      place.env,
    );
    await lines(child.stdout, FILES / 2);
    await compiled.kill(child);
    const { source, service } = await place.open();
    const documents = source.getRepository(Document);
    const halfway = await documents.count();
    expect(halfway).toBeGreaterThanOrEqual(FILES / 2);
    expect(halfway).toBeLessThan(FILES);

    const second = await ended(
      startCommand(compiled, importArguments(old, '--json'), place.env),
    );
    expect(second).toMatchObject({ status: 0, errors: '' });
    expect(objectsIn(second.output).at(-1)).toEqual({
      totals: {
        imported: FILES - halfway,
        importable: 0,
        present: halfway,
        refused: 0,
      },
      complete: true,
    });

    expect(await documents.count()).toBe(FILES);
    expect((await stored(place.dataDir)).toSorted()).toEqual(
      filenames.toSorted(),
    );
    for (const [index, filename] of filenames.entries()) {
      const file = await service.find(filename, { userId: userOf(index) });
      expect(file.name).toBe(nameOf(index));
      const content = await buffer(file.createReadStream());
      expect(content.equals(contentOf(index)), filename).toBe(true);
    }
    expect(await old.state()).toBe(before);
  });
});

async function addFiles(
  old: Awaited<ReturnType<ReturnType<typeof useOldApplications>>>,
): Promise<string[]> {
  const tokens: string[] = [];
  for (let user = 1; user <= USERS; user += 1) {
    tokens.push(await old.addToken(user));
  }
  const filenames: string[] = [];
  for (let index = 0; index < FILES; index += 1) {
    const user = userOf(index);
    const filename = await old.addFile({
      user,
      token: tokens[user - 1] ?? '',
      name: nameOf(index),
      content: contentOf(index),
    });
    filenames.push(filename);
  }
  return filenames;
}

function userOf(index: number): number {
  return (index % USERS) + 1;
}

function nameOf(index: number): string {
  return `Brief № ${index}.txt `;
}

/** From nothing to some segments, each another one. */
function contentOf(index: number): Buffer {
  const length = index % 100 === 99 ? 200_000 : (index * 37) % 3000;
  const seed = createHash('sha256').update(String(index)).digest();
  return Buffer.alloc(length, seed);
}

/** Waits for that many lines. */
async function lines(
  output: NodeJS.ReadableStream | null,
  count: number,
): Promise<void> {
  if (!output) throw new Error('The process has no output.');
  let seen = 0;
  for await (const _ of createInterface({ input: output })) {
    seen += 1;
    if (seen === count) return;
  }
  throw new Error(`The process ended after ${seen} lines.`);
}

/** The name of every file below a folder, whatever it is. */
async function stored(folder: string): Promise<string[]> {
  const entries = await readdir(folder, {
    recursive: true,
    withFileTypes: true,
  });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map(({ name }) => name);
}
