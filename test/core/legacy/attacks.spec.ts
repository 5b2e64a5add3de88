import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../lib/core/errors.js';
import {
  decryptLegacyName,
  encryptLegacyName,
} from '../../../lib/core/legacy/legacy-name.js';
import { thrownBy } from '../thrown.js';
import { flaskEncryptorFile } from './flask-encryptor-files.js';
import { claiming, LEAVE, outcomeOf } from './reading.js';

/** 12,500 blocks without a filling. */
const FULL = flaskEncryptorFile('c64k-200000');
/** 1000 bytes, and 8 spaces behind them. */
const FILLED = flaskEncryptorFile('key-custom');

/** Where a block of the body starts. */
const block = (index: number) => 24 + 16 * index;

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
  return copy;
}

/** Exchanges the fourth block and the sixth. */
function swapped(stored: Buffer): Buffer {
  const copy = Buffer.from(stored);
  stored.copy(copy, block(3), block(5), block(6));
  stored.copy(copy, block(5), block(3), block(4));
  return copy;
}

/** Bytes without some blocks of 16. */
function withoutBlocks(bytes: Buffer, from: number, to: number): Buffer {
  return Buffer.concat([bytes.subarray(0, 16 * from), bytes.subarray(16 * to)]);
}

interface Attack {
  readonly what: string;
  readonly file: typeof FULL;
  readonly stored: Buffer;
  readonly token?: string;
}

const NOTICED: readonly (Attack & { readonly released: number })[] = [
  // Before the first byte.
  ...[FULL, FILLED].flatMap((file) => {
    const { stored, content } = file;
    const refused = (what: string, bytes: Buffer) => ({
      what,
      file,
      stored: bytes,
      released: 0,
    });
    return [
      refused('a cut at the edge of a block', stored.subarray(0, -16)),
      refused('a cut inside a block', stored.subarray(0, -1)),
      refused('a cut inside the header', stored.subarray(0, 20)),
      refused('a cut behind the header', stored.subarray(0, 24)),
      refused(
        'a size lowered by a block',
        claiming(stored, content.length - 16),
      ),
      refused('a size lowered to nothing', claiming(stored, 0)),
      refused(
        'a size raised by a block',
        claiming(stored, content.length + 16),
      ),
      refused('a size raised to 2^40', claiming(stored, 2 ** 40)),
      refused('a size raised to 2^63', claiming(stored, 2n ** 63n)),
      refused(
        'a block behind the end',
        Buffer.concat([stored, stored.subarray(-16)]),
      ),
      refused(
        'a byte behind the end',
        Buffer.concat([stored, Buffer.alloc(1)]),
      ),
    ];
  }),
  // After the content, by the filling.
  {
    what: 'another token, by the filling',
    file: FILLED,
    stored: FILLED.stored,
    token: FULL.token,
    released: 1000,
  },
  {
    what: 'a size lowered into the content',
    file: FILLED,
    stored: claiming(FILLED.stored, 999),
    released: 999,
  },
  {
    what: 'a bit of the last block, which has the filling',
    file: FILLED,
    stored: flipped(FILLED.stored, block(62)),
    released: 1000,
  },
  {
    what: 'a bit before the filling, in the block before',
    file: FILLED,
    stored: flipped(FILLED.stored, block(61) + 15),
    released: 1000,
  },
];

/** What comes out instead, as far as it can be said: `undefined` is noise. */
interface Unnoticed extends Attack {
  /** The content that is read, without {@link noise}. */
  readonly content: Buffer;
  /** Blocks of the result that are noise. */
  readonly noise?: readonly number[];
}

const UNNOTICED: readonly Unnoticed[] = [
  {
    what: 'a bit of the IV: that bit of the first block',
    file: FULL,
    stored: flipped(FULL.stored, 8 + 5),
    content: flipped(FULL.content, 5),
  },
  {
    what: 'a bit of a block: noise, and that bit of the next block',
    file: FULL,
    stored: flipped(FULL.stored, block(7) + 5),
    content: flipped(FULL.content, 16 * 8 + 5),
    noise: [7],
  },
  {
    what: 'a bit of a block, where a filling stands further on',
    file: FILLED,
    stored: flipped(FILLED.stored, block(7) + 5),
    content: flipped(FILLED.content, 16 * 8 + 5),
    noise: [7],
  },
  {
    what: 'swapped blocks: noise in them, and behind them',
    file: FULL,
    stored: swapped(FULL.stored),
    content: FULL.content,
    noise: [3, 4, 5, 6],
  },
  {
    what: 'a cut at the edge of a block, with the size that fits',
    file: FULL,
    stored: claiming(FULL.stored.subarray(0, block(100)), 1600),
    content: FULL.content.subarray(0, 1600),
  },
  {
    what: 'a block taken out, with the size that fits: noise behind it',
    file: FULL,
    stored: claiming(
      Buffer.concat([
        FULL.stored.subarray(0, block(7)),
        FULL.stored.subarray(block(8)),
      ]),
      200_000 - 16,
    ),
    content: withoutBlocks(FULL.content, 7, 8),
    noise: [7],
  },
  {
    what: 'a block behind the end, with the size that fits: noise in it',
    file: FULL,
    stored: claiming(
      Buffer.concat([FULL.stored, FULL.stored.subarray(block(0), block(1))]),
      200_016,
    ),
    content: Buffer.concat([FULL.content, Buffer.alloc(16)]),
    noise: [12_500],
  },
  {
    what: 'a size raised over the filling: spaces at the end',
    file: FILLED,
    stored: claiming(FILLED.stored, 1008),
    content: Buffer.concat([FILLED.content, Buffer.alloc(8, ' ')]),
  },
  {
    what: 'another token, where there is no filling: noise only',
    file: FULL,
    stored: FULL.stored,
    token: FILLED.token,
    content: FULL.content,
    noise: Array.from({ length: 12_500 }, (_, index) => index),
  },
];

describe('a FormatError tells of', () => {
  it.each(NOTICED)('$what: $file.id', async (attack) => {
    const token = attack.token ?? attack.file.token;
    for (const pieces of [16, 64 * 1024]) {
      const reading = { token, pieces };
      const { output, error } = await outcomeOf(attack.stored, reading);
      expect(error).toBeInstanceOf(FormatError);
      expect(output).toHaveLength(attack.released);
    }
  });
});

describe('nothing tells of, beside authenticated: false,', () => {
  it.each(UNNOTICED)('$what: $file.id', async (attack) => {
    const token = attack.token ?? attack.file.token;
    const { output, ...told } = await outcomeOf(attack.stored, { token });
    const size = attack.content.length;
    expect(told).toEqual({ authenticated: false, size, error: undefined });
    expect(output.equals(attack.file.content)).toBe(false);
    const expected = Buffer.from(attack.content);
    for (const index of attack.noise ?? []) {
      const [from, to] = [16 * index, 16 * index + 16];
      expect(output.subarray(from, to)).not.toEqual(
        expected.subarray(from, to),
      );
      output.copy(expected, from, from, to);
    }
    expect(output.equals(expected)).toBe(true);
  });
});

const NAMED = flaskEncryptorFile('name-ascii');
const nameOf = (realname: Buffer, globalKey = NAMED.globalKey) =>
  decryptLegacyName(realname, { ...LEAVE, globalKey });

describe('of a name, a FormatError tells of', () => {
  it.each([
    ['another global key, by what is no UTF-8', NAMED.realname, 'another'],
    [
      'a bit of the IV, by what is no UTF-8',
      flipped(NAMED.realname, 15),
      undefined,
    ],
    [
      'a bit of a byte, by the noise behind it',
      flipped(NAMED.realname, 16),
      undefined,
    ],
    ['a cut inside the IV', NAMED.realname.subarray(0, 15), undefined],
  ])('%s', (_what, realname, globalKey) => {
    const error = thrownBy(() => nameOf(realname, globalKey));
    expect(error).toBeInstanceOf(FormatError);
  });
});

describe('of a name, nothing tells of, beside authenticated: false,', () => {
  it('a bit of its last byte', () => {
    const told = nameOf(flipped(NAMED.realname, NAMED.realname.length - 1));
    expect(NAMED.originalName).toBe('report.txt');
    expect(told).toEqual({ authenticated: false, name: 'report.txu' });
  });

  it('a cut', () => {
    const told = nameOf(NAMED.realname.subarray(0, -4));
    expect(told).toEqual({ authenticated: false, name: 'report' });
  });

  it('another global key, where the noise is UTF-8', () => {
    const { realname } = flaskEncryptorFile('name-one-char');
    const told = nameOf(realname, 'key 0');
    expect(told).toEqual({ authenticated: false, name: 'X' });
  });

  it('a path that somebody made with the published key: it is data', () => {
    const globalKey = 'aAa8KxQx4Eoxwu41HTaa';
    const name = '../../../etc/cron.d/job';
    const realname = encryptLegacyName(name, { ...LEAVE, globalKey });
    expect(nameOf(realname)).toEqual({ authenticated: false, name });
  });
});
