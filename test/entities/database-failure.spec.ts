import { HttpException } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import {
  isForeignKeyViolation,
  isOutcomeUnknown,
  isUniqueViolation,
} from '../../lib/entities/database-failure.js';

/** An error of TypeORM's around one of a driver's. */
function queryFailed(driverError: unknown): Error {
  return Object.assign(new Error('The query failed.'), { driverError });
}

function driver(message: string, properties: object = {}): Error {
  return Object.assign(new Error(message), properties);
}

describe('the outcome of a statement', () => {
  it.each([
    ['pg, cut', driver('Connection terminated unexpectedly')],
    ['pg, waited too long', driver('Query read timeout')],
    ['pg, reset', driver('read ECONNRESET', { code: 'ECONNRESET' })],
    [
      'PostgreSQL, shut down',
      driver('x', { severity: 'FATAL', code: '57P01' }),
    ],
    [
      'PostgreSQL, a connection exception',
      driver('x', { severity: 'ERROR', code: '08006' }),
    ],
    [
      'a pooler that lost its server',
      driver('x', { severity: 'FATAL', code: '58000' }),
    ],
    [
      'mysql2, lost',
      driver('x', { fatal: true, code: 'PROTOCOL_CONNECTION_LOST' }),
    ],
    ['mysql2, a broken pipe', driver('x', { fatal: true, code: 'EPIPE' })],
    [
      'a proxy whose server was lost',
      driver('x', { code: 'UNKNOWN', errno: 2013, sqlState: 'HY000' }),
    ],
    [
      'MySQL, shut down',
      driver('x', {
        code: 'ER_SERVER_SHUTDOWN',
        errno: 1053,
        sqlState: '08S01',
      }),
    ],
  ])('is unknown: %s', (_, error) => {
    expect(isOutcomeUnknown(queryFailed(error))).toBe(true);
  });

  it.each([
    [
      'PostgreSQL, a constraint',
      driver('x', { severity: 'ERROR', code: '23505' }),
    ],
    [
      'PostgreSQL, a statement that took too long',
      driver('x', { severity: 'ERROR', code: '57014' }),
    ],
    ['pg, not sent', driver('Client was closed and is not queryable')],
    [
      'mysql2, not sent',
      driver("Can't add new command when connection is in closed state", {
        fatal: true,
      }),
    ],
    [
      'MySQL, a constraint',
      driver('x', { code: 'ER_DUP_ENTRY', errno: 1062, sqlState: '23000' }),
    ],
    [
      'SQLite, a constraint',
      driver('UNIQUE constraint failed', { code: 'SQLITE_CONSTRAINT_UNIQUE' }),
    ],
    ['SQLite, a constraint without a code', driver('UNIQUE constraint failed')],
    [
      'MySQL, too much at once',
      driver('x', { errno: 1153, sqlState: '08S01' }),
    ],
    ['a value that cannot be bound', new TypeError('cannot bind')],
    ['another one', new RangeError('too few values')],
    [
      'one of Node',
      Object.assign(new TypeError('x'), { code: 'ERR_INVALID_ARG_TYPE' }),
    ],
  ])('is known: %s', (_, error) => {
    expect(isOutcomeUnknown(queryFailed(error))).toBe(false);
  });

  it('is looked for in the causes of an error, and not for ever', () => {
    const lost = queryFailed(driver('Connection terminated'));
    const told = new HttpException('later', 503, { cause: lost });
    expect(isOutcomeUnknown(new Error('x', { cause: told }))).toBe(true);
    const endless = new Error('x');
    endless.cause = endless;
    expect(isOutcomeUnknown(endless)).toBe(false);
    expect(isOutcomeUnknown(undefined)).toBe(false);
  });
});

describe('a constraint of SQLite', () => {
  it.each(['', 'SQLITE_CONSTRAINT: '])('is known behind %j', (before) => {
    const unique = driver(`${before}UNIQUE constraint failed: a.b`);
    const foreign = driver(`${before}FOREIGN KEY constraint failed`);
    expect(isUniqueViolation(queryFailed(unique))).toBe(true);
    expect(isForeignKeyViolation(queryFailed(unique))).toBe(false);
    expect(isForeignKeyViolation(queryFailed(foreign))).toBe(true);
    expect(isUniqueViolation(queryFailed(foreign))).toBe(false);
  });
});
