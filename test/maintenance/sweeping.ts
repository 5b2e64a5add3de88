import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { afterEach, beforeAll } from 'vitest';
import { objectKey, objectNameOf } from '../../lib/core/store/object-key.js';
import type {
  ObjectStore,
  ObjectWriter,
} from '../../lib/core/store/object-store.js';
import { EntityRows } from '../../lib/entities/entity-rows.js';
import { MaintenanceService } from '../../lib/maintenance/maintenance.service.js';
import { entries, newKey } from '../contract/objects.js';
import type { TestDatabase } from '../databases.js';
import {
  newOwner,
  type Paper,
  PAPER_TABLES,
  PAPERS,
  type PaperToken,
} from '../encryption-service/papers.js';
import {
  type ServicePlace,
  useService,
} from '../encryption-service/service-place.js';
import { SteppedStore } from './stepped-store.js';

/** Older than a sweep leaves alone, and not as old, in days. */
export const OLD = 31;
export const YOUNG = 29;

/** Files that each suite has from its beginning on. */
export const KEPT = 20;

const DAY = 24 * 60 * 60 * 1000;

/** How a sweeper differs from that of the suite. */
export interface SweeperParts {
  readonly source?: DataSource;
  readonly others?: readonly ObjectStore[];
}

/** A write that has begun. */
export interface Unfinished {
  /** Of its file: the filename with `.part`. */
  readonly name: string;
  readonly writer: ObjectWriter;
}

/** A service with saved files, and what is lost beside them. */
export interface Sweeping {
  readonly place: ServicePlace<Paper, PaperToken>;
  readonly owner: Awaited<ReturnType<typeof newOwner>>;
  readonly store: SteppedStore;
  sweeper(parts?: SweeperParts): MaintenanceService;
  /** A container without a row, changed so many days ago; its filename. */
  lose(days: number): Promise<string>;
  /** An unfinished write, changed so many days ago. */
  leave(days: number): Promise<Unfinished>;
  /** Sets the time of the last change of a file in the store. */
  age(name: string, days: number): Promise<void>;
}

/** Registers the hooks; what has no row is removed after each test. */
export function useSweeping(
  database: TestDatabase,
  makeStore: (root: string) => SteppedStore = newStore,
): Sweeping {
  let store: SteppedStore;
  const place = useService({
    database,
    tables: PAPER_TABLES,
    entities: PAPERS,
    options: (folder) => {
      store = makeStore(join(folder, 'data'));
      return { store };
    },
  });
  const writers: ObjectWriter[] = [];
  const age = (name: string, days: number) =>
    setAge(join(place.dataDir, name.slice(0, 2), name.slice(2, 4), name), days);
  let owner: Sweeping['owner'];
  beforeAll(async () => {
    owner = await newOwner(place.source);
    for (let at = 0; at < KEPT; at += 1) {
      const upload = await place.upload(`kept ${at}`);
      const { filename } = await place.service.save(upload, owner);
      await age(filename, 100);
    }
  });
  afterEach(async () => {
    for (const writer of writers.splice(0)) await writer.abort();
    store.clock = { ahead: 0, since: 0 };
    store.hides = () => false;
    const rows = new Set(await place.rows());
    for (const { key } of await entries(store)) {
      if (!rows.has(key.slice(6))) await store.remove(key);
    }
  });
  return {
    place,
    get owner() {
      return owner;
    },
    get store() {
      return store;
    },
    sweeper: ({ source = place.source, others = [] } = {}) =>
      new MaintenanceService(
        { ...place.configuration, store, others: () => others },
        new EntityRows(source, PAPERS),
      ),
    age,
    async lose(days) {
      const { filename } = await place.upload('lost');
      await age(filename, days);
      return filename;
    },
    async leave(days) {
      const key = newKey();
      const writer = await store.create(key);
      writers.push(writer);
      await writer.write(Buffer.alloc(1000));
      const name = `${key.slice(6)}.part`;
      await age(name, days);
      return { name, writer };
    },
  };
}

/** The key of a container in the store. */
export function keyOf(filename: string): string {
  return objectKey(objectNameOf(filename));
}

function newStore(root: string): SteppedStore {
  return new SteppedStore(root, { durable: false });
}

function setAge(path: string, days: number): Promise<void> {
  const seconds = (Date.now() - days * DAY) / 1000;
  return utimes(path, seconds, seconds);
}
