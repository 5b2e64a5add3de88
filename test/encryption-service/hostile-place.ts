import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { type ObjectLiteral, QueryFailedError } from 'typeorm';
import { beforeAll } from 'vitest';
import { SecretKey } from 'nestjs-file-encryptor';
import { KeyChain, unwrapDataKey } from '../../lib/core/keys/key-chain.js';
import { keyId } from '../../lib/core/keys/key-id.js';
import { Keyring } from '../../lib/core/keys/keyring.js';
import { containerOf, Downloads } from '../download/download-server.js';
import { Document, DocumentToken, OWNER } from '../e2e/documents.js';
import { DocumentLink, LINKED_ENTITIES } from '../e2e/linked-documents.js';
import { type LinkServer, useLinkServer } from '../links/link-server.js';
import type { TestDatabase } from '../databases.js';
import type { Known, Rows } from './hostile-known.js';
import type { Value } from './hostile-texts.js';

/** A file with its rows, and what it should open to. */
export interface Victim extends Rows {
  readonly owner: { readonly userId: number };
  readonly name: string;
  readonly content: string;
  readonly secret: string;
}

/** An application whose rows are written behind its back. */
export interface HostilePlace {
  readonly server: LinkServer;
  readonly known: Known;
  readonly mine: Victim;
  readonly sibling: Victim;
  readonly theirs: Victim;
  /** What no error, answer and line of the log may hold. */
  readonly secrets: {
    readonly texts: readonly string[];
    readonly keys: readonly Uint8Array[];
  };
  /** Writes one column. @returns whether the database has let it, and it differs. */
  write(target: Target, value: Value): Promise<boolean>;
  /** Writes the column as it was. */
  undo(target: Target): Promise<void>;
  /** Puts all rows and containers back. */
  restore(): Promise<void>;
}

/** One column of one row of the first victim. */
export interface Target {
  readonly table: keyof Rows;
  readonly column: string;
}

const TABLES = { file: Document, token: DocumentToken, link: DocumentLink };
const TABLE_NAMES = ['file', 'token', 'link'] as const;

/** Registers the hooks that make the application and its victims. */
export function useHostilePlace(database?: TestDatabase): HostilePlace {
  const [primary, earlier] = [SecretKey.random(), SecretKey.random()];
  const server = useLinkServer({
    controllers: [Downloads],
    options: { globalKey: [primary, earlier] },
    ...(database && {
      database: () => database.create(Object.values(LINKED_ENTITIES)),
    }),
  });
  let made: Made | undefined;
  const place = (): Made => {
    if (!made) throw new Error('There are no victims yet.');
    return made;
  };
  beforeAll(async () => {
    const victims = await makeVictims(server);
    made = {
      ...victims,
      all: await snapshot(server),
      secrets: await secretsOf(victims, new KeyChain(new Keyring([primary]))),
    };
  });
  return {
    server,
    get known() {
      return { ...place(), earlierId: keyId(earlier) };
    },
    get mine() {
      return place().mine;
    },
    get sibling() {
      return place().sibling;
    },
    get theirs() {
      return place().theirs;
    },
    get secrets() {
      return place().secrets;
    },
    write: (target, value) =>
      write(server, { ...target, row: place().mine[target.table], value }),
    undo: async (target) => {
      const row: ObjectLiteral = place().mine[target.table];
      await write(server, {
        ...target,
        row,
        value: row[target.column] as Value,
      });
    },
    restore: () => restore(server, place()),
  };
}

interface Victims {
  readonly mine: Victim;
  readonly sibling: Victim;
  readonly theirs: Victim;
}

interface Made extends Victims {
  readonly all: Snapshot;
  readonly secrets: HostilePlace['secrets'];
}

interface Snapshot {
  readonly rows: Readonly<Record<keyof Rows, readonly ObjectLiteral[]>>;
  readonly containers: ReadonlyMap<string, Buffer>;
}

async function makeVictims(server: LinkServer): Promise<Victims> {
  const make = (owner: Victim['owner'], word: string) =>
    makeVictim(server, { owner, word });
  return {
    mine: await make(OWNER, 'cerulean'),
    sibling: await make(OWNER, 'vermilion'),
    theirs: await make({ userId: 2 }, 'chartreuse'),
  };
}

async function makeVictim(
  { running, links, source }: LinkServer,
  { owner, word }: { readonly owner: Victim['owner']; readonly word: string },
): Promise<Victim> {
  const { encryption } = running;
  const name = `name-${word}-é.txt`;
  const content = `content-${word}`.padEnd(24, '!');
  const upload = await encryption.encryptUpload(
    Readable.from([Buffer.from(content)]),
    { name, type: 'text/plain' },
  );
  const { id, filename } = await encryption.save(upload, owner);
  const { id: linkId, secret } = await links.create(filename, owner, {
    expiresIn: 3600,
    notBefore: new Date(Date.now() - 60_000),
    maxDownloads: 900_000,
  });
  const find = source.manager;
  return {
    owner,
    name,
    content,
    secret,
    file: await find.findOneByOrFail(Document, { id }),
    token: await find.findOneByOrFail(DocumentToken, owner),
    link: await find.findOneByOrFail(DocumentLink, { id: linkId }),
  };
}

async function secretsOf(
  { mine, sibling, theirs }: Victims,
  chain: KeyChain,
): Promise<HostilePlace['secrets']> {
  const victims = [mine, sibling, theirs];
  const keys: Uint8Array[] = [];
  for (const { token, owner, file } of victims) {
    const canonical = `userId=${owner.userId}`;
    const ownerKey = await chain.openToken(token.value, canonical);
    const dataKey = unwrapDataKey(ownerKey, file.key, file.filename);
    keys.push(ownerKey.toBytes(), dataKey.toBytes());
  }
  const texts = victims.flatMap(({ name, content, secret }) => [
    name.slice(0, -6),
    content,
    secret,
  ]);
  return { texts, keys };
}

async function write(
  { source }: LinkServer,
  {
    table,
    column,
    row,
    value,
  }: Target & { readonly row: ObjectLiteral; readonly value: Value },
): Promise<boolean> {
  const { driver } = source;
  const { tableName } = source.getMetadata(TABLES[table]);
  const name = (text: string) => driver.escape(text);
  const [first, second] = ['value', 'id'].map((parameter, index) =>
    driver.createParameter(parameter, index),
  );
  const parameter = driver.createParameter('id', 0);
  try {
    await source.query(
      `UPDATE ${name(tableName)} SET ${name(column)} = ${first} WHERE ${name('id')} = ${second}`,
      [value, row['id']],
    );
    // MariaDB cuts white space off that is too much.
    const now: unknown[] = await source.query(
      `SELECT ${name(column)} AS now FROM ${name(tableName)} WHERE ${name('id')} = ${parameter}`,
      [row['id']],
    );
    return JSON.stringify(now) !== JSON.stringify([{ now: row[column] }]);
  } catch (error) {
    if (error instanceof QueryFailedError) return false;
    throw error;
  }
}

async function snapshot(server: LinkServer): Promise<Snapshot> {
  const { source, running } = server;
  const containers = new Map<string, Buffer>();
  const file = await source.manager.find(Document);
  for (const { filename } of file) {
    const path = containerOf(running, filename);
    containers.set(path, await readFile(path));
  }
  const token = await source.manager.find(DocumentToken);
  const link = await source.manager.find(DocumentLink);
  return { rows: { file, token, link }, containers };
}

async function restore(
  { source, running }: LinkServer,
  { all }: Pick<Made, 'all'>,
): Promise<void> {
  for (const table of TABLE_NAMES) {
    const rows = source.getRepository<ObjectLiteral>(TABLES[table]);
    await rows.createQueryBuilder().delete().execute();
    // Named columns: PostgreSQL would be left to make new ids.
    const names = rows.metadata.columns.map((column) => column.propertyName);
    await rows
      .createQueryBuilder()
      .insert()
      .into(TABLES[table], names)
      .values(all.rows[table].map((row) => ({ ...row })))
      .execute();
  }
  const present = new Set(await running.containers());
  for (const [path, bytes] of all.containers) {
    if (present.has(path.slice(running.dataDir.length + 1))) continue;
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
  }
}
