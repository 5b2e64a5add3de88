import { existsSync } from 'node:fs';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { isServer, readRows } from './database.mjs';
import { demand } from './violation.mjs';

/** @import { Contents } from './contents.mjs' */
/** @import { Place } from './drive.mjs' */

const KEY = /^[0-9a-f]{2}\/[0-9a-f]{2}\/[0-9a-f]{32}(?<part>\.part)?$/;

/**
 * What lies in the folder of the containers, by key: `ab/cd/<filename>`.
 *
 * @typedef {object} Stored
 * @property {Set<string>} containers
 * @property {Set<string>} parts - Unfinished writes; without `.part`.
 */

/** @param {string} data @returns {Promise<Stored>} */
export async function readStore(data) {
  const containers = new Set();
  const parts = new Set();
  for (const path of await filesUnder(data)) {
    const name = relative(data, path);
    const match = KEY.exec(name);
    demand(match, 'the store has containers and parts alone', name);
    if (match?.groups?.['part']) parts.add(name.slice(0, -'.part'.length));
    else containers.add(name);
  }
  return { containers, parts };
}

/** @param {string} folder @returns {Promise<string[]>} paths. */
export async function filesUnder(folder) {
  if (!existsSync(folder)) return [];
  const entries = await readdir(folder, {
    recursive: true,
    withFileTypes: true,
  });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name));
}

/**
 * Looks through all that a killed process has left, and what it has printed,
 * for plaintext. Containers are looked at once: they are never written again.
 */
export class PlaintextSearch {
  #canaries;
  #seen = new Set();

  /** @param {Contents} contents */
  constructor({ canary, nameCanary }) {
    this.#canaries = [canary, nameCanary];
  }

  /**
   * @param {Place} place
   * @param {string} printed
   */
  async check({ data, tmp, drive, database }, printed) {
    for (const folder of [data, tmp, drive]) {
      for (const path of await filesUnder(folder)) {
        if (!this.#seen.has(path)) this.#check(await readFile(path), path);
        if (KEY.test(relative(data, path)) && !path.endsWith('.part')) {
          this.#seen.add(path);
        }
      }
    }
    this.#check(Buffer.from(printed), 'what it has printed');
    if (!isServer(database)) return;
    const rows = JSON.stringify(await readRows(database));
    this.#check(Buffer.from(rows), 'the rows');
  }

  /** @param {Buffer} bytes @param {string} where */
  #check(bytes, where) {
    const found = this.#canaries.find((canary) => bytes.includes(canary));
    demand(!found, 'no plaintext is left', `${found} is in ${where}`);
  }
}

/**
 * A killed process may leave private files, which the next start removes.
 *
 * @param {string} tmp
 * @returns {Promise<number>} how many it has left.
 */
export async function checkPrivate(tmp) {
  const paths = await filesUnder(tmp);
  for (const path of paths) {
    const file = (await lstat(path)).mode & 0o777;
    const folder = (await lstat(dirname(path))).mode & 0o777;
    const isPrivate = file === 0o600 && folder === 0o700;
    demand(isPrivate, 'temporary files are private', path, { file, folder });
  }
  return paths.length;
}

/** @param {string} tmp - of a process that has just been started. */
export async function checkTemporary(tmp) {
  const files = await filesUnder(tmp);
  const folders = await readdir(tmp);
  demand(
    files.length === 0 && folders.length === 1,
    'a start leaves nothing in the temporary folder but its own empty one',
    `${files.length} files in ${folders.length} folders`,
    [...folders, ...files],
  );
}
