import { describe, expect, it } from 'vitest';
import { LinkError } from '../../lib/core/errors.js';
import {
  budgetOf,
  checkLinkOptions,
  type DownloadLinkOptions,
} from '../../lib/links/link-options.js';
import { rejectionOf, thrownBy } from '../core/thrown.js';
import { memoryDatabase } from '../encryption-service/memory-database.js';
import { PaperLink, useLinks } from './link-place.js';

const NOW = 1_800_000_000_000;
const TEN_YEARS = 10 * 366 * 24 * 60 * 60;
const at = (time: number) => new Date(NOW + time);

const check = (options: unknown) =>
  checkLinkOptions(options as DownloadLinkOptions, NOW);

/** Bad options, and the field that the error names. */
const BAD: readonly (readonly [field: string, options: unknown])[] = [
  ['expiresIn', undefined],
  ['expiresIn', null],
  ['expiresIn', {}],
  ['expiresIn', { expiresIn: 60, expiresAt: at(60_000) }],
  ['expiresIn', { expiresIn: 0 }],
  ['expiresIn', { expiresIn: 0.999 }],
  ['expiresIn', { expiresIn: -60 }],
  ['expiresIn', { expiresIn: TEN_YEARS + 1 }],
  ['expiresIn', { expiresIn: Number.NaN }],
  ['expiresIn', { expiresIn: Number.POSITIVE_INFINITY }],
  ['expiresIn', { expiresIn: '60' }],
  ['expiresIn', { expiresIn: null }],
  ['expiresAt', { expiresAt: at(999) }],
  ['expiresAt', { expiresAt: at(-1) }],
  ['expiresAt', { expiresAt: at(TEN_YEARS * 1000 + 1) }],
  ['expiresAt', { expiresAt: new Date(Number.NaN) }],
  ['expiresAt', { expiresAt: NOW + 60_000 }],
  ['expiresAt', { expiresAt: at(60_000).toISOString() }],
  ['notBefore', { expiresIn: 60, notBefore: at(60_000) }],
  ['notBefore', { expiresIn: 60, notBefore: new Date(Number.NaN) }],
  ['notBefore', { expiresIn: 60, notBefore: NOW }],
  ['notBefore', { expiresIn: 60, notBefore: null }],
  ['maxDownloads', { expiresIn: 60, maxDownloads: 0 }],
  ['maxDownloads', { expiresIn: 60, maxDownloads: 1.5 }],
  ['maxDownloads', { expiresIn: 60, maxDownloads: 1_000_001 }],
  ['maxDownloads', { expiresIn: 60, maxDownloads: '1' }],
  ['maxDownloads', { expiresIn: 60, maxDownloads: null }],
  ['password', { expiresIn: 60, password: '' }],
  ['password', { expiresIn: 60, password: 'é'.repeat(513) }],
  ['password', { expiresIn: 60, password: 1234 }],
  ['password', { expiresIn: 60, password: null }],
];

describe('the options of a link', () => {
  it.each(BAD)('are refused with the name of %s: %j', (field, options) => {
    const error = thrownBy(() => check(options));
    expect(error).toBeInstanceOf(LinkError);
    expect(error).toMatchObject({ code: 'LINK_OPTIONS', status: 400 });
    expect((error as LinkError).message).toContain(field);
  });

  it('are one download and no password when nothing is said', () => {
    expect(check({ expiresIn: 60 })).toEqual({
      expiresAt: NOW + 60_000,
      notBefore: null,
      maxDownloads: 1,
      password: undefined,
    });
  });

  it.each([
    [{ expiresIn: 1 }, { expiresAt: NOW + 1000 }],
    [{ expiresIn: TEN_YEARS }, { expiresAt: NOW + TEN_YEARS * 1000 }],
    [{ expiresAt: at(1000) }, { expiresAt: NOW + 1000 }],
    [{ expiresIn: 60, notBefore: at(59_999) }, { notBefore: NOW + 59_999 }],
    [{ expiresIn: 60, notBefore: at(-1) }, { notBefore: NOW - 1 }],
    [{ expiresIn: 60, maxDownloads: 1_000_000 }, { maxDownloads: 1_000_000 }],
    [{ expiresIn: 60, password: ' ' }, { password: ' ' }],
    [
      // Of 1537 bytes as it is written, of 1024 in the form that is hashed.
      { expiresIn: 60, password: 'e\u0301'.repeat(512) },
      { password: 'e\u0301'.repeat(512) },
    ],
  ])('are taken at their limits', (options, checked) => {
    expect(check(options)).toMatchObject(checked);
  });

  it.each([
    [1, 0, 0],
    [1, 1, 1],
    [1, 10, 19],
    [1_000_000, 0, 0],
    [3, 5, 19],
  ])('%d downloads of %d bytes hand over %d bytes', (max, size, budget) => {
    expect(budgetOf(max, size)).toBe(budget);
  });

  it('are refused where the bytes are more than can be counted', () => {
    expect(budgetOf(1, 2 ** 52)).toBe(2 ** 53 - 1);
    expect(thrownBy(() => budgetOf(2, 2 ** 52))).toMatchObject({
      code: 'LINK_OPTIONS',
    });
  });
});

describe('a link that is refused', () => {
  const linked = useLinks(memoryDatabase());

  it('leaves no row', async () => {
    const { links, place } = linked;
    const { owner, filename } = await linked.share('text');
    const options = { expiresIn: 60, maxDownloads: 0 };
    const error = await rejectionOf(links.create(filename, owner, options));
    expect(error).toMatchObject({ code: 'LINK_OPTIONS' });
    const rows = place.source.getRepository(PaperLink);
    expect(await rows.countBy({ filename })).toBe(1);
  });

  it('leaves no row when its file is removed meanwhile', async () => {
    const { links, place } = linked;
    const { owner, filename } = await linked.share('text');
    const options = { expiresIn: 60, password: 'takes a while to hash' };
    const making = rejectionOf(links.create(filename, owner, options));
    await place.service.remove(filename, owner);
    expect(await making).toMatchObject({ code: 'FILE_NOT_FOUND' });
    const rows = place.source.getRepository(PaperLink);
    expect(await rows.countBy({ filename })).toBe(0);
  });
});
