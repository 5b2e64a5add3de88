import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { useCaseProcess } from '../cases/case-process.js';
import { readZip } from '../download/zip-reader.js';
import { useCompiledApp } from './compiled-app.js';
import { openDescriptorsOf } from './descriptors.js';
import { eventually } from './eventually.js';
import { begin, receive } from './http-client.js';
import { manyFiles, type PlainFile } from './many-files.js';

const UNHURRIED = { timeout: 120_000 };
const DESCRIPTORS = 128;
const DAMAGED = 500;

const PYTHON = `
import sys, zipfile
opened = zipfile.ZipFile(sys.argv[1])
print(opened.testzip(), len(opened.namelist()))
`;

const run = promisify(execFile);

// D-38
describe('a thousand files in a zip', UNHURRIED, () => {
  const programs = ['zip-target.ts', 'many-files.ts', 'documents.ts'];
  const compiled = useCompiledApp(...programs);

  describe.each(['Express', 'Fastify'])(
    `on %s, with ${DESCRIPTORS} descriptors`,
    (adapter) => {
      let mark = '';
      const app = useCaseProcess(async ({ folder, globalKey }) => {
        mark = String(app.content(32)).trim();
        const args = [folder, globalKey, adapter, mark];
        return compiled.run('zip-target.js', args);
      }, UNHURRIED.timeout);
      beforeAll(async () => {
        // Loading all modules needs more than that for a moment.
        const limit = `--nofile=${DESCRIPTORS}:${DESCRIPTORS}`;
        await run('prlimit', [`--pid=${app.pid}`, limit]);
      });

      it('are all there, and one at a time is open', async () => {
        const response = await begin(url());
        const chunks: Buffer[] = [];
        let most = 0;
        for await (const chunk of response as AsyncIterable<Buffer>) {
          chunks.push(chunk);
          most = Math.max(most, openContainers());
        }
        const bytes = Buffer.concat(chunks);
        expect(response.headers['content-length']).toBe(String(bytes.length));
        expect(most).toBeLessThanOrEqual(1);
        const names = ['equal.txt', 'equal (2).txt', 'x'];
        const members = await readZip(bytes);
        expect(members.map(asText)).toEqual(
          manyFiles(mark).map(({ name, content }, index) =>
            asText({ name: names[index] ?? name, content }),
          ),
        );
        await expectNothingOpen();
      });

      describe.skipIf(!isThere('unzip', '-v'))(
        'unzip',
        { tags: ['zip-readers'] },
        () => {
          it('finds no error', async () => {
            expect(await outputOf('unzip', '-tq')).toMatch(
              /^No errors detected/,
            );
          });
        },
      );

      describe.skipIf(!isThere('python3', '--version'))(
        'Python',
        { tags: ['zip-readers'] },
        () => {
          it('finds no error', async () => {
            const output = await outputOf('python3', '-c', PYTHON);
            expect(output).toBe('None 1000');
          });
        },
      );

      it('leave nothing open for a client that goes away half-way', async () => {
        const response = await begin(url());
        const half = Number(response.headers['content-length']) / 2;
        let seen = 0;
        for await (const chunk of response as AsyncIterable<Buffer>) {
          seen += chunk.length;
          if (seen > half) break;
        }
        expect(response.complete).toBe(false);
        await expectNothingOpen();
        expect(app.log).toBe('');
        expect((await receive(url())).broken).toBe(false);
      });

      it('break off where one is damaged, also for the next client', async () => {
        const filename = (await app.filenames())[DAMAGED] ?? '';
        await damage(filename);
        for (const time of [1, 2]) {
          const { headers, body, broken } = await receive(url());
          expect(broken).toBe(true);
          expect(body.length).toBeLessThan(Number(headers['content-length']));
          await expect(readZip(body)).rejects.toThrow(/central directory/i);
          await eventually(() => {
            expect(app.log.split(filename)).toHaveLength(2 * time + 1);
          });
        }
        await expectNothingOpen();
      });

      function url(): string {
        return `${app.url}/zip`;
      }

      /** Runs a program on the zip, and gives its output. */
      async function outputOf(
        program: string,
        ...args: readonly string[]
      ): Promise<string> {
        const own = await mkdtemp(join(tmpdir(), 'many-zipped-'));
        try {
          const path = join(own, 'saved.zip');
          await writeFile(path, (await receive(url())).body);
          return (await run(program, [...args, path])).stdout.trim();
        } finally {
          await rm(own, { recursive: true });
        }
      }

      async function damage(filename: string): Promise<void> {
        const folders = [filename.slice(0, 2), filename.slice(2, 4)];
        const path = join(app.folder, 'data', ...folders, filename);
        const handle = await open(path, 'r+');
        const { size } = await handle.stat();
        const last = Buffer.alloc(1);
        await handle.read(last, 0, 1, size - 1);
        await handle.write(Buffer.of(last.readUInt8() ^ 1), 0, 1, size - 1);
        await handle.close();
      }

      function openContainers(): number {
        return openDescriptorsOf(app.pid, join(app.folder, 'data'));
      }

      async function expectNothingOpen(): Promise<void> {
        await eventually(() => expect(openContainers()).toBe(0));
      }
    },
  );
});

function asText({ name, content }: PlainFile): string {
  return `${name}: ${String(content)}`;
}

function isThere(command: string, argument: string): boolean {
  return spawnSync(command, [argument]).status === 0;
}
