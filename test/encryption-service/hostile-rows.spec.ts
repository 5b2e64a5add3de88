import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rejectionOf } from '../core/thrown.js';
import { describeDatabases } from '../databases.js';
import { HostileCalls } from './hostile-calls.js';
import { allManipulations } from './hostile-columns.js';
import { type Target, useHostilePlace } from './hostile-place.js';
import type { Manipulation } from './hostile-texts.js';
import { tryReading, tryRemoving } from './hostile-trials.js';

/** Table and column, and how many manipulations SQLite lets in. */
const COLUMNS = [
  ['file', 'key', 190],
  ['file', 'realname', 190],
  ['file', 'size', 14],
  ['file', 'path', 26],
  ['file', 'filename', 22],
  ['file', 'createdAt', 15],
  ['token', 'value', 190],
  ['link', 'terms', 190],
  ['link', 'hash', 9],
  ['link', 'owner', 40],
  ['link', 'filename', 12],
  ['link', 'expiresAt', 11],
  ['link', 'notBefore', 12],
  ['link', 'maxDownloads', 11],
  ['link', 'remaining', 7],
  ['link', 'budget', 6],
  ['link', 'leaseHash', 4],
  ['link', 'leaseState', 5],
  ['link', 'leaseUntil', 5],
  ['link', 'attempts', 3],
  ['link', 'attemptsUntil', 3],
  ['link', 'createdAt', 5],
  ['link', 'lastUsedAt', 5],
] as const;

/** Hundreds of rows: a busy machine may take its time. */
const PATIENT = { timeout: 180_000 };

describe('a row that somebody has written', PATIENT, () => {
  const place = useHostilePlace();

  it.each(COLUMNS)(
    'opens nothing, or what it did before: %s.%s',
    async (table, column, least) => {
      const target = { table, column };
      const manipulations = allManipulations(place.known)[table][column] ?? [];
      const calls = new HostileCalls(place);
      const trial = await tryReading(place, calls, { target, manipulations });
      expect(trial.faults).toEqual([]);
      expect(trial.written).toBeGreaterThanOrEqual(least);
    },
  );

  it.each(COLUMNS)(
    'is removed and erased as any other: %s.%s',
    async (table, column) => {
      const target = { table, column };
      const all = allManipulations(place.known)[table][column] ?? [];
      // What is sealed is not even looked at.
      const manipulations = everyOf(all, all.length > 100 ? 12 : 2);
      const calls = new HostileCalls(place);
      const trial = await tryRemoving(place, calls, { target, manipulations });
      expect(trial.faults).toEqual([]);
      expect(trial.written).toBeGreaterThan(0);
    },
  );

  it('answers anything at all with a typed error, or with the file', async () => {
    const calls = new HostileCalls(place);
    const met = new Set<string>();
    const column = fc.constantFrom<Target>(
      ...COLUMNS.map(([table, name]) => ({ table, column: name })),
    );
    await fc.assert(
      fc.asyncProperty(column, ANYTHING, async (target, value) => {
        await place.write(target, value);
        const answers = [
          ...Object.values(await calls.services()),
          ...Object.values(await calls.links()),
        ];
        await place.undo(target);
        for (const answer of answers) met.add(answer);
        return answers.every((answer) => TYPED.test(answer));
      }),
      { numRuns: 150 },
    );
    await place.restore();
    expect(met).toContain('FORMAT');
    expect(met).toContain('mine');
    expect(calls.disclosed).toEqual([]);
  });
});

describeDatabases((database) => {
  const place = useHostilePlace(database);
  const lenient = database.name === 'mariadb';

  it.each(COLUMNS)(
    'opens nothing that it should not: %s.%s',
    async (table, column) => {
      const all = allManipulations(place.known)[table][column] ?? [];
      const manipulations = everyOf(all, all.length > 100 ? 12 : 1)
        // PostgreSQL takes bytes for the text that they spell.
        .filter(({ value }) => !(value instanceof Uint8Array));
      const calls = new HostileCalls(place);
      const trying = { target: { table, column }, manipulations, lenient };
      const trial = await tryReading(place, calls, trying);
      expect(trial.faults).toEqual([]);
      expect(trial.written).toBeGreaterThan(0);
    },
    PATIENT.timeout,
  );

  it('finds nothing of an owner whose number is too great for the column', async () => {
    const { filename } = place.mine.file;
    const { encryption } = place.server.running;
    for (const userId of [2 ** 31, -(2 ** 31) - 1, 2n ** 63n - 1n]) {
      const error = await rejectionOf(encryption.find(filename, { userId }));
      const isWide = database.name === 'better-sqlite3';
      const code = isWide ? 'FILE_NOT_FOUND' : 'OWNER_INVALID';
      expect(error).toHaveProperty('code', code);
    }
    const most = { userId: 2 ** 31 - 1 };
    const error = await rejectionOf(encryption.find(filename, most));
    expect(error).toHaveProperty('code', 'FILE_NOT_FOUND');
  });
});

/** Anything that SQLite keeps; often what begins as a sealed text does. */
const ANYTHING = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.base64String({ maxLength: 600 }).map((text) => `1.${text}`),
  fc.base64String({ maxLength: 300 }).map((text) => `1.AAAAAAAAAAA.${text}`),
  fc.double(),
  fc.maxSafeInteger(),
  fc.uint8Array({ maxLength: 40 }),
);

/** A code, or what the calls say of the very file. */
const TYPED = /^([A-Z_]+|mine|listed|left out|absent)$/;

/** Few of a kind of which there are very many, and some of the others. */
function everyOf(all: readonly Manipulation[], step: number): Manipulation[] {
  return all.filter(({ light }, at) => at % (light ? 4 * step : step) === 0);
}
