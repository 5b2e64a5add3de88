import { describe, expect, it } from 'vitest';
import { OwnerError } from '../../lib/core/errors.js';
import { describeDatabases, type TestDatabase } from '../databases.js';
import { rejectionOf } from '../core/thrown.js';
import { readText, useService } from '../encryption-service/service-place.js';
import { badOwners } from './bad-owners.js';
import {
  Account,
  Country,
  Guest,
  Letter,
  LetterToken,
  OWNED,
  Person,
} from './owned-entities.js';

/** What the calls of the service do with owners, on each database. */
export function describeOwners(): void {
  describeDatabases((database) => {
    describe('what is no owner', () => {
      refusals(database);
    });
    describe('what is an owner', () => {
      acceptances(database);
    });
  });
}

const entities = { file: Letter, token: LetterToken } as const;

function refusals(database: TestDatabase): void {
  const place = useService({ database, tables: OWNED, entities });

  it('is refused by every call, and changes nothing', async () => {
    const { source, service } = place;
    const persons = source.getRepository(Person);
    await persons.save([{}, {}]);
    const wards = [1, 2].map((ward) => ({ ward }));
    const cities = ['Wien', 'Graz'].map((city) => ({ city }));
    const owners = [{ person: 1 }, { person: 2 }, ...wards, ...cities];
    for (const owner of owners) {
      await service.save(await place.upload('mine'), owner);
    }
    const before = await place.rows();
    const [filename = ''] = before;
    const accepted: string[] = [];
    for (const [what, bad] of badOwners()) {
      const owner = bad as Readonly<Record<string, unknown>>;
      const calls = {
        save: async () => service.save(await place.upload('theirs'), owner),
        find: () => service.find(filename, owner),
        list: () => service.list(owner),
        remove: () => service.remove(filename, owner),
        erase: () => service.erase(owner),
      };
      for (const [name, call] of Object.entries(calls)) {
        const error = await rejectionOf(call()).catch(() => 'nothing');
        const code = error instanceof OwnerError ? error.code : String(error);
        if (code !== 'OWNER_INVALID')
          accepted.push(`${name}: ${what}: ${code}`);
      }
    }
    expect(accepted).toEqual([]);
    expect(await place.rows()).toEqual(before);
    expect(await place.stored()).toEqual(before);
    expect(await source.getRepository(LetterToken).count()).toBe(6);
  });
}

function acceptances(database: TestDatabase): void {
  const place = useService({ database, tables: OWNED, entities });

  /**
   * Saves a file of the first owner, and looks for it as each of the others.
   *
   * @returns how many files the first one has in the end.
   */
  async function meet(
    same: readonly object[],
    others: readonly object[],
  ): Promise<number> {
    const { service } = place;
    const [first = {}] = same as Readonly<Record<string, unknown>>[];
    const { filename } = await service.save(await place.upload('mine'), first);
    for (const one of same as Readonly<Record<string, unknown>>[]) {
      expect(await readText(service, filename, one)).toBe('mine');
      expect(await service.list(one)).toHaveLength(1);
    }
    for (const other of others as Readonly<Record<string, unknown>>[]) {
      expect(await service.list(other)).toEqual([]);
      expect(await rejectionOf(service.find(filename, other))).toHaveProperty(
        'code',
        'FILE_NOT_FOUND',
      );
      expect(await rejectionOf(service.remove(filename, other))).toHaveProperty(
        'code',
        'FILE_NOT_FOUND',
      );
      expect((await service.erase(other)).files).toBe(0);
    }
    return (await service.list(first)).length;
  }

  it('is an entity, its id, or what has its id', async () => {
    const persons = place.source.getRepository(Person);
    const [one, two] = await persons.save([{}, {}]);
    const id = one?.id ?? 0;
    const files = await meet(
      [
        { person: one },
        { person: id },
        { person: String(id) },
        { person: BigInt(id) },
        { person: { id } },
        { person: { id: String(id), name: undefined } },
      ],
      [{ person: two }, { person: id + 2 }, { person: -id }, { ward: id }],
    );
    expect(files).toBe(1);
  });

  it('is not mistaken for one with the same other properties', async () => {
    const persons = place.source.getRepository(Person);
    const name = 'the same';
    const [one, two] = await persons.save([{ name }, { name }]);
    expect(await meet([{ person: one }], [{ person: two }])).toBe(1);
  });

  it('may have a text as id', async () => {
    const countries = place.source.getRepository(Country);
    await countries.insert([{ code: '0' }, { code: 'AT' }, { code: 'AT=1&b' }]);
    const ward = 71;
    const files = await meet(
      [
        { country: 'AT=1&b', ward },
        { ward, country: { code: 'AT=1&b' } },
        { ward: '71', country: { code: 'AT=1&b', id: 3 } },
      ],
      [
        { country: 'AT', ward },
        { country: '0', ward },
        { country: 0, ward },
        { country: 'AT=1&b', ward: 72 },
      ],
    );
    expect(files).toBe(1);
  });

  it('may be a UUID in any spelling of its letters', async () => {
    const guests = place.source.getRepository(Guest);
    const id = '0a0b0c0d-1111-4222-8333-abcdefabcdef';
    await guests.insert([{ id }, { id: id.replace('0a', '0b') }]);
    const files = await meet(
      [{ guest: id }, { guest: { id } }, { guest: id.toUpperCase() }],
      [{ guest: id.replace('0a', '0b') }],
    );
    expect(files).toBe(1);
  });

  it('may be a number beyond the safe integers', async () => {
    const accounts = place.source.getRepository(Account);
    const numbers = ['9007199254740992', '9007199254740993'] as const;
    await accounts.insert(numbers.map((value) => ({ value })));
    const files = await meet(
      [
        { account: numbers[1] },
        { account: BigInt(numbers[1]) },
        { account: { value: numbers[1] } },
      ],
      [{ account: numbers[0] }, { account: BigInt(numbers[0]) }],
    );
    expect(files).toBe(1);
  });

  it('is not a text that a database takes for the number 0', async () => {
    expect(
      await meet(
        [{ city: 'Wien' }],
        [{ city: 0 }, { city: '0' }, { city: 0n }],
      ),
    ).toBe(1);
  });

  it('makes no token for another when it does not fit its column', async () => {
    const { service, source } = place;
    const owner = { city: 'Steyr-Land-Ost' };
    const saved = service.save(await place.upload('long'), owner);
    // SQLite knows no widths.
    if (database.name === 'better-sqlite3') await saved;
    else await rejectionOf(saved);
    const cut = { city: owner.city.slice(0, 10) };
    expect(await source.getRepository(LetterToken).findBy(cut)).toEqual([]);
    expect(await meet([cut], [])).toBe(1);
  });
}
