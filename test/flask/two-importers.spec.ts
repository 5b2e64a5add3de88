import { EventEmitter, once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { DiskStore } from '../../lib/core/store/disk-store.js';
import { EntityRows } from '../../lib/entities/entity-rows.js';
import { FileImporter } from '../../lib/flask/file-importer.js';
import { openFlaskSource } from '../../lib/flask/flask-source.js';
import { memoryDatabase } from '../encryption-service/memory-database.js';
import { PAPERS } from '../encryption-service/papers.js';
import { addWriter, useNewApplication } from './importing.js';
import { useOldApplications } from './old-application.js';

/** Something that waits until it is let go on, and tells that it waits. */
class Gate {
  readonly #events = new EventEmitter();
  readonly #opened = once(this.#events, 'open');
  readonly waits = once(this.#events, 'wait');

  async pass(): Promise<void> {
    this.#events.emit('wait');
    await this.#opened;
  }

  open(): void {
    this.#events.emit('open');
  }
}

/** A disk that stands still when a container is read for the first time. */
class SlowReading extends DiskStore {
  readonly gate = new Gate();

  override async read(key: string) {
    const reader = await super.read(key);
    await this.gate.pass();
    return reader;
  }
}

/** A disk that stands still before a container appears. */
class SlowWriting extends DiskStore {
  readonly gate = new Gate();

  override async create(key: string) {
    const writer = await super.create(key);
    const commit = writer.commit.bind(writer);
    writer.commit = async () => {
      await this.gate.pass();
      return commit();
    };
    return writer;
  }
}

describe('of two processes that import one file', () => {
  const db = memoryDatabase();
  const makeOld = useOldApplications(db);
  const place = useNewApplication(db);

  it('one that stood still yields to the row of the other', async () => {
    const { importing, slow, first, filename } = await begin(1);
    await slow.gate.waits;
    const other = await opened(new DiskStore(place.dataDir));
    const second = await importing(other);
    slow.gate.open();
    expect(second.outcome).toBe('imported');
    expect((await first).outcome).toBe('present');
    await expectOne(filename, 1);
  });

  it('none leaves a row over the bytes of the other', async () => {
    const { importing, slow, first, filename } = await begin(2);
    await slow.gate.waits;
    const other = await opened(new SlowWriting(place.dataDir));
    const second = importing(other);
    await other.gate.waits;
    slow.gate.open();
    expect((await first).outcome).toBe('refused');
    other.gate.open();
    expect((await second).outcome).toBe('imported');
    await expectOne(filename, 2);
  });

  async function begin(writer: number) {
    const old = await makeOld();
    const token = await old.addToken(writer);
    await addWriter(place.source, writer);
    const filename = await old.addFile({ token, user: writer });
    const source = openFlaskSource(old.options);
    const row = await source.rows.find(filename, writer);
    if (!row) throw new Error('The old row is not there.');
    const rows = new EntityRows(place.source, PAPERS);
    const importing = (store: DiskStore) =>
      new FileImporter(rows, { ...place.configuration, store }).import(
        row,
        source,
        { ownerOf: () => ({ writer }) },
      );
    const slow = await opened(new SlowReading(place.dataDir));
    return { importing, slow, first: importing(slow), filename };
  }

  async function expectOne(filename: string, writer: number) {
    const file = await place.service.find(filename, { writer });
    await file.verify();
    const files = await place.service.list({ writer });
    expect(files.map((one) => one.filename)).toEqual([filename]);
    expect(await place.stored()).toHaveLength(writer);
  }
});

async function opened<Store extends DiskStore>(store: Store): Promise<Store> {
  await store.open();
  return store;
}
