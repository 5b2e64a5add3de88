import { expect, it } from 'vitest';
import { OwnerError } from '../../lib/core/errors.js';
import { rejectionOf } from '../core/thrown.js';
import { describeDatabases } from '../databases.js';
import { useService } from '../encryption-service/service-place.js';
import { Letter, LetterToken, OWNED } from './owned-entities.js';

const entities = { file: Letter, token: LetterToken } as const;

describeDatabases((database) => {
  const place = useService({ database, tables: OWNED, entities });
  const save = async (owner: object) =>
    place.service.save(await place.upload('text'), { ...owner });

  it('is no integer that the column cannot hold', async () => {
    for (const ward of [2n ** 63n, -(2n ** 63n) - 1n, `${2n ** 63n + 1n}`]) {
      const error = await rejectionOf(save({ ward }));
      expect(error).toBeInstanceOf(OwnerError);
    }
    expect(await place.rows()).toEqual([]);
  });

  it('is no text that the database takes for another', async () => {
    await save({ city: 'Wien' });
    const erased = await place.service
      .erase({ city: 'Wien ' })
      .catch((error: unknown) => error);
    const refused: unknown = expect.any(OwnerError);
    const nothing = { tokens: 0, files: 0, containers: 0 };
    const pads = database.name === 'mariadb';
    expect(erased).toEqual(pads ? refused : nothing);
    expect(await place.service.list({ city: 'Wien' })).toHaveLength(1);
  });
});
