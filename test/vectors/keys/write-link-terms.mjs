// Wrote link-terms.json, once. What stands in it is read for ever, so this
// refuses to overwrite it; a new version of the format gets a file of its own.
//
//   npm run build && node test/vectors/keys/write-link-terms.mjs [folder of dist]
import { writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';

const dist = process.argv[2]
  ? pathToFileURL(`${process.argv[2]}/`)
  : new URL('../../../dist/', import.meta.url);
const load = (module) => import(new URL(`${module}.js`, dist));

const { SecretKey } = await load('core/secret-key');
const { sealTerms } = await load('core/keys/link-terms');
const { hashSecret } = await load('links/link-secret');
const { hashPassword } = await load('links/link-password');

/** 32 bytes that count up. */
const dataKey = SecretKey.from(
  Uint8Array.from({ length: 32 }, (_, index) => 0x80 + index),
);

function vector(letter, terms) {
  const hash = hashSecret(letter.repeat(43));
  const text = sealTerms(dataKey, terms, hash);
  const key = Buffer.from(dataKey.toBytes()).toString('hex');
  return { dataKey: key, hash, text, ...terms };
}

const vectors = [
  vector('A', {
    expiresAt: 1_800_000_000_000,
    notBefore: null,
    maxDownloads: 1,
    password: null,
  }),
  vector('Q', {
    expiresAt: 1_800_000_000_000,
    notBefore: 1_790_000_000_000,
    maxDownloads: 1_000_000,
    password: await hashPassword('correct horse'),
  }),
];

await writeFile(
  new URL('link-terms.json', import.meta.url),
  `${JSON.stringify(vectors, undefined, 2)}\n`,
  { flag: 'wx' },
);
