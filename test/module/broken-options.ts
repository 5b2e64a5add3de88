/** Options as somebody without a type checker gives them. */
export type Broken = Readonly<Record<string, unknown>>;

/** A key that is none of the faults below. */
export const KEY =
  '4f1d8a0b7c3e92655ad0f8417be6239c0e84d7a1f35b6c2998ee01437d5ab0c6';

/** Refused by a look at the options, and what the line says. */
export const BROKEN_OPTIONS: readonly (readonly [
  what: string,
  options: Broken,
  line: RegExp,
])[] = [
  ['no key', { globalKey: undefined }, /is missing.*keygen/],
  ['an empty key', { globalKey: '  ' }, /is missing/],
  ['a short key', { globalKey: KEY.slice(2) }, /is neither 64 hexadecimal/],
  [
    'short bytes',
    { globalKey: Buffer.alloc(31, KEY) },
    /31 bytes instead of 32/,
  ],
  ['a key of zeros', { globalKey: '0'.repeat(64) }, /repeats itself/],
  [
    'a key with a pattern',
    { globalKey: '0123456789abcdef'.repeat(4) },
    /repeats/,
  ],
  [
    'a key that counts',
    { globalKey: Buffer.from(Array.from({ length: 32 }, (_, at) => at)) },
    /counts/,
  ],
  [
    'a key of words',
    { globalKey: Buffer.from('Correct-Horse.Battery!Staple=042') },
    /readable text/,
  ],
  [
    "the key of a manual's example",
    { globalKey: 'aAa8KxQx4Eoxwu41HTaa' },
    /manual/,
  ],
  ['changeme', { globalKey: 'changeme' }, /manual/],
  ['a number for a key', { globalKey: 1234567 }, /neither a text nor 32 bytes/],
  ['a key twice', { globalKey: [KEY, KEY.toUpperCase()] }, /same key twice/],
  ['a bad earlier key', { globalKey: [KEY, 'changeme'] }, /manual/],
  ['no keys', { globalKey: [] }, /empty/],
  [
    'an empty second key',
    { globalKey: [KEY, ''] },
    /^Key 2 of 2: .*is missing/,
  ],
  [
    'a short passphrase',
    { globalKey: { passphrase: 'too-short-12345', salt: KEY.slice(32) } },
    /at least 16 characters/,
  ],
  [
    'a passphrase without its salt',
    { globalKey: { passphrase: 'long enough to be one' } },
    /salt.*keygen --salt$/,
  ],
  [
    'a short salt',
    {
      globalKey: { passphrase: 'long enough to be one', salt: 'c2hvcnRzYWx0' },
    },
    /salt/,
  ],
  [
    'a salt of one byte',
    {
      globalKey: { passphrase: 'long enough to be one', salt: 'aa'.repeat(16) },
    },
    /repeats one byte/,
  ],
  ['a chunk size of 15', { chunkSize: 15 }, /chunkSize.*from 16 to 16777216/],
  ['a chunk size above 16 MiB', { chunkSize: 16_777_217 }, /chunkSize/],
  ['half a byte in a chunk', { chunkSize: 1024.5 }, /chunkSize/],
  ['a text for a chunk size', { chunkSize: '81920' }, /chunkSize/],
  [
    'a limit of temporary files below 0',
    { tmpMaxBytes: -98_765 },
    /tmpMaxBytes \(FILE_ENCRYPTOR_TMP_MAX_BYTES\).*leave it out/,
  ],
  ['half a byte of it', { tmpMaxBytes: 98_765.5 }, /tmpMaxBytes/],
  ['a text for it', { tmpMaxBytes: '98765' }, /tmpMaxBytes/],
  ['null for it', { tmpMaxBytes: null }, /tmpMaxBytes/],
  ['no number for it', { tmpMaxBytes: Number.NaN }, /tmpMaxBytes/],
  ['no end of it', { tmpMaxBytes: Infinity }, /tmpMaxBytes/],
  ['more than integers for it', { tmpMaxBytes: 2 ** 53 }, /tmpMaxBytes/],
  ['an unknown delivery', { delivery: 'carrier-pigeon' }, /delivery must be/],
  ['a limit below 0', { limits: { fileSize: -98765 } }, /limits\.fileSize/],
  ['half a limit', { limits: { fileSize: 98765.5 } }, /limits\.fileSize/],
  ['a text for a limit', { limits: { files: '98765' } }, /limits\.files/],
  [
    'a limit that is no number',
    { limits: { files: Number.NaN } },
    /limits\.files/,
  ],
  ['limits that are a number', { limits: 98_765 }, /limits must be an object/],
  ['no limits', { limits: null }, /limits must be an object/],
  ['no time to be idle', { idleTimeout: 0 }, /idleTimeout.*from 1 to 86400/],
  ['half a second to be idle', { idleTimeout: 1.5 }, /idleTimeout/],
  ['more than a day to be idle', { idleTimeout: 86_401 }, /idleTimeout/],
  ['a text for the time to be idle', { idleTimeout: '77' }, /idleTimeout/],
  [
    'a store that is none',
    { store: {}, dataDir: undefined },
    /extends ObjectStore/,
  ],
];
