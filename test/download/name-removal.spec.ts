import promises, { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  removeName,
  removeNamePatiently,
} from '../../lib/download/name-removal.js';
import { type ReplacedCall, replaceCall } from '../cases/system-call.js';
import { systemError } from '../core/store/faulty-file-system.js';
import { rejectionOf } from '../core/thrown.js';
import { useTemporaryPlace } from './temporary-place.js';

describe('a name', () => {
  const place = useTemporaryPlace();

  it.each([removeName, removeNamePatiently])(
    'is removed, and may be gone already (%o)',
    async (remove) => {
      await writeFile(join(place.path, 'name'), '');
      for (const _ of [1, 2]) await remove(join(place.path, 'name'));
      expect(await readdir(place.path)).toEqual([]);
    },
  );

  it.each([
    ['removeName', 'EBUSY', removeName, 1],
    ['removeNamePatiently', 'EBUSY', removeNamePatiently, 4],
    ['removeNamePatiently', 'EIO', removeNamePatiently, 1],
  ] as const)(
    '%s tries as often as it makes sense with %s, and throws what the system says',
    async (...row) => {
      const [, errno, remove, tries] = row;
      using unlink = refusing(errno, Infinity);
      const error = await rejectionOf(remove(join(place.path, 'name')));
      expect(error).toHaveProperty('code', errno);
      expect(unlink.calls).toBe(tries);
    },
  );

  it('that is held three times is removed at the fourth', async () => {
    await writeFile(join(place.path, 'name'), '');
    using unlink = refusing('EBUSY', 3);
    await removeNamePatiently(join(place.path, 'name'));
    expect(unlink.calls).toBe(4);
    expect(await readdir(place.path)).toEqual([]);
  });
});

/** The system refuses so many times. */
function refusing(errno: 'EBUSY' | 'EIO', times: number): ReplacedCall {
  let left = times;
  return replaceCall(promises, 'unlink', (unlink, count) => async (path) => {
    count();
    left -= 1;
    if (left >= 0) throw systemError(errno);
    return unlink(path);
  });
}
