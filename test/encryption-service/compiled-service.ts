import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll } from 'vitest';
import { compileFiles, folderInto } from '../compiled-files.js';
import { ROOT } from '../house/project-files.js';

/** What a process saves, and where. */
export interface Work {
  /** Options of the DataSource, without entities. */
  readonly database: object;
  readonly dataDir: string;
  readonly globalKey: string;
  /** The id of the owner. */
  readonly writer: number;
  /** One file for each. */
  readonly texts: readonly string[];
}

/** A process that has encrypted its files, and has saved none yet. */
export interface Saver {
  /** Saves all at once; the filenames, in the order of the texts. */
  save(): Promise<string[]>;
}

/** To be called in a suite's body; compiles the service once, without checks. */
export function useCompiledService(): { start(work: Work): Promise<Saver> } {
  let folder = '';
  const running = new Set<ChildProcess>();
  beforeAll(async () => {
    folder = await compile();
  });
  afterAll(async () => {
    for (const child of running) child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });
  return {
    async start(work) {
      const child = spawn(
        process.execPath,
        ['--input-type=module', '-e', PROGRAM, JSON.stringify(work)],
        { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] },
      );
      running.add(child);
      child.once('exit', () => running.delete(child));
      const lines = createInterface({ input: child.stdout })[
        Symbol.asyncIterator
      ]();
      await nextLine(lines);
      return {
        async save() {
          child.stdin.end('go');
          return JSON.parse(await nextLine(lines)) as string[];
        },
      };
    },
  };
}

const PROGRAM = `
  import 'reflect-metadata';
  import { once } from 'node:events';
  import { DataSource } from 'typeorm';
  import { openConfiguration } from './lib/configuration.js';
  import { EncryptionService } from './lib/encryption.service.js';
  import { EntityRows } from './lib/entities/entity-rows.js';
  import { PAPERS, PAPER_TABLES } from './test/encryption-service/papers.js';
  const work = JSON.parse(process.argv[1]);
  const source = new DataSource({ ...work.database, entities: PAPER_TABLES });
  await source.initialize();
  const service = new EncryptionService(
    await openConfiguration({ globalKey: work.globalKey, dataDir: work.dataDir }),
    new EntityRows(source, PAPERS),
  );
  const uploads = [];
  for (const text of work.texts) {
    const bytes = (async function* () { yield Buffer.from(text); })();
    uploads.push(await service.encryptUpload(bytes, { name: 'paper', type: '' }));
  }
  console.log('ready');
  await once(process.stdin, 'data');
  const rows = await Promise.all(
    uploads.map((upload) => service.save(upload, { writer: work.writer })),
  );
  console.log(JSON.stringify(rows.map((row) => row.filename)));
  await source.destroy();
`;

async function nextLine(lines: AsyncIterator<string>): Promise<string> {
  const line = await lines.next();
  if (line.done) throw new Error('The process ended before it was done.');
  return line.value;
}

async function compile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'compiled-service-'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const papers = 'test/encryption-service/papers.ts';
  await compileFiles([
    ...folderInto('lib', join(folder, 'lib')),
    [papers, join(folder, papers)],
  ]);
  return folder;
}
