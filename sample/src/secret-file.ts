import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ConfigurationError } from 'nestjs-file-encryptor';

const HEX = /^[0-9a-f]{64}$/;

/**
 * Reads 32 random bytes from a file, and makes it, for its owner's eyes only,
 * if there is none.
 *
 * @param path - of a file in a folder of its owner's; the folder is made too.
 * @returns 64 hexadecimal digits.
 * @throws {@link ConfigurationError} if the file holds something else.
 */
export async function readOrMakeSecret(path: string): Promise<string> {
  return (await readSecret(path)) ?? (await makeSecret(path));
}

async function readSecret(path: string): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  });
  const secret = text?.trim();
  if (secret !== undefined && !HEX.test(secret)) {
    throw new ConfigurationError(
      `${path} must hold 64 hexadecimal digits: put its backup in its place.`,
    );
  }
  return secret;
}

/**
 * Written under another name first, so that the file is whole as soon as it is
 * there; `link` never replaces one that another process has just made.
 */
async function makeSecret(path: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}.draft`;
  const secret = randomBytes(32).toString('hex');
  await writeFile(draft, `${secret}\n`, {
    flag: 'wx',
    mode: 0o600,
    flush: true,
  });
  try {
    await link(draft, path);
    return secret;
  } catch (error) {
    if (!isSystemError(error, 'EEXIST')) throw error;
    return readOrMakeSecret(path);
  } finally {
    await unlink(draft);
  }
}

function isSystemError(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
