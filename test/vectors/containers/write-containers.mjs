// Wrote the containers and manifest.json beside it, once. What stands there is
// read for ever, so this refuses to overwrite it; a new version of the format
// gets a folder of its own.
//
//   npm run build && node test/vectors/containers/write-containers.mjs [folder of dist]
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';

const dist = process.argv[2]
  ? pathToFileURL(`${process.argv[2]}/`)
  : new URL('../../../dist/', import.meta.url);
const load = (module) => import(new URL(`core/${module}.js`, dist));

const { SecretKey } = await load('secret-key');
const { createEncryptStream } = await load('floe/encrypt-stream');
const { CONTENT_AAD } = await load('container/write-container');

const KiB = 1024;
/** Sizes by chunk size; all of it together is less than 1 MiB. */
const SIZES = [
  { chunkSize: 16, sizes: [0, 1, 15, 16, 17, 1000] },
  { chunkSize: 1000, sizes: [0, 1, 999, 1000, 1001, 65_537] },
  { chunkSize: 4 * KiB, sizes: [0, 65_535, 65_536] },
  { chunkSize: 64 * KiB, sizes: [0, 1, 65_535, 65_536, 65_537, 131_072] },
  { chunkSize: 16 * KiB * KiB, sizes: [0, 1, 65_537] },
];
/** Bound to nothing, and bound to what an application chose. */
const OTHERS = [
  { chunkSize: 64, size: 200, aad: Buffer.alloc(0) },
  { chunkSize: 64, size: 200, aad: Buffer.from('invoice 2024/17 é😀') },
];

const keyBytes = Buffer.from(Array.from({ length: 32 }, (_, at) => at));
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
/** Byte i is i mod 251. */
const plaintextOf = (size) =>
  Buffer.from(Array.from({ length: size }, (_, at) => at % 251));

async function encrypt(plaintext, options) {
  const stream = createEncryptStream(SecretKey.from(keyBytes), options);
  stream.end(plaintext);
  return Buffer.concat(await stream.toArray());
}

async function write(file, { chunkSize, size, aad }) {
  const plaintext = plaintextOf(size);
  const container = await encrypt(plaintext, { chunkSize, aad });
  await writeFile(new URL(file, import.meta.url), container, { flag: 'wx' });
  return {
    file,
    chunkSize,
    size,
    aad: aad.toString('hex'),
    sha256: sha256(container),
    plaintextSha256: sha256(plaintext),
  };
}

const containers = [];
for (const { chunkSize, sizes } of SIZES) {
  for (const size of sizes) {
    const name = `chunks-${chunkSize}-size-${size}.floe`;
    const options = { chunkSize, size, aad: CONTENT_AAD };
    containers.push(await write(name, options));
  }
}
for (const [index, options] of OTHERS.entries()) {
  containers.push(await write(`bound-otherwise-${index + 1}.floe`, options));
}

const manifest = {
  format: 'FLOE, as FORMAT.md describes it',
  key: keyBytes.toString('hex'),
  plaintext: 'byte i is i mod 251',
  containers,
};
await writeFile(
  new URL('manifest.json', import.meta.url),
  `${JSON.stringify(manifest, undefined, 2)}\n`,
  { flag: 'wx' },
);
