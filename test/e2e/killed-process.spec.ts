import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { useCompiledApp } from './compiled-app.js';
import { openDescriptorsOf } from './descriptors.js';
import { begin } from './http-client.js';
import type { Started } from './kill-target.js';
import { startedLine } from './started-line.js';

const UNHURRIED = { timeout: 120_000 };

// D-27
describe(
  'a process that is killed in the middle of a download',
  UNHURRIED,
  () => {
    const compiled = useCompiledApp('kill-target.ts', 'documents.ts');
    let folder = '';
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'killed-process-'));
    });
    afterEach(() => rm(folder, { recursive: true }));

    it('leaves nothing that has a name', async () => {
      const child = await downloading('anonymous');
      // The plaintext is there, and has no name even now.
      expect(openDescriptorsOf(child.pid, join(folder, 'tmp'))).toBe(1);
      expect(await temporaryFiles()).toEqual([]);
      await compiled.kill(child);
      expect(await temporaryFiles()).toEqual([]);
    });

    it('leaves a named file to the next start, which removes it', async () => {
      const child = await downloading('named');
      await compiled.kill(child);
      expect(await temporaryFiles()).toEqual([expect.stringMatching(/\.pdf$/)]);
      const next = await start();
      expect(await temporaryFiles()).toEqual([]);
      expect(await readdir(join(folder, 'tmp'))).toHaveLength(1);
      await compiled.kill(next.child);
    });

    it('spares the files of one that lives', async () => {
      const living = await downloading('named');
      const next = await start();
      expect(await temporaryFiles()).toHaveLength(1);
      await compiled.kill(living);
      await compiled.kill(next.child);
    });

    /** A process that has begun an answer which nobody reads. */
    async function downloading(way: string): Promise<ChildProcess> {
      const { child, port, filename } = await start();
      const response = await begin(
        `http://127.0.0.1:${port}/${way}/${filename}`,
      );
      response.on('error', () => undefined);
      await once(response, 'readable');
      return child;
    }

    async function start(): Promise<Started & { child: ChildProcess }> {
      const child = compiled.run('kill-target.js', [folder]);
      child.stderr?.pipe(process.stderr);
      const line = await startedLine(child);
      return { child, ...(JSON.parse(line) as Started) };
    }

    async function temporaryFiles(): Promise<string[]> {
      const entries = await readdir(join(folder, 'tmp'), {
        recursive: true,
        withFileTypes: true,
      });
      return entries
        .filter((entry) => !entry.isDirectory())
        .map(({ name }) => name);
    }
  },
);
