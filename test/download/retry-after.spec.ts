import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller, Get, UseFilters, UseInterceptors } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  DownloadInterceptor,
  FileEncryptorExceptionFilter,
} from 'nestjs-file-encryptor';
import type { TemporaryFile } from '../../lib/download/temporary-file.js';
import { TemporaryFolder } from '../../lib/download/temporary-folder.js';
import { receive } from '../e2e/http-client.js';
import { useRunningApp } from '../e2e/running-app.js';
import { ADAPTERS } from './download-server.js';
import { createAnonymous } from './temporary-place.js';

/** A folder that is full, and in which nobody waits for long. */
let folder: TemporaryFolder;
let base = '';
let full: TemporaryFile;

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'retry-after-'));
  folder = await TemporaryFolder.open({ base, maxBytes: 10, patience: 1 });
  full = await createAnonymous(folder, 10);
});
afterAll(async () => {
  await full.close();
  await folder.close();
  await rm(base, { recursive: true });
});

class Crowded {
  @Get('busy')
  busy() {
    return folder.createNamed('a.txt', 10);
  }

  @Get('never')
  never() {
    return folder.createNamed('a.txt', 11);
  }

  @Get('other')
  other() {
    throw new Error('Another fails.');
  }
}

@Controller('interceptor')
@UseInterceptors(DownloadInterceptor)
class WithInterceptor extends Crowded {}

@Controller('filter')
@UseFilters(FileEncryptorExceptionFilter)
class WithFilter extends Crowded {}

@Controller('both')
@UseInterceptors(DownloadInterceptor)
@UseFilters(FileEncryptorExceptionFilter)
class WithBoth extends Crowded {}

describe.each(ADAPTERS)('on %s, a handler without room', (_, parts) => {
  const running = useRunningApp({
    controllers: [WithInterceptor, WithFilter, WithBoth],
    ...parts,
  });

  it.each(['interceptor', 'filter', 'both'])(
    'is answered with 503 and when to come again, by %s',
    async (by) => {
      const { status, headers, body } = await receive(
        `${running.url}/${by}/busy`,
      );
      expect([status, headers['retry-after']]).toEqual([503, '10']);
      const code = by === 'interceptor' ? undefined : 'TEMPORARY_SPACE';
      const told = JSON.parse(String(body)) as { readonly code?: string };
      expect(told.code).toBe(code);
      expect(String(body)).not.toContain('tmpMaxBytes');
      expect(running.log.text).toContain('tmpMaxBytes');
    },
  );

  it.each([
    ['what never fits', 'never', 507],
    ['another error', 'other', 500],
  ])('tells nobody to come again for %s', async (_what, path, wanted) => {
    for (const by of ['interceptor', 'filter', 'both']) {
      const { status, headers } = await receive(`${running.url}/${by}/${path}`);
      expect(status).toBe(wanted);
      expect(headers).not.toHaveProperty('retry-after');
    }
  });
});
