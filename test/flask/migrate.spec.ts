import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Logger } from '@nestjs/common';
import { beforeAll, describe, expect, it } from 'vitest';
import { FileNotFoundError } from '../../lib/core/errors.js';
import type { EncryptedFile } from '../../lib/download/encrypted-file.js';
import { EncryptionService } from '../../lib/encryption.service.js';
import { EntityRows } from '../../lib/entities/entity-rows.js';
import { FlaskFallback } from '../../lib/flask/flask-fallback.js';
import { openFallbackSource } from '../../lib/flask/flask-fallback-options.js';
import { describeDatabases } from '../databases.js';
import { LogCapture } from '../e2e/log-capture.js';
import {
  type Paper,
  type PaperToken,
  PAPERS,
} from '../encryption-service/papers.js';
import {
  addWriter,
  type NewApplication,
  useNewApplication,
} from './importing.js';
import {
  newContent,
  newName,
  type OldApplication,
  useOldApplications,
  WRITTEN_AT,
} from './old-application.js';

const OWNER = { writer: 1 } as const;
const SIZE = 200_001;

const log = new LogCapture();
Logger.overrideLogger(log);

describeDatabases((database) => {
  describe('the first find of an old file', () => {
    const make = useOldApplications(database);
    const place = useNewApplication(database);
    let old: OldApplication;
    let token: string;
    let service: EncryptionService<Paper, PaperToken>;
    beforeAll(async () => {
      old = await make();
      token = await old.addToken(1);
      for (const id of [1, 2]) await addWriter(place.source, id);
      service = moving(place, old);
    });
    const stored = async (filename: string) =>
      (await place.stored()).filter((name) => name === filename);

    it('imports it, and returns the new one', async () => {
      const content = newContent(SIZE);
      const filename = await old.addFile({ token, content, name: 'a.txt' });
      const before = await old.state();
      const file = await service.find(filename, OWNER);
      expect(file).toMatchObject({ authenticated: true, name: 'a.txt' });
      expect(file.createdAt.getTime()).toBe(WRITTEN_AT);
      expect(file.row.id).toBeGreaterThan(0);
      expect(await old.state()).toBe(before);
      await rm(join(old.dataDir, filename));
      const found = await service.find(filename, OWNER);
      expect(await isOf(found, content)).toBe(true);
      const listed = await service.list(OWNER);
      expect(listed.map((one) => one.filename)).toContain(filename);
    });

    it('of twenty at once imports it once', async () => {
      const content = newContent(SIZE);
      const filename = await old.addFile({ token, content });
      const rows = (await place.rows()).length;
      await expectNew(
        Array.from({ length: 20 }, () => service.find(filename, OWNER)),
        content,
      );
      expect(await place.rows()).toHaveLength(rows + 1);
      expect(await stored(filename)).toHaveLength(1);
    });

    it('of twenty at once in several processes imports it once', async () => {
      const content = newContent(SIZE);
      const filename = await old.addFile({ token, content });
      const rows = (await place.rows()).length;
      // What two processes share is the database and the store.
      const services = Array.from({ length: 4 }, () => moving(place, old));
      await expectNew(
        Array.from({ length: 20 }, (_, index) =>
          (services[index % 4] ?? service).find(filename, OWNER),
        ),
        content,
      );
      expect(await place.rows()).toHaveLength(rows + 1);
      expect(await stored(filename)).toHaveLength(1);
    });

    it('reads where it is what cannot be imported', async () => {
      const content = newContent(SIZE);
      const name = 'n'.repeat(4097);
      const filename = await old.addFile({ token, content, name });
      log.clear();
      const file = await service.find(filename, OWNER);
      await service.find(filename, OWNER);
      expect(log.lines).toHaveLength(1);
      expect(log.text).toContain(`File ${filename} could not be imported`);
      expect(file.authenticated).toBe(false);
      expect(await isOf(file, content)).toBe(true);
      expect(await stored(filename)).toEqual([]);
      expect(await place.rows()).not.toContain(filename);
    });

    it('leaves nothing of one with a wrong filling', async () => {
      const content = newContent(SIZE);
      const filename = await old.addFile({ token: newName(), content });
      const file = await service.find(filename, OWNER);
      await expect(file.verify()).rejects.toThrow(/else than spaces/);
      expect(await stored(filename)).toEqual([]);
    });

    it('by another user finds and imports nothing', async () => {
      const filename = await old.addFile({ token });
      const foreign = service.find(filename, { writer: 2 });
      await expect(foreign).rejects.toThrow(FileNotFoundError);
      expect(await stored(filename)).toEqual([]);
      await service.find(filename, OWNER);
      await expect(service.find(filename, { writer: 2 })).rejects.toThrow(
        FileNotFoundError,
      );
    });

    it('does not take away what was uploaded under its filename', async () => {
      const upload = await place.upload('new');
      const { filename } = await service.save(upload, { writer: 2 });
      await old.addFile({ token, filename });
      await expect(service.find(filename, OWNER)).rejects.toThrow(
        FileNotFoundError,
      );
      const kept = await service.find(filename, { writer: 2 });
      expect(String(await buffer(kept.createReadStream()))).toBe('new');
    });

    it('is made again after a removal, while the old row is there', async () => {
      const filename = await old.addFile({ token });
      await service.find(filename, OWNER);
      await service.remove(filename, OWNER);
      expect(await stored(filename)).toEqual([]);
      const again = await service.find(filename, OWNER);
      expect(again.authenticated).toBe(true);
    });
  });
});

/** A service of another process over the same new application. */
function moving(
  { configuration, source }: NewApplication,
  old: OldApplication,
): EncryptionService<Paper, PaperToken> {
  const rows = new EntityRows(source, PAPERS);
  const options = { ...old.options, owner: 'writer', migrate: true };
  const fallback = openFallbackSource(options, rows, old.source);
  const files = new FlaskFallback(rows, configuration, fallback);
  return new EncryptionService(configuration, rows, files);
}

async function expectNew(
  finding: readonly ReturnType<EncryptionService['find']>[],
  content: Buffer,
): Promise<void> {
  for (const file of await Promise.all(finding)) {
    expect(file.authenticated).toBe(true);
    expect(await isOf(file, content)).toBe(true);
  }
}

/** Compared as bytes: a matcher compares them as lists. */
async function isOf(file: EncryptedFile, content: Buffer): Promise<boolean> {
  return content.equals(await buffer(file.createReadStream()));
}
