import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { NestFactory } from '@nestjs/core';
import { DataSource } from 'typeorm';
import { parseName } from './account.controller.js';
import { driveModule } from './drive-module.js';
import { UsersService } from './users.service.js';

/**
 * A program: makes a user of the drive for each user of an old SQLite database,
 * and writes which has taken the place of which, as the `--owner-map` of
 * `file-encryptor import-flask` has it. The old database is only read. It can be
 * run again: a map takes the place of a map, and of no other file.
 *
 * `node dist-sample/adopt-users.js <database> <map> [table] [name's column]`
 */
const [database, map, table = 'users', column = 'username'] =
  process.argv.slice(2);

interface OldUser {
  readonly id: string | number;
  readonly name: unknown;
}

async function adoptUsers(from: string, to: string): Promise<void> {
  await checkPlace(to);
  const old = await readUsers(from);
  const app = await NestFactory.createApplicationContext(await driveModule(), {
    logger: ['error', 'warn'],
    abortOnError: false,
  });
  try {
    const users = app.get(UsersService);
    const adopted = new Map<string, string | number>();
    for (const { id, name } of old) {
      const user = await users.findOrMake(nameOf(name, id));
      const other = adopted.get(user.id);
      // One of them would be given the other's files.
      if (other !== undefined) {
        throw new Error(`The old users ${other} and ${id} have one name.`);
      }
      adopted.set(user.id, id);
    }
    const owners = Object.fromEntries(
      [...adopted].map(([user, id]) => [String(id), user]),
    );
    await writeMap(to, owners);
    process.stdout.write(`${adopted.size} users were adopted.\n`);
  } finally {
    await app.close();
  }
}

async function readUsers(path: string): Promise<OldUser[]> {
  // A new file, and the folder for it, would be made otherwise.
  await stat(path);
  const source = new DataSource({
    type: 'better-sqlite3',
    database: path,
    readonly: true,
  });
  await source.initialize();
  try {
    const name = source.driver.escape(column);
    return await source.query(
      `SELECT id, ${name} AS name FROM ${source.driver.escape(table)} ORDER BY id`,
    );
  } finally {
    await source.destroy();
  }
}

/** The old database, or another file, may have been named by mistake. */
async function checkPlace(path: string): Promise<void> {
  try {
    await stat(path);
  } catch {
    return;
  }
  try {
    JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new Error(
      'The file for the map is there, and is no map: name another.',
      {
        cause,
      },
    );
  }
}

/** An import never finds half a map. */
async function writeMap(path: string, owners: object): Promise<void> {
  const temporary = `${path}.${randomUUID()}`;
  try {
    await writeFile(temporary, `${JSON.stringify(owners, null, 2)}\n`, {
      flag: 'wx',
    });
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

function nameOf(name: unknown, id: OldUser['id']): string {
  try {
    return parseName(name);
  } catch (cause) {
    throw new Error(`The old user ${id} has no name that the drive can take.`, {
      cause,
    });
  }
}

try {
  if (!database || !map) throw new Error('Name the old database and the map.');
  await adoptUsers(database, map);
} catch (error) {
  process.stderr.write(
    `${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exitCode = 1;
}
