import { inspect } from 'node:util';
import { Logger } from '@nestjs/common';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  FileEncryptorError,
  IntegrityError,
  WrongKeyError,
} from '../../lib/core/errors.js';
import { rejectionOf } from '../core/thrown.js';
import { LogCapture } from '../e2e/log-capture.js';
import { memoryDatabase } from './memory-database.js';
import {
  newOwner,
  Paper,
  PAPER_TABLES,
  PAPERS,
  PaperToken,
  tokenOf,
} from './papers.js';
import { useService } from './service-place.js';

const NAME = 'Kündigung-geheim.txt';

type Owner = Awaited<ReturnType<typeof newOwner>>;

describe('rows that were changed behind the service', () => {
  const place = useService({
    database: memoryDatabase(),
    tables: PAPER_TABLES,
    entities: PAPERS,
  });

  const log = new LogCapture();
  beforeAll(() => {
    Logger.overrideLogger(log);
  });

  /** An owner with two files of the same size. */
  async function victim() {
    const { service, source } = place;
    const owner = await newOwner(source);
    const [one, two] = [
      await service.save(await place.upload('content 1', NAME), owner),
      await service.save(await place.upload('content 2', NAME), owner),
    ];
    const token = await tokenOf(source, owner);
    if (!token) throw new Error('The owner has no token.');
    return { owner, one, two, token };
  }

  const papers = () => place.source.getRepository(Paper);

  /** What a call answers that opens the row; a list goes on without it. */
  async function answerFor(filename: string, owner: Owner): Promise<unknown> {
    const { service } = place;
    log.clear();
    const error = await rejectionOf(service.find(filename, owner));
    const listed = await service.list(owner);
    expect(listed.map((file) => file.filename)).not.toContain(filename);
    expect(log.errors.join()).toContain(filename);
    expectDiscreet(error);
    return error;
  }

  /** What every call answers when the token does not open. */
  async function answerForAll(owner: Owner): Promise<unknown> {
    const { service } = place;
    const error = await rejectionOf(service.list(owner));
    const [row] = await papers().findBy(owner);
    const found = await rejectionOf(service.find(row?.filename ?? '', owner));
    expect(codeOf(found)).toBe(codeOf(error));
    expectDiscreet(error);
    return error;
  }

  function expectDiscreet(error: unknown): void {
    for (const text of [inspect(error, { depth: 9 }), log.text]) {
      expect(text).not.toContain('geheim');
      expect(text).not.toContain('content');
    }
  }

  it('do not open when they were moved to another owner', async () => {
    const [from, to] = [await victim(), await victim()];
    await papers().update({ id: from.one.id }, { writer: to.owner.writer });
    expect(await answerFor(from.one.filename, to.owner)).toBeInstanceOf(
      WrongKeyError,
    );
  });

  it('do not open when the tokens of two owners were exchanged', async () => {
    const [one, two] = [await victim(), await victim()];
    const tokens = place.source.getRepository(PaperToken);
    await tokens.update({ id: one.token.id }, { value: two.token.value });
    const error = await answerForAll(one.owner);
    expect(error).toBeInstanceOf(IntegrityError);
    expect(String(error)).toContain("The owner's token: ");
  });

  it('are told apart from no rows when the token was lost', async () => {
    const { owner, one, token } = await victim();
    await place.source.getRepository(PaperToken).delete({ id: token.id });
    log.clear();
    expect(await place.service.list(owner)).toEqual([]);
    expect(log.text).toContain('An owner has files and no token');
    log.clear();
    const error = await rejectionOf(place.service.find(one.filename, owner));
    expect(codeOf(error)).toBe('FILE_NOT_FOUND');
    expect(log.text).toContain('An owner has files and no token');
  });

  it.each(['key', 'realname'] as const)(
    'do not open with the %s of another file of the same owner',
    async (column) => {
      const { owner, one, two } = await victim();
      await papers().update({ id: one.id }, { [column]: two[column] });
      expect(await answerFor(one.filename, owner)).toBeInstanceOf(
        IntegrityError,
      );
    },
  );

  it('do not open with key and real name of another file of the same owner', async () => {
    const { owner, one, two } = await victim();
    const { key, realname } = two;
    await papers().update({ id: one.id }, { key, realname });
    expect(await answerFor(one.filename, owner)).toBeInstanceOf(IntegrityError);
  });

  it.each(['key', 'realname'] as const)(
    'do not open with the %s of a file of another owner',
    async (column) => {
      const [mine, theirs] = [await victim(), await victim()];
      const value = theirs.one[column];
      await papers().update({ id: mine.one.id }, { [column]: value });
      const error = await answerFor(mine.one.filename, mine.owner);
      expect(error).toBeInstanceOf(
        column === 'key' ? WrongKeyError : IntegrityError,
      );
    },
  );

  it.each([0, 8, 10, -9, 2 ** 40])(
    'do not open with the size %i',
    async (size) => {
      const { owner, one } = await victim();
      await papers().update({ id: one.id }, { size });
      expect(await answerFor(one.filename, owner)).toBeInstanceOf(
        IntegrityError,
      );
    },
  );

  it.each(['key', 'realname'] as const)(
    'do not open with a %s that was cut, emptied or re-encoded',
    async (column) => {
      const { owner, one } = await victim();
      for (const value of respelled(one[column])) {
        await papers().update(one.id, { [column]: value });
        const error = await answerFor(one.filename, owner);
        expect(['FORMAT', 'INTEGRITY', 'WRONG_KEY']).toContain(codeOf(error));
      }
      expect(await place.service.list(owner)).toHaveLength(1);
    },
  );

  it('do not open with a token that was cut, emptied or re-encoded', async () => {
    const { owner, token } = await victim();
    const tokens = place.source.getRepository(PaperToken);
    for (const value of respelled(token.value)) {
      await tokens.update(token.id, { value });
      const error = await answerForAll(owner);
      expect(['FORMAT', 'INTEGRITY', 'KEY_NOT_FOUND']).toContain(codeOf(error));
    }
  });

  it.each(['ab/cd', '../..', '', 'AB/CD', '/e/tc'])(
    'release nothing from the folder %j',
    async (path) => {
      const { service } = place;
      const { owner, one } = await victim();
      await papers().update({ id: one.id }, { path });
      const file = await service.find(one.filename, owner);
      const error = await rejectionOf(file.verify());
      expect(['OBJECT_NOT_FOUND', 'FORMAT']).toContain(codeOf(error));
      expect(await rejectionOf(file.decrypt())).toHaveProperty('code');
      expect(String(error)).not.toContain('..');
    },
  );

  it('release nothing of the container of another file', async () => {
    const { service } = place;
    const { owner, one, two } = await victim();
    await papers().delete({ id: two.id });
    // The row of the first file says that it lies where the second does.
    const { path, filename } = two;
    await papers().update({ id: one.id }, { path, filename });
    expect(await rejectionOf(service.find(two.filename, owner))).toBeInstanceOf(
      IntegrityError,
    );
  });
});

function codeOf(error: unknown): string {
  if (!(error instanceof FileEncryptorError)) throw error;
  return error.code;
}

/** What a text of the database may have become. */
function respelled(good: string): string[] {
  return [
    '',
    good.slice(0, -1),
    good.slice(0, -4),
    `${good}A`,
    `${good}=`,
    ` ${good}`,
    good.replace('1.', '2.'),
    good.replace('1.', '01.'),
    good.toUpperCase(),
  ];
}
