import { readFile } from 'node:fs/promises';
import { OwnerError } from '../core/errors.js';
import type { Owner } from '../entities/owner.js';
import type { FlaskId } from '../flask/flask-rows.js';
import { wrongUsage } from './command-failure.js';

/**
 * Reads which user has taken the place of which.
 *
 * @param file - JSON: `{"old primary key": new primary key}`.
 * @returns finds the owner of an old user's files; an OwnerError for one who is
 * not in the file.
 * @throws CommandFailure if the file cannot be read, or holds something else.
 */
export async function readOwnerMap(
  file: string,
  property: string,
): Promise<(userId: FlaskId) => Owner> {
  const owners = new Map(Object.entries(await readObject(file)));
  return (userId) => {
    const owner = owners.get(String(userId));
    if (owner !== undefined) return { [property]: owner };
    throw new OwnerError('The owner map has no entry for the old user.');
  };
}

async function readObject(file: string): Promise<object> {
  try {
    const json: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (isMap(json)) return json;
  } catch (cause) {
    throw wrongUsage('The owner map is no file of JSON.', cause);
  }
  throw wrongUsage(
    'The owner map must be an object of texts and numbers: {"old key": new key}.',
  );
}

function isMap(json: unknown): json is object {
  return (
    typeof json === 'object' &&
    json !== null &&
    !Array.isArray(json) &&
    Object.values(json).every(
      (value) => typeof value === 'string' || typeof value === 'number',
    )
  );
}
